// slow.c: PreTrainedTokenizer.tokenize of transformers 4.57, before the words:
//
//   1. an uncased text is lower-cased character by character, save where a special token stands
//   2. the text is cut at added tokens by a search of its own (Trie.split): leftmost, then longest,
//      with peculiarities where tokens overlap, all of them reproduced
//   3. the tokens' flags move the cuts: lstrip and rstrip take white space, single_word gives a
//      token back to the text beside it
//   4. in what is left, a word between white spaces that cleaning turns into a special token
//      ("[MA" U+200B "SK]") is not split; it goes to WordPiece whole
//
// Known difference: a token with both single_word and a strip flag that is given back keeps the
// white space between itself and its neighbour.
#include "text/slow.h"

#include <string.h>

#include "base/mem.h"

// Python's str.isspace has four control characters more than White_Space.
static bool is_python_space(uint32_t c)
{
    return c != UTF8_INVALID &&
           ((c >= 0x1C && c <= 0x1F) || (unicode_of(c)->flags & UNICODE_SPACE));
}

// -------------------------------------------------------------------------------- 1. lower case

// The first of the tokens that are protected from lower-casing and stand at p.
static const struct added_token *protected_at(const struct added *a, const char *p, size_t left)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct added_token *t = &a->tokens[i];
        if (!t->flags.special && !t->flags.normalized) continue;
        if (t->content_len <= left && memcmp(added_content(a, t), p, t->content_len) == 0) return t;
    }
    return NULL;
}

static void put_byte(struct bert_encoding *e, char byte, size_t from)
{
    if (!mem_grow((void **)&e->byte_letters, &e->byte_letters_cap, e->bytes.len + 2,
                  sizeof *e->byte_letters)) {
        e->bytes.failed = true;
        return;
    }
    e->byte_letters[e->bytes.len] = (uint32_t)from;
    buf_byte(&e->bytes, byte);
}

static void put_character(struct bert_encoding *e, uint32_t c, size_t from)
{
    char bytes[4];
    const size_t n = utf8_encode(bytes, c);
    for (size_t i = 0; i < n; i++) put_byte(e, bytes[i], from);
}

// e->bytes is the lower-cased text, e->byte_letters where in the text each of its bytes comes from.
static bool lower_text(struct bert_encoding *e, struct bert_text text)
{
    const bool lowercase = e->tokenizer->split.rules.lowercase;
    size_t keep = 0; // up to here a protected token reaches
    buf_clear(&e->bytes);
    for (size_t at = 0, n; at < text.len; at += n) {
        if (lowercase && at >= keep) {
            const struct added_token *t =
                protected_at(&e->tokenizer->added, text.data + at, text.len - at);
            if (t) keep = at + t->content_len;
        }
        const uint32_t c = utf8_decode(text.data + at, text.data + text.len, &n);
        if (c == UTF8_INVALID) continue;
        const struct unicode_record *r = unicode_of(c);
        if (!lowercase || at < keep || (r->flags & UNICODE_LOWER_FAST)) {
            put_character(e, c, at);
        } else if (r->flags & UNICODE_DOT) {
            put_character(e, 'i', at);
            put_character(e, 0x307, at);
        } else {
            put_character(e, (uint32_t)((int32_t)c + r->lower), at);
        }
    }
    if (!e->bytes.failed && e->bytes.len > 0) {
        e->byte_letters[e->bytes.len] = (uint32_t)text.len;
    }
    return !e->bytes.failed;
}

// ------------------------------------------------------------------------------- 2. Trie.split

// A partial match: what begins at `start` is the first `depth` bytes of a token, a node of the
// trie. It is named by that token and not by the text, since a match that has just failed is still
// asked how it would go on behind the byte that it failed at.
struct state {
    size_t start;
    const struct added_token *token;
    size_t depth;
    bool dead;
};

struct search {
    const struct added *added;
    const char *text;
    size_t len;
    struct state *states;
    size_t n_states, states_cap;
    struct bert_span *spans; // the parts of the text
    size_t n_spans, spans_cap;
    size_t covered;
    bool failed;
};

static bool is_whole(const struct search *s, const struct state *state)
{
    return added_by_content(s->added, added_content(s->added, state->token), state->depth);
}

// Goes down the trie by one byte, if there is such a branch.
static bool descend(const struct search *s, struct state *state, char byte)
{
    for (size_t i = 0; i < s->added->n; i++) {
        const struct added_token *t = &s->added->tokens[i];
        const char *content = added_content(s->added, t);
        if (t->content_len > state->depth && content[state->depth] == byte &&
            (state->depth == 0 ||
             memcmp(content, added_content(s->added, state->token), state->depth) == 0)) {
            state->token = t;
            state->depth++;
            return true;
        }
    }
    return false;
}

