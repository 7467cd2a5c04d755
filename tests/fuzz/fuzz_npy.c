// fuzz_npy.c: any bytes as a NumPy array, whose numbers are then all read.
#include "record/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct npy_array a;
    if (npy_read(&a, data, size, "fuzz", NULL)) return 0;
    volatile double sum = 0;
    for (size_t i = 0; i < a.count && a.width; i++)
        sum = sum + npy_real(&a, i) + (double)npy_whole(&a, i);
    return 0;
}
