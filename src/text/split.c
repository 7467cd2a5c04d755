// split.c: the loop over a text. An express lane (take_short) takes what most text is made of:
// words of ASCII letters and digits, punctuation, spaces. It classes eight bytes at once in a
// register (Lamport 1975, "Multiple byte processing with full-word instructions") and stops at
// anything else, of which take_one then takes one run.
#include "text/split.h"

enum { LONG_RUN = 4096 }; // bytes after which a run is normalised in parts

bool splitter_init(struct splitter *s, const struct split_rules *rules)
{
    *s = (struct splitter){.rules = rules};
    return cache_init(&s->cache);
}

void splitter_release(struct splitter *s)
{
    cache_release(&s->cache);
    letters_release(&s->letters);
    word_release(&s->word);
}

struct stretch { // the text that may be looked at, and how far it may be read
    const char *text;
    size_t begin, end;
    const char *limit;
};

// ------------------------------------------------------------------------------- the general path

// Letters go to the word until something ends it; the last word stays open.
static void take_letters(struct splitter *s, size_t from, size_t to, struct tokens *out)
{
    const struct wordpiece *model = &s->rules->model;
    for (size_t i = from; i < to; i++) {
        const struct letter *x = &s->letters.at[i];
        const uint32_t flags = unicode_of(x->c)->flags;
        const bool alone = flags & s->rules->rules.punct;
        if (alone || (flags & UNICODE_SPACE)) word_end(&s->word, model, out);
        if (flags & UNICODE_SPACE) continue;
        word_add(&s->word, model, x);
        if (alone) word_end(&s->word, model, out);
    }
}

void split_letters(struct splitter *s, size_t from, size_t to, struct tokens *out)
{
    take_letters(s, from, to, out);
    word_end(&s->word, &s->rules->model, out);
}

// text[from, to) is normalised; the last word stays open.
static void take_text(struct splitter *s, const struct stretch *t, size_t from, size_t to,
                      struct tokens *out)
{
    s->letters.n = 0;
    normalize(&s->letters, &s->rules->rules, t->text, t->begin, t->end, from, to);
    take_letters(s, 0, s->letters.failed ? 0 : s->letters.n, out);
    out->failed |= s->letters.failed;
}

// ---------------------------------------------------------------------------------- where runs end

// Where a run that goes on at `at` ends: at white space or a character that stands alone, or after
// LONG_RUN bytes where it can be parted.
static size_t run_end(const struct splitter *s, const struct stretch *t, size_t at)
{
    const struct rules *rules = &s->rules->rules;
    const size_t most = t->end - at < LONG_RUN ? t->end : at + LONG_RUN;
    for (size_t n; at < t->end; at += n) {
        const unsigned char class = s->rules->ascii.class[(unsigned char)t->text[at]];
        n = 1;
        if (class == BYTE_SPACE || class == BYTE_ALONE) return at;
        if (class != BYTE_HIGH && at < most) continue;
        const uint32_t c = utf8_decode(t->text + at, t->text + t->end, &n);
        if (c == UTF8_INVALID) continue;
        const struct unicode_record *r = unicode_of(c);
        if (r->flags & rules->drop) continue;
        if (r->flags & (UNICODE_SPACE | rules->punct | rules->cjk)) return at;
        if (at >= most && is_starter(r)) return at;
    }
    return at;
}

#define EACH(byte) (0x0101010101010101u * (byte))

// Bit 7 of each byte that is no ASCII letter or digit.
static inline uint64_t not_plain(uint64_t x)
{
    const uint64_t low = x & EACH(0x7F), folded = low | EACH(0x20);
    const uint64_t letter = (folded + EACH(0x80 - 'a')) & ~(folded + EACH(0x80 - 'z' - 1));
    const uint64_t digit = (low + EACH(0x80 - '0')) & ~(low + EACH(0x80 - '9' - 1));
    return (~(letter | digit) | x) & EACH(0x80);
}

// The ASCII letters and digits at p.
static inline size_t plain_length(const char *p, const char *end)
{
    for (const char *at = p;; at += 8) {
        const uint64_t stop = not_plain(load8(at, end));
        if (stop) return (size_t)(at - p) + (size_t)__builtin_ctzll(stop) / 8;
    }
}

static bool high_ends_run(const struct splitter *s, const struct stretch *t, size_t at)
{
    const struct rules *rules = &s->rules->rules;
    size_t n;
    const uint32_t c = utf8_decode(t->text + at, t->text + t->end, &n);
    if (c == UTF8_INVALID) return false;
    const uint32_t flags = unicode_of(c)->flags;
    return !(flags & rules->drop) && (flags & (UNICODE_SPACE | rules->punct | rules->cjk));
}

