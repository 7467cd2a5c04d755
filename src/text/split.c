// split.c: the loop over a text. It spends its time in ascii_run: eight bytes are classed at once
// in a register (Mycroft's and Lamport's way, Lamport 1975 "Multiple byte processing with full-word
// instructions"), the run is looked up and its tokens are put.
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

struct stretch { // the text that may be looked at, and how far it may be read
    const char *text;
    size_t begin, end;
    const char *limit;
};

// text[from, to) is normalised; the last word stays open.
static void take_text(struct splitter *s, const struct stretch *t, size_t from, size_t to,
                      struct tokens *out)
{
    s->letters.n = 0;
    normalize(&s->letters, &s->rules->rules, t->text, t->begin, t->end, from, to);
    take_letters(s, 0, s->letters.failed ? 0 : s->letters.n, out);
    out->failed |= s->letters.failed;
}

// A run or a character that stands alone: from the cache, or through the general path.
static void take_run(struct splitter *s, const struct stretch *t, size_t from, size_t to,
                     struct tokens *out)
{
    const size_t len = to - from;
    if (len <= CACHE_KEY) {
        const struct cache_entry *e = cache_find(&s->cache, t->text + from, len, t->limit);
        if (e) {
            if (tokens_reserve(out, CACHE_TOKENS)) cache_put(e, (uint32_t)from, out);
            return;
        }
    }
    const size_t first = out->n;
    s->letters.context = false;
    take_text(s, t, from, to, out);
    word_end(&s->word, &s->rules->model, out);
    if (!s->letters.context) {
        cache_keep(&s->cache, t->text, (uint32_t)from, len, t->limit, out, first);
    }
}

// ---------------------------------------------------------------------------------- runs in bytes

// Where a run that goes on at `at` ends: at white space or a character that stands alone.
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
        if (!(r->flags & rules->drop) && (r->flags & (UNICODE_SPACE | rules->punct | rules->cjk))) {
            return at;
        }
        if (at >= most && is_starter(r) && !(r->flags & rules->drop))
            return at; // a long run's part
    }
    return at;
}

// A run with other than ASCII letters and digits; returns its end.
static size_t mixed_run(struct splitter *s, const struct stretch *t, size_t from, size_t scanned,
                        struct tokens *out)
{
    size_t to = run_end(s, t, scanned);
    if (to - from < LONG_RUN) {
        take_run(s, t, from, to, out);
        return to;
    }
    for (;;) { // the word goes on from part to part
        take_text(s, t, from, to, out);
        from = to;
        to = run_end(s, t, from);
        if (to == from || out->failed) break;
    }
    word_end(&s->word, &s->rules->model, out);
    return to;
}

// In hf-slow, a mark composes with the punctuation before it ("=" and U+0338): what follows decides
// whether it is punctuation. Ideographs have a space behind them.
static bool may_compose(const struct splitter *s, const struct stretch *t, size_t behind)
{
    const struct rules *rules = &s->rules->rules;
    if (rules->profile != BERT_PROFILE_HF_SLOW || behind >= t->end) return false;
    const unsigned char class = s->rules->ascii.class[(unsigned char)t->text[behind]];
    return class == BYTE_HIGH || class == BYTE_OTHER;
}

static size_t alone_with_run(struct splitter *s, const struct stretch *t, size_t from,
                             size_t behind, struct tokens *out)
{
    size_t to = run_end(s, t, behind);
    while (to > behind && to < t->end && to - from >= LONG_RUN) { // all parts of a long run
        const size_t next = run_end(s, t, to);
        if (next == to) break;
        to = next;
    }
    take_text(s, t, from, to, out);
    word_end(&s->word, &s->rules->model, out);
    return to;
}

// A character of several bytes that begins a run, stands alone or is white space.
static size_t high_byte(struct splitter *s, const struct stretch *t, size_t at, struct tokens *out)
{
    const struct rules *rules = &s->rules->rules;
    size_t n;
    const uint32_t c = utf8_decode(t->text + at, t->text + t->end, &n);
    if (c == UTF8_INVALID) return at + n;
    const uint32_t flags = unicode_of(c)->flags;
    if (flags & rules->drop) return mixed_run(s, t, at, at + n, out);
    if (flags & UNICODE_SPACE) return at + n;
    if (!(flags & (rules->punct | rules->cjk))) return mixed_run(s, t, at, at + n, out);
    if ((flags & rules->punct) && may_compose(s, t, at + n)) {
        return alone_with_run(s, t, at, at + n, out);
    }
    take_run(s, t, at, at + n, out);
    return at + n;
}

// ------------------------------------------------------------------------------------ runs of
// ASCII

#define EACH(byte) (0x0101010101010101u * (byte))

// Bit 7 of each byte that is no ASCII letter or digit.
static uint64_t not_plain(uint64_t x)
{
    const uint64_t low = x & EACH(0x7F), folded = low | EACH(0x20);
    const uint64_t letter = (folded + EACH(0x80 - 'a')) & ~(folded + EACH(0x80 - 'z' - 1));
    const uint64_t digit = (low + EACH(0x80 - '0')) & ~(low + EACH(0x80 - '9' - 1));
    return (~(letter | digit) | x) & EACH(0x80);
}

