// test_laws.c: what must give the same bits, at every CPU level: a sequence alone or in any batch,
// one thread or several, one pass or many, the inference layout or the training layout.
#include "support/check.h"

#include <math.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/batch.h"
#include "model/model.h"
#include "support/made_model.h"

// Widths that leave tails everywhere; one whose inner sizes exceed the GEMM's block of k; and one
// with a head wider than a panel.
static const struct made_model specs[] = {
    {.layers = 3, .hidden = 36, .heads = 3, .intermediate = 52, .positions = 90, .deviation = 0.2f},
    {.layers = 1, .hidden = 528, .heads = 4, .intermediate = 1100, .positions = 40, .seed = 2},
    {.layers = 2,
     .hidden = 160,
     .heads = 2,
     .intermediate = 97,
     .positions = 300,
     .act = "relu",
     .seed = 3,
     .deviation = 0.1f},
};
enum { SPECS = sizeof specs / sizeof *specs, SEQUENCES = 23 };

static char folders[SPECS][256];
static bert_dtype dtype; // of the models that are opened

static bert_model *open_spec(int m)
{
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    o.dtype = dtype;
    bert_error err = {0};
    bert_model *model = bert_model_open(folders[m], &o, &err);
    if (!model) fail_msg("%s", err.message);
    return model;
}

static void fail_with(const bert_error *err)
{
    fail_msg("%s", err->message);
}

// A batch of sequences of lengths 1 to the model's positions; `only` >= 0: just that one.
static bert_batch *random_batch(const bert_model *model, int only)
{
    const struct bert_config *c = bert_model_config(model);
    bert_error err;
    bert_batch *batch = bert_batch_new(model, &err);
    int32_t ids[512];
    uint8_t types[512];
    for (int s = 0; s < SEQUENCES; s++) {
        uint32_t r[4];
        rng_words(7, 0, 0, (uint64_t)s, r);
        size_t n = s == 0 ? 1 : s == 1 ? c->max_position_embeddings : 1 + r[0] % 30;
        for (size_t t = 0; t < n; t++) {
            rng_words(7, 1, (uint32_t)s, t, r);
            ids[t] = (int32_t)(r[0] % c->vocab_size);
            types[t] = r[1] & 1;
        }
        if (only >= 0 && only != s) continue;
        if (bert_batch_add_ids(batch, ids, types, n, &err)) fail_with(&err);
    }
    return batch;
}

// All layers of a batch, [L+1, T, H], from mem_alloc.
static float *encode(const bert_model *model, const bert_batch *batch, int threads)
{
    const struct bert_config *c = bert_model_config(model);
    struct bert_session_options o = BERT_SESSION_DEFAULTS;
    o.threads = threads;
    o.tokens = bert_batch_tokens(batch);
    bert_error err;
    bert_session *session = bert_session_new(model, &o, &err);
    if (!session) fail_with(&err);
    int layers[8];
    for (int i = 0; i <= (int)c->num_hidden_layers; i++) layers[i] = i;
    const size_t n = c->num_hidden_layers + 1;
    float *out = mem_alloc(n * bert_batch_tokens(batch) * c->hidden_size, sizeof *out);
    assert_non_null(out);
    if (bert_encode(session, batch, layers, n, out, &err)) fail_with(&err);
    bert_session_free(session);
    return out;
}

static void assert_same_bits(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(&a[i], &b[i], sizeof *a) != 0) fail_msg("%zu: %.9g, not %.9g", i, a[i], b[i]);
    }
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    for (int m = 0; m < SPECS; m++) {
        bert_model *model = open_spec(m);
        bert_batch *batch = random_batch(model, -1);
        const struct bert_config *c = bert_model_config(model);
        const size_t n = (c->num_hidden_layers + 1) * bert_batch_tokens(batch) * c->hidden_size;
        float *one = encode(model, batch, 1);
        for (int threads = 2; threads <= 5; threads++) {
            float *many = encode(model, batch, threads);
            assert_same_bits(many, one, n);
            mem_free(many);
        }
        mem_free(one);
        bert_batch_free(batch);
        bert_model_free(model);
    }
}

static void neighbours_do_not_matter(void **state)
{
    (void)state;
    for (int m = 0; m < SPECS; m++) {
        bert_model *model = open_spec(m);
        const struct bert_config *c = bert_model_config(model);
        const size_t H = c->hidden_size;
        bert_batch *batch = random_batch(model, -1);
        float *together = encode(model, batch, 2);
        size_t first = 0;
        for (int s = 0; s < SEQUENCES; s++) {
            bert_batch *single = random_batch(model, s);
            const size_t T = bert_batch_tokens(single);
            float *alone = encode(model, single, 2);
            for (size_t l = 0; l <= c->num_hidden_layers; l++) {
                assert_same_bits(alone + l * T * H,
                                 together + (l * bert_batch_tokens(batch) + first) * H, T * H);
            }
            first += T;
            mem_free(alone);
            bert_batch_free(single);
        }
        mem_free(together);
        bert_batch_free(batch);
        bert_model_free(model);
    }
}

