// npy.h: NumPy's array file, format 1.0: a header that names type and shape, then raw numbers.
#ifndef RECORD_NPY_H
#define RECORD_NPY_H

#include <stddef.h>
#include <stdint.h>

enum { NPY_HEADER = 128 }; // bytes; the shape can be patched in place when the rows are known

// The header of an array [rows, cols] in C order; descr names its type, "<f4".
void npy_header(char out[NPY_HEADER], const char *descr, uint64_t rows, uint64_t cols);

#endif