static size_t plain_length(const char *p, const char *limit)
{
    for (const char *at = p;; at += 8) {
        const uint64_t stop = not_plain(cache_load(at, limit));
        if (stop) return (size_t)(at - p) + (size_t)__builtin_ctzll(stop) / 8;
    }
}

static void ascii_word(struct splitter *s, const struct stretch *t, size_t from, size_t len,
                       struct tokens *out)
{
    const size_t first = out->n;
    word_ascii(&s->word, &s->rules->model, t->text, (uint32_t)from, len, s->rules->ascii.fold, out);
    cache_keep(&s->cache, t->text, (uint32_t)from, len, t->limit, out, first);
}

// True when the run of letters and digits that was cut off at `at` is a whole run.
static bool ends_run(const struct splitter *s, const struct stretch *t, size_t at)
{
    if (at >= t->end) return true;
    const unsigned char class = s->rules->ascii.class[(unsigned char)t->text[at]];
    if (class != BYTE_HIGH) return class != BYTE_OTHER;
    size_t n;
    const uint32_t c = utf8_decode(t->text + at, t->text + t->end, &n);
    if (c == UTF8_INVALID) return false;
    const struct rules *rules = &s->rules->rules;
    const uint32_t flags = unicode_of(c)->flags;
    return !(flags & rules->drop) && (flags & (UNICODE_SPACE | rules->punct | rules->cjk));
}

// A run that begins with a letter or digit; returns its end.
static size_t plain_run(struct splitter *s, const struct stretch *t, size_t from,
                        struct tokens *out)
{
    const uint64_t bytes = cache_load(t->text + from, t->limit);
    const uint64_t stop = not_plain(bytes);
    size_t len = stop ? (size_t)__builtin_ctzll(stop) / 8 : 8;
    if (!stop) len += plain_length(t->text + from + 8, t->text + t->end);
    if (len > t->end - from) len = t->end - from;
    if (!ends_run(s, t, from + len)) return mixed_run(s, t, from, from + len, out);
    const struct cache_entry *e = NULL;
    if (len < 8)
        e = cache_find8(&s->cache, bytes & ((1ull << 8 * len) - 1), len);
    else if (len <= CACHE_KEY)
        e = cache_find(&s->cache, t->text + from, len, t->limit);
    if (!e)
        ascii_word(s, t, from, len, out);
    else if (tokens_reserve(out, CACHE_TOKENS))
        cache_put(e, (uint32_t)from, out);
    return from + len;
}

void split(struct splitter *s, const char *text, size_t len, size_t begin, size_t end,
           struct tokens *out)
{
    const struct stretch t = {text, begin, end, text + len};
    const struct ascii *ascii = &s->rules->ascii;
    s->letters.failed = s->word.failed = false;
    s->word.n = s->word.len = 0;
    for (size_t at = begin; at < end && !out->failed;) {
        const unsigned char byte = (unsigned char)text[at];
        switch (ascii->class[byte]) {
        case BYTE_PLAIN:
            at = plain_run(s, &t, at, out);
            break;
        case BYTE_SPACE:
            at++;
            break;
        case BYTE_ALONE:
            if (may_compose(s, &t, at + 1)) {
                at = alone_with_run(s, &t, at, at + 1, out);
                break;
            }
            if (tokens_reserve(out, 1)) {
                tokens_put(out, ascii->ids[byte], (uint32_t)at, (uint32_t)at + 1);
                out->word++;
            }
            at++;
            break;
        case BYTE_OTHER:
            at = mixed_run(s, &t, at, at + 1, out);
            break;
        default:
            at = high_byte(s, &t, at, out);
        }
    }
}

// -------------------------------------------------------------------------------------- the table

static bool is_plain(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void settle_character(struct ascii *a, struct splitter *s, int c, struct tokens *out)
{
    const char byte = (char)c;
    const struct stretch t = {&byte, 0, 1, &byte + 1};
    out->n = 0;
    take_text(s, &t, 0, 1, out);
    const struct letter *x = s->letters.at;
    const uint32_t flags = s->letters.n == 1 ? unicode_of(x->c)->flags : 0;
    const bool punct = flags & s->rules->rules.punct;
    a->class[c] = flags & UNICODE_SPACE              ? BYTE_SPACE
                  : punct                            ? BYTE_ALONE
                  : s->letters.n == 1 && is_plain(c) ? BYTE_PLAIN
                                                     : BYTE_OTHER;
    if (a->class[c] == BYTE_PLAIN) a->fold[c] = (unsigned char)x->c;
    if (punct && !out->failed) a->ids[c] = out->ids[0];
    word_end(&s->word, &s->rules->model, out);
}

bool split_rules_settle(struct split_rules *rules)
{
    struct splitter s = {.rules = rules};
    struct tokens out = {0};
    for (int c = 0; c < 128 && !out.failed; c++) settle_character(&rules->ascii, &s, c, &out);
    for (int c = 128; c < 256; c++) rules->ascii.class[c] = BYTE_HIGH;
    const bool failed = out.failed;
    splitter_release(&s);
    tokens_release(&out);
    return !failed;
}
