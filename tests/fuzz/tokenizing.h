// tokenizing.h: what the tokenizer's fuzz targets share: files with the fuzzer's bytes, opened
// through the public interface, and what must hold for the tokens of any text.
#ifndef TESTS_FUZZ_TOKENIZING_H
#define TESTS_FUZZ_TOKENIZING_H

#include "bert.h"
#include "fuzz/folder.h"

#define TEXT(literal) ((struct bert_text){literal, sizeof literal - 1})

// NULL when it is refused.
static inline bert_tokenizer *open_tokenizer(const char *path,
                                             const struct bert_tokenizer_options *o)
{
    bert_error err = {0};
    bert_tokenizer *t = bert_tokenizer_open(path, o, &err);
    if (!t) check_refusal(&err);
    return t;
}

// Opens a file with these bytes.
static inline bert_tokenizer *open_bytes(const char *name, const void *bytes, size_t size,
                                         const struct bert_tokenizer_options *o)
{
    char path[300];
    fuzz_write(name, bytes, size);
    return open_tokenizer(fuzz_path(path, name), o);
}

// ------------------------------------------------------------------------------------- characters

// Bytes of the UTF-8 character at p; 1 for a byte that is none (RFC 3629).
static inline size_t character_length(const unsigned char *p, size_t left)
{
    const size_t n = p[0] < 0xC2 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 1;
    if (n > left) return 1;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return 1;
    }
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F)) return 1;
    if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)) return 1;
    return n;
}

// [text.len + 1] whether a character, or the text's end, is there.
static inline char *find_borders(struct bert_text text)
{
    char *begins = calloc(text.len + 1, 1);
    require(begins != NULL);
    for (size_t i = 0; i < text.len;) {
        begins[i] = 1;
        i += character_length((const unsigned char *)text.data + i, text.len - i);
    }
    begins[text.len] = 1;
    return begins;
}

// ------------------------------------------------------------------------------------------- laws

struct input {
    struct bert_text text, pair; // pair.data NULL: a text alone
};

// Of a pair, the text that a token is of, where the template is BERT's own.
static inline int which_text(const struct input *in, struct bert_pieces p, size_t i)
{
    return in->pair.data && p.types[i] == 1;
}

// Every offset is where a character begins, or its text's end.
static inline void check_borders(struct bert_pieces p, const struct input *in)
{
    char *begins[] = {find_borders(in->text), find_borders(in->pair)};
    for (size_t i = 0; i < p.n; i++) {
        const char *of = begins[which_text(in, p, i)];
        require(p.words[i] < 0 || (of[p.offsets[i].start] && of[p.offsets[i].end]));
    }
    free(begins[0]);
    free(begins[1]);
}

// Offsets lie inside their text, ascend, and end no earlier than they begin; words ascend.
static inline void check_pieces(const bert_tokenizer *t, struct bert_pieces p,
                                const struct input *in)
{
    uint32_t last[2] = {0};
    int32_t word[2] = {-1, -1};
    for (size_t i = 0; i < p.n; i++) {
        require(p.ids[i] >= 0 && (size_t)p.ids[i] < bert_tokenizer_info(t).vocab_size);
        if (p.words[i] < 0) continue; // a template may add ids that the vocabulary lacks
        require(bert_tokenizer_piece(t, p.ids[i]) != NULL);
        const struct bert_span s = p.offsets[i];
        const int of = which_text(in, p, i);
        require(s.start >= last[of] && s.end >= s.start && s.end <= (of ? in->pair : in->text).len);
        require(p.words[i] >= word[of]);
        last[of] = s.start;
        word[of] = p.words[i];
    }
}

static inline void check_same(struct bert_pieces p, struct bert_pieces q)
{
    require(p.n == q.n && p.truncated == q.truncated);
    if (p.n == 0) return;
    require(!memcmp(p.ids, q.ids, p.n * sizeof *p.ids));
    require(!memcmp(p.offsets, q.offsets, p.n * sizeof *p.offsets));
    require(!memcmp(p.words, q.words, p.n * sizeof *p.words) && !memcmp(p.types, q.types, p.n));
}

// Tokenizes into `e`, and twice into `again`, the second time from its cache: all are the same, and
// no window is longer than was asked for. False: refused, as it may be with a length.
static inline bool tokenize_twice(bert_encoding *e, bert_encoding *again, const struct input *in,
                                  const struct bert_tokenize_options *o)
{
    bert_error err = {0};
    const bert_status status = bert_tokenize(e, in->text, in->pair, o, &err);
    for (int i = 0; i < 2; i++) {
        require(bert_tokenize(again, in->text, in->pair, o, NULL) == status);
    }
    if (status) {
        check_refusal(&err);
        require(o->max_length > 0);
        return false;
    }
    const size_t n = bert_encoding_windows(e);
    require(n == bert_encoding_windows(again) && n > 0 && (n == 1 || o->windows));
    for (size_t i = 0; i < n; i++) {
        const struct bert_pieces p = bert_encoding_pieces(e, i);
        require(o->max_length == 0 || p.n <= o->max_length);
        check_same(p, bert_encoding_pieces(again, i));
    }
    return true;
}

// For tokenizers out of the fuzzer's files: each text alone, and with the next one in windows, of
// which the template says anything.
static inline void tokenize_texts(const bert_tokenizer *t, const struct bert_text *texts, size_t n)
{
    bert_encoding *e = bert_encoding_new(t, NULL), *again = bert_encoding_new(t, NULL);
    require(e && again);
    struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
    for (size_t i = 0; i < n; i++) {
        const struct input alone = {.text = texts[i]};
        require(tokenize_twice(e, again, &alone,
                               &(struct bert_tokenize_options)BERT_TOKENIZE_DEFAULTS));
        check_pieces(t, bert_encoding_pieces(e, 0), &alone);
    }
    o.max_length = 8;
    o.windows = true;
    o.stride = 1;
    tokenize_twice(e, again, &(struct input){texts[0], texts[n - 1]}, &o);
    bert_encoding_free(again);
    bert_encoding_free(e);
}

#endif