// True when the letters and digits before `at` are a whole run.
static inline bool ends_run(const struct splitter *s, const struct stretch *t, size_t at)
{
    if (at >= t->end) return true;
    const unsigned char class = s->rules->ascii.class[(unsigned char)t->text[at]];
    return class <= BYTE_SPACE || (class == BYTE_HIGH && high_ends_run(s, t, at));
}

// --------------------------------------------------------------------------------------- one run

// A run that is not in the cache; it is kept there if it has a place. plain: ASCII letters and
// digits only.
static void take_new(struct splitter *s, const struct stretch *t, size_t from, size_t len,
                     bool plain, const struct cache_place *place, struct tokens *out)
{
    const size_t first = out->n;
    s->letters.context = false;
    if (plain) {
        word_ascii(&s->word, &s->rules->model, t->text, (uint32_t)from, len, t->limit,
                   s->rules->ascii.lowercase, out);
    } else {
        take_text(s, t, from, from + len, out);
        word_end(&s->word, &s->rules->model, out);
    }
    if (place && !s->letters.context) cache_keep(place, (uint32_t)from, len, out, first);
}

// A run or a character that stands alone: from the cache, or anew. Returns where it ends.
static size_t take_run(struct splitter *s, const struct stretch *t, size_t from, size_t len,
                       bool plain, struct tokens *out)
{
    const char *p = t->text + from;
    if (!tokens_reserve(out, CACHE_LONG_TOKENS)) return from + len;
    if (len <= CACHE_SHORT) {
        const struct cache_place place = cache_place_short(&s->cache, load8(p, t->limit), len);
        if (!cache_put_short(&place, len, (uint32_t)from, out)) {
            take_new(s, t, from, len, plain, &place, out);
        }
    } else if (len <= CACHE_LONG) {
        const struct cache_place place = cache_place_long(&s->cache, p, len, t->limit);
        if (!cache_put_long(&place, len, (uint32_t)from, out)) {
            take_new(s, t, from, len, plain, &place, out);
        }
    } else {
        take_new(s, t, from, len, plain, NULL, out);
    }
    return from + len;
}

// A run that is too long to be normalised at once: its word goes on from part to part.
static size_t take_long_run(struct splitter *s, const struct stretch *t, size_t from,
                            struct tokens *out)
{
    for (size_t to; !out->failed; from = to) {
        to = run_end(s, t, from);
        if (to == from) break;
        take_text(s, t, from, to, out);
    }
    word_end(&s->word, &s->rules->model, out);
    return from;
}

// A run with other than ASCII letters and digits, known up to `scanned`.
static size_t take_mixed(struct splitter *s, const struct stretch *t, size_t from, size_t scanned,
                         struct tokens *out)
{
    const size_t to = run_end(s, t, scanned);
    if (to - from >= LONG_RUN) return take_long_run(s, t, from, out);
    return take_run(s, t, from, to - from, false, out);
}

static size_t take_plain(struct splitter *s, const struct stretch *t, size_t from,
                         struct tokens *out)
{
    const size_t len = plain_length(t->text + from, t->text + t->end);
    if (!ends_run(s, t, from + len)) return take_mixed(s, t, from, from + len, out);
    return take_run(s, t, from, len, true, out);
}

// A character of several bytes that begins a run, stands alone or is white space.
static size_t take_high(struct splitter *s, const struct stretch *t, size_t at, struct tokens *out)
{
    const struct rules *rules = &s->rules->rules;
    size_t n;
    const uint32_t c = utf8_decode(t->text + at, t->text + t->end, &n);
    if (c == UTF8_INVALID) return take_mixed(s, t, at, at + n, out);
    const uint32_t flags = unicode_of(c)->flags;
    if (flags & rules->drop) return take_mixed(s, t, at, at + n, out);
    if (flags & UNICODE_SPACE) return at + n;
    if (flags & (rules->punct | rules->cjk)) return take_run(s, t, at, n, false, out);
    return take_mixed(s, t, at, at + n, out);
}

// The run at `at`, or one character of white space; returns where to go on.
static size_t take_one(struct splitter *s, const struct stretch *t, size_t at, struct tokens *out)
{
    switch (s->rules->ascii.class[(unsigned char)t->text[at]]) {
    case BYTE_PLAIN: return take_plain(s, t, at, out);
    case BYTE_SPACE: return at + 1;
    case BYTE_ALONE: return take_run(s, t, at, 1, false, out);
    case BYTE_OTHER: return take_mixed(s, t, at, at + 1, out);
    default: return take_high(s, t, at, out);
    }
}

