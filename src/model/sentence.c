// sentence.c: loading and running the modules behind the pooling. Read from Dense, LayerNorm and
// Normalize of sentence-transformers 6.
#include "model/sentence.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/os.h"
#include "ckpt/ckpt.h"

// torch.nn.LayerNorm's default, which the module does not change.
static const float norm_eps = 1e-5f;

// ---------------------------------------------------------------------------------------- loading

struct loading {
    const struct device *device;
    struct pool *pool;
    struct arena *vectors, *panels;
    bool real; // the second pass: memory is there
    bert_error *err;
};

// Copied, since they are small and closed again once they are packed.
static struct ckpt *open_weights(const char *folder, bert_error *err)
{
    static const char *const names[] = {"model.safetensors", "pytorch_model.bin"};
    for (size_t i = 0; i < 2; i++) {
        char *path = os_join(folder, names[i]);
        if (!path) return fail_memory(err), NULL;
        struct ckpt *ckpt = os_is_file(path) || i == 1 ? ckpt_open(path, true, err) : NULL;
        const bool tried = os_is_file(path) || i == 1;
        mem_free(path);
        if (tried) return ckpt;
    }
    return NULL;
}

// A tensor of [rows, cols], or of [cols] when rows is 0.
static const struct ckpt_tensor *find(const struct ckpt *ckpt, const char *name, size_t rows,
                                      size_t cols, bert_error *err)
{
    const struct ckpt_tensor *t = ckpt_find(ckpt, name);
    if (!t) {
        fail(err, BERT_FORMAT, "%s: no tensor %s", ckpt_path(ckpt), name);
        return NULL;
    }
    const bool fits = rows ? t->n_dims == 2 && t->dims[0] == rows && t->dims[1] == cols
                           : t->n_dims == 1 && t->dims[0] == cols;
    if (!fits || !ckpt_is_float(t->dtype)) {
        fail(err, BERT_FORMAT,
             "%s: %s: wanted floats [%zu, %zu], as the config.json beside it says", ckpt_path(ckpt),
             name, rows ? rows : 1, cols);
        return NULL;
    }
    return t;
}

static bert_status load_vector(const struct loading *l, const struct ckpt *ckpt, const char *name,
                               size_t cols, const float **out)
{
    float *to = arena_take(l->vectors, cols, sizeof *to);
    const struct ckpt_tensor *t = find(ckpt, name, 0, cols, l->err);
    if (!t) return BERT_FORMAT;
    if (l->real) ckpt_to_float(t, to);
    *out = to;
    return BERT_OK;
}

static bert_status load_matrix(const struct loading *l, const struct ckpt *ckpt, const char *name,
                               size_t rows, size_t cols, struct matrix *out)
{
    const size_t bytes = l->device->matrix_bytes(rows, cols, BERT_F32);
    if (!bytes) return fail(l->err, BERT_FORMAT, "%s: too large", ckpt_path(ckpt));
    *out = (struct matrix){rows, cols, BERT_F32, arena_take(l->panels, bytes, 1)};
    const struct ckpt_tensor *t = find(ckpt, name, rows, cols, l->err);
    if (!t) return BERT_FORMAT;
    if (!l->real) return BERT_OK;
    float *plain = mem_alloc(t->count, sizeof *plain);
    if (!plain) return fail_memory(l->err);
    ckpt_to_float(t, plain);
    const struct table table = {.data = plain, .number = NUMBER_F32};
    const bert_status status = l->device->matrix_pack(l->pool, out, &table, 1, l->err);
    mem_free(plain);
    return status;
}

static bert_status load_tensors(const struct loading *l, const struct sentence_module_config *m,
                                const struct ckpt *ckpt, struct sentence_step *step)
{
    if (m->kind == SENTENCE_LAYERNORM) {
        TRY(load_vector(l, ckpt, "norm.weight", step->in, &step->gamma));
        return load_vector(l, ckpt, "norm.bias", step->in, &step->beta);
    }
    TRY(load_matrix(l, ckpt, "linear.weight", step->out, step->in, &step->weight));
    if (m->bias) TRY(load_vector(l, ckpt, "linear.bias", step->out, &step->bias));
    step->adds_input = m->residual && step->in == step->out;
    if (!m->residual || step->adds_input) return BERT_OK;
    return load_matrix(l, ckpt, "residual.weight", step->out, step->in, &step->residual);
}

