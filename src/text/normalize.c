// normalize.c: characters pass through add() one by one; those of a combining class other than 0
// wait behind their starter until the next one comes (close_run).
//
//   google   clean, CJK; lower-case with the final sigma; NFD, strip
//   hf-slow  lower-case; clean, CJK; NFC; NFD, strip (which undoes the NFC)
//   hf-fast  clean, CJK; NFD, strip; lower-case
//
// While a character waits, its combining class is in the bits 24-31 of letter.c, and ADDED tells
// that its source gave another character before it.
#include "text/normalize.h"

#include <string.h>

#include "base/mem.h"

#define ADDED (1u << 23)
#define CHARACTER 0x1FFFFFu
enum { SMALL_SIGMA = 0x3C3, FINAL_SIGMA = 0x3C2, CAPITAL_SIGMA = 0x3A3, DOT_ABOVE = 0x307 };

void rules_settle(struct rules *r)
{
    const bool fast = r->profile == BERT_PROFILE_HF_FAST;
    r->drop = !r->clean_text                       ? 0
              : fast                               ? UNICODE_DROP_FAST
              : r->profile == BERT_PROFILE_HF_SLOW ? UNICODE_DROP_SLOW
                                                   : UNICODE_DROP_GOOGLE;
    r->punct = fast ? UNICODE_PUNCT_FAST : UNICODE_PUNCT;
    r->mark = !r->strip_accents ? 0 : fast ? UNICODE_MARK_FAST : UNICODE_MARK;
    r->cjk = !r->split_cjk ? 0 : fast ? UNICODE_CJK_FAST : UNICODE_CJK;
}

bool rules_compose(const struct rules *r)
{
    return r->profile == BERT_PROFILE_HF_SLOW && !r->strip_accents;
}

void letters_release(struct letters *l)
{
    mem_free(l->at);
    *l = (struct letters){0};
}

static bool is_fast(const struct rules *r)
{
    return r->profile == BERT_PROFILE_HF_FAST;
}

static uint32_t lower(const struct rules *rules, uint32_t c)
{
    const struct unicode_record *r = unicode_of(c);
    if ((r->flags & UNICODE_LOWER_FAST) && !is_fast(rules)) return c;
    return (uint32_t)((int32_t)c + r->lower);
}

static bool reserve(struct letters *l, size_t more)
{
    if (!l->failed && !mem_grow((void **)&l->at, &l->cap, l->n + more, sizeof *l->at)) {
        l->failed = true;
    }
    return !l->failed;
}

static void append(struct letters *l, uint32_t c, uint32_t start, uint32_t end)
{
    if (!reserve(l, 1)) return;
    l->at[l->n++] = (struct letter){c, start, end};
}

// ------------------------------------------------------------------------------- canonical order

static unsigned class_of(const struct letter *x)
{
    return x->c >> 24;
}

// Stable, by combining class, in time linear in the run: a text may consist of marks alone.
static void sort_run(struct letters *l)
{
    const size_t n = l->n - l->run;
    size_t places[257] = {0};
    if (!reserve(l, n)) return;
    struct letter *run = l->at + l->run, *sorted = l->at + l->n;
    for (size_t i = 0; i < n; i++) places[class_of(&run[i]) + 1]++;
    for (size_t i = 1; i < 257; i++) places[i] += places[i - 1];
    for (size_t i = 0; i < n; i++) sorted[places[class_of(&run[i])]++] = run[i];
    // The k-th character that its source began with takes the k-th source's bytes; the others those
    // of the character before them.
    size_t source = 0;
    struct letter last = l->run ? l->at[l->run - 1] : run[0];
    for (size_t i = 0; i < n; i++) {
        if (!(sorted[i].c & ADDED)) {
            while (run[source].c & ADDED) source++;
            last = run[source++];
        }
        sorted[i].start = last.start;
        sorted[i].end = last.end;
    }
    memcpy(run, sorted, n * sizeof *run);
}

static bool is_sorted(const struct letters *l)
{
    for (size_t i = l->run + 1; i < l->n; i++) {
        if (class_of(&l->at[i]) < class_of(&l->at[i - 1])) return false;
    }
    return true;
}

// Unicode 14, chapter 3.11, D117: a mark composes with the starter unless a kept mark of the same
// or a higher class stands between.
static bool compose_onto(struct letters *l, const struct letter *mark)
{
    if (l->starter == SIZE_MAX) return false;
    struct letter *starter = &l->at[l->starter];
    const uint32_t composed = unicode_compose(starter->c, mark->c & CHARACTER);
    if (!composed) return false;
    starter->c = composed;
    if (mark->end > starter->end) starter->end = mark->end;
    return true;
}

// The marks behind a starter are complete: order them, then compose or strip them.
static void close_run(struct letters *l, const struct rules *rules)
{
    if (l->run == l->n || l->failed) return;
    if (!is_sorted(l)) sort_run(l);
    if (l->failed) return;
    size_t kept = l->run;
    unsigned last_class = 0;
    for (size_t i = l->run; i < l->n; i++) {
        struct letter mark = l->at[i];
        const unsigned class = class_of(&mark);
        if (rules_compose(rules) && last_class < class && compose_onto(l, &mark)) continue;
        last_class = class;
        mark.c &= CHARACTER;
        if (unicode_of(mark.c)->flags & rules->mark) continue;
        if (rules->lowercase && is_fast(rules)) mark.c = lower(rules, mark.c);
        l->at[kept++] = mark;
    }
    l->n = l->run = kept;
}

