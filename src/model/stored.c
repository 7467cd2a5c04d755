// stored.c: the tensors of a model's files as they are stored, those of heads among them.
#include "model/model.h"
#include "model/names.h"

_Static_assert((int)BERT_NAME_MAX == (int)NAME_MAX_LENGTH, "names of others' files have room");

bool bert_model_stored(const bert_model *m, size_t i, struct bert_stored_tensor *out)
{
    if (i >= ckpt_count(m->ckpt)) return false;
    const struct ckpt_tensor *t = ckpt_at(m->ckpt, i);
    *out = (struct bert_stored_tensor){
        .name = t->name,
        .dtype = ckpt_dtype_name(t->dtype),
        .is_float = ckpt_is_float(t->dtype),
        .n_dims = t->n_dims,
        .dims = t->dims,
        .count = t->count,
        .data = t->data,
        .bytes = t->bytes,
    };
    return true;
}

const char *bert_model_stored_name(const bert_model *m, size_t i, char room[BERT_NAME_MAX],
                                   bool *transposed)
{
    const struct ckpt_tensor *t = i < ckpt_count(m->ckpt) ? ckpt_at(m->ckpt, i) : NULL;
    if (!t || names_is_extra(t->name) || names_is_copy(m->ckpt, t)) return NULL;
    return names_today(names_detect(m->ckpt), t->name, room, transposed);
}

bert_status bert_model_stored_floats(const bert_model *m, size_t i, size_t first, size_t n,
                                     float *out, bert_error *err)
{
    const struct ckpt_tensor *t = i < ckpt_count(m->ckpt) ? ckpt_at(m->ckpt, i) : NULL;
    if (!t || !ckpt_is_float(t->dtype) || first > t->count || n > t->count - first) {
        return fail(err, BERT_INVALID, "%s: no floats %zu + %zu of tensor %zu", ckpt_path(m->ckpt),
                    first, n, i);
    }
    if (first == 0) TRY(ckpt_check(m->ckpt, t, err));
    const size_t size = ckpt_dtype_size(t->dtype);
    const struct ckpt_tensor part = {
        .dtype = t->dtype, .data = t->data + first * size, .count = n, .bytes = n * size};
    ckpt_to_float(&part, out);
    return BERT_OK;
}
