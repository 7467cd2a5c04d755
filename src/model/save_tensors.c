// save_tensors.c: see save_tensors.h. The encoder's tensors are taken from the parameters, [out,
// in] whatever file they came from; those that it converted to float32 get their bits back when
// they are narrowed to the dtype that they had there. Heads are taken as the open checkpoint has
// them.
#include "model/save_tensors.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/half.h"
#include "base/mem.h"

// --------------------------------------------------------------------------------------- numbers

enum { PIECE = 4096 }; // elements converted at once

// Gathers elements [first, first + n) of what the file wants to have, in the source's dtype.
static const unsigned char *gather(const struct stored *s, size_t first, size_t n,
                                   unsigned char *room)
{
    const size_t size = ckpt_dtype_size(s->dtype);
    if (!s->transposed) return s->data + first * size;
    size_t row = first / s->rows, col = first % s->rows; // of the transpose, [cols, rows]
    for (size_t i = 0; i < n; i++) {
        memcpy(room + i * size, s->data + (col * s->cols + row) * size, size);
        if (++col < s->rows) continue;
        col = 0;
        row++;
    }
    return room;
}

static bool narrow(const float *in, size_t n, enum ckpt_dtype dtype, unsigned char *out)
{
    bool fits = true;
    for (size_t i = 0; i < n; i++) {
        const uint16_t bits = dtype == CKPT_F16 ? half_to_f16(in[i]) : half_to_bf16(in[i]);
        memcpy(out + 2 * i, &bits, sizeof bits);
        fits =
            fits && !(isfinite(in[i]) && (bits & 0x7FFF) == (dtype == CKPT_F16 ? 0x7C00 : 0x7F80));
    }
    return fits;
}

// The row of element i of what the file wants.
static size_t row_of(const struct stored *s, size_t i)
{
    return s->transposed ? i % s->rows : i / s->cols;
}

// Elements [first, first + n) of what the file wants, which are `in`, as float32.
static void widen(const struct stored *s, const unsigned char *in, size_t first, size_t n,
                  float *out)
{
    if (s->scales) {
        for (size_t i = 0; i < n; i++) {
            out[i] = s->scales[row_of(s, first + i)] * (float)(signed char)in[i];
        }
        return;
    }
    const struct ckpt_tensor t = {
        .dtype = s->dtype, .data = in, .count = n, .bytes = n * ckpt_dtype_size(s->dtype)};
    ckpt_to_float(&t, out);
}

// Bytes of n numbers. They are what packing float32 weights for int8 makes of them.
static void quantize(const struct stored *s, const float *in, size_t first, size_t n,
                     unsigned char *out)
{
    for (size_t i = 0; i < n; i++) {
        const float scale = s->wanted[row_of(s, first + i)];
        const float inverse = scale >= FLT_MIN ? 1 / scale : 0;
        out[i] = (unsigned char)(signed char)lrintf(in[i] * inverse);
    }
}

// One piece in the dtype of the file. False: one of its numbers has become infinite.
static bool convert(const struct stored *s, const unsigned char *in, size_t first, size_t n,
                    enum ckpt_dtype dtype, unsigned char *out)
{
    float numbers[PIECE];
    if (s->dtype == dtype) {
        memcpy(out, in, n * ckpt_dtype_size(dtype));
        return true;
    }
    widen(s, in, first, n, numbers);
    if (s->wanted) quantize(s, numbers, first, n, out);
    else if (dtype == CKPT_F32) memcpy(out, numbers, n * sizeof *numbers);
    else return narrow(numbers, n, dtype, out);
    return true;
}

static void fill(void *arg, size_t item, size_t first, size_t n, void *out)
{
    struct save_plan *plan = arg;
    const struct stored *s = &plan->sources[item];
    const enum ckpt_dtype dtype = plan->items[item].dtype;
    unsigned char *to = out, room[PIECE * 8];
    while (n > 0) {
        const size_t some = n < PIECE ? n : PIECE;
        const unsigned char *in = gather(s, first, some, room);
        if (!convert(s, in, first, some, dtype, to)) plan->overflown = item;
        to += some * ckpt_dtype_size(dtype);
        first += some;
        n -= some;
    }
}