// ------------------------------------------------------------------------------ the express lane

// Whether a character of several bytes stands alone; *n is its length.
static inline bool is_alone(const struct split_rules *rules, const char *p, const char *end,
                            size_t *n)
{
    const uint32_t c = utf8_decode(p, end, n);
    if (c == UTF8_INVALID) return false;
    const uint32_t flags = unicode_of(c)->flags;
    return (flags & (rules->rules.punct | rules->rules.cjk)) && !(flags & rules->rules.drop);
}

// The short runs from `at` on; returns where something else begins. It reads eight bytes at a time
// and so ends that much before the text does.
static size_t take_short(struct splitter *s, const struct stretch *t, size_t at, struct tokens *out)
{
    const struct split_rules *rules = s->rules;
    const unsigned char *class = rules->ascii.class;
    const char *text = t->text;
    while (at + 9 <= t->end && out->cap - out->n >= CACHE_LONG_TOKENS) {
        uint64_t bytes;
        memcpy(&bytes, text + at, 8);
        const uint64_t stop = not_plain(bytes);
        const unsigned char first = class[bytes & 0xFF];
        size_t len = stop ? (size_t)__builtin_ctzll(stop) / 8 : 8;
        if (!stop) {
            len += plain_length(text + at + 8, text + t->end);
            if (len > CACHE_LONG || at + len >= t->end) break;
        } else if (first <= BYTE_ALONE) {
            len += len == 0; // punctuation
        } else if (first == BYTE_SPACE) {
            at++;
            continue;
        } else if (first != BYTE_HIGH || !is_alone(rules, text + at, text + t->end, &len)) {
            break;
        }
        const unsigned char next = class[(unsigned char)text[at + len]];
        if (next > BYTE_SPACE && first == BYTE_PLAIN && !ends_run(s, t, at + len)) break;
        if (len <= CACHE_SHORT) {
            const struct cache_place place = cache_place_short(&s->cache, bytes, len);
            if (!cache_put_short(&place, len, (uint32_t)at, out)) {
                take_new(s, t, at, len, first == BYTE_PLAIN, &place, out);
            }
        } else {
            const struct cache_place place = cache_place_long(&s->cache, text + at, len, t->limit);
            if (!cache_put_long(&place, len, (uint32_t)at, out)) {
                take_new(s, t, at, len, true, &place, out);
            }
        }
        at += len + (text[at + len] == ' ');
    }
    return at;
}

void split(struct splitter *s, const char *text, size_t len, size_t begin, size_t end,
           struct tokens *out)
{
    const struct stretch t = {text, begin, end, text + len};
    s->letters.failed = s->word.failed = false;
    s->word.n = s->word.len = 0;
    for (size_t at = begin; at < end && !out->failed;) {
        at = take_short(s, &t, at, out);
        if (at < end) at = take_one(s, &t, at, out);
    }
}

// -------------------------------------------------------------------------------------- the table

static bool is_plain(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void settle_character(struct ascii *a, struct splitter *s, int c)
{
    const char byte = (char)c;
    s->letters.n = 0;
    normalize(&s->letters, &s->rules->rules, &byte, 0, 1, 0, 1);
    if (s->letters.failed) return;
    const struct letter *x = s->letters.at;
    const uint32_t flags = s->letters.n == 1 ? unicode_of(x->c)->flags : 0;
    // In hf-slow a mark behind one of these three makes a letter of it; the general path knows.
    const bool composes = rules_compose(&s->rules->rules) && (c == '<' || c == '=' || c == '>');
    a->class[c] = composes                           ? BYTE_OTHER
                  : flags & UNICODE_SPACE            ? BYTE_SPACE
                  : flags & s->rules->rules.punct    ? BYTE_ALONE
                  : s->letters.n == 1 && is_plain(c) ? BYTE_PLAIN
                                                     : BYTE_OTHER;
    if (c == 'A') a->lowercase = s->letters.n == 1 && x->c == 'a';
}

bool split_rules_settle(struct split_rules *rules)
{
    struct splitter s = {.rules = rules};
    for (int c = 0; c < 128; c++) settle_character(&rules->ascii, &s, c);
    for (int c = 128; c < 256; c++) rules->ascii.class[c] = BYTE_HIGH;
    const bool failed = s.letters.failed;
    splitter_release(&s);
    return !failed;
}
