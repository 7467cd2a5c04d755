// bert.h: the whole public interface of libbert, in the order data flows:
// errors, machine, tokenizer, model, batch, session, similarity.
//
// Rules that hold for every function here
//   Errors     A constructor returns the object or NULL; other fallible calls return a bert_status
//              (0 is success). Both fill *err, where err may be NULL. Nothing is printed, no call
//              exits, no environment variable and no locale is read.
//   Ownership  What a _new or _open returns is freed by the _free beside it; _free(NULL) is fine.
//              A pointer that a view function returns is borrowed: it lives as long as its owner,
//              or until the owner's next call where the comment says so.
//   Threads    An object may be used by one thread at a time, except bert_tokenizer and bert_model:
//              they never change once opened, and any number of threads may share them.
//   Options    An option struct begins with its own size; take one from its BERT_…_DEFAULTS macro.
//              A NULL options pointer means the defaults.
//   Text       UTF-8 with a length in bytes; it needs no NUL at its end and may contain any bytes
//              (those that are not UTF-8 are dropped, as the reference does). Under 4 GiB a text.
//
// Shapes: T tokens, S sequences, L layers, H hidden width, row-major float32.
#ifndef BERT_H
#define BERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BERT_API __attribute__((visibility("default")))
#else
#define BERT_API
#endif

// ---------------------------------------------------------------------------------------- errors

typedef enum bert_status {
    BERT_OK = 0,
    BERT_IO,          // the operating system refused: open, read, write, map
    BERT_FORMAT,      // a file's content breaks its format's rules
    BERT_UNSUPPORTED, // valid, but outside what this library does; the message names the remedy
    BERT_INVALID,     // the caller's mistake: an argument out of range, a misuse
    BERT_MEMORY,      // an allocation failed
    BERT_CAPACITY,    // the work is larger than the session; the message says what is needed
    BERT_END,         // no more items
    BERT_CANCELLED    // a progress callback asked to stop
} bert_status;

// The caller's; filled by a call that fails, untouched by one that succeeds.
typedef struct bert_error {
    bert_status status;
    char message[4096]; // one sentence: the file, the tensor or key, what was wanted and found
} bert_error;

// --------------------------------------------------------------------------------------- machine

// "0.1.0".
BERT_API const char *bert_version(void);

// In what matrices are multiplied. Sums and everything between are float32.
typedef enum bert_dtype {
    BERT_F32 = 0,
    BERT_BF16, // weights and what they are multiplied with rounded to bfloat16
    BERT_INT8  // weights to bytes with a scale a row (output), the other side likewise a token
} bert_dtype;

// The CPU level in use: "c"; on x86-64 "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16",
// "amx" (which Linux is asked for when the levels are first looked at: arch_prctl); on AArch64
// "neon", "neondot", "neonbf16" ("ref" when asked for: the plain definitions).
BERT_API const char *bert_cpu_name(void);

// The levels this CPU and this build have, ascending, NULL after the last.
BERT_API const char *const *bert_cpu_levels(void);

// Limits the kernels to `level` and below for the whole process. Call it before the first model is
// opened: packed weights belong to a level. INVALID for an unknown level or once another one is in
// use, UNSUPPORTED for one that this CPU lacks.
BERT_API bert_status bert_cpu_limit(const char *level, bert_error *err);

// Measures the multiply-add peak of `threads` threads in `dtype`, in 10^9 operations a second; takes
// about 0.2 s. threads 0: as bert_cpu_threads. Returns 0 when the threads cannot be started.
BERT_API double bert_cpu_peak(int threads, bert_dtype dtype);

// Threads that the CPU affinity and the cgroup's quota allow, at least 1.
BERT_API int bert_cpu_threads(void);

// ------------------------------------------------------------------------------------- tokenizer

typedef struct bert_tokenizer bert_tokenizer;

