// added.c: finding is leftmost, then longest, without overlaps, as the tokenizers library does it;
// a token that single_word rejects is passed over whole.
#include "text/added.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void added_init(struct added *a)
{
    *a = (struct added){.only_byte = {-2, -2}};
}

void added_release(struct added *a)
{
    buf_release(&a->text);
    mem_free(a->tokens);
    mem_free(a->order);
    added_init(a);
}

const char *added_content(const struct added *a, const struct added_token *token)
{
    return a->text.data + token->content;
}

const struct added_token *added_by_id(const struct added *a, int32_t id)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->tokens[i].id == id) return &a->tokens[i];
    }
    return NULL;
}

const struct added_token *added_by_content(const struct added *a, const char *content, size_t len)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct added_token *t = &a->tokens[i];
        if (t->content_len == len && memcmp(added_content(a, t), content, len) == 0) return t;
    }
    return NULL;
}

bool added_put(struct added *a, const char *content, size_t len, int32_t id,
               struct added_flags flags)
{
    if (len == 0) return true;
    struct added_token *t = (struct added_token *)added_by_content(a, content, len);
    if (!t) {
        if (!mem_grow((void **)&a->tokens, &a->cap, a->n + 1, sizeof *a->tokens)) return false;
        t = &a->tokens[a->n++];
        t->content = (uint32_t)a->text.len;
        t->content_len = (uint32_t)len;
        buf_add(&a->text, content, len);
        buf_byte(&a->text, 0);
    }
    t->id = id;
    t->flags = flags;
    return !a->text.failed;
}

// ------------------------------------------------------------------------------------------- index

static bool normalize_pattern(struct added *a, struct added_token *t, const struct rules *rules)
{
    struct letters letters = {0};
    char bytes[4];
    normalize(&letters, rules, added_content(a, t), 0, t->content_len, 0, t->content_len);
    const bool good = !letters.failed;
    t->pattern = (uint32_t)a->text.len;
    for (size_t i = 0; good && i < letters.n; i++) {
        buf_add(&a->text, bytes, utf8_encode(bytes, letters.at[i].c));
    }
    t->pattern_len = (uint32_t)(a->text.len - t->pattern);
    buf_byte(&a->text, 0);
    letters_release(&letters);
    return good && !a->text.failed;
}

struct ranked {
    uint32_t index, len;
    unsigned char first, normalized;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->normalized != y->normalized) return x->normalized - y->normalized;
    if (x->first != y->first) return x->first - y->first;
    if (x->len != y->len) return x->len < y->len ? 1 : -1;
    return x->index < y->index ? -1 : 1;
}

static void mark_firsts(struct added *a, const struct ranked *ranked, size_t n)
{
    size_t i = 0;
    for (int set = 0; set < 2; set++) {
        for (int byte = 0; byte < 256; byte++) {
            a->first[set][byte] = (uint32_t)i;
            if (i == n || ranked[i].normalized != set || ranked[i].first != byte) continue;
            a->only_byte[set] = a->only_byte[set] == -2 ? byte : -1;
            while (i < n && ranked[i].normalized == set && ranked[i].first == byte) {
                a->order[i] = ranked[i].index;
                i++;
            }
        }
        a->first[set][256] = (uint32_t)i;
    }
}

bool added_index(struct added *a, const struct rules *rules)
{
    struct ranked *ranked = mem_alloc(a->n, sizeof *ranked);
    a->order = mem_alloc(a->n, sizeof *a->order);
    bool good = ranked && a->order;
    size_t n = 0;
    for (size_t i = 0; good && i < a->n; i++) {
        struct added_token *t = &a->tokens[i];
        t->pattern = t->content;
        t->pattern_len = t->content_len;
        if (t->flags.normalized) good = normalize_pattern(a, t, rules);
        if (!good || t->pattern_len == 0) continue; // nothing is left to find
        const unsigned char first = (unsigned char)a->text.data[t->pattern];
        ranked[n++] = (struct ranked){(uint32_t)i, t->pattern_len, first, t->flags.normalized};
    }
    if (good && n > 0) qsort(ranked, n, sizeof *ranked, compare_ranked);
    if (good) mark_firsts(a, ranked, n);
    mem_free(ranked);
    return good;
}

