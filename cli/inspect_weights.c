// inspect_weights.c: the stored numbers of a model, a piece of a tensor at a time.
#include <math.h>

#include "inspect.h"

enum { PIECE = 16384 };

bert_status weights_scan(const bert_model *model, size_t i, struct weights_scan *out,
                         bert_error *err)
{
    float x[PIECE];
    struct bert_stored_tensor t;
    *out = (struct weights_scan){0};
    if (!bert_model_stored(model, i, &t) || !t.is_float) return BERT_OK;
    for (size_t at = 0; at < t.count; at += PIECE) {
        const size_t n = t.count - at < PIECE ? t.count - at : PIECE;
        TRY(bert_model_stored_floats(model, i, at, n, x, err));
        for (size_t k = 0; k < n; k++) {
            if (isnan(x[k])) out->nan++;
            else if (isinf(x[k])) out->inf++;
        }
    }
    return BERT_OK;
}

// Elements [first, first + n) of a tensor, or of a matrix's transpose.
static bert_status take(const bert_model *model, size_t i, bool transposed, size_t first, size_t n,
                        float *out, bert_error *err)
{
    struct bert_stored_tensor t;
    if (!transposed || !bert_model_stored(model, i, &t)) {
        return bert_model_stored_floats(model, i, first, n, out, err);
    }
    const size_t rows = t.dims[0], cols = t.dims[1];
    for (size_t at = first; at < first + n; at++, out++) {
        const size_t stored = at % rows * cols + at / rows;
        TRY(bert_model_stored_floats(model, i, stored, 1, out, err));
    }
    return BERT_OK;
}

bert_status weights_distance(const bert_model *a, size_t i, const bert_model *b, size_t k,
                             bool transposed, float *out, bert_error *err)
{
    float x[PIECE], y[PIECE];
    struct bert_stored_tensor t;
    *out = 0;
    if (!bert_model_stored(a, i, &t)) return BERT_OK;
    for (size_t at = 0; at < t.count; at += PIECE) {
        const size_t n = t.count - at < PIECE ? t.count - at : PIECE;
        TRY(bert_model_stored_floats(a, i, at, n, x, err));
        TRY(take(b, k, transposed, at, n, y, err));
        for (size_t j = 0; j < n; j++) {
            const bool equal = x[j] == y[j] || (isnan(x[j]) && isnan(y[j]));
            const float d = equal ? 0 : fabsf(x[j] - y[j]);
            if (!(d <= *out) && !isnan(*out)) *out = d;
        }
    }
    return BERT_OK;
}