static void add_starter(struct letters *l, const struct rules *rules, struct letter x)
{
    close_run(l, rules);
    const struct unicode_record *r = unicode_of(x.c);
    if (r->flags & rules->mark) return; // many marks have class 0
    if (rules_compose(rules)) {
        const bool adjacent = l->starter != SIZE_MAX && l->starter + 1 == l->n;
        if (adjacent && (r->flags & UNICODE_SECOND) && compose_onto(l, &x)) return;
        l->starter = l->n;
    }
    if (rules->lowercase && is_fast(rules)) x.c = lower(rules, x.c);
    append(l, x.c, x.start, x.end);
    l->run = l->n;
}

static void add_in_order(struct letters *l, const struct rules *rules, struct letter x, bool added)
{
    const struct unicode_record *r = unicode_of(x.c);
    if (r->ccc == 0 || (is_fast(rules) && (r->flags & UNICODE_NEW))) {
        add_starter(l, rules, x);
        return;
    }
    append(l, x.c | (uint32_t)r->ccc << 24 | (added ? ADDED : 0), x.start, x.end);
}

static void add_decomposed(struct letters *l, const struct rules *rules, struct letter x,
                           bool added)
{
    const struct unicode_record *r = unicode_of(x.c);
    uint32_t jamo[3];
    const uint32_t *to = unicode_decompositions + r->decomposition;
    size_t n = is_fast(rules) && (r->flags & UNICODE_NEW) ? 0 : r->length;
    if (n == 0) {
        n = unicode_hangul(x.c, jamo);
        to = jamo;
    }
    if (n == 0) add_in_order(l, rules, x, added);
    for (size_t i = 0; i < n; i++) {
        add_in_order(l, rules, (struct letter){to[i], x.start, x.end}, added || i > 0);
    }
}

// A character behind cleaning, and behind lower-casing where that comes first.
static void add(struct letters *l, const struct rules *rules, struct letter x, bool added)
{
    if (rules->strip_accents || rules->profile == BERT_PROFILE_HF_SLOW) {
        add_decomposed(l, rules, x, added);
        return;
    }
    if (rules->lowercase && is_fast(rules)) {
        const bool dot = unicode_of(x.c)->flags & UNICODE_DOT;
        append(l, dot ? 'i' : lower(rules, x.c), x.start, x.end);
        if (dot) append(l, DOT_ABOVE, x.start, x.end);
    } else {
        append(l, x.c, x.start, x.end);
    }
    l->run = l->n;
}

// ------------------------------------------------------------------------------------ lower case

// The letter or mark that decides, from p backwards or onwards in one white-space word: the first
// that is not case-ignorable. 0 at the word's end.
static uint32_t decider(const struct rules *rules, const char *p, const char *limit, bool forwards)
{
    while (p != limit) {
        size_t n;
        const char *at = forwards ? p : utf8_before(limit, p);
        const uint32_t c = utf8_decode(at, forwards ? limit : p, &n);
        p = forwards ? at + n : at;
        if (c == UTF8_INVALID) continue;
        const uint32_t flags = unicode_of(c)->flags;
        if (flags & rules->drop) continue;
        if (flags & (UNICODE_SPACE | rules->cjk)) return 0;
        if (!(flags & UNICODE_IGNORABLE)) return flags;
    }
    return 0;
}

// Unicode 14, table 3-17, Final_Sigma, as Python's str.lower has it.
static bool is_final_sigma(const struct rules *rules, const char *text, size_t begin, size_t end,
                           const struct letter *x)
{
    return (decider(rules, text + x->start, text + begin, false) & UNICODE_CASED) &&
           !(decider(rules, text + x->end, text + end, true) & UNICODE_CASED);
}

static void add_lowered(struct letters *l, const struct rules *rules, const char *text,
                        size_t begin, size_t end, struct letter x)
{
    const struct unicode_record *r = unicode_of(x.c);
    if (r->flags & UNICODE_DOT) {
        add(l, rules, (struct letter){'i', x.start, x.end}, false);
        // A Lowercase in front of hf-fast's normalizer leaves two characters in their own right.
        add(l, rules, (struct letter){DOT_ABOVE, x.start, x.end}, !is_fast(rules));
        return;
    }
    if (x.c == CAPITAL_SIGMA && rules->profile == BERT_PROFILE_GOOGLE) {
        l->context = true;
        x.c = is_final_sigma(rules, text, begin, end, &x) ? FINAL_SIGMA : SMALL_SIGMA;
    } else {
        x.c = lower(rules, x.c);
    }
    add(l, rules, x, false);
}

// -------------------------------------------------------------------------------------- the text

static void add_character(struct letters *l, const struct rules *rules, const char *text,
                          size_t begin, size_t end, struct letter x)
{
    const struct unicode_record *r = unicode_of(x.c);
    if (r->flags & rules->drop) return;
    if ((r->flags & UNICODE_SPACE) && rules->clean_text) x.c = ' ';
    const bool alone = r->flags & rules->cjk;
    const struct letter space = {' ', x.start, x.end};
    if (alone) add(l, rules, space, false);
    if (rules->bare_lowercase || (rules->lowercase && !is_fast(rules)))
        add_lowered(l, rules, text, begin, end, x);
    else add(l, rules, x, false);
    if (alone) add(l, rules, space, true);
}

void normalize(struct letters *l, const struct rules *rules, const char *text, size_t begin,
               size_t end, size_t from, size_t to)
{
    l->run = l->n;
    l->starter = SIZE_MAX;
    for (size_t at = from, n; at < to; at += n) {
        const uint32_t c = utf8_decode(text + at, text + to, &n);
        if (c == UTF8_INVALID) continue;
        const struct letter x = {c, (uint32_t)at, (uint32_t)(at + n)};
        add_character(l, rules, text, begin, end, x);
    }
    close_run(l, rules);
}
