// ckpt.h: named tensors in files. A reader validates the whole directory of a file when it opens
// and then hands out tensors by number; it has never heard of BERT. A format is one file and a row
// of the table in ckpt.c.
#ifndef CKPT_CKPT_H
#define CKPT_CKPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { CKPT_DIMS = 8 }; // most dimensions of a tensor that is accepted

// Element types that formats name. Those that a network cannot be made of (integers) are listed and
// skipped by who reads them.
enum ckpt_dtype { CKPT_F32, CKPT_F16, CKPT_BF16, CKPT_F64, CKPT_I8, CKPT_U8, CKPT_I16, CKPT_U16,
                  CKPT_I32, CKPT_U32, CKPT_I64, CKPT_U64, CKPT_BOOL, CKPT_OTHER };

struct ckpt_tensor {
    const char *name; // NUL-terminated, borrowed
    enum ckpt_dtype dtype;
    size_t n_dims, dims[CKPT_DIMS];
    size_t count;              // product of dims; 1 for a scalar
    const unsigned char *data; // little-endian, row-major, borrowed, any alignment
    size_t bytes;              // count x the element's size
    bool has_crc;              // the file has a checksum of the data: ckpt_check compares it
    uint32_t crc;              // masked CRC-32C
};

struct ckpt; // an open checkpoint: one file or several that belong together

// Opens a checkpoint file, or the index.json of several; its format is found from its content. A
// TensorFlow checkpoint X.index may be called X. The path may lead into an archive (base/store).
// copy as in os_file_open. IO, FORMAT, UNSUPPORTED (a format we do not read, and what to do),
// MEMORY.
struct ckpt *ckpt_open(const char *path, bool copy, bert_error *err);
void ckpt_close(struct ckpt *ckpt);
// After most tensors were read once: see os_file_rest.
void ckpt_rest(const struct ckpt *ckpt);
// Whether there is a file that ckpt_open would open. FORMAT (of an archive on the way), MEMORY.
bert_status ckpt_exists(const char *path, bool *exists, bert_error *err);

const char *ckpt_path(const struct ckpt *ckpt);
const char *ckpt_format(const struct ckpt *ckpt); // "safetensors"; of several files the first's
const char *ckpt_part(const struct ckpt *ckpt); // key of the dict that was read; NULL: the whole
size_t ckpt_count(const struct ckpt *ckpt);
const struct ckpt_tensor *ckpt_at(const struct ckpt *ckpt, size_t i); // in the order of the file
const struct ckpt_tensor *ckpt_find(const struct ckpt *ckpt, const char *name); // NULL: none

// Compares the data of a tensor with their checksum, where the format has one. Opening does not: it
// reads no more than it must. FORMAT names the tensor.
bert_status ckpt_check(const struct ckpt *ckpt, const struct ckpt_tensor *tensor, bert_error *err);

const char *ckpt_dtype_name(enum ckpt_dtype dtype); // "F32"
size_t ckpt_dtype_size(enum ckpt_dtype dtype);      // bytes; 0 for OTHER

// Converts a tensor's elements to float32 (F32, F16, BF16 and F64 only: see ckpt_is_float).
bool ckpt_is_float(enum ckpt_dtype dtype);
void ckpt_to_float(const struct ckpt_tensor *tensor, float *out);

#endif
