// split.c: the loop over a text, in two phases. Bytes are classed 64 at a time, sixteen in a vector
// (of the compiler's, which every machine has); a bit mask then tells where runs begin and end, and
// each run's place in the cache is on its way from memory while the next ones are found. Then the
// tokens of the whole batch are taken from there.
#include "text/split.h"

enum { LONG_RUN = 4096 }; // bytes after which a run is normalised in parts

bool splitter_init(struct splitter *s, const struct split_rules *rules)
{
    *s = (struct splitter){.rules = rules};
    ahead_init(&s->ahead, &rules->model, rules->ascii.lowercase);
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

static bool high_ends_run(const struct splitter *s, const struct stretch *t, size_t at)
{
    const struct rules *rules = &s->rules->rules;
    size_t n;
    const uint32_t c = utf8_decode(t->text + at, t->text + t->end, &n);
    if (c == UTF8_INVALID) return false;
    const uint32_t flags = unicode_of(c)->flags;
    return !(flags & rules->drop) && (flags & (UNICODE_SPACE | rules->punct | rules->cjk));
}

// True when a run that came so far ends at `at`.
static inline bool ends_run(const struct splitter *s, const struct stretch *t, size_t at)
{
    if (at >= t->end) return true;
    const unsigned char class = s->rules->ascii.class[(unsigned char)t->text[at]];
    return class == BYTE_SPACE || class == BYTE_ALONE ||
           (class == BYTE_HIGH && high_ends_run(s, t, at));
}

// -------------------------------------------------------------------------------------- the blocks

// 64 bytes of a text at once; bit i is of byte i.
struct block {
    uint64_t plain; // ASCII letters and digits
    uint64_t space; // U+0020
    uint64_t odd;   // not ASCII, or not printing
};

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t halves8 __attribute__((vector_size(16)));
typedef uint32_t words4 __attribute__((vector_size(16)));
typedef uint64_t longs2 __attribute__((vector_size(16)));

// Of a's elements, of 2 n bits, the low half with the high one laid over it; above it the same of
// b's. low: the mask of a low half.
#define FOLD(a, b, n, low) (((a) & (low)) | ((b) << (n)) | ((a) >> (n)) | ((b) & ~(low)))

// The bits of 64 bytes that are each 0 or 255: a bit is left of each, then eight of them come into
// a byte by halves.
static inline uint64_t gather_bits(const bytes16 v[4])
{
    const bytes16 bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const longs2 a = (longs2)(v[0] & bit), b = (longs2)(v[1] & bit);
    const longs2 c = (longs2)(v[2] & bit), d = (longs2)(v[3] & bit);
    const words4 ac = (words4)FOLD(a, c, 32, (uint64_t)UINT32_MAX);
    const words4 bd = (words4)FOLD(b, d, 32, (uint64_t)UINT32_MAX);
    const halves8 all = (halves8)FOLD(ac, bd, 16, (uint32_t)UINT16_MAX);
    const longs2 bytes = (longs2)((all | all >> 8) & 0xFF);
    return bytes[0] | bytes[1] << 8;
}

static inline struct block classify(const char *p)
{
    bytes16 plain_or_space[4], plain_or_odd[4]; // a byte is one of them at most
// Unrolled, which -O2 does not do by itself.
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        bytes16 x;
        memcpy(&x, p + 16 * i, 16);
        const bytes16 plain = (bytes16)((x | 0x20) - 'a' < 26) | (bytes16)(x - '0' < 10);
        plain_or_space[i] = plain | (bytes16)(x == ' ');
        plain_or_odd[i] = plain | (bytes16)(x - ' ' >= 0x7F - ' ');
    }
    const uint64_t a = gather_bits(plain_or_space), b = gather_bits(plain_or_odd);
    return (struct block){a & b, a & ~b, b & ~a};
}

// Printing ASCII that does not stand alone in this profile, where there is any.
static uint64_t irregular_bits(const struct ascii *ascii, const char *p)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i++) {
        bits |= (uint64_t)(ascii->class[(unsigned char)p[i]] == BYTE_OTHER) << i;
    }
    return bits;
}

struct batch {
    struct run runs[RUNS], *end;
};

// p: the run's bytes, of which 16 may be read.
static inline struct run *put_run(const struct cache *cache, struct run *r, const char *p,
                                  size_t start, uint32_t len, uint32_t odd)
{
    r->start = (uint32_t)start;
    r->len = len | odd;
    if (len > CACHE_SHORT) {
        r->key[0] = r->key[1] = UINT64_MAX;
        r->set = cache->shorts;
        return r + 1;
    }
    cache_key(p, len, r->key);
    r->set = cache_set(cache, r->key);
    __builtin_prefetch(r->set, 1);
    return r + 1;
}