static void keep_last(void *arg, size_t layer, const float *x)
{
    const float **last = arg;
    (void)layer;
    *last = x;
}

// One pass over the whole batch with either layout; the result from mem_alloc.
static float *forward(const bert_model *model, const bert_batch *batch, bool training)
{
    const struct config *c = &model->config;
    const struct encoder encoder = model_encoder(model);
    struct layer_acts layers[8];
    struct acts acts;
    struct arena plan = {0};
    acts_layout(&acts, &plan, layers, c, batch->T, training);
    void *memory = mem_aligned(plan.used, 1);
    struct arena real = {.base = memory, .size = plan.used};
    acts_layout(&acts, &real, layers, c, batch->T, training);
    uint32_t offs[SEQUENCES + 1];
    const struct seqs seqs = batch_seqs(batch, 0, batch->S, offs);
    struct stream *s = model->device->stream_new(2, encoder_limits(c, batch->T, dtype), NULL);
    const float *last = NULL;
    encoder_forward(&encoder, s, &seqs, &acts, c->L, (struct layer_sink){keep_last, &last});
    float *out = mem_alloc(batch->T * c->H, sizeof *out);
    memcpy(out, last, batch->T * c->H * sizeof *out);
    model->device->stream_free(s);
    mem_free(memory);
    return out;
}

static void layouts_do_not_matter(void **state)
{
    (void)state;
    for (int m = 0; m < SPECS; m++) {
        bert_model *model = open_spec(m);
        bert_batch *batch = random_batch(model, -1);
        float *inference = forward(model, batch, false), *training = forward(model, batch, true);
        assert_same_bits(training, inference, batch->T * model->config.H);
        mem_free(inference);
        mem_free(training);
        bert_batch_free(batch);
        bert_model_free(model);
    }
}

static void passes_do_not_matter(void **state)
{
    (void)state;
    for (int m = 0; m < SPECS; m++) {
        bert_model *model = open_spec(m);
        bert_batch *batch = random_batch(model, -1);
        const size_t n = SEQUENCES * bert_model_config(model)->hidden_size;
        float *first = NULL;
        for (size_t tokens = bert_model_config(model)->max_position_embeddings; tokens <= 4096;
             tokens *= 4) {
            struct bert_session_options o = BERT_SESSION_DEFAULTS;
            o.tokens = tokens;
            bert_error err;
            bert_session *session = bert_session_new(model, &o, &err);
            float *out = mem_alloc(n, sizeof *out);
            if (bert_embed(session, batch, NULL, out, &err)) fail_with(&err);
            if (first) assert_same_bits(out, first, n);
            if (first) mem_free(out);
            else first = out;
            bert_session_free(session);
        }
        mem_free(first);
        bert_batch_free(batch);
        bert_model_free(model);
    }
}

// Cosine of two activations.
static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

// What rounding costs is near what the types promise: 8 bits of mantissa, 8 bits of a row's range.
// Were it nothing, the type would not have been used.
static void types_lose_little(void **state)
{
    (void)state;
    const bert_dtype type = dtype;
    for (int m = 0; m < SPECS; m++) {
        float *out[2];
        size_t n = 0;
        for (int side = 0; side < 2; side++) {
            dtype = side ? type : BERT_F32;
            bert_model *model = open_spec(m);
            bert_batch *batch = random_batch(model, -1);
            n = bert_batch_tokens(batch) * model->config.H;
            out[side] = forward(model, batch, false);
            bert_batch_free(batch);
            bert_model_free(model);
        }
        const double loss = 1 - cosine(out[0], out[1], n);
        if (loss > (type == BERT_BF16 ? 1e-4 : 1e-3)) fail_msg("loss %g in model %d", loss, m);
        if (type != BERT_F32) assert_true(loss > 1e-9);
        mem_free(out[0]);
        mem_free(out[1]);
    }
    dtype = type;
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_matter), cmocka_unit_test(neighbours_do_not_matter),
        cmocka_unit_test(layouts_do_not_matter), cmocka_unit_test(passes_do_not_matter),
        cmocka_unit_test(types_lose_little),
    };
    int failed = 0;
    for (dtype = BERT_F32; dtype <= BERT_INT8; dtype++) {
        failed |= cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}

int main(void)
{
    for (int i = 0; i < SPECS; i++) {
        check_folder_make(folders[i]);
        if (!made_model_write(folders[i], &specs[i])) return 1;
    }
    const int failed = check_every_level(run);
    for (int i = 0; i < SPECS; i++) check_folder_remove(folders[i]);
    return failed != 0;
}