// Which reference the tokenizer reproduces exactly; they differ, see docs/TOKENIZER.md.
typedef enum bert_profile {
    BERT_PROFILE_AUTO = 0, // google for a Google checkpoint's folder, else hf-fast
    BERT_PROFILE_GOOGLE,   // google-research/bert tokenization.py, Unicode 14.0
    BERT_PROFILE_HF_SLOW,  // BertTokenizer of transformers 4.57, Unicode 14.0
    BERT_PROFILE_HF_FAST   // the tokenizers library 0.23 (BertTokenizerFast)
} bert_profile;

typedef enum bert_special { // what becomes of "[MASK]" typed in a text
    BERT_SPECIAL_AUTO = 0,  // as the profile does: split under google, keep under hf-*
    BERT_SPECIAL_KEEP,      // it is that special token
    BERT_SPECIAL_SPLIT      // it is ordinary text: pieces [ mask ]
} bert_special;

struct bert_tokenizer_options {
    size_t size;
    bert_profile profile;
    int lowercase;     // 1, 0, or -1: as the files say
    int strip_accents; // likewise; the files may leave it to follow lowercase
    int split_cjk;     // likewise
    bert_special special_in_text;
};
#define BERT_TOKENIZER_DEFAULTS                                                                    \
    {sizeof(struct bert_tokenizer_options), BERT_PROFILE_AUTO, -1, -1, -1, BERT_SPECIAL_AUTO}

// Opens a tokenizer from a folder (tokenizer.json or vocab.txt with the configuration files beside
// it), a vocab.txt or a tokenizer.json. IO, FORMAT, UNSUPPORTED (not a BERT tokenizer), MEMORY.
BERT_API bert_tokenizer *bert_tokenizer_open(const char *path,
                                             const struct bert_tokenizer_options *options,
                                             bert_error *err);
BERT_API void bert_tokenizer_free(bert_tokenizer *tokenizer);

struct bert_tokenizer_info {
    size_t vocab_size;         // one more than the highest id
    bert_profile profile;      // never AUTO
    bool lowercase, strip_accents, split_cjk, clean_text, keep_special;
    size_t max_word;           // code points beyond which a word is [UNK]
    int32_t pad, unk, cls, sep, mask; // ids; -1 where the vocabulary has none (mask, pad)
    size_t model_max_length;   // from tokenizer_config.json or tokenizer.json; 0: not stated
    const char *unicode;       // the versions of the profile's character tables, for people
};
BERT_API struct bert_tokenizer_info bert_tokenizer_info(const bert_tokenizer *tokenizer);

// The piece with this id ("##ing"), borrowed from the tokenizer, NUL-terminated; NULL when none.
BERT_API const char *bert_tokenizer_piece(const bert_tokenizer *tokenizer, int32_t id);
// The id of a piece or an added token; -1 when there is none.
BERT_API int32_t bert_tokenizer_id(const bert_tokenizer *tokenizer, const char *piece, size_t len);

// A half-open range [start, end).
struct bert_span {
    uint32_t start, end;
};

// A piece of text: bytes and their count. data NULL: absent.
struct bert_text {
    const char *data;
    size_t len;
};

// Tokens of one text or one window of it; every array has n elements and is borrowed.
struct bert_pieces {
    size_t n;
    const int32_t *ids;
    const uint8_t *types;            // 0 first text, 1 second
    const struct bert_span *offsets; // bytes of the ORIGINAL text (of the pair's own text where
                                     // types is 1); {0,0} for tokens that were added
    const int32_t *words;            // word number in its text; -1 for tokens that were added
    size_t truncated; // tokens of the text that are in neither this window nor one before it
};

typedef enum bert_truncate {
    BERT_TRUNCATE_LONGEST_FIRST = 0, // each profile's own rule
    BERT_TRUNCATE_ONLY_FIRST,
    BERT_TRUNCATE_ONLY_SECOND
} bert_truncate;

