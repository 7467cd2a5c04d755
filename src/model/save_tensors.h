// save_tensors.h: the tensors of an open model into a file of either side: the encoder's by the
// tensor table, and what else was in the file that it was opened from.
#ifndef MODEL_SAVE_TENSORS_H
#define MODEL_SAVE_TENSORS_H

#include "base/buf.h"
#include "ckpt/write.h"
#include "model/model.h"
#include "model/names.h"

// A tensor where it lies in memory, as a matrix; a vector has rows 1.
struct stored {
    const unsigned char *data;
    enum ckpt_dtype dtype;
    size_t rows, cols;
    bool transposed;     // the file wants [cols, rows]
    const float *scales; // [rows] of a matrix that is bytes
    const float *wanted; // [rows] of one that becomes bytes; NULL: it does not
};

struct save_plan {
    bert_layout layout;
    enum ckpt_dtype dtype; // of floats
    bool quantized;        // the layers' matrices are bytes, all vectors float32
    float *scales, *next;  // of all of them, and where the next one's go
    struct ckpt_item *items;
    struct stored *sources;         // [n] like items
    char (*names)[NAME_MAX_LENGTH]; // of the encoder's tensors
    size_t n, cap;
    unsigned heads;   // bit i: enum head i is among them
    size_t labels;    // of a classifier; 0: none
    struct buf left;  // names of tensors that the layout has no place for, in a list
    size_t overflown; // an item with a number that F16 does not hold; n: none
};

// Lists what there is to write. UNSUPPORTED (a dtype that the layout does not have), MEMORY.
bert_status save_plan_make(struct save_plan *plan, const bert_model *model,
                           const struct bert_save_options *options, bert_error *err);
void save_plan_release(struct save_plan *plan);

// UNSUPPORTED: a number is too large for the dtype; IO, MEMORY.
bert_status save_plan_write(struct save_plan *plan, const char *path, bert_error *err);

#endif