static bert_status load_step(const struct loading *l, const struct sentence_module_config *m,
                             size_t in, struct sentence_step *step)
{
    *step = (struct sentence_step){.kind = m->kind, .in = in, .out = in, .act = m->act};
    if (m->kind == SENTENCE_NORMALIZE) return BERT_OK;
    if (m->in != in) {
        return fail(l->err, BERT_FORMAT, "%s: takes %zu numbers, but what is before it gives %zu",
                    m->folder, m->in, in);
    }
    step->out = m->out;
    struct ckpt *ckpt = open_weights(m->folder, l->err);
    if (!ckpt) return l->err ? l->err->status : BERT_IO;
    const bert_status status = load_tensors(l, m, ckpt, step);
    ckpt_close(ckpt);
    return status;
}

static bert_status load_steps(const struct loading *l, struct sentence *s,
                              const struct sentence_config *config, size_t in)
{
    s->in = s->out = s->widest = in;
    for (s->n = 0; s->n < config->n_modules; s->n++) {
        TRY(load_step(l, &config->modules[s->n], s->out, &s->steps[s->n]));
        s->out = s->steps[s->n].out;
        if (s->out > s->widest) s->widest = s->out;
    }
    return BERT_OK;
}

bert_status sentence_load(struct sentence *s, const struct sentence_config *config, size_t in,
                          const struct device *device, struct pool *pool, bert_error *err)
{
    bert_error mine = {0};
    struct arena vectors = {0}, panels = {0};
    struct loading l = {device, pool, &vectors, &panels, false, &mine};
    *s = (struct sentence){0};
    if (load_steps(&l, s, config, in)) return fail(err, mine.status, "%s", mine.message);
    s->vectors = vectors.overflow ? NULL : mem_aligned(vectors.used, 1);
    s->panels = panels.overflow ? NULL : mem_aligned(panels.used, 1);
    if (!s->vectors || !s->panels) return fail_memory(err);
    vectors = (struct arena){.base = (unsigned char *)s->vectors, .size = vectors.used};
    panels = (struct arena){.base = s->panels, .size = panels.used};
    l.real = true;
    if (load_steps(&l, s, config, in)) return fail(err, mine.status, "%s", mine.message);
    return BERT_OK;
}

void sentence_release(struct sentence *s)
{
    mem_free(s->vectors);
    mem_free(s->panels);
    *s = (struct sentence){0};
}

// ---------------------------------------------------------------------------------------- running

static void dense(const struct sentence_step *step, const struct device *d, struct stream *stream,
                  float *x, float *y, size_t n)
{
    d->linear(stream, y, step->out, x, step->in, &step->weight, step->bias, step->act, NULL, n);
    if (step->adds_input) d->combine(stream, y, x, n * step->out, 1.0f, COMBINE_ADD);
}

// y = x residualᵀ + act(…): the second product goes through `spare`.
static void dense_residual(const struct sentence_step *step, const struct device *d,
                           struct stream *stream, float *x, float *y, float *spare, size_t n)
{
    dense(step, d, stream, x, y, n);
    d->linear(stream, spare, step->out, x, step->in, &step->residual, NULL, ACT_linear, NULL, n);
    d->combine(stream, y, spare, n * step->out, 1.0f, COMBINE_ADD);
}

float *sentence_forward(const struct sentence *s, const struct device *d, struct stream *stream,
                        float *x, float *y, float *spare, size_t n, bool normalize)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct sentence_step *step = &s->steps[i];
        if (step->kind == SENTENCE_NORMALIZE) {
            if (normalize) d->normalize(stream, x, n, step->in);
            continue;
        }
        if (step->kind == SENTENCE_LAYERNORM) {
            d->layernorm(stream, y, x, NULL, NULL, step->gamma, step->beta, norm_eps, NULL, NULL,
                         NULL, n, step->in);
        } else if (step->residual.n) {
            dense_residual(step, d, stream, x, y, spare, n);
        } else {
            dense(step, d, stream, x, y, n);
        }
        float *other = x;
        x = y;
        y = other;
    }
    return x;
}
