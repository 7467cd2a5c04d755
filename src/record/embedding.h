// embedding.h: an embedded item in every output format. A format is a row of the table in
// embedding.c; the program only asks for a record and writes the bytes.
#ifndef RECORD_EMBEDDING_H
#define RECORD_EMBEDDING_H

#include "base/buf.h"
#include "bert.h"
#include "record/quantized.h"

// One input item and its rows.
struct embedding {
    size_t index;                // from 0, over the whole input
    struct bert_text text, pair; // pair.data NULL: one text
    // The words of `text` that were split before it was tokenized, within its bytes: offsets in the
    // batch count within each. NULL: it was not.
    const struct bert_text *words;
    const bert_batch *batch; // where its tokens are
    size_t first, windows;   // its sequences
    bool each;               // a row a window
    bert_level level;
    const float *rows; // [n, cols]
    size_t n, cols;
    // token level, layers not mixed: which layers the columns are; n_layers 0: one vector
    const int *layers;
    size_t n_layers;
    const bert_tokenizer *tokenizer;
    const struct quantizer *quantizer; // how its numbers are written; NULL: as floats
    bool untrained;                    // say so beside every vector that a person reads
};

struct embedding_format {
    const char *name; // "jsonl"
    void (*add)(struct buf *out, const struct embedding *e);
    bool floats; // it can hold floats only
    bool header; // an npy header comes first and is patched at the end
};

// NULL when there is no such format.
const struct embedding_format *embedding_format(const char *name);

#endif