struct bert_tokenize_options {
    size_t size;
    size_t max_length;  // tokens with [CLS] and [SEP]; 0: no limit
    bert_truncate truncate;
    bool truncate_left; // drop from the start of the text instead of its end
    bool no_special;    // no [CLS], no [SEP]
    bool windows;       // cut what does not fit into further windows instead of dropping it
    size_t stride;      // tokens that neighbouring windows share
};
#define BERT_TOKENIZE_DEFAULTS                                                                     \
    {sizeof(struct bert_tokenize_options), 0, BERT_TRUNCATE_LONGEST_FIRST, false, false, false, 0}

// Room for the tokens of one text, used again and again; it also keeps a bounded cache of words, so
// give each thread one that lives long. Borrows the tokenizer. MEMORY.
typedef struct bert_encoding bert_encoding;
BERT_API bert_encoding *bert_encoding_new(const bert_tokenizer *tokenizer, bert_error *err);
BERT_API void bert_encoding_free(bert_encoding *encoding);

// Tokenizes a text, or a pair when pair.data is not NULL, into the encoding (what it held is gone).
// INVALID (max_length leaves no room, stride too large, text of 4 GiB and more), MEMORY.
BERT_API bert_status bert_tokenize(bert_encoding *encoding, struct bert_text text,
                                   struct bert_text pair,
                                   const struct bert_tokenize_options *options, bert_error *err);
// The same for words that the caller has split: word numbers are indices into `words`, and offsets
// count within each word. n_pair 0 with pair NULL: one text.
BERT_API bert_status bert_tokenize_words(bert_encoding *encoding, const struct bert_text *words,
                                         size_t n, const struct bert_text *pair, size_t n_pair,
                                         const struct bert_tokenize_options *options,
                                         bert_error *err);
// Windows of the last text: 1 unless options asked for windows and the text is long.
BERT_API size_t bert_encoding_windows(const bert_encoding *encoding);
// The tokens of one window, borrowed until the encoding's next call. window < windows.
BERT_API struct bert_pieces bert_encoding_pieces(const bert_encoding *encoding, size_t window);

// Text of ids, as the WordPiece decoder of the profile writes it, into the caller's buffer of `cap`
// bytes with a NUL; returns the length without NUL. When that is cap or more the text did not fit:
// room for so many bytes and a NUL is enough. skip_special leaves special tokens out.
BERT_API size_t bert_detokenize(const bert_tokenizer *tokenizer, const int32_t *ids, size_t n,
                                bool skip_special, char *out, size_t cap);

// What became of a character before words were cut into pieces; bits of bert_explained.changes.
enum {
    BERT_CHANGE_INVALID = 1,       // not UTF-8: dropped
    BERT_CHANGE_DROPPED = 2,       // by cleaning
    BERT_CHANGE_SPACE = 4,         // separates words
    BERT_CHANGE_LOWERED = 8,       // to lower case
    BERT_CHANGE_DECOMPOSED = 16,   // into several characters, or another one that stands for it
    BERT_CHANGE_STRIPPED = 32,     // it lost an accent, or is one
    BERT_CHANGE_COMPOSED = 64,     // with a character beside it
    BERT_CHANGE_PUNCTUATION = 128, // a word of its own
    BERT_CHANGE_IDEOGRAPH = 256,   // likewise
    BERT_CHANGE_SPECIAL = 512      // part of an added token, which is taken as it stands
};
struct bert_explained {
    struct bert_span bytes; // of the text
    unsigned changes;
    char became[24]; // UTF-8, NUL-terminated; empty when nothing is left of the character
};
// Explains every character of a text, in order; borrowed until the encoding's next call. INVALID (a
// text of 4 GiB and more), MEMORY.
BERT_API bert_status bert_explain(bert_encoding *encoding, struct bert_text text,
                                  const struct bert_explained **explained, size_t *n,
                                  bert_error *err);

