// inspect.h: what bert inspect knows of a model: facts, each a key and a value, and its weights.
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "base/buf.h"
#include "base/error.h"
#include "bert.h"
#include "opt.h"

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

// The largest |a - b| of two stored tensors of floats with the same shape, or, `transposed`, of
// matrices with each other's; NaN where only one is.
bert_status weights_distance(const bert_model *a, size_t i, const bert_model *b, size_t k,
                             bool transposed, float *out, bert_error *err);

// Prints what differs between a model and that of --diff. Exit status 0: nothing, 1: something,
// 2: they could not be compared.
int inspect_diff(const bert_model *here, const struct options *o);

#endif
