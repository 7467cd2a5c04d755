// load.c: walking the tensor table against a file.
//
// First every problem is collected, so that one message names them all (layers that lack the same
// tensor are named as a range); only a file without problems is loaded. A matrix of any type that a
// table has, and a float32 vector, is used where it lies; others are converted into one block, and
// matrices that the file stores [in, out] are transposed into it. Shapes are compared, and shown,
// the way the file has them.
#include "model/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/names.h"

struct loader {
    const struct ckpt *ckpt;
    const struct config *config;
    const struct dialect *dialect;
    bool pooler; // the file has it
    struct loaded *out;
    float *next;    // free part of out->converted
    float *scratch; // [scratch_count] a tensor that is converted before it is transposed
    size_t scratch_count;
    bert_error *err;
};

// A tensor that the table wants of this file.
static bool wanted(const struct loader *l, enum param p)
{
    return !param_table[p].optional || l->pooler;
}

static const struct ckpt_tensor *find(const struct loader *l, enum param p, size_t layer,
                                      size_t slice)
{
    return names_find(l->dialect, l->ckpt, p, layer, slice);
}

// ------------------------------------------------------------------------------ collecting
// problems

struct problems {
    struct buf missing, misshaped, mistyped, unused;
    size_t n_missing, n_misshaped, n_mistyped, n_unused;
};

static void list_item(struct buf *b, const char *item)
{
    if (b->len) buf_text(b, ", ");
    buf_text(b, item);
}

// Names a tensor that is missing from layers first … last.
static void list_missing(const struct loader *l, struct problems *all, enum param p, size_t slice,
                         size_t first, size_t last)
{
    char range[64], name[NAME_MAX_LENGTH];
    if (first == last) snprintf(range, sizeof range, "%zu", first);
    else snprintf(range, sizeof range, "{%zu..%zu}", first, last);
    names_print(l->dialect, p, range, slice, name);
    list_item(&all->missing, name);
    all->n_missing += last - first + 1;
}

// The shape that p has in the file; rows 1 is a vector's.
struct shape {
    size_t rows, cols;
};

static struct shape file_shape(const struct loader *l, enum param p)
{
    const size_t rows = dim_of(l->config, param_table[p].rows);
    const size_t cols = dim_of(l->config, param_table[p].cols);
    if (names_transposed(l->dialect, p)) return (struct shape){cols, rows};
    return (struct shape){rows, cols};
}

static bool shape_fits(const struct loader *l, enum param p, const struct ckpt_tensor *t)
{
    const struct shape want = file_shape(l, p);
    if (param_table[p].rows == DIM_1) return t->n_dims == 1 && t->dims[0] == want.cols;
    return t->n_dims == 2 && t->dims[0] == want.rows && t->dims[1] == want.cols;
}

static void print_shape(struct buf *b, const struct ckpt_tensor *t)
{
    buf_byte(b, '[');
    for (size_t i = 0; i < t->n_dims; i++) buf_print(b, "%s%zu", i ? "," : "", t->dims[i]);
    buf_byte(b, ']');
}

// The scales of a matrix of bytes, one a row; NULL when it is none, or has none that fit.
static const struct ckpt_tensor *find_scale(const struct loader *l, const struct ckpt_tensor *t)
{
    const struct ckpt_tensor *s = t->dtype == CKPT_I8 ? names_scale(l->ckpt, t->name) : NULL;
    const bool fits = s && t->n_dims == 2 && s->count == t->dims[0] && ckpt_is_float(s->dtype);
    return fits ? s : NULL;
}

static void check_tensor(const struct loader *l, struct problems *all, enum param p,
                         const struct ckpt_tensor *t)
{
    if (!shape_fits(l, p, t)) {
        list_item(&all->misshaped, t->name);
        buf_text(&all->misshaped, " is ");
        print_shape(&all->misshaped, t);
        const struct shape want = file_shape(l, p);
        if (param_table[p].rows == DIM_1) buf_print(&all->misshaped, ", not [%zu]", want.cols);
        else buf_print(&all->misshaped, ", not [%zu,%zu]", want.rows, want.cols);
        all->n_misshaped++;
    } else if (!ckpt_is_float(t->dtype) && !find_scale(l, t)) {
        list_item(&all->mistyped, t->name);
        buf_print(&all->mistyped, " is %s%s", ckpt_dtype_name(t->dtype),
                  t->dtype == CKPT_I8 ? " without scales" : "");
        all->n_mistyped++;
    }
}