// What begins at `at` and is not a run of plain bytes or ASCII punctuation, its first `scanned`
// bytes known not to end it. Sets *len to the run's, 0 for white space; returns where to go on.
static size_t measure_odd(const struct splitter *s, const struct stretch *t, size_t at,
                          size_t scanned, size_t *len)
{
    const struct rules *rules = &s->rules->rules;
    const unsigned char class = s->rules->ascii.class[(unsigned char)t->text[at]];
    size_t n = 1;
    *len = 0;
    if (scanned == 0 && class == BYTE_SPACE) return at + 1;
    if (scanned == 0 && class == BYTE_ALONE) return at + (*len = 1);
    if (scanned == 0 && class == BYTE_HIGH) {
        const uint32_t c = utf8_decode(t->text + at, t->text + t->end, &n);
        const uint32_t flags = c == UTF8_INVALID ? 0 : unicode_of(c)->flags;
        if (!(flags & rules->drop)) {
            if (flags & UNICODE_SPACE) return at + n;
            if (flags & (rules->punct | rules->cjk)) return at + (*len = n);
        }
    }
    const size_t to = run_end(s, t, at + (scanned > 0 ? scanned : n));
    *len = to - at;
    return to;
}

// Finds the runs of a block of n bytes at t->text + at, which p points to or to a copy of. Returns
// where to go on; a run that is not complete at the block's end is left to the next one.
static size_t find_runs(const struct splitter *s, const struct stretch *t, size_t at, const char *p,
                        size_t n, struct batch *b)
{
    struct block block = classify(p);
    if (s->rules->ascii.irregular) block.odd |= irregular_bits(&s->rules->ascii, p);
    struct cache cache = s->cache;
    if (s->ahead.blind) cache.last_set = 0;
    const uint64_t within = n < 64 ? ((uint64_t)1 << n) - 1 : UINT64_MAX;
    const uint64_t plain = block.plain & within;
    const uint64_t odd = (block.odd & within) | ~within;
    struct run *r = b->end;
    size_t next = at + n;
    const uint64_t alone = within & ~plain & ~block.space;
    // Where a run begins, and where the same one ends: of plain bytes or of one other, and then
    // perhaps part of a longer run, as is one that something odd comes behind.
    uint64_t firsts = (plain & ~(plain << 1)) | alone;
    uint64_t lasts = (plain & ~(plain >> 1)) | alone;
    const uint64_t unsure = odd | (plain & (odd >> 1 | (uint64_t)1 << 63));
    if (plain >> 63 && n == 64 && at + 64 < t->end && ~plain) { // the last run goes on
        const unsigned last = 64 - (unsigned)__builtin_clzll(~plain);
        next = at + last;
        firsts &= ((uint64_t)1 << last) - 1;
        lasts &= UINT64_MAX >> 1;
    }
    while (firsts) {
        const uint64_t odd_last = lasts & unsure & -(lasts & unsure); // the lowest, 0: none is
        for (uint64_t sure = lasts & (odd_last - 1); sure; sure &= sure - 1) {
            const unsigned i = (unsigned)__builtin_ctzll(firsts);
            const unsigned last = (unsigned)__builtin_ctzll(sure);
            r = put_run(&cache, r, p + i, at + i, last - i + 1, 0);
            firsts &= firsts - 1;
        }
        if (!odd_last) break;
        const unsigned i = (unsigned)__builtin_ctzll(firsts);
        const unsigned last = (unsigned)__builtin_ctzll(odd_last), len = last - i + 1;
        if (!(plain >> i & 1) || !ends_run(s, t, at + last + 1)) {
            const unsigned scanned = plain >> i & 1 ? len : 0;
            size_t run;
            const size_t to = measure_odd(s, t, at + i, scanned, &run);
            if (run >= LONG_RUN) {
                next = at + i;
                break;
            }
            if (run) r = put_run(&cache, r, p + i, at + i, (uint32_t)run, RUN_ODD);
            if (to - at >= n) {
                next = to;
                break;
            }
            firsts &= UINT64_MAX << (to - at);
            lasts &= UINT64_MAX << (to - at);
        } else {
            r = put_run(&cache, r, p + i, at + i, len, 0);
            firsts &= firsts - 1;
            lasts &= ~(odd_last | (odd_last - 1));
        }
    }
    b->end = r;
    return next;
}

// Fills the batch from `at` on; returns where to go on.
static size_t fill_batch(const struct splitter *s, const struct stretch *t, size_t at,
                         struct batch *b)
{
    const struct run *most = b->runs + (s->ahead.blind ? RUNS : RUNS_ASKED);
    while (at < t->end && most - b->end >= 64) {
        const char *p = t->text + at;
        char copy[80] = {0};
        const size_t n = t->end - at < 64 ? t->end - at : 64;
        if ((size_t)(t->limit - p) < sizeof copy) {
            p = memcpy(copy, p, (size_t)(t->limit - p));
        }
        const size_t next = find_runs(s, t, at, p, n, b);
        if (next == at) break;
        at = next;
    }
    return at;
}

// -------------------------------------------------------------------------------------- their
// tokens

