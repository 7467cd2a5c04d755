// simple.c: the steps of normalize.c for a character that has no neighbours.
#include "text/simple.h"

enum { CAPITAL_SIGMA = 0x3A3 };

static bool is_fast(const struct rules *rules)
{
    return rules->profile == BERT_PROFILE_HF_FAST;
}

// A mark that is stripped wherever it stands, since nothing that stays is reordered with it.
static bool is_stripped(const struct rules *rules, uint32_t c)
{
    return unicode_of(c)->flags & rules->mark;
}

// A character that stays where it is.
static bool is_fixed(const struct rules *rules, uint32_t c)
{
    const struct unicode_record *r = unicode_of(c);
    const bool unordered = r->ccc == 0 || (is_fast(rules) && (r->flags & UNICODE_NEW));
    return unordered && !(rules_compose(rules) && (r->flags & UNICODE_SECOND));
}

// Behind lower-casing where that comes first.
static uint32_t decompose(const struct rules *rules, uint32_t c)
{
    const struct unicode_record *r = unicode_of(c);
    const uint32_t *to = unicode_decompositions + r->decomposition;
    uint32_t jamo[3];
    size_t n = is_fast(rules) && (r->flags & UNICODE_NEW) ? 0 : r->length;
    if (unicode_hangul(c, jamo) || (n > 0 && rules_compose(rules))) return SIMPLE_NOT;
    if (n == 0) {
        to = &c;
        n = 1;
    }
    for (size_t i = 1; i < n; i++) {
        if (!is_stripped(rules, to[i])) return SIMPLE_NOT;
    }
    if (is_stripped(rules, to[0])) return n == 1 ? SIMPLE_NOTHING : SIMPLE_NOT;
    return is_fixed(rules, to[0]) ? to[0] : SIMPLE_NOT;
}

static uint32_t lower(const struct rules *rules, uint32_t c)
{
    const struct unicode_record *r = unicode_of(c);
    if (r->flags & UNICODE_DOT) return SIMPLE_NOT;
    if (c == CAPITAL_SIGMA && rules->profile == BERT_PROFILE_GOOGLE) return SIMPLE_NOT;
    if ((r->flags & UNICODE_LOWER_FAST) && !is_fast(rules)) return c;
    return (uint32_t)((int32_t)c + r->lower);
}

uint32_t simple_letter(const struct rules *rules, uint32_t c)
{
    const uint32_t flags = unicode_of(c)->flags;
    if (flags & rules->drop) return SIMPLE_NOTHING;
    if (c == 0 || (flags & (UNICODE_SPACE | rules->cjk))) return SIMPLE_NOT;
    const bool lower_first = rules->bare_lowercase || (rules->lowercase && !is_fast(rules));
    if (lower_first) c = lower(rules, c);
    if (c < SIMPLE_NOTHING && (rules->strip_accents || rules->profile == BERT_PROFILE_HF_SLOW)) {
        c = decompose(rules, c);
    }
    if (c < SIMPLE_NOTHING && rules->lowercase && is_fast(rules)) c = lower(rules, c);
    if (c >= SIMPLE_NOTHING) return c;
    return unicode_of(c)->flags & (UNICODE_SPACE | rules->punct) ? SIMPLE_NOT : c;
}