// ------------------------------------------------------------------------------------- the encoder

struct planner {
    struct save_plan *plan;
    const bert_model *model;
    const struct dialect *dialect;
    bert_error *err;
};

// Room for one more item, its name and its source; a name that was borrowed moves with its room, so
// names are pointed at in the end.
static bert_status reserve(struct planner *p)
{
    struct save_plan *plan = p->plan;
    size_t cap_items = plan->cap, cap_sources = plan->cap, cap_names = plan->cap;
    if (!mem_grow((void **)&plan->items, &cap_items, plan->n + 1, sizeof *plan->items) ||
        !mem_grow((void **)&plan->sources, &cap_sources, plan->n + 1, sizeof *plan->sources) ||
        !mem_grow((void **)&plan->names, &cap_names, plan->n + 1, sizeof *plan->names)) {
        return fail_memory(p->err);
    }
    plan->cap = cap_names;
    return BERT_OK;
}

static void set_shape(struct ckpt_item *item, const struct stored *s, bool vector)
{
    item->n_dims = vector ? 1 : 2;
    item->dims[0] = s->transposed || vector ? s->cols : s->rows;
    item->dims[1] = s->transposed ? s->rows : s->cols;
}

static enum ckpt_dtype dtype_of(const struct save_plan *plan, enum param param)
{
    if (!plan->quantized) return plan->dtype;
    if (param_is_vector(param)) return CKPT_F32;
    return param < PARAM_LAYER_FIRST ? plan->dtype : CKPT_I8;
}

// The scale of a row: it has its largest number at 127.
static float scale_of(const struct table *t, size_t cols, size_t row)
{
    float most = 0, numbers[PIECE];
    if (t->scales) return t->scales[row];
    for (size_t c = 0; c < cols; c += PIECE) {
        const size_t n = cols - c < PIECE ? cols - c : PIECE;
        table_read(t, cols, row, c, n, numbers);
        for (size_t i = 0; i < n; i++) most = fmaxf(most, fabsf(numbers[i]));
    }
    return most / 127;
}

// Makes the last item, a matrix, one of bytes, and adds its scales.
static bert_status plan_scales(struct planner *p, const struct table *t)
{
    struct save_plan *plan = p->plan;
    TRY(reserve(p));
    struct stored *s = &plan->sources[plan->n - 1];
    float *scales = plan->next;
    for (size_t r = 0; r < s->rows; r++) scales[r] = scale_of(t, s->cols, r);
    plan->next += s->rows;
    s->wanted = scales;
    static const char suffix[] = "_scale"; // names_print leaves more than that free
    const size_t len = strlen(plan->names[plan->n - 1]);
    memcpy(plan->names[plan->n], plan->names[plan->n - 1], len);
    memcpy(plan->names[plan->n] + len, suffix, sizeof suffix);
    plan->sources[plan->n] = (struct stored){
        .data = (const unsigned char *)scales, .dtype = CKPT_F32, .rows = 1, .cols = s->rows};
    plan->items[plan->n++] = (struct ckpt_item){.dtype = CKPT_F32, .n_dims = 1, .dims = {s->rows}};
    return BERT_OK;
}

static bert_status plan_param(void *arg, enum param param, size_t layer, size_t slice)
{
    static const enum ckpt_dtype dtypes[] = {[NUMBER_F32] = CKPT_F32,
                                             [NUMBER_F16] = CKPT_F16,
                                             [NUMBER_BF16] = CKPT_BF16,
                                             [NUMBER_INT8] = CKPT_I8};
    struct planner *p = arg;
    struct save_plan *plan = p->plan;
    const struct table table = param_get(&p->model->loaded.params, param, layer, slice);
    if (!table.data) return BERT_OK; // no pooler
    TRY(reserve(p));
    char number[24];
    snprintf(number, sizeof number, "%zu", layer);
    names_print(p->dialect, param, number, slice, plan->names[plan->n]);
    const struct config *c = &p->model->config;
    struct stored *s = &plan->sources[plan->n];
    *s = (struct stored){.data = table.data,
                         .dtype = dtypes[table.number],
                         .rows = dim_of(c, param_table[param].rows),
                         .cols = dim_of(c, param_table[param].cols),
                         .transposed = names_transposed(p->dialect, param),
                         .scales = table.scales};
    struct ckpt_item *item = &plan->items[plan->n++];
    *item = (struct ckpt_item){.dtype = dtype_of(plan, param)};
    set_shape(item, s, param_is_vector(param));
    return item->dtype == CKPT_I8 ? plan_scales(p, &table) : BERT_OK;
}

