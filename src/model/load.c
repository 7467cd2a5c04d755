// load.c: walking the tensor table against a file.
//
// First every problem is collected, so that one message names them all (layers that lack the same
// tensor are named as a range); only a file without problems is loaded. A float32 tensor is used
// where it lies; others are converted into one block.
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
    float *next; // free part of out->converted
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

static bool shape_fits(const struct loader *l, enum param p, const struct ckpt_tensor *t)
{
    const size_t rows = dim_of(l->config, param_table[p].rows);
    const size_t cols = dim_of(l->config, param_table[p].cols);
    if (param_table[p].rows == DIM_1) return t->n_dims == 1 && t->dims[0] == cols;
    return t->n_dims == 2 && t->dims[0] == rows && t->dims[1] == cols;
}

static void print_shape(struct buf *b, const struct ckpt_tensor *t)
{
    buf_byte(b, '[');
    for (size_t i = 0; i < t->n_dims; i++) buf_print(b, "%s%zu", i ? "," : "", t->dims[i]);
    buf_byte(b, ']');
}

static void check_tensor(const struct loader *l, struct problems *all, enum param p,
                         const struct ckpt_tensor *t)
{
    if (!shape_fits(l, p, t)) {
        list_item(&all->misshaped, t->name);
        buf_text(&all->misshaped, " is ");
        print_shape(&all->misshaped, t);
        const size_t rows = dim_of(l->config, param_table[p].rows);
        const size_t cols = dim_of(l->config, param_table[p].cols);
        if (param_table[p].rows == DIM_1) buf_print(&all->misshaped, ", not [%zu]", cols);
        else buf_print(&all->misshaped, ", not [%zu,%zu]", rows, cols);
        all->n_misshaped++;
    } else if (!ckpt_is_float(t->dtype)) {
        list_item(&all->mistyped, t->name);
        buf_print(&all->mistyped, " is %s", ckpt_dtype_name(t->dtype));
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
        if (names_is_buffer(t->name) || bsearch(&t, used, n, sizeof *used, compare_tensors)) {
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
    print_problems(&text, "of another shape than config.json says", all->n_misshaped,
                   &all->misshaped);
    print_problems(&text, "of a type that is no float", all->n_mistyped, &all->mistyped);
    const bool bad = text.len > 0;
    print_problems(&text, "unused", all->n_unused, &all->unused);
    buf_byte(&text, 0);
    bert_status status = BERT_OK;
    if (text.failed) {
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
    struct used used = {l, mem_alloc(slices, sizeof *used.list), 0};
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

static bool in_place(const struct ckpt_tensor *t)
{
    return t->dtype == CKPT_F32 && (uintptr_t)t->data % sizeof(float) == 0;
}

// Counts the tensors, and in *arg->parameters for now the elements that need room of their own.
static bert_status plan_slice(void *arg, enum param p, size_t layer, size_t slice)
{
    struct loader *l = arg;
    if (!wanted(l, p)) return BERT_OK;
    const struct ckpt_tensor *t = find(l, p, layer, slice);
    l->out->n++;
    if (!in_place(t)) l->out->parameters += t->count;
    return BERT_OK;
}

static bert_status load_slice(void *arg, enum param p, size_t layer, size_t slice)
{
    struct loader *l = arg;
    if (!wanted(l, p)) return BERT_OK;
    const struct ckpt_tensor *t = find(l, p, layer, slice);
    const float *data;
    if (in_place(t)) {
        data = (const float *)(const void *)t->data;
    } else {
        ckpt_to_float(t, l->next);
        data = l->next;
        l->next += t->count;
    }
    *param_slot(&l->out->params, p, layer, slice) = data;
    l->out->tensors[l->out->n] = t;
    l->out->data[l->out->n++] = data;
    l->out->parameters += t->count;
    return BERT_OK;
}

static bert_status load_all(struct loader *l, bert_error *err)
{
    struct loaded *out = l->out;
    TRY(params_init(&out->params, l->config, err));
    params_walk(l->config, plan_slice, l);
    out->tensors = mem_alloc(out->n, sizeof *out->tensors);
    out->data = mem_alloc(out->n, sizeof *out->data);
    if (out->parameters) out->converted = mem_aligned(out->parameters, sizeof *out->converted);
    if (!out->tensors || !out->data || (out->parameters && !out->converted)) {
        return fail_memory(err);
    }
    l->next = out->converted;
    out->n = out->parameters = 0;
    return params_walk(l->config, load_slice, l);
}

static bert_status note_file(const struct loader *l, struct notes *notes, bert_error *err)
{
    const struct ckpt_tensor *first = l->out->tensors[0];
    const char *prefix = names_prefix(l->dialect);
    TRY(notes_add(notes, err, "weights", ckpt_path(l->ckpt), "%s, %s, names %s",
                  ckpt_format(l->ckpt), ckpt_dtype_name(first->dtype),
                  *prefix ? "with bert." : "without prefix"));
    if (l->pooler) return BERT_OK;
    return notes_add(notes, err, "pooler", ckpt_path(l->ckpt), "none in the file");
}

bert_status load_params(struct loaded *out, const struct ckpt *ckpt, const struct config *c,
                        struct notes *notes, bert_error *err)
{
    *out = (struct loaded){0};
    struct loader l = {.ckpt = ckpt, .config = c, .out = out, .dialect = names_detect(ckpt)};
    if (!l.dialect) {
        return fail(err, BERT_FORMAT,
                    "%s: no tensor [bert.]embeddings.word_embeddings.weight among its %zu: not a "
                    "BERT of transformers",
                    ckpt_path(ckpt), ckpt_count(ckpt));
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
    mem_free(loaded->data);
    *loaded = (struct loaded){0};
}
