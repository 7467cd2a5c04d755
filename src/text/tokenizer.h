// tokenizer.h: a tokenizer once opened; it never changes (but for the matcher, which hides it), and
// any number of threads share it.
//
// Opening has three steps: the files are read into a struct tokenizer_source (what they say), the
// options override that, and tokenizer_build makes the tables.
#ifndef TEXT_TOKENIZER_H
#define TEXT_TOKENIZER_H

#include "base/error.h"
#include "text/added.h"
#include "text/split.h"
#include "text/template.h"

struct bert_tokenizer {
    struct split_rules split; // rules, vocabulary, ASCII
    struct added added;
    bool keep_special;
    struct template single, pair;
    struct buf prefix;  // "##" of the decoder
    struct buf goes_on; // "##" of the pieces
    bool plain_join;    // no decoder: pieces with spaces between them
    bool tighten;       // the WordPiece decoder's cleanup
    bool clean_spaces;  // clean_up_tokenization_spaces
    size_t model_max_length;
    int32_t pad, cls, sep, mask;
};

// bert_tokenizer_piece with the length, since a piece may have U+0000 in it.
struct bert_text tokenizer_piece(const bert_tokenizer *t, int32_t id);

// What the files say. A flag is 1, 0 or -1: not said.
struct tokenizer_source {
    struct pieces pieces;
    struct added added;
    int lowercase, strip_accents, split_cjk, clean_text;
    bool bare_lowercase;
    bool has_json; // a tokenizer.json was read: it names its special tokens
    bool plain_join;
    int tighten, clean_spaces;
    size_t max_word;         // 0: not said
    size_t model_max_length; // 0: not said
    struct buf prefix, decoder_prefix;
    struct buf unk, pad, cls, sep, mask; // contents; empty: not said
    bool has_template;
    struct template single, pair;
};

// One reader a file. `where` is its path, for messages.
bert_status vocab_txt_read(struct tokenizer_source *source, bert_profile profile, const char *bytes,
                           size_t len, const char *where, bert_error *err);
bert_status tokenizer_json_read(struct tokenizer_source *source, const char *bytes, size_t len,
                                const char *where, bert_error *err);
// tokenizer_config.json, special_tokens_map.json, added_tokens.json in a folder, where they exist.
bert_status tokenizer_config_read(struct tokenizer_source *source, bert_profile profile,
                                  const char *folder, bert_error *err);

// The other way: the files that transformers' BertTokenizerFast (4.57) would write, each as a text.
// max_length is what model_max_length becomes where no file said it; 0: no limit. What does not fit
// into memory marks the buffer. False: the vocabulary cannot be said in this format.
struct tokenizer_file {
    const char *name;
    bool (*write)(const bert_tokenizer *t, size_t max_length, struct buf *out);
};
enum { TOKENIZER_FILES = 4 };
extern const struct tokenizer_file tokenizer_files[TOKENIZER_FILES];

#endif
