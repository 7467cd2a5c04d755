// table.h: a matrix where it lies, in the type that a file stores it in: read-only, a row an output
// or a word. Who reads one converts the rows it needs, so a file need not be expanded in memory.
#ifndef OPS_TABLE_H
#define OPS_TABLE_H

#include <stddef.h>

enum number { NUMBER_F32, NUMBER_F16, NUMBER_BF16, NUMBER_INT8 };

struct table {
    const void *data;    // rows one behind the other, aligned for F32 only; NULL: no table
    enum number number;  // element type of data
    const float *scales; // of INT8: one a row, its numbers are that times the bytes
};

// Bytes of one element.
size_t number_size(enum number number);

// Elements [first, first + n) of a row, whose length is k, as float32: exact but for INT8, where a
// number is rounded once.
void table_read(const struct table *t, size_t k, size_t row, size_t first, size_t n, float *out);

#endif