typedef enum bert_unit { BERT_UNIT_BYTE = 0, BERT_UNIT_CHAR, BERT_UNIT_UTF16 } bert_unit;

// Turns byte spans into `text` to code points or UTF-16 units, in place. Starts ascending (as
// bert_tokenize gives them) make it one pass; a byte that is not UTF-8 counts as one character.
BERT_API void bert_spans_convert(struct bert_text text, bert_unit unit, struct bert_span *spans,
                                 size_t n);

// ----------------------------------------------------------------------------------------- model

typedef struct bert_model bert_model;

typedef enum bert_pooling { // over the tokens of a sentence, [CLS] and [SEP] among them
    BERT_POOLING_MODEL = 0,     // as the model's own files say, with all that follows the pooling
    BERT_POOLING_CLS,           // the first token
    BERT_POOLING_MEAN,
    BERT_POOLING_MAX,           // the largest value of each dimension
    BERT_POOLING_POOLER,        // tanh(W h[CLS] + b), trained on next-sentence prediction
    BERT_POOLING_MEAN_SQRT,     // the sum divided by the square root of the number of tokens
    BERT_POOLING_WEIGHTED_MEAN, // the mean, weighted by position 1, 2, 3 …
    BERT_POOLING_LAST,          // the last token
    BERT_POOLING_LARGEST = 0x7FFFFFFF
} bert_pooling;
// Several poolings side by side: BERT_POOLINGS(BERT_POOLING_CLS, BERT_POOLING_MEAN), nested for
// more; at most BERT_POOLINGS_MOST, none of them MODEL.
enum { BERT_POOLING_BITS = 4, BERT_POOLINGS_MOST = 7 };
#define BERT_POOLINGS(first, rest)                                                                 \
    ((bert_pooling)((unsigned)(first) | (unsigned)(rest) << BERT_POOLING_BITS))

// Greater is nearer, as in sentence-transformers: distances are negative.
typedef enum bert_metric {
    BERT_METRIC_COSINE = 0, // a b / (|a| |b|), each length at least 1e-12
    BERT_METRIC_DOT,        // a b
    BERT_METRIC_EUCLIDEAN,  // -|a - b|
    BERT_METRIC_MANHATTAN   // -(|a1 - b1| + |a2 - b2| + …)
} bert_metric;

struct bert_model_options {
    size_t size;
    struct bert_tokenizer_options tokenizer;
    bool copy;             // read the weights into memory of ours: no file is mapped, not even a zip
    const char *activation; // a config.json hidden_act name that replaces the file's; NULL: as is
    bert_dtype dtype;       // of the layers' matrices
};
#define BERT_MODEL_DEFAULTS                                                                        \
    {sizeof(struct bert_model_options), BERT_TOKENIZER_DEFAULTS, false, NULL, BERT_F32}

// Opens a model from a folder as it was published, or from the weights in it:
//   Hugging Face, sentence-transformers   config.json, model.safetensors (F32, F16, BF16), tokenizer
//                                         files
//   Google                                bert_config.json, bert_model.ckpt.index and .data-…, vocab.txt
//                                         (the path may be bert_model.ckpt, or another checkpoint's)
// A Google checkpoint gets the google profile and, from its folder's name or vocabulary, lower-casing,
// unless the options say otherwise. Every missing, unused and mis-shaped tensor is named in one
// message. IO, FORMAT, UNSUPPORTED, INVALID (dtype), MEMORY.
BERT_API bert_model *bert_model_open(const char *path, const struct bert_model_options *options,
                                     bert_error *err);
BERT_API void bert_model_free(bert_model *model);

// Whether a config.json is one that bert_model_open takes, before there are weights: FORMAT, IO,
// MEMORY, UNSUPPORTED (another architecture, a decoder …), with the same message, which begins with
// the path. An activation is not judged: an option can replace it.
BERT_API bert_status bert_config_check(const char *path, bert_error *err);

// The option that it was opened with.
BERT_API bert_dtype bert_model_dtype(const bert_model *model);