static void check_param(const struct loader *l, struct problems *all, enum param p, size_t slice)
{
    const size_t layers = p < PARAM_LAYER_FIRST ? 1 : l->config->L;
    size_t absent = 0; // how many layers before this one lack it
    for (size_t layer = 0; layer < layers; layer++) {
        const struct ckpt_tensor *t = find(l, p, layer, slice);
        if (t) check_tensor(l, all, p, t);
        if (!t) absent++;
        if (absent && (t || layer + 1 == layers)) {
            const size_t end = t ? layer : layer + 1;
            list_missing(l, all, p, slice, end - absent, end - 1);
            absent = 0;
        }
    }
}

static int compare_tensors(const void *a, const void *b)
{
    const struct ckpt_tensor *const *x = a, *const *y = b;
    return (*x > *y) - (*x < *y);
}

// Everything in the file that no row of the table asked for. used [n] is sorted here.
static void list_unused(const struct loader *l, struct problems *all,
                        const struct ckpt_tensor **used, size_t n)
{
    qsort(used, n, sizeof *used, compare_tensors);
    for (size_t i = 0; i < ckpt_count(l->ckpt); i++) {
        const struct ckpt_tensor *t = ckpt_at(l->ckpt, i);
        if (names_is_extra(t->name) || bsearch(&t, used, n, sizeof *used, compare_tensors)) {
            continue;
        }
        list_item(&all->unused, t->name);
        all->n_unused++;
    }
}

static void print_problems(struct buf *b, const char *what, size_t n, const struct buf *list)
{
    if (!n) return;
    buf_print(b, "%s%zu %s (", b->len ? "; " : "", n, what);
    buf_add(b, list->data, list->len);
    buf_byte(b, ')');
}

static bert_status report(const struct loader *l, const struct problems *all, struct notes *notes,
                          bert_error *err)
{
    struct buf text;
    buf_init(&text);
    print_problems(&text, "missing", all->n_missing, &all->missing);
    print_problems(&text, "of another shape than the configuration says", all->n_misshaped,
                   &all->misshaped);
    print_problems(&text, "of a type that is no float", all->n_mistyped, &all->mistyped);
    const bool bad = text.len > 0;
    print_problems(&text, "unused", all->n_unused, &all->unused);
    buf_byte(&text, 0);
    bert_status status = BERT_OK;
    if (text.failed || all->missing.failed || all->misshaped.failed || all->mistyped.failed ||
        all->unused.failed) {
        status = fail_memory(err);
    } else if (bad) {
        status = fail(err, BERT_FORMAT, "%s: tensors: %s", ckpt_path(l->ckpt), text.data);
    } else if (all->n_unused) {
        status = notes_add(notes, err, "unused tensors", "not part of the encoder", "%.*s",
                           (int)all->unused.len, all->unused.data);
    }
    buf_release(&text);
    return status;
}

struct used {
    const struct loader *loader;
    const struct ckpt_tensor **list;
    size_t n;
};

static bert_status note_used(void *arg, enum param p, size_t layer, size_t slice)
{
    struct used *used = arg;
    const struct ckpt_tensor *t =
        wanted(used->loader, p) ? find(used->loader, p, layer, slice) : NULL;
    if (t) used->list[used->n++] = t;
    const struct ckpt_tensor *scale = t ? find_scale(used->loader, t) : NULL;
    if (scale) used->list[used->n++] = scale;
    return BERT_OK;
}

static bert_status count_slice(void *arg, enum param p, size_t layer, size_t slice)
{
    (void)p, (void)layer, (void)slice;
    ++*(size_t *)arg;
    return BERT_OK;
}

static bert_status check_all(struct loader *l, struct notes *notes, bert_error *err)
{
    struct problems all = {0};
    for (enum param p = 0; p < PARAM_COUNT; p++) {
        for (size_t slice = 0; wanted(l, p) && slice < param_table[p].slices; slice++) {
            check_param(l, &all, p, slice);
        }
    }
    size_t slices = 0;
    params_walk(l->config, count_slice, &slices);
    struct used used = {l, mem_alloc(slices, 2 * sizeof *used.list), 0}; // with their scales;
    bert_status status = BERT_OK;
    if (used.list) {
        params_walk(l->config, note_used, &used);
        list_unused(l, &all, used.list, used.n);
        status = report(l, &all, notes, err);
    } else {
        status = fail_memory(err);
    }
    mem_free(used.list);
    buf_release(&all.missing);
    buf_release(&all.misshaped);
    buf_release(&all.mistyped);
    buf_release(&all.unused);
    return status;
}

