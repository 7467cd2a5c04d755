// npy.c: the header of numpy/lib/format.py, version 1.0.
#include "record/npy.h"

#include <stdio.h>
#include <string.h>

void npy_header(char out[NPY_HEADER], const char *descr, uint64_t rows, uint64_t cols)
{
    enum { PREFIX = 10 }; // magic, version, length of what follows
    char text[NPY_HEADER];
    const int n = snprintf(text, sizeof text,
                           "{'descr': '%s', 'fortran_order': False, 'shape': (%llu, %llu), }",
                           descr, (unsigned long long)rows, (unsigned long long)cols);
    memset(out, ' ', NPY_HEADER);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (char)(NPY_HEADER - PREFIX);
    out[9] = 0;
    memcpy(out + PREFIX, text, (size_t)n);
    out[NPY_HEADER - 1] = '\n';
}