struct bert_config {
    size_t vocab_size;              // V
    size_t hidden_size;             // H
    size_t num_hidden_layers;       // L
    size_t num_attention_heads;     // A
    size_t intermediate_size;       // F
    size_t max_position_embeddings; // P
    size_t type_vocab_size;
    float layer_norm_eps;
    const char *hidden_act;         // its config.json name
};
BERT_API const struct bert_config *bert_model_config(const bert_model *model);

struct bert_embedding_config { // how the model's own files say sentences are embedded
    bert_pooling pooling;
    bool normalize;      // divide by the Euclidean length at the end
    size_t max_length;   // tokens, with [CLS] and [SEP]
    bool has_pooler;     // the pooler's weights are in the file
    size_t cols;         // numbers in a sentence's vector
    bool exclude_prompt; // the tokens of a prompt are left out of the pooling
    const char *prompt;  // the default prompt, put before every sentence; NULL: none
    bert_metric similarity; // what its vectors are compared by
};
BERT_API const struct bert_embedding_config *bert_model_embedding(const bert_model *model);

// The i-th prompt that the model's files name ("query": "query: "), borrowed; false past the last.
struct bert_prompt {
    const char *name, *text;
};
BERT_API bool bert_model_prompt(const bert_model *model, size_t i, struct bert_prompt *out);

// Borrowed from the model.
BERT_API const bert_tokenizer *bert_model_tokenizer(const bert_model *model);

// What was assumed or decided while opening, for people: a subject and where it came from.
struct bert_note {
    const char *what;   // "pooling"
    const char *value;  // "mean"
    const char *origin; // "1_Pooling/config.json"
};
BERT_API size_t bert_model_notes(const bert_model *model, const struct bert_note **notes);

// Parameters of the network that was loaded, counted once each (pooler included when present).
BERT_API size_t bert_model_parameters(const bert_model *model);

// The i-th tensor as the network uses it: its name in the file, and matrices as [out, in] (Google's
// files hold them as [in, out]); false past the last.
struct bert_tensor {
    const char *name;
    const float *data; // borrowed; NULL: a matrix of another type, see bert_model_tensor_rows
    size_t rows, cols; // a vector has rows 1
};
BERT_API bool bert_model_tensor(const bert_model *model, size_t i, struct bert_tensor *out);
// Its rows [first, first + n) as float32, of any tensor. INVALID (there are no such rows).
BERT_API bert_status bert_model_tensor_rows(const bert_model *model, size_t i, size_t first,
                                            size_t n, float *out, bert_error *err);

// The i-th tensor of the files as it is stored there, heads' and unused ones among them; borrowed.
struct bert_stored_tensor {
    const char *name, *dtype; // "BF16"
    bool is_float;
    size_t n_dims;
    const size_t *dims;
    size_t count;     // elements
    const void *data; // little-endian, row-major, of any alignment
    size_t bytes;
};
BERT_API bool bert_model_stored(const bert_model *model, size_t i, struct bert_stored_tensor *out);
// The name under which transformers saves it today, "bert." before the encoder's, in `room` or
// borrowed; *transposed: the file has [in, out] where that is [out, in]. NULL: transformers does
// not save it (an optimizer's state, a tied copy), or it is past the last.
enum { BERT_NAME_MAX = 160 };
BERT_API const char *bert_model_stored_name(const bert_model *model, size_t i,
                                            char room[BERT_NAME_MAX], bool *transposed);
// Its elements [first, first + n) as float32. INVALID (it has no floats there), FORMAT (damaged).
BERT_API bert_status bert_model_stored_floats(const bert_model *model, size_t i, size_t first,
                                              size_t n, float *out, bert_error *err);

