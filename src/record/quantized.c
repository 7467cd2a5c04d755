// quantized.c: float32 arithmetic throughout, in NumPy's order, so that no byte differs.
#include "record/quantized.h"

#include <math.h>

#include "base/mem.h"
#include "base/os.h"
#include "record/npz.h"

bool precision_needs_ranges(enum precision p)
{
    return p == PRECISION_INT8 || p == PRECISION_UINT8;
}

const char *precision_descr(enum precision p)
{
    if (p == PRECISION_FLOAT32) return "<f4";
    return p == PRECISION_INT8 || p == PRECISION_BINARY ? "|i1" : "|u1";
}

size_t precision_width(enum precision p, size_t cols)
{
    return p == PRECISION_BINARY || p == PRECISION_UBINARY ? (cols + 7) / 8 : cols;
}

// ------------------------------------------------------------------------------------------ ranges

// Row by row, as the file lies; until the end `step` holds the greatest.
static bert_status set_steps(struct quantizer *q, const struct npy_array *a, const char *path,
                             bert_error *err)
{
    for (size_t i = 0; i < a->count; i++) {
        const float x = (float)npy_real(a, i);
        float *least = &q->least[i % q->cols], *greatest = &q->step[i % q->cols];
        if (!isfinite(x)) {
            return fail(err, BERT_FORMAT, "%s: row %zu, column %zu: not a finite number", path,
                        i / q->cols, i % q->cols);
        }
        if (i < q->cols || x < *least) *least = x;
        if (i < q->cols || x > *greatest) *greatest = x;
    }
    for (size_t i = 0; i < q->cols; i++) {
        const float step = (q->step[i] - q->least[i]) / 255;
        q->step[i] = step == 0 ? 1 : step;
    }
    return BERT_OK;
}

static bert_status set_ranges(struct quantizer *q, const struct os_file *file, const char *path,
                              bert_error *err)
{
    struct npy_array a;
    TRY(npy_read(&a, file->data, file->size, path, err));
    if (a.n_dims != 2) {
        return fail(err, BERT_FORMAT, "%s: an array of %zu dimensions; ranges come from one of 2",
                    path, a.n_dims);
    }
    if (a.dims[0] < 2 || a.dims[1] != q->cols) {
        return fail(err, BERT_FORMAT,
                    "%s: %zu vectors of %zu numbers; ranges come from at least 2, of %zu numbers",
                    path, a.dims[0], a.dims[1], q->cols);
    }
    return set_steps(q, &a, path, err);
}

bert_status quantizer_init(struct quantizer *q, enum precision p, size_t cols, const char *ranges,
                           bert_error *err)
{
    *q = (struct quantizer){.precision = p, .cols = cols};
    if (!precision_needs_ranges(p)) return BERT_OK;
    q->least = mem_alloc(cols, sizeof *q->least);
    q->step = mem_alloc(cols, sizeof *q->step);
    if (!q->least || !q->step) return fail_memory(err);
    struct os_file file;
    TRY(os_file_open(&file, ranges, false, err));
    const bert_status status = set_ranges(q, &file, ranges, err);
    os_file_close(&file);
    return status;
}

void quantizer_release(struct quantizer *q)
{
    mem_free(q->least);
    mem_free(q->step);
    *q = (struct quantizer){0};
}

// ----------------------------------------------------------------------------------------- numbers

static int step_of(const struct quantizer *q, const float *row, size_t i)
{
    const float steps = floorf((row[i] - q->least[i]) / q->step[i]);
    return !(steps > 0) ? 0 : steps < 255 ? (int)steps : 255; // 0 also for what is not a number
}

static int byte_of_bits(const struct quantizer *q, const float *row, size_t i)
{
    int byte = 0;
    for (size_t k = 8 * i; k < 8 * i + 8; k++) byte = 2 * byte + (k < q->cols && row[k] > 0);
    return byte;
}

static int number(const struct quantizer *q, const float *row, size_t i)
{
    switch (q->precision) {
    case PRECISION_INT8: return step_of(q, row, i) - 128;
    case PRECISION_UINT8: return step_of(q, row, i);
    case PRECISION_BINARY: return byte_of_bits(q, row, i) - 128;
    default: return byte_of_bits(q, row, i);
    }
}

void quantized_bytes(struct buf *out, const struct quantizer *q, const float *row)
{
    const size_t n = precision_width(q->precision, q->cols);
    char *p = buf_reserve(out, n);
    if (!p) return;
    for (size_t i = 0; i < n; i++) p[i] = (char)(unsigned char)number(q, row, i);
    out->len += n;
}

static void add_numbers(struct buf *out, const struct quantizer *q, const float *row, size_t n,
                        char between)
{
    for (size_t i = 0; i < n; i++) {
        if (i) buf_byte(out, between);
        buf_print(out, "%d", number(q, row, i));
    }
}

void quantized_list(struct buf *out, const struct quantizer *q, const float *row)
{
    buf_byte(out, '[');
    add_numbers(out, q, row, precision_width(q->precision, q->cols), ',');
    buf_byte(out, ']');
}

void quantized_glimpse(struct buf *out, const struct quantizer *q, const float *row)
{
    enum { SHOWN = 6 };
    const size_t n = precision_width(q->precision, q->cols);
    buf_byte(out, '[');
    add_numbers(out, q, row, n < SHOWN ? n : SHOWN, ' ');
    if (n > SHOWN) buf_print(out, " … %zu numbers", n);
    buf_byte(out, ']');
}
