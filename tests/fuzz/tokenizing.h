// tokenizing.h: what the tokenizer's fuzz targets share: a file with the fuzzer's bytes, opened through
// the public interface, and what must hold for the tokens of any text.
#ifndef TESTS_FUZZ_TOKENIZING_H
#define TESTS_FUZZ_TOKENIZING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bert.h"

static void require(bool condition)
{
    if (!condition) abort();
}

static char fuzz_folder[64];

static void remove_folder(void)
{
    char path[128];
    static const char *const names[] = {"vocab.txt", "tokenizer.json"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", fuzz_folder, names[i]);
        unlink(path);
    }
    rmdir(fuzz_folder);
}

// Writes a file into a folder of this process and opens it as a tokenizer; NULL when it is refused,
// which must come with a status and a message of one line.
static bert_tokenizer *open_bytes(const char *name, const void *bytes, size_t size,
                                  bert_profile profile)
{
    char path[128];
    if (!*fuzz_folder) {
        strcpy(fuzz_folder, access("/dev/shm", W_OK) ? "/tmp/bert-fuzz-XXXXXX"
                                                     : "/dev/shm/bert-fuzz-XXXXXX");
        require(mkdtemp(fuzz_folder) != NULL);
        atexit(remove_folder);
    }
    snprintf(path, sizeof path, "%s/%s", fuzz_folder, name);
    FILE *f = fopen(path, "wb");
    require(f && fwrite(bytes, 1, size, f) == size && !fclose(f));
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    o.profile = profile;
    bert_error err = {0};
    bert_tokenizer *t = bert_tokenizer_open(path, &o, &err);
    require(t || (err.status && err.message[0] && !strchr(err.message, '\n')));
    return t;
}

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

// Every offset is where a character begins, or the text's end.
static inline void check_borders(struct bert_pieces p, struct bert_text text)
{
    char *begins = calloc(text.len + 1, 1);
    require(begins != NULL);
    for (size_t i = 0; i < text.len;) {
        begins[i] = 1;
        i += character_length((const unsigned char *)text.data + i, text.len - i);
    }
    begins[text.len] = 1;
    for (size_t i = 0; i < p.n; i++) {
        require(p.words[i] < 0 || (begins[p.offsets[i].start] && begins[p.offsets[i].end]));
    }
    free(begins);
}

// Offsets lie inside the text, ascend, and end no earlier than they begin; words ascend.
static void check_pieces(const bert_tokenizer *t, struct bert_pieces p, struct bert_text text)
{
    uint32_t last = 0;
    int32_t word = -1;
    for (size_t i = 0; i < p.n; i++) {
        require(p.ids[i] >= 0 && (size_t)p.ids[i] < bert_tokenizer_info(t).vocab_size);
        if (p.words[i] < 0) continue; // a template may add ids that the vocabulary lacks
        require(bert_tokenizer_piece(t, p.ids[i]) != NULL);
        const struct bert_span s = p.offsets[i];
        require(s.start >= last && s.end >= s.start && s.end <= text.len);
        require(p.words[i] >= word);
        last = s.start;
        word = p.words[i];
    }
}

// Tokenizes twice, plainly and in windows; what must hold is held. e and again are of t.
static void tokenize_into(const bert_tokenizer *t, bert_encoding *e, bert_encoding *again,
                          struct bert_text text)
{
    bert_error err = {0};
    require(!bert_tokenize(e, text, (struct bert_text){0}, NULL, &err));
    require(!bert_tokenize(again, text, (struct bert_text){0}, NULL, &err));
    require(!bert_tokenize(again, text, (struct bert_text){0}, NULL, &err)); // now from its cache
    const struct bert_pieces p = bert_encoding_pieces(e, 0), q = bert_encoding_pieces(again, 0);
    check_pieces(t, p, text);
    require(p.n == q.n && !memcmp(p.ids, q.ids, p.n * sizeof *p.ids) &&
            !memcmp(p.offsets, q.offsets, p.n * sizeof *p.offsets) &&
            !memcmp(p.words, q.words, p.n * sizeof *p.words));
    struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
    o.max_length = 8;
    o.windows = true;
    o.stride = 1;
    if (!bert_tokenize(again, text, text, &o, &err)) {
        for (size_t i = 0; i < bert_encoding_windows(again); i++) {
            require(bert_encoding_pieces(again, i).n <= o.max_length);
        }
    }
}

static inline void tokenize_bytes(const bert_tokenizer *t, struct bert_text text)
{
    bert_encoding *e = bert_encoding_new(t, NULL), *again = bert_encoding_new(t, NULL);
    require(e && again);
    tokenize_into(t, e, again, text);
    bert_encoding_free(again);
    bert_encoding_free(e);
}

#endif