// --------------------------------------------------------------------------------------- the heads

// Whether the encoder was loaded from this tensor: their names are the same bytes.
static bool is_encoders(const bert_model *m, const struct ckpt_tensor *t)
{
    for (size_t i = 0; i < m->loaded.n; i++) {
        if (m->loaded.tensors[i].name == t->name) return true;
    }
    return false;
}

// The scales of a matrix of the encoder's.
static bool is_scale(const bert_model *m, const struct ckpt_tensor *t)
{
    for (size_t i = 0; i < m->loaded.n; i++) {
        const struct loaded_tensor *e = &m->loaded.tensors[i];
        if (e->rows > 1 && names_scale(m->ckpt, e->name) == t) return true;
    }
    return false;
}

// What else is in the file and has to be saved.
static bool is_extra(const bert_model *m, const struct ckpt_tensor *t)
{
    return !is_encoders(m, t) && !names_is_extra(t->name) && !names_is_copy(m->ckpt, t) &&
           t->dtype != CKPT_OTHER && !is_scale(m, t);
}

static void leave_out(struct save_plan *plan, const char *name)
{
    if (plan->left.len) buf_text(&plan->left, ", ");
    buf_text(&plan->left, name);
}

static bert_status plan_extra(struct planner *p, const struct ckpt_tensor *t)
{
    struct save_plan *plan = p->plan;
    const struct head_tensor *head = names_head(t->name);
    const bool google = plan->layout == BERT_LAYOUT_GOOGLE;
    const char *name = head     ? (google ? head->google : head->hf)
                       : google ? NULL
                                : names_inner(t->name);
    if (!name) {
        leave_out(plan, t->name);
        return BERT_OK;
    }
    if (strlen(name) >= NAME_MAX_LENGTH) {
        return fail(p->err, BERT_UNSUPPORTED, "%s: tensor '%.100s…': a name of %zu bytes",
                    ckpt_path(p->model->ckpt), name, strlen(name));
    }
    TRY(reserve(p));
    const bool matrix = t->n_dims == 2,
               from_google = names_detect(p->model->ckpt) == names_google();
    struct stored *s = &plan->sources[plan->n];
    *s = (struct stored){.data = t->data,
                         .dtype = t->dtype,
                         .rows = matrix ? t->dims[0] : 1,
                         .cols = matrix ? t->dims[1] : t->count,
                         .transposed = head && head->kernel && matrix && google != from_google};
    strcpy(plan->names[plan->n], name);
    struct ckpt_item *item = &plan->items[plan->n++];
    *item = (struct ckpt_item){.dtype = ckpt_is_float(t->dtype) ? plan->dtype : t->dtype,
                               .n_dims = t->n_dims};
    memcpy(item->dims, t->dims, sizeof item->dims);
    if (matrix) set_shape(item, s, false);
    return BERT_OK;
}

static void note_head(struct save_plan *plan, const struct ckpt_tensor *t)
{
    const struct head_tensor *head = names_head(t->name);
    plan->heads |= 1u << (head ? head->head : HEAD_OTHER);
    if (head && head->head == HEAD_CLASSIFIER && t->n_dims == 2) plan->labels = t->dims[0];
}

static bert_status plan_extras(struct planner *p)
{
    const struct ckpt *ckpt = p->model->ckpt;
    for (size_t i = 0; i < ckpt_count(ckpt); i++) {
        const struct ckpt_tensor *t = ckpt_at(ckpt, i);
        if (!is_extra(p->model, t)) continue;
        TRY(ckpt_check(ckpt, t, p->err));
        TRY(plan_extra(p, t));
    }
    return BERT_OK;
}

// ---------------------------------------------------------------------------------------- the plan

static bool is_quantized(const bert_model *m)
{
    for (size_t i = 0; i < m->loaded.n; i++) {
        if (m->loaded.tensors[i].table.number == NUMBER_INT8) return true;
    }
    return false;
}

