// test_program.c: a text's vectors have the same bits alone, in a batch, from the library, from the
// program, and from shards of the program put together again: of sentences, words and tokens, in
// every type of products, at every CPU level.
#include "support/check.h"

#include <math.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/rng.h"
#include "record/npz.h"
#include "support/made_model.h"
#include "support/run.h"

enum { TEXTS = 23, SHARDS = 3, ROOM = 2000 };

static char folder[256], model_folder[300], texts_file[300];
static char texts[TEXTS][ROOM];

static const char *const levels[] = {"sentence", "word", "token"};
static const char *const types[] = {[BERT_F32] = "f32", [BERT_BF16] = "bf16", [BERT_INT8] = "int8"};

// Rows, from mem_alloc, and how many of them each text has.
struct vectors {
    float *rows;
    size_t n, cols, of[TEXTS];
};

// ----------------------------------------------------------------------------------------- library

static struct bert_embed_options options(bert_level level)
{
    static const int layers[] = {0, -2, -1};
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    o.level = level;
    o.layers = layers;
    o.n_layers = level == BERT_LEVEL_SENTENCE ? 0 : 3;
    if (level == BERT_LEVEL_WORD) o.mix = BERT_MIX_SUM;
    return o;
}

static void add(bert_batch *batch, const char *text)
{
    bert_error err;
    const struct bert_text t = {text, strlen(text)};
    if (bert_batch_add(batch, t, (struct bert_text){0}, NULL, &err)) fail_msg("%s", err.message);
}

// Embeds texts [first, last) as one batch, behind the rows that are there.
static void embed(struct vectors *v, bert_session *session, const bert_model *model,
                  bert_level level, size_t first, size_t last)
{
    bert_error err;
    const struct bert_embed_options o = options(level);
    bert_batch *batch = bert_batch_new(model, &err);
    for (size_t i = first; i < last; i++) {
        const size_t before = bert_embed_rows(batch, &o);
        add(batch, texts[i]);
        v->of[i] = bert_embed_rows(batch, &o) - before;
    }
    const size_t n = bert_embed_rows(batch, &o);
    v->cols = bert_embed_cols(model, &o);
    float *grown = mem_alloc((v->n + n + 1) * v->cols, sizeof *grown);
    if (v->n) memcpy(grown, v->rows, v->n * v->cols * sizeof *grown);
    mem_free(v->rows);
    v->rows = grown;
    if (n && bert_embed(session, batch, &o, v->rows + v->n * v->cols, &err))
        fail_msg("%s", err.message);
    v->n += n;
    bert_batch_free(batch);
}

// ----------------------------------------------------------------------------------------- program

static void load(struct vectors *v, const char *path)
{
    struct os_file file;
    struct npy_array a;
    bert_error err;
    if (os_file_open(&file, path, true, &err) || npy_read(&a, file.data, file.size, path, &err))
        fail_msg("%s", err.message);
    assert_int_equal(a.n_dims, 2);
    assert_true(a.kind == 'f' && a.width == sizeof *v->rows);
    v->n = a.dims[0];
    v->cols = a.dims[1];
    v->rows = mem_alloc(a.count + 1, sizeof *v->rows);
    memcpy(v->rows, a.data, a.count * sizeof *v->rows);
    os_file_close(&file);
}

static struct vectors program(bert_level level, bert_dtype dtype, size_t shard, size_t of)
{
    char out[300], part[32], threads[8];
    struct vectors v = {0};
    snprintf(out, sizeof out, "%s/out.npy", folder);
    snprintf(part, sizeof part, "%zu/%zu", shard, of);
    snprintf(threads, sizeof threads, "%zu", shard);
    const char *const args[] = {"bert",
                                "embed",
                                "-q",
                                "-m",
                                model_folder,
                                "-i",
                                texts_file,
                                "--format",
                                "npy",
                                "-o",
                                out,
                                "--shard",
                                part,
                                "--level",
                                levels[level],
                                "--dtype",
                                types[dtype],
                                "--cpu",
                                bert_cpu_name(),
                                "--threads",
                                threads,
                                "--batch-tokens",
                                "100",
                                level == BERT_LEVEL_SENTENCE ? NULL : "--layers",
                                "0,-2,-1",
                                level == BERT_LEVEL_WORD ? "--mix" : NULL,
                                "sum",
                                NULL};
    run_expect(run_finish(run_start(run_program("bert"), "p", args), "p"), 0, "");
    load(&v, out);
    return v;
}

// ------------------------------------------------------------------------------------------ the
// law

static void assert_same(const struct vectors *a, const float *rows, size_t n, const char *what)
{
    assert_int_equal(a->n, n);
    for (size_t i = 0; i < n * a->cols; i++) {
        if (memcmp(&a->rows[i], &rows[i], sizeof *rows) != 0) {
            fail_msg("%s: row %zu, column %zu: %.9g, not %.9g", what, i / a->cols, i % a->cols,
                     rows[i], a->rows[i]);
        }
    }
}