// ---------------------------------------------------------------------------------------- loading

// Whether the bytes of a tensor are floats where they lie.
static bool is_plain(const struct ckpt_tensor *t)
{
    return t->dtype == CKPT_F32 && (uintptr_t)t->data % sizeof(float) == 0;
}

// Whether a matrix is a table where it lies.
static bool is_table(const struct loader *l, enum param p, const struct ckpt_tensor *t)
{
    if (param_is_vector(p) || names_transposed(l->dialect, p)) return false;
    return is_plain(t) || t->dtype == CKPT_F16 || t->dtype == CKPT_BF16 || t->dtype == CKPT_I8;
}

// Elements that need room of their own.
static size_t converted_count(const struct loader *l, enum param p, const struct ckpt_tensor *t)
{
    if (is_table(l, p, t)) {
        const struct ckpt_tensor *scale = find_scale(l, t);
        return scale && !is_plain(scale) ? scale->count : 0;
    }
    return names_transposed(l->dialect, p) || !is_plain(t) ? t->count : 0;
}

// Counts the tensors, in *out->parameters for now the elements that need room of their own, and the
// largest tensor that is converted before it is transposed.
static bert_status plan_slice(void *arg, enum param p, size_t layer, size_t slice)
{
    struct loader *l = arg;
    if (!wanted(l, p)) return BERT_OK;
    const struct ckpt_tensor *t = find(l, p, layer, slice);
    const bool transposed = names_transposed(l->dialect, p);
    l->out->n++;
    l->out->parameters += converted_count(l, p, t);
    if (transposed && !is_plain(t) && t->count > l->scratch_count) l->scratch_count = t->count;
    return BERT_OK;
}

// in [rows, cols] to out [cols, rows], in squares that fit the nearest cache: a row of squares of
// `in` is read by lines, and each line of `out` is filled before it is left.
static void transpose(const float *in, size_t rows, size_t cols, float *out)
{
    enum { SIDE = 32 };
    for (size_t r = 0; r < rows; r += SIDE) {
        const size_t r_end = r + SIDE < rows ? r + SIDE : rows;
        for (size_t c = 0; c < cols; c += SIDE) {
            const size_t c_end = c + SIDE < cols ? c + SIDE : cols;
            for (size_t j = c; j < c_end; j++) {
                for (size_t i = r; i < r_end; i++) out[j * rows + i] = in[i * cols + j];
            }
        }
    }
}

static enum number number_of(enum ckpt_dtype dtype)
{
    switch (dtype) {
    case CKPT_F16: return NUMBER_F16;
    case CKPT_BF16: return NUMBER_BF16;
    case CKPT_I8: return NUMBER_INT8;
    default: return NUMBER_F32;
    }
}

// Floats where they lie, or converted into the free part of the block.
static const float *floats(struct loader *l, const struct ckpt_tensor *t)
{
    if (is_plain(t)) return (const float *)(const void *)t->data;
    float *out = l->next;
    l->next += t->count;
    ckpt_to_float(t, out);
    return out;
}

// A matrix where it lies.
static struct table lying(struct loader *l, const struct ckpt_tensor *t)
{
    const struct ckpt_tensor *scale = find_scale(l, t);
    return (struct table){t->data, number_of(t->dtype), scale ? floats(l, scale) : NULL};
}

// The numbers of a tensor of any type that was accepted.
static void to_float(struct loader *l, const struct ckpt_tensor *t, float *out)
{
    const struct ckpt_tensor *scale = find_scale(l, t);
    if (!scale) {
        ckpt_to_float(t, out);
        return;
    }
    const size_t cols = t->dims[1], size = ckpt_dtype_size(scale->dtype);
    for (size_t r = 0; r < t->dims[0]; r++) {
        const struct ckpt_tensor one = {
            .dtype = scale->dtype, .data = scale->data + r * size, .count = 1, .bytes = size};
        float s;
        ckpt_to_float(&one, &s);
        const struct table row = {t->data + r * cols, NUMBER_INT8, &s};
        table_read(&row, cols, 0, 0, cols, out + r * cols);
    }
}

