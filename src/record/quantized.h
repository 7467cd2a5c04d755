// quantized.h: vectors as bytes or bits, number for number what quantize_embeddings of
// sentence-transformers makes of them.
//
//   int8, uint8      a column's range is cut into 255 steps: floor((x - least) / step), kept within
//                    0 to 255, for int8 less 128
//   binary, ubinary  a bit a column, 1 where x > 0, eight to a byte, the first one the greatest;
//                    what is missing to the last byte is 0; for binary less 128
#ifndef RECORD_QUANTIZED_H
#define RECORD_QUANTIZED_H

#include "base/buf.h"
#include "bert.h"

enum precision {
    PRECISION_FLOAT32 = 0,
    PRECISION_INT8,
    PRECISION_UINT8,
    PRECISION_BINARY,
    PRECISION_UBINARY
};

// Does it need the range of every column?
bool precision_needs_ranges(enum precision p);
// NumPy's name of its numbers, "<f4".
const char *precision_descr(enum precision p);
// How many numbers a vector of `cols` floats becomes.
size_t precision_width(enum precision p, size_t cols);

struct quantizer {
    enum precision precision; // not FLOAT32
    size_t cols;              // of the vectors
    float *least, *step;      // [cols]; NULL where no ranges are needed
};

// `ranges`, for a precision that needs them: an .npy array of at least two vectors, whose columns'
// least and greatest numbers are the ranges (so also ranges as sentence-transformers has them). To
// be released also on failure. IO, FORMAT, UNSUPPORTED, MEMORY.
bert_status quantizer_init(struct quantizer *q, enum precision p, size_t cols, const char *ranges,
                           bert_error *err);
void quantizer_release(struct quantizer *q);

// A vector's numbers: as bytes; [1,-2,…]; for people the first ones and how many there are.
void quantized_bytes(struct buf *out, const struct quantizer *q, const float *row);
void quantized_list(struct buf *out, const struct quantizer *q, const float *row);
void quantized_glimpse(struct buf *out, const struct quantizer *q, const float *row);

#endif
