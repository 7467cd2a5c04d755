// strided.c: the two last dimensions in plain loops, once for each element size that compilers make
// one load and one store of; an odometer over the others.
#include "ckpt/strided.h"

#include <string.h>

struct plane {
    size_t rows, cols, row_stride, col_stride; // strides in bytes
};

// In stripes of columns: of a transposed matrix, whose columns lie far from each other, so many
// lines of the cache are read to their ends while the stripe goes down.
enum { STRIPE = 16 };

static inline void copy_plane(unsigned char *to, const unsigned char *from, const struct plane *p,
                              size_t element)
{
    for (size_t c = 0; c < p->cols; c += STRIPE) {
        const size_t end = c + STRIPE < p->cols ? c + STRIPE : p->cols;
        for (size_t r = 0; r < p->rows; r++) {
            const unsigned char *x = from + r * p->row_stride;
            unsigned char *y = to + r * p->cols * element;
            for (size_t k = c; k < end; k++) {
                memcpy(y + k * element, x + k * p->col_stride, element);
            }
        }
    }
}

static void copy_sized(unsigned char *to, const unsigned char *from, const struct plane *p,
                       size_t element)
{
    if (element == 4) copy_plane(to, from, p, 4);
    else if (element == 2) copy_plane(to, from, p, 2);
    else if (element == 8) copy_plane(to, from, p, 8);
    else copy_plane(to, from, p, element);
}

// The next place of the n outer dimensions; false when there was none.
static bool advance(const struct strided *v, size_t n, size_t place[CKPT_DIMS])
{
    while (n-- > 0) {
        if (++place[n] < v->dims[n]) return true;
        place[n] = 0;
    }
    return false;
}

void strided_copy(const struct strided *v, unsigned char *to)
{
    for (size_t i = 0; i < v->n_dims; i++) {
        if (v->dims[i] == 0) return;
    }
    const size_t n = v->n_dims, outer = n > 2 ? n - 2 : 0;
    const struct plane p = {
        .rows = n > 1 ? v->dims[n - 2] : 1,
        .cols = n > 0 ? v->dims[n - 1] : 1,
        .row_stride = n > 1 ? v->strides[n - 2] * v->element : 0,
        .col_stride = n > 0 ? v->strides[n - 1] * v->element : 0,
    };
    size_t place[CKPT_DIMS] = {0};
    do {
        size_t offset = 0;
        for (size_t i = 0; i < outer; i++) offset += place[i] * v->strides[i];
        copy_sized(to, v->from + offset * v->element, &p, v->element);
        to += p.rows * p.cols * v->element;
    } while (advance(v, outer, place));
}
