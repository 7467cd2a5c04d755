// format.h: how the operands of a GEMM lie in memory, by the element type of the product: rows of
// words on the left, panels of words on the right (cpu/kernels.h).
#ifndef OPS_FORMAT_H
#define OPS_FORMAT_H

#include "ops/ops.h"

struct format {
    size_t mr;          // rows of a tile
    size_t per_word;    // elements of k in a word
    size_t left_words;  // of a left row for each of a panel
    size_t left_head;   // words before a left row's first
    size_t right_head;  // rows of NR words before a panel's first
    size_t k_part;      // words of one chain of sums at most; parts are added
    bool floats;        // a left row of whole words is the float32 row itself
    enum number stored; // of which rows of words are made without converting
    void(*rows) ROWS_ARGS;
    void(*pack_rows) PACK_ARGS;
    void(*pack_cols) PACK_ARGS;
    void(*gemm) TILE_ARGS;
    void(*softmax) SOFTMAX_ARGS;
    bool divided; // what is made of softmax's rows is divided by their sums already
};

struct format format_of(const struct kernels *k, bert_dtype dtype);

// Words of k elements.
static inline size_t format_words(const struct format *f, size_t k)
{
    return (k + f->per_word - 1) / f->per_word;
}

// Words of a panel of k elements.
static inline size_t format_panel(const struct format *f, size_t nr, size_t k)
{
    return (f->right_head + format_words(f, k)) * nr;
}

// Row stride of a left operand of k elements: an odd number of cache lines, so that neighbours
// share no set of the first-level cache, of which a tile's rows would evict each other.
size_t format_stride(const struct format *f, size_t k);

// A left operand: rows of words, stride ld.
struct left {
    const uint32_t *words;
    size_t ld;
};

// x [rows, k] (stride ldx) as a left operand: x itself where it can serve, else NULL words, and
// `rows` has to write rows of that stride.
struct left format_left(const struct format *f, const float *x, size_t ldx, size_t k);

#endif