static void cut(struct search *s, size_t end)
{
    if (end <= s->covered) return;
    if (!mem_grow((void **)&s->spans, &s->spans_cap, s->n_spans + 1, sizeof *s->spans)) {
        s->failed = true;
        return;
    }
    s->spans[s->n_spans++] = (struct bert_span){(uint32_t)s->covered, (uint32_t)end};
    s->covered = end;
}

// Among the match at state i and those that began before it: the one that begins first, and its
// longest token. Returns up to where nothing is looked for again.
static size_t look_ahead(struct search *s, size_t i, size_t current)
{
    size_t start = s->states[i].start, end = current, skip = 0;
    for (size_t k = 0; k < s->n_states; k++) {
        struct state ahead = s->states[k];
        if (ahead.start > start) break;
        size_t at = ahead.start < start ? current + 1 : current; // earlier ones were moved on
        end = at;
        if (is_whole(s, &ahead)) {
            start = ahead.start;
            end = skip = at;
        }
        while (at < s->len && descend(s, &ahead, s->text[at])) {
            at++;
            if (is_whole(s, &ahead)) {
                start = ahead.start;
                end = skip = at;
            }
        }
    }
    cut(s, start);
    cut(s, end);
    return skip;
}

// Moves every partial match on by a byte; true when one was complete, which ends them all.
static bool step(struct search *s, size_t current, size_t *skip)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n_states; i++) {
        struct state *state = &s->states[i];
        if (is_whole(s, state)) {
            const size_t to = look_ahead(s, i, current);
            if (to) *skip = to;
            return true;
        }
        state->dead = !descend(s, state, s->text[current]);
    }
    for (size_t i = 0; i < s->n_states; i++) {
        if (!s->states[i].dead) s->states[kept++] = s->states[i];
    }
    s->n_states = kept;
    return false;
}

static void begin_match(struct search *s, size_t current)
{
    struct state fresh = {.start = current};
    if (!descend(s, &fresh, s->text[current])) return;
    if (!mem_grow((void **)&s->states, &s->states_cap, s->n_states + 1, sizeof *s->states)) {
        s->failed = true;
        return;
    }
    s->states[s->n_states++] = fresh;
}

static void search(struct search *s)
{
    size_t skip = 0;
    for (size_t current = 0; current < s->len && !s->failed; current++) {
        if (current < skip) continue;
        if (step(s, current, &skip)) s->n_states = 0;
        if (current >= skip) begin_match(s, current);
    }
    for (size_t i = 0; i < s->n_states; i++) {
        if (!is_whole(s, &s->states[i])) continue;
        cut(s, s->states[i].start);
        break;
    }
    cut(s, s->len);
}

// ------------------------------------------------------------------------------------- 3. the
// flags

static const struct added_token *token_of(const struct search *s, struct bert_span span)
{
    return added_by_content(s->added, s->text + span.start, span.end - span.start);
}

static void strip_left(const struct search *s, struct bert_span *span)
{
    size_t n;
    while (span->start < span->end &&
           is_python_space(utf8_decode(s->text + span->start, s->text + span->end, &n))) {
        span->start += (uint32_t)n;
    }
}

static void strip_right(const struct search *s, struct bert_span *span)
{
    size_t n;
    while (span->start < span->end) {
        const char *p = utf8_before(s->text + span->start, s->text + span->end);
        if (!is_python_space(utf8_decode(p, s->text + span->end, &n))) return;
        span->end = (uint32_t)(p - s->text);
    }
}

static void apply_flags(struct search *s, size_t i)
{
    struct bert_span *span = &s->spans[i];
    const struct added_token *t = token_of(s, *span);
    const bool has_left = i > 0 && span[-1].end > span[-1].start;
    const bool has_right = i + 1 < s->n_spans && span[1].end > span[1].start;
    if (!t) return;
    const bool left_open = has_left && s->text[span[-1].end - 1] != ' ';
    const bool right_open = has_right && s->text[span[1].start] != ' ';
    if (t->flags.rstrip && has_right) strip_left(s, &span[1]);
    if (t->flags.lstrip && has_left) strip_right(s, &span[-1]);
    if (!t->flags.single_word || (!left_open && !right_open)) return;
    if (left_open) span[-1].end = span->end;
    else span[1].start = span->start;
    span->end = span->start;
}

// ------------------------------------------------------------------------------------- 4. the rest

// Whether a normal form of [from, to) of the lower-cased text, one word between white spaces, is a
// special token; it is left in the letters.
static bool is_special_form(struct bert_encoding *e, size_t from, size_t to,
                            const struct rules *rules)
{
    struct letters *letters = &e->splitter.letters;
    char bytes[4];
    letters->n = 0;
    letters->failed = false;
    normalize(letters, rules, e->bytes.data, from, to, from, to);
    buf_clear(&e->form);
    for (size_t i = 0; i < letters->n && !letters->failed; i++) {
        buf_add(&e->form, bytes, utf8_encode(bytes, letters->at[i].c));
    }
    e->found.failed |= letters->failed || e->form.failed;
    const struct added_token *t =
        e->found.failed ? NULL : added_by_content(&e->tokenizer->added, e->form.data, e->form.len);
    return t && t->flags.special;
}

