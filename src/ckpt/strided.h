// strided.h: a view with strides, copied to where its elements follow each other row by row.
#ifndef CKPT_STRIDED_H
#define CKPT_STRIDED_H

#include <stddef.h>

#include "ckpt/ckpt.h"

struct strided {
    const unsigned char *from;                          // the element at 0, 0, …
    size_t element;                                     // bytes: 1, 2, 4, 8 or 16
    size_t n_dims, dims[CKPT_DIMS], strides[CKPT_DIMS]; // in elements; of a dimension of 1: 0
};

// Writes the product of dims elements to `to`.
void strided_copy(const struct strided *view, unsigned char *to);

#endif