// The items of the shards in turn, I, I+N, I+2N …, are the items of the whole.
static void assert_shards(const struct vectors *whole, bert_level level, bert_dtype dtype)
{
    struct vectors shards[SHARDS];
    size_t given[SHARDS] = {0}, at = 0, total = 0;
    for (size_t s = 0; s < SHARDS; s++) {
        shards[s] = program(level, dtype, s + 1, SHARDS);
        assert_int_equal(shards[s].cols, whole->cols);
        total += shards[s].n;
    }
    assert_int_equal(total, whole->n);
    for (size_t i = 0; i < TEXTS; at += whole->of[i++]) {
        const size_t s = i % SHARDS;
        const struct vectors part = {
            whole->rows + at * whole->cols, whole->of[i], whole->cols, {0}};
        assert_true(given[s] + part.n <= shards[s].n);
        assert_same(&part, shards[s].rows + given[s] * whole->cols, part.n, "shards");
        given[s] += part.n;
    }
    for (size_t s = 0; s < SHARDS; s++) mem_free(shards[s].rows);
}

static void assert_law(bert_level level, bert_dtype dtype)
{
    bert_error err;
    struct bert_model_options how = BERT_MODEL_DEFAULTS;
    struct bert_session_options two = BERT_SESSION_DEFAULTS;
    struct vectors alone = {0}, batch = {0};
    how.dtype = dtype;
    two.threads = 2;
    bert_model *model = bert_model_open(model_folder, &how, &err);
    bert_session *session = model ? bert_session_new(model, &two, &err) : NULL;
    if (!session) fail_msg("%s", err.message);
    for (size_t i = 0; i < TEXTS; i++) embed(&alone, session, model, level, i, i + 1);
    embed(&batch, session, model, level, 0, TEXTS);
    assert_true(alone.n >= (level == BERT_LEVEL_SENTENCE ? TEXTS : 5 * TEXTS));
    for (size_t i = 0; i < alone.n * alone.cols; i++) assert_true(isfinite(alone.rows[i]));
    assert_same(&alone, batch.rows, batch.n, "a batch");
    struct vectors whole = program(level, dtype, 1, 1);
    assert_int_equal(whole.cols, alone.cols);
    assert_same(&alone, whole.rows, whole.n, "the program");
    assert_shards(&alone, level, dtype);
    mem_free(alone.rows);
    mem_free(batch.rows);
    mem_free(whole.rows);
    bert_session_free(session);
    bert_model_free(model);
}

static void sentences(void **state)
{
    (void)state;
    for (bert_dtype dtype = BERT_F32; dtype <= BERT_INT8; dtype++)
        assert_law(BERT_LEVEL_SENTENCE, dtype);
}

static void words(void **state)
{
    (void)state;
    for (bert_dtype dtype = BERT_F32; dtype <= BERT_INT8; dtype++)
        assert_law(BERT_LEVEL_WORD, dtype);
}

static void tokens(void **state)
{
    (void)state;
    for (bert_dtype dtype = BERT_F32; dtype <= BERT_INT8; dtype++)
        assert_law(BERT_LEVEL_TOKEN, dtype);
}

// -------------------------------------------------------------------------------------------- main

// Texts of 0 to 29 words, some of which are several tokens; the second is longer than the model
// takes.
static void make_texts(void)
{
    static const char *const some[] = {"the", "bank", "rivers", "unbearable", "a", "Money,", "sea"};
    FILE *f = fopen(texts_file, "w");
    if (!f) exit(1);
    for (size_t i = 0; i < TEXTS; i++) {
        uint32_t r[4];
        rng_words(11, 0, 0, i, r);
        const size_t n = i == 0 ? 0 : i == 1 ? 150 : r[0] % 30;
        for (size_t k = 0; k < n; k++) {
            rng_words(11, 1, (uint32_t)i, k, r);
            if (k) strcat(texts[i], " ");
            strcat(texts[i], some[r[0] % (sizeof some / sizeof *some)]);
        }
        fprintf(f, "%s\n", texts[i]);
    }
    if (fclose(f)) exit(1);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sentences), cmocka_unit_test(words),
                                       cmocka_unit_test(tokens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    static const struct made_model spec = {.layers = 2,
                                           .hidden = 48,
                                           .heads = 3,
                                           .intermediate = 100,
                                           .positions = 120,
                                           .deviation = 0.2f};
    check_folder_make(folder);
    run_begin(folder);
    snprintf(model_folder, sizeof model_folder, "%s/model", folder);
    snprintf(texts_file, sizeof texts_file, "%s/texts.txt", folder);
    make_texts();
    const bool made = mkdir(model_folder, 0700) == 0 && made_model_write(model_folder, &spec);
    const int failed = made ? check_every_level(run) : 1;
    check_folder_remove(folder);
    return failed != 0;
}