// The letters of that form are one word; their bytes are those of the text.
static void take_whole(struct bert_encoding *e, size_t from, size_t to, const struct rules *rules)
{
    const uint32_t *places = e->byte_letters;
    if (!is_special_form(e, from, to, rules)) return;
    for (size_t i = 0; i < e->splitter.letters.n; i++) {
        struct letter x = e->splitter.letters.at[i];
        x.start = places[x.start];
        x.end = places[x.end];
        word_add(&e->splitter.word, &e->tokenizer->split.model, &x);
    }
    word_end(&e->splitter.word, &e->tokenizer->split.model, &e->found);
}

static bool ends_word(const struct rules *rules, uint32_t c)
{
    const uint32_t flags = unicode_of(c)->flags;
    return !(flags & rules->drop) && (flags & (UNICODE_SPACE | rules->cjk));
}

// A word between white spaces or ideographs, from `at` on; returns its end.
static size_t word_between(const struct rules *rules, const char *text, size_t at, size_t end)
{
    for (size_t n; at < end; at += n) {
        if (ends_word(rules, utf8_decode(text + at, text + end, &n))) break;
    }
    return at;
}

// The words that may come to be a special token hold its first byte.
static bool may_be_special(const struct added *a, const char *p, size_t n)
{
    return a->only_byte[false] < 0 || memchr(p, a->only_byte[false], n);
}

static void split_part(struct bert_encoding *e, struct bert_text text, size_t from, size_t to)
{
    const uint32_t *places = e->byte_letters;
    if (from < to) split(&e->splitter, text.data, text.len, places[from], places[to], &e->found);
}

// [begin, end) of the lower-cased text, without tokens.
static void take_segment(struct bert_encoding *e, struct bert_text text, size_t begin, size_t end)
{
    const struct rules *rules = &e->tokenizer->split.rules;
    const struct added *added = &e->tokenizer->added;
    const char *lowered = e->bytes.data;
    struct rules unstripped = *rules; // what is lower-cased already, or protected from it
    unstripped.lowercase = unstripped.strip_accents = false;
    rules_settle(&unstripped);
    size_t from = begin;
    const bool look = may_be_special(added, lowered + begin, end - begin);
    for (size_t at = begin, to, n; look && at < end && !e->found.failed; at = to) {
        to = word_between(rules, lowered, at, end);
        if (to == at) { // white space or an ideograph
            utf8_decode(lowered + at, lowered + end, &n);
            to = at + n;
            continue;
        }
        if (!may_be_special(added, lowered + at, to - at)) continue;
        const struct rules *form = is_special_form(e, at, to, &unstripped) ? &unstripped
                                   : is_special_form(e, at, to, rules)     ? rules
                                                                           : NULL;
        if (!form) continue;
        split_part(e, text, from, at);
        take_whole(e, at, to, form);
        from = to;
    }
    split_part(e, text, from, end);
}

// ---------------------------------------------------------------------------------------- together

static void take_spans(struct bert_encoding *e, struct bert_text text, const struct search *s)
{
    const uint32_t *places = e->byte_letters;
    for (size_t i = 0; i < s->n_spans && !e->found.failed; i++) {
        const struct bert_span span = s->spans[i];
        if (span.start >= span.end) continue;
        const struct added_token *t = token_of(s, span);
        if (!t) {
            take_segment(e, text, span.start, span.end);
        } else if (tokens_reserve(&e->found, 1)) {
            tokens_put(&e->found, t->id, places[span.start], places[span.end]);
            e->found.word++;
        }
    }
}

static bool is_caseless(int byte)
{
    const int lower = byte | 0x20;
    return byte >= 0 && byte < 0x80 && !(lower >= 'a' && lower <= 'z');
}

void find_slow(struct bert_encoding *e, struct bert_text text)
{
    const struct added *added = &e->tokenizer->added;
    // No lower-casing makes a byte that is no letter, so a text without it has no token.
    const bool caseless = added->only_byte[true] == -2 && is_caseless(added->only_byte[false]);
    if (!e->tokenizer->keep_special || added->n == 0 ||
        (caseless && !may_be_special(added, text.data, text.len))) {
        split(&e->splitter, text.data, text.len, 0, text.len, &e->found);
        return;
    }
    struct search s = {.added = added};
    if (lower_text(e, text)) {
        s.text = e->bytes.data;
        s.len = e->bytes.len;
        search(&s);
    } else {
        s.failed = true;
    }
    for (size_t i = 0; i < s.n_spans && !s.failed; i++) apply_flags(&s, i);
    if (s.failed) e->found.failed = true;
    else take_spans(e, text, &s);
    mem_free(s.states);
    mem_free(s.spans);
}