// The i-th head that the files hold on top of the encoder, borrowed; false past the last.
struct bert_head {
    const char *kind;   // masked-lm, next-sentence, sequence-classification, token-classification,
                        // multiple-choice, question-answering
    const char *origin; // a tensor of it, or what tells it from others with the same tensors
    size_t outputs;     // 0 for masked-lm: the vocabulary
    bool separate;      // masked-lm: its output matrix is in the file beside the word embeddings
};
BERT_API bool bert_model_head(const bert_model *model, size_t i, struct bert_head *out);
// What the configuration calls the i-th output of the classifier; NULL: it does not.
BERT_API const char *bert_model_label(const bert_model *model, size_t i);

typedef enum bert_layout { // whose files a model is saved as
    BERT_LAYOUT_HF = 0, // config.json, model.safetensors, tokenizer files, sentence-transformers'
    BERT_LAYOUT_GOOGLE  // bert_config.json, bert_model.ckpt.index and .data-…, vocab.txt
} bert_layout;

typedef enum bert_stored { // what floats are stored as
    BERT_STORED_AS_IS = 0, // as in the files that the model was opened from
    BERT_STORED_F32,
    BERT_STORED_F16,
    BERT_STORED_BF16,
    BERT_STORED_INT8 // the layers' matrices as bytes, a float32 scale a row; embeddings bfloat16
} bert_stored;

struct bert_save_options {
    size_t size;
    bert_layout layout;
    bert_stored stored; // Google's checkpoints: float32 always (AS_IS is that)
    bool replace;       // a folder that is there, if it holds the files of a model and nothing else
    // Gets what the files cannot say, borrowed for the call; NULL: nobody.
    void (*note)(void *arg, const struct bert_note *note);
    void *arg;
};
#define BERT_SAVE_DEFAULTS                                                                         \
    {sizeof(struct bert_save_options), BERT_LAYOUT_HF, BERT_STORED_AS_IS, false, NULL, NULL}

// Saves a model into `folder`, which has its name only once all of it is written and synced. Heads
// that the model was opened with are saved with it, sentence-transformers' files as they are.
// INVALID (the folder holds something, and options do not say replace), UNSUPPORTED (the files of
// this layout cannot say what the model is; the message names the remedy), IO, MEMORY.
BERT_API bert_status bert_model_save(const bert_model *model, const char *folder,
                                     const struct bert_save_options *options, bert_error *err);

// ----------------------------------------------------------------------------------------- batch

// Texts that are run together: their tokens one after another, without padding.
typedef struct bert_batch bert_batch;

// Borrows the model's tokenizer. MEMORY.
BERT_API bert_batch *bert_batch_new(const bert_model *model, bert_error *err);
BERT_API void bert_batch_free(bert_batch *batch);
BERT_API void bert_batch_clear(bert_batch *batch);

// Tokenizes a text or a pair and appends it as an item of one sequence; with options->windows one
// that is too long is an item of several, its windows, in the order of the text. max_length 0 means
// the model's own. A batch that a call fails on is as it was before. INVALID, MEMORY.
BERT_API bert_status bert_batch_add(bert_batch *batch, struct bert_text text, struct bert_text pair,
                                    const struct bert_tokenize_options *options, bert_error *err);
// Appends a sentence with a prompt put before it ("query: "), as sentence-transformers does;
// prompt.data NULL: the model's default one, if it has one. Where the model's files say so, the
// prompt's tokens take no part in the pooling. Each window of a long sentence has the prompt.
BERT_API bert_status bert_batch_add_sentence(bert_batch *batch, struct bert_text prompt,
                                             struct bert_text sentence,
                                             const struct bert_tokenize_options *options,
                                             bert_error *err);
// The same as bert_batch_add for words that the caller has split, as in bert_tokenize_words.
BERT_API bert_status bert_batch_add_words(bert_batch *batch, const struct bert_text *words,
                                          size_t n, const struct bert_text *pair, size_t n_pair,
                                          const struct bert_tokenize_options *options,
                                          bert_error *err);