// A matrix stored [in, out], as we use it, in the free part of the block.
static const float *transposed(struct loader *l, const struct ckpt_tensor *t)
{
    float *out = l->next;
    l->next += t->count;
    if (!is_plain(t)) to_float(l, t, l->scratch);
    const float *in = is_plain(t) ? (const float *)(const void *)t->data : l->scratch;
    transpose(in, t->dims[0], t->dims[1], out);
    return out;
}

// The tensor as it is used.
static struct table materialize(struct loader *l, enum param p, const struct ckpt_tensor *t)
{
    if (is_table(l, p, t)) return lying(l, t);
    const bool turned = names_transposed(l->dialect, p);
    return (struct table){.data = turned ? transposed(l, t) : floats(l, t), .number = NUMBER_F32};
}

static bert_status load_slice(void *arg, enum param p, size_t layer, size_t slice)
{
    struct loader *l = arg;
    if (!wanted(l, p)) return BERT_OK;
    const struct ckpt_tensor *t = find(l, p, layer, slice);
    TRY(ckpt_check(l->ckpt, t, l->err));
    const struct table table = materialize(l, p, t);
    param_set(&l->out->params, p, layer, slice, table);
    l->out->tensors[l->out->n++] = (struct loaded_tensor){
        .name = t->name,
        .table = table,
        .rows = dim_of(l->config, param_table[p].rows),
        .cols = dim_of(l->config, param_table[p].cols),
    };
    l->out->parameters += t->count;
    return BERT_OK;
}

static bert_status load_all(struct loader *l, bert_error *err)
{
    struct loaded *out = l->out;
    TRY(params_init(&out->params, l->config, err));
    params_walk(l->config, plan_slice, l);
    out->tensors = mem_alloc(out->n, sizeof *out->tensors);
    if (out->parameters) out->converted = mem_aligned(out->parameters, sizeof *out->converted);
    if (l->scratch_count) l->scratch = mem_aligned(l->scratch_count, sizeof *l->scratch);
    bert_status status = BERT_OK;
    if (!out->tensors || (out->parameters && !out->converted) ||
        (l->scratch_count && !l->scratch)) {
        status = fail_memory(err);
    }
    l->next = out->converted;
    out->n = out->parameters = 0;
    if (!status) status = params_walk(l->config, load_slice, l);
    mem_free(l->scratch);
    return status;
}

static bert_status note_file(const struct loader *l, struct notes *notes, bert_error *err)
{
    const struct ckpt_tensor *words = find(l, PARAM_WORD_EMBEDDINGS, 0, 0);
    const char *part = ckpt_part(l->ckpt);
    TRY(notes_add(notes, err, "weights", ckpt_path(l->ckpt), "%s, %s, %s%s%s", ckpt_format(l->ckpt),
                  ckpt_dtype_name(words->dtype), names_describe(l->dialect),
                  part ? ", the rest of the file unused but its " : "", part ? part : ""));
    if (l->pooler) return BERT_OK;
    return notes_add(notes, err, "pooler", ckpt_path(l->ckpt), "none in the file");
}

bert_status load_params(struct loaded *out, const struct ckpt *ckpt, const struct config *c,
                        struct notes *notes, bert_error *err)
{
    *out = (struct loaded){0};
    struct loader l = {
        .ckpt = ckpt, .config = c, .out = out, .dialect = names_detect(ckpt), .err = err};
    if (!l.dialect) {
        return fail(err, BERT_FORMAT,
                    "%s: no tensor [bert.]embeddings.word_embeddings.weight among its %zu, nor "
                    "bert/embeddings/word_embeddings; this is %s",
                    ckpt_path(ckpt), ckpt_count(ckpt),
                    names_remedy(ckpt, (char[RELATIVE_SAID]){0}));
    }
    l.pooler = find(&l, PARAM_POOLER_WEIGHT, 0, 0) != NULL;
    bert_status status = check_all(&l, notes, err);
    if (!status) status = load_all(&l, err);
    if (!status) status = note_file(&l, notes, err);
    if (status) load_release(out);
    return status;
}

void load_release(struct loaded *loaded)
{
    params_release(&loaded->params);
    mem_free(loaded->converted);
    mem_free(loaded->tensors);
    *loaded = (struct loaded){0};
}