// Gives a word the letters of text[from, to) if all its characters are simple, or syllables of
// which each comes apart; otherwise leaves the word empty and returns false.
static bool take_simple(struct splitter *s, const struct stretch *t, size_t from, size_t to)
{
    const struct rules *rules = &s->rules->rules;
    const struct wordpiece *model = &s->rules->model;
    const bool apart = rules->strip_accents;
    if (!word_reserve(&s->word, to - from)) return false; // a letter has a byte at least
    for (size_t at = from, n; at < to; at += n) {
        struct letter x = {utf8_decode(t->text + at, t->text + to, &n), (uint32_t)at, 0};
        x.end = (uint32_t)(at + n);
        if (x.c == UTF8_INVALID) continue;
        if (apart && unicode_is_hangul(x.c)) {
            uint32_t jamo[3];
            const size_t parts = unicode_hangul(x.c, jamo);
            for (size_t i = 0; i < parts; i++) {
                x.c = jamo[i];
                word_put(&s->word, model, &x);
            }
            continue;
        }
        x.c = simple_look_up(&s->known, rules, x.c);
        if (x.c < SIMPLE_NOTHING) word_put(&s->word, model, &x);
        if (x.c == SIMPLE_NOT) {
            s->word.n = s->word.len = 0;
            return false;
        }
    }
    return true;
}

static void take_new(struct splitter *s, const struct stretch *t, const struct run *r,
                     struct tokens *out)
{
    s->letters.context = false;
    const uint32_t len = r->len & ~RUN_ODD;
    const unsigned char class = s->rules->ascii.class[(unsigned char)t->text[r->start]];
    if (class == BYTE_PLAIN && !(r->len & RUN_ODD)) {
        word_ascii(&s->word, &s->rules->model, t->text, r->start, len, t->limit,
                   s->rules->ascii.lowercase, out);
    } else {
        const size_t end = r->start + len;
        if (!take_simple(s, t, r->start, end)) take_text(s, t, r->start, end, out);
        word_end(&s->word, &s->rules->model, out);
    }
}

static void take_long(struct splitter *s, const struct stretch *t, const struct run *r,
                      struct tokens *out)
{
    const size_t first = out->n;
    const uint32_t len = r->len & ~RUN_ODD;
    if (len > CACHE_LONG) {
        take_new(s, t, r, out);
        return;
    }
    const struct cache_place place = cache_place_long(&s->cache, t->text + r->start, len, t->limit);
    if (cache_put_long(&place, len, r->start, out)) return;
    take_new(s, t, r, out);
    if (!s->letters.context) cache_keep_long(&place, len, r->start, out, first);
}

static void take_short(struct splitter *s, const struct stretch *t, const struct run *r,
                       struct tokens *out)
{
    const size_t first = out->n;
    if (cache_has_more(r->set, r->key)) {
        take_long(s, t, r, out);
        return;
    }
    take_new(s, t, r, out);
    if (!s->letters.context) cache_keep_short(&s->cache, r->set, r->key, r->start, out, first);
}

// What the cache has no answer to at once, and what comes behind it likewise and is ready; returns
// where that ends. `end` is the batch's.
static const struct run *take_others(struct splitter *s, const struct stretch *t,
                                     const struct run *r, const struct run *end, struct tokens *out)
{
    const struct run *next = ahead_take(&s->ahead, &s->cache, r, end, out);
    if (next > r) return next;
    if ((r->len & ~RUN_ODD) > CACHE_SHORT) take_long(s, t, r, out);
    else take_short(s, t, r, out);
    return r + 1;
}

// Room for the tokens of n runs that the cache knows, and of any other.
static bool reserve(struct tokens *out, size_t n)
{
    return tokens_reserve(out, n * CACHE_SHORT_TOKENS + CACHE_LONG_TOKENS);
}

static void take_runs(struct splitter *s, const struct stretch *t, const struct batch *b,
                      struct tokens *out)
{
    if (!reserve(out, (size_t)(b->end - b->runs))) return;
    struct tokens found = *out; // a copy of our own, which stays in registers
    const size_t kept = s->cache.kept;
    ahead_begin(&s->ahead, b->runs, b->end);
    for (const struct run *r = b->runs, *const end = b->end; r < end;) {
        if (cache_put_short(r->set, r->key, r->start, &found)) {
            r++;
            continue;
        }
        out->n = found.n;
        out->word = found.word;
        r = take_others(s, t, r, end, out);
        if (!reserve(out, (size_t)(end - r))) return;
        found = *out;
    }
    out->n = found.n;
    out->word = found.word;
    ahead_end(&s->ahead, s->cache.kept - kept, (size_t)(b->end - b->runs));
}

// A run that is too long to be normalised at once: its word goes on from part to part.
static size_t take_endless(struct splitter *s, const struct stretch *t, size_t from,
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

void split(struct splitter *s, const char *text, size_t len, size_t begin, size_t end,
           struct tokens *out)
{
    const struct stretch t = {text, begin, end, text + len};
    s->letters.failed = s->word.failed = false;
    s->word.n = s->word.len = 0;
    for (size_t at = begin; at < end && !out->failed;) {
        struct batch batch;
        batch.end = batch.runs;
        cache_enlarge_when_due(&s->cache);
        at = fill_batch(s, &t, at, &batch);
        take_runs(s, &t, &batch, out);
        if (batch.end == batch.runs && at < end) at = take_endless(s, &t, at, out);
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
    a->irregular |= c > ' ' && c < 0x7F && a->class[c] == BYTE_OTHER;
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