static size_t count_scales(const struct config *c)
{
    size_t n = 0;
    for (enum param p = PARAM_LAYER_FIRST; p < PARAM_COUNT; p++) {
        if (param_table[p].rows != DIM_1)
            n += param_table[p].slices * dim_of(c, param_table[p].rows);
    }
    return n * c->L;
}

static bert_status choose_dtype(struct save_plan *plan, const bert_model *m, bert_stored stored,
                                bert_error *err)
{
    static const enum ckpt_dtype dtypes[] = {[BERT_STORED_F32] = CKPT_F32,
                                             [BERT_STORED_F16] = CKPT_F16,
                                             [BERT_STORED_BF16] = CKPT_BF16,
                                             [BERT_STORED_INT8] = CKPT_BF16};
    if ((unsigned)stored > BERT_STORED_INT8 || (unsigned)plan->layout > BERT_LAYOUT_GOOGLE) {
        return fail(err, BERT_INVALID, "save options: there is no layout %d, or no type %d",
                    (int)plan->layout, (int)stored);
    }
    plan->dtype = dtypes[stored ? stored : BERT_STORED_F32];
    if (plan->layout == BERT_LAYOUT_GOOGLE) {
        if (plan->dtype == CKPT_F32) return BERT_OK;
        return fail(err, BERT_UNSUPPORTED,
                    "a Google checkpoint holds float32, the only type that Google's code reads, "
                    "not %s",
                    ckpt_dtype_name(plan->dtype));
    }
    const struct ckpt_tensor *words =
        names_find(names_detect(m->ckpt), m->ckpt, PARAM_WORD_EMBEDDINGS, 0, 0);
    const bool half = words->dtype == CKPT_F16 || words->dtype == CKPT_BF16;
    if (!stored && half) plan->dtype = words->dtype;
    plan->quantized = stored == BERT_STORED_INT8 || (!stored && is_quantized(m));
    if (!plan->quantized) return BERT_OK;
    plan->scales = plan->next = mem_alloc(count_scales(&m->config), sizeof *plan->scales);
    return plan->scales ? BERT_OK : fail_memory(err);
}

bert_status save_plan_make(struct save_plan *plan, const bert_model *m,
                           const struct bert_save_options *o, bert_error *err)
{
    *plan = (struct save_plan){.layout = o->layout};
    buf_init(&plan->left);
    TRY(choose_dtype(plan, m, o->stored, err));
    for (size_t i = 0; i < ckpt_count(m->ckpt); i++) {
        if (is_extra(m, ckpt_at(m->ckpt, i))) note_head(plan, ckpt_at(m->ckpt, i));
    }
    const unsigned known = plan->heads & ~(1u << HEAD_OTHER);
    struct planner p = {.plan = plan, .model = m, .err = err};
    p.dialect = o->layout == BERT_LAYOUT_GOOGLE ? names_google()
                                                : names_hf(names_detect(m->ckpt), known != 0);
    TRY(params_walk(&m->config, plan_param, &p));
    TRY(plan_extras(&p));
    for (size_t i = 0; i < plan->n; i++) plan->items[i].name = plan->names[i];
    plan->overflown = plan->n;
    return plan->left.failed ? fail_memory(err) : BERT_OK;
}

void save_plan_release(struct save_plan *plan)
{
    mem_free(plan->items);
    mem_free(plan->sources);
    mem_free(plan->names);
    mem_free(plan->scales);
    buf_release(&plan->left);
    *plan = (struct save_plan){0};
}

bert_status save_plan_write(struct save_plan *plan, const char *path, bert_error *err)
{
    const bool google = plan->layout == BERT_LAYOUT_GOOGLE;
    const struct ckpt_source source = {plan->items, plan->n, fill, plan};
    TRY(ckpt_write(google ? "TensorFlow checkpoint" : "safetensors", path, &source, err));
    if (plan->overflown == plan->n) return BERT_OK;
    return fail(err, BERT_UNSUPPORTED,
                "tensor '%s' holds a number that %s cannot hold; store f32, or bf16 for one too "
                "large for f16",
                plan->items[plan->overflown].name, ckpt_dtype_name(plan->dtype));
}