// ----------------------------------------------------------------------------------------- finding

static const struct added_token *token_at(const struct added_cuts *c, size_t at)
{
    const struct added *a = c->added;
    const uint32_t *first = &a->first[c->normalized][(unsigned char)c->text[at]];
    for (uint32_t i = first[0]; i < first[1]; i++) {
        const struct added_token *t = &a->tokens[a->order[i]];
        if (t->pattern_len <= c->end - at &&
            memcmp(c->text + at, a->text.data + t->pattern, t->pattern_len) == 0) {
            return t;
        }
    }
    return NULL;
}

static const struct added_token *next_token(struct added_cuts *c)
{
    const int only = c->added->only_byte[c->normalized];
    if (only == -2) c->at = c->end;
    for (; c->at < c->end; c->at++) {
        if (only >= 0) {
            const char *p = memchr(c->text + c->at, only, c->end - c->at);
            c->at = p ? (size_t)(p - c->text) : c->end;
            if (!p) break;
        }
        const struct added_token *t = token_at(c, c->at);
        if (t) return t;
    }
    return NULL;
}

static uint32_t flags_before(const struct added_cuts *c, size_t at, size_t *step)
{
    const char *p = utf8_before(c->text, c->text + at);
    const uint32_t x = utf8_decode(p, c->text + at, step);
    *step = at - (size_t)(p - c->text);
    return x == UTF8_INVALID ? 0 : unicode_of(x)->flags;
}

static uint32_t flags_at(const struct added_cuts *c, size_t at, size_t *step)
{
    const uint32_t x = utf8_decode(c->text + at, c->text + c->end, step);
    return x == UTF8_INVALID ? 0 : unicode_of(x)->flags;
}

static bool is_single_word(const struct added_cuts *c, size_t begin, size_t start, size_t end)
{
    size_t step;
    return (start == begin || !(flags_before(c, start, &step) & UNICODE_WORD)) &&
           (end == c->end || !(flags_at(c, end, &step) & UNICODE_WORD));
}

// Widens a found token over the white space that it takes.
static void widen(struct added_cuts *c)
{
    size_t step;
    while (c->token->flags.lstrip && c->token_start > c->covered &&
           (flags_before(c, c->token_start, &step) & UNICODE_SPACE)) {
        c->token_start -= step;
    }
    if (c->token->flags.lstrip && c->token_start < c->covered) c->token_start = c->covered;
    while (c->token->flags.rstrip && c->token_end < c->end &&
           (flags_at(c, c->token_end, &step) & UNICODE_SPACE)) {
        c->token_end += step;
    }
}

void added_cuts_init(struct added_cuts *c, const struct added *added, bool normalized,
                     bool skip_special, const char *text, size_t begin, size_t end)
{
    *c = (struct added_cuts){added, normalized, skip_special, text + begin, end - begin, 0, 0, NULL,
                             0,     0};
}

static bool find(struct added_cuts *c)
{
    while ((c->token = next_token(c))) {
        c->token_start = c->at;
        c->at = c->token_end = c->token_start + c->token->pattern_len;
        if (c->skip_special && c->token->flags.special) continue;
        if (c->token->flags.single_word && !is_single_word(c, 0, c->token_start, c->token_end)) {
            continue;
        }
        widen(c);
        return true;
    }
    return false;
}

bool added_cuts_next(struct added_cuts *c, size_t *start, size_t *end,
                     const struct added_token **token)
{
    *start = c->covered;
    *token = NULL;
    if (!c->token && !find(c)) {
        *end = c->covered = c->end;
        return *end > *start;
    }
    if (c->covered < c->token_start) {
        *end = c->covered = c->token_start;
        return true;
    }
    *token = c->token;
    *start = c->token_start;
    *end = c->covered = c->token_end;
    c->token = NULL;
    return true;
}