// Appends ready ids (types may be NULL: zeros). INVALID: n is 0 or more than the model has
// positions, an id or a type out of range.
BERT_API bert_status bert_batch_add_ids(bert_batch *batch, const int32_t *ids, const uint8_t *types,
                                        size_t n, bert_error *err);

BERT_API size_t bert_batch_sequences(const bert_batch *batch);
// What was added, and the sequences of one: the first, and how many (1, unless it has windows).
BERT_API size_t bert_batch_items(const bert_batch *batch);
BERT_API size_t bert_batch_windows(const bert_batch *batch, size_t item, size_t *first);
BERT_API size_t bert_batch_tokens(const bert_batch *batch);
// Of an item's words and tokens only those that overlap these bytes of its first text have rows
// from now on. Returns how many words that are. (Of words that were split by the caller, the bytes
// count within each.)
BERT_API size_t bert_batch_keep(bert_batch *batch, size_t item, struct bert_span bytes);
// The tokens of one sequence, borrowed until the batch changes.
BERT_API struct bert_pieces bert_batch_pieces(const bert_batch *batch, size_t sequence);

// --------------------------------------------------------------------------------------- session

// Scratch memory and threads to run a model with. One session a thread of control; sessions share
// the model without locks.
typedef struct bert_session bert_session;

struct bert_session_options {
    size_t size;
    size_t tokens; // most tokens that one pass of the network holds; 0: 1024, or the longest text
    int threads;   // 0: bert_cpu_threads()
};
#define BERT_SESSION_DEFAULTS {sizeof(struct bert_session_options), 0, 0}

// Borrows the model. INVALID, MEMORY (threads that cannot be started count as that).
BERT_API bert_session *bert_session_new(const bert_model *model,
                                        const struct bert_session_options *options,
                                        bert_error *err);
BERT_API void bert_session_free(bert_session *session);
BERT_API size_t bert_session_tokens(const bert_session *session);
BERT_API int bert_session_threads(const bert_session *session);

// Runs the encoder over a batch: out [n_layers, T, H] takes the hidden states of the named layers,
// in that order. Layer 0 is the embedding output, layer L (or -1) the last; -2 the one before.
// Devlin et al. 2018 (arXiv 1810.04805) and Vaswani et al. 2017 (arXiv 1706.03762), as
// google-research/bert modeling.py computes them. The same bits whatever the batch and threads.
// CAPACITY: more tokens than the session holds (bert_embed splits, this does not). INVALID: a layer
// that does not exist, an empty batch.
BERT_API bert_status bert_encode(bert_session *session, const bert_batch *batch, const int *layers,
                                 size_t n_layers, float *out, bert_error *err);

typedef enum bert_level { BERT_LEVEL_SENTENCE = 0, BERT_LEVEL_WORD, BERT_LEVEL_TOKEN } bert_level;

typedef enum bert_mix { // what becomes of several layers
    BERT_MIX_CONCAT = 0,
    BERT_MIX_SUM,
    BERT_MIX_MEAN,
    BERT_MIX_MAX,
    BERT_MIX_WEIGHTS // the sum of each layer times its weight
} bert_mix;

typedef enum bert_subwords { // what becomes of a word's several tokens
    BERT_SUBWORDS_MEAN = 0,
    BERT_SUBWORDS_FIRST,
    BERT_SUBWORDS_LAST,
    BERT_SUBWORDS_MAX,
    BERT_SUBWORDS_SUM
} bert_subwords;

typedef enum bert_windows { // what becomes of the windows of a long text, at sentence level
    BERT_WINDOWS_POOLED = 0, // their mean, each weighted by its tokens that none before it has
    BERT_WINDOWS_EACH        // a vector each
} bert_windows;

