// inspect.h: what bert inspect knows of a model: facts, each a key and a value, and its weights.
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "base/buf.h"
#include "base/error.h"
#include "bert.h"

// A value is a number, a truth, a text (NULL: there is none) or a special token's id.
struct fact {
    const char *key;
    enum { NUMBER, REAL, TRUTH, WORDS, TOKEN } kind;
    size_t number;
    float real;
    const char *words;
    int32_t id;
};
enum { FACTS_MOST = 48 };

// Lists what is known of the model, its texts borrowed from it; returns how many facts. Two models
// have the same keys in the same order.
size_t facts_gather(const bert_model *model, struct fact facts[FACTS_MOST]);

// A fact's value, for people or as JSON; a token is [CLS] = 101.
void facts_print(struct buf *out, const bert_model *model, const struct fact *fact, bool json);

// The shape [2,3] of a stored tensor.
void shape_print(struct buf *out, const struct bert_stored_tensor *tensor);

// How many numbers of the i-th stored tensor are NaN or infinite; of one that has no floats none.
// FORMAT: its checksum says that it is damaged.
struct weights_scan {
    size_t nan, inf;
};
bert_status weights_scan(const bert_model *model, size_t i, struct weights_scan *out,
                         bert_error *err);

#endif
