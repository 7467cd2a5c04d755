// npz.h: NumPy's arrays, read: an .npy file in memory, and an .npz archive of them as np.savez and
// np.savez_compressed write it.
#ifndef RECORD_NPZ_H
#define RECORD_NPZ_H

#include <stdbool.h>

#include "base/os.h"
#include "base/zip.h"

enum { NPY_DIMS = 8 };

struct npy_array {
    char kind;    // 'f' float, 'i' signed, 'u' unsigned
    size_t width; // bytes of an element
    size_t n_dims, dims[NPY_DIMS];
    size_t count;
    const unsigned char *data; // borrowed, little-endian, C order, any alignment
};

// Reads formats 1.0 to 3.0. FORMAT; UNSUPPORTED (another element type, big-endian, Fortran order).
bert_status npy_read(struct npy_array *out, const unsigned char *bytes, size_t size,
                     const char *where, bert_error *err);
double npy_real(const struct npy_array *a, size_t i);
int64_t npy_whole(const struct npy_array *a, size_t i); // of floats the whole part, or -1

struct npz_member;
struct npz {
    struct os_file file;
    struct zip zip;
    struct npz_member *members; // like those of zip
};
// To be closed also on failure.
bert_status npz_open(struct npz *npz, const char *path, bert_error *err);
void npz_close(struct npz *npz);
const struct npy_array *npz_find(const struct npz *npz, const char *name); // NULL: none

#endif