struct bert_embed_options {
    size_t size;
    bert_level level;
    bert_pooling pooling;   // sentence level
    bert_subwords subwords; // word level
    const int *layers;      // as in bert_encode; NULL: the last
    size_t n_layers;
    bert_mix mix;
    int normalize;          // 1, 0, or -1: sentences as the model's files say, words and tokens no
    const float *weights;   // [n_layers], for BERT_MIX_WEIGHTS
    size_t dims;            // only the first so many numbers of each vector; 0: all
    bert_windows windows;
};
#define BERT_EMBED_DEFAULTS                                                                        \
    {sizeof(struct bert_embed_options), BERT_LEVEL_SENTENCE, BERT_POOLING_MODEL,                   \
     BERT_SUBWORDS_MEAN, NULL, 0, BERT_MIX_CONCAT, -1, NULL, 0, BERT_WINDOWS_POOLED}

// Rows and columns that bert_embed writes for this batch: a row an item (or a window), a word or a
// token. Words count in the order of sequences; a word whose tokens were all cut off has no row.
// Pairs have words in both texts. What several windows hold has one row, from the window where it
// has the most context: a word with its tokens, or, where every window cuts it, what its best one
// has of it.
BERT_API size_t bert_embed_rows(const bert_batch *batch, const struct bert_embed_options *options);
BERT_API size_t bert_embed_cols(const bert_model *model, const struct bert_embed_options *options);

// Embeds a batch of any size, splitting it by whole sequences where it exceeds the session, into
// the caller's out [rows, cols]. The pooler reads the last layer whatever `layers` says; beside other
// poolings `layers` must be the last. Windows are joined as soon as they are pooled. With
// BERT_POOLING_MODEL the modules of a sentence-transformers folder follow (dense, layer norm,
// normalize); with a pooling that is named only the division by the length does. With `dims` the
// model's own division by the length comes before the cut, as in sentence-transformers, that of
// normalize 1 after it. CAPACITY: one sequence alone exceeds the session. INVALID: no pooler in this
// model, a bad layer, fewer columns than `dims`, layers whose columns the model's modules do not take.
// UNSUPPORTED: the model's own pooling is one that this library does not have.
BERT_API bert_status bert_embed(bert_session *session, const bert_batch *batch,
                                const struct bert_embed_options *options, float *out,
                                bert_error *err);

// A word of a sequence: its tokens [first, first + n) within the sequence, which text it is in, and
// its bytes there (from the first token's start to the last one's end).
struct bert_word {
    size_t first, n;
    uint8_t type;
    struct bert_span bytes;
};
// The next word of a sequence at or after token *at, which is moved behind it; false at the end.
// Begin with *at = 0. The words come in the order of bert_embed's rows; those that are taken from
// another window are left out.
BERT_API bool bert_batch_word(const bert_batch *batch, size_t sequence, size_t *at,
                              struct bert_word *out);
// The same for tokens: the next that has a row.
BERT_API bool bert_batch_token(const bert_batch *batch, size_t sequence, size_t *at, size_t *token);

// ------------------------------------------------------------------------------------ similarity

// How similar two vectors of n numbers are.
BERT_API float bert_similarity(const float *a, const float *b, size_t n, bert_metric metric);
// The same for a query and each of n rows, with the session's threads: out [n]. INVALID: a metric
// that does not exist.
BERT_API bert_status bert_similarities(bert_session *session, const float *query, const float *rows,
                                       size_t n, size_t cols, bert_metric metric, float *out,
                                       bert_error *err);

struct bert_hit {
    size_t row;
    float score;
};
// The k rows of [n, cols] most similar to each of the queries [n_queries, cols], best first, equal
// ones in the order of rows: hits [n_queries, k], of which min(k, n) of each query are written.
// The whole table is compared, none is missed. INVALID: a metric that does not exist.
BERT_API bert_status bert_nearest(bert_session *session, const float *queries, size_t n_queries,
                                  const float *rows, size_t n, size_t cols, bert_metric metric,
                                  size_t k, struct bert_hit *hits, bert_error *err);

#ifdef __cplusplus
}
#endif
#endif
