// test_golden.c: the library against the original implementation. Each folder here is a small
// random model with what transformers and sentence-transformers make of it in float64
// (tools/golden.py writes them). A text must have the reference's ids, types, words and offsets;
// and for each layer, the pooler and the sentence vectors
//
//     max|ours - float64| / max|float64|  <=  1.5 × the same error of torch in float32
//
// and the same in the Euclidean norm, the sharper of the two, at every CPU level. A level holds for
// a process, so each runs in a child. The check is worth what it refuses: networks with another
// GELU, another epsilon, or weights through float16 must fail it.
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/half.h"
#include "base/json.h"
#include "base/os.h"
#include "bert.h"
#include "ckpt/ckpt.h"
#include "errors.h"

#include <cmocka.h> // last: its fail() is a macro, ours a function

#define ROOT "tests/golden"
#define CONTROL ROOT "/base" // F32, "gelu", epsilon 1e-12: what the negative controls bend

enum { MOST_CASES = 64, PATH_BYTES = 512 };

static const double allowed = errors_allowed;
static bool table; // --table: print torch's errors and ours in units of them

// ------------------------------------------------------------------------------------- references

struct golden {
    json *doc;
    struct ckpt *ckpt;
    const json *texts; // S of them
    size_t S, L;
};

static void *expect(void *object, const bert_error *err)
{
    if (!object) fail_msg("%s", err->message);
    return object;
}

static void expect_ok(bert_status status, const bert_error *err)
{
    if (status) fail_msg("%s", err->message);
}

static const char *in(char *path, const char *folder, const char *name)
{
    assert_true(snprintf(path, PATH_BYTES, "%s/%s", folder, name) < PATH_BYTES);
    return path;
}

static long whole(const json *number)
{
    return number ? (long)json_number(number) : -1;
}

static struct golden golden_open(const char *folder)
{
    bert_error err;
    char path[PATH_BYTES];
    struct golden g = {0};
    g.doc = expect(json_open(in(path, folder, "golden.json"), &err), &err);
    g.ckpt = expect(ckpt_open(in(path, folder, "golden.safetensors"), true, &err), &err);
    g.texts = json_get(g.doc, "texts");
    g.S = json_count(g.texts);
    g.L = (size_t)whole(json_get(g.doc, "layers"));
    assert_true(g.S > 0 && g.L > 0);
    return g;
}

static void golden_close(struct golden *g)
{
    ckpt_close(g->ckpt);
    json_free(g->doc);
}

static struct bert_text text_of(const json *value)
{
    const char *text = value ? json_text(value) : NULL;
    return (struct bert_text){text, text ? strlen(text) : 0};
}

// The error of `ours` in units of torch's, by the largest element or in the norm, whichever is
// worse: at most `allowed` is well.
static double ratio(const struct golden *g, const char *name, const float *ours)
{
    const struct ckpt_tensor *t = ckpt_find(g->ckpt, name);
    assert_non_null(t);
    assert_int_equal(t->dtype, CKPT_F64);
    const json *torch = json_get(json_get(g->doc, "torch_error"), name);
    const struct errors e = errors_of(t, torch, ours);
    assert_true(e.torch_largest > 0 && e.torch_norm > 0);
    if (table) {
        print_message("    %-10s largest %.2e x %.2f   norm %.2e x %.2f\n", name, e.torch_largest,
                      e.largest, e.torch_norm, e.norm);
    }
    return fmax(e.largest, e.norm);
}

static size_t columns(const struct golden *g, const char *name)
{
    const struct ckpt_tensor *t = ckpt_find(g->ckpt, name);
    assert_non_null(t);
    return t->dims[1];
}

// ----------------------------------------------------------------------------------------- running

// A model with all texts of a golden file in one packed batch.
struct run {
    bert_model *model;
    bert_batch *batch;
    bert_session *session;
    size_t T;
};

static struct run run_open(const char *folder, const struct golden *g, const char *activation)
{
    bert_error err;
    struct bert_model_options options = BERT_MODEL_DEFAULTS;
    options.activation = activation;
    struct run r = {0};
    r.model = expect(bert_model_open(folder, &options, &err), &err);
    r.batch = expect(bert_batch_new(r.model, &err), &err);
    for (size_t s = 0; s < g->S; s++) {
        const json *item = json_at(g->texts, s);
        expect_ok(bert_batch_add(r.batch, text_of(json_get(item, "text")),
                                 text_of(json_get(item, "pair")), NULL, &err),
                  &err);
    }
    r.T = bert_batch_tokens(r.batch);
    struct bert_session_options size = BERT_SESSION_DEFAULTS;
    size.tokens = r.T;
    size.threads = 2;
    r.session = expect(bert_session_new(r.model, &size, &err), &err);
    return r;
}

static void run_close(struct run *r)
{
    bert_session_free(r->session);
    bert_batch_free(r->batch);
    bert_model_free(r->model);
}

// A vector a text. The model's own pooling and normalisation, or the pooler's output as it is.
static double worst_vectors(const struct run *r, const struct golden *g, const char *name)
{
    bert_error err;
    struct bert_embed_options options = BERT_EMBED_DEFAULTS;
    if (strcmp(name, "pooler") == 0) {
        options.pooling = BERT_POOLING_POOLER;
        options.normalize = 0;
    }
    const size_t H = columns(g, name);
    assert_int_equal(bert_embed_rows(r->batch, &options), g->S);
    assert_int_equal(bert_embed_cols(r->model, &options), H);
    float *out = test_malloc(g->S * H * sizeof *out);
    expect_ok(bert_embed(r->session, r->batch, &options, out, &err), &err);
    const double most = ratio(g, name, out);
    test_free(out);
    return most;
}

static double worst_hidden(const struct run *r, const struct golden *g)
{
    bert_error err;
    const size_t H = columns(g, "hidden.0");
    float *out = test_malloc((g->L + 1) * r->T * H * sizeof *out);
    int *layers = test_malloc((g->L + 1) * sizeof *layers);
    for (size_t l = 0; l <= g->L; l++) layers[l] = (int)l;
    expect_ok(bert_encode(r->session, r->batch, layers, g->L + 1, out, &err), &err);
    double most = 0;
    for (size_t l = 0; l <= g->L; l++) {
        char name[32];
        snprintf(name, sizeof name, "hidden.%zu", l);
        assert_int_equal(ckpt_find(g->ckpt, name)->dims[0], r->T);
        most = fmax(most, ratio(g, name, out + l * r->T * H));
    }
    test_free(layers);
    test_free(out);
    return most;
}

// The worst ratio of all that is compared.
static double worst(const char *folder, const struct golden *g, const char *activation)
{
    struct run r = run_open(folder, g, activation);
    double most = fmax(worst_hidden(&r, g), worst_vectors(&r, g, "embedding"));
    if (ckpt_find(g->ckpt, "pooler")) most = fmax(most, worst_vectors(&r, g, "pooler"));
    run_close(&r);
    return most;
}

// ------------------------------------------------------------------------------------------- cases

static void check_tokens(const struct run *r, const json *item, size_t s)
{
    static const char *const facts[] = {"id", "type", "word", "start", "end"};
    const struct bert_pieces p = bert_batch_pieces(r->batch, s);
    const json *ids = json_get(item, "ids"), *types = json_get(item, "types");
    const json *words = json_get(item, "words"), *offsets = json_get(item, "offsets");
    assert_int_equal(p.n, json_count(ids));
    assert_int_equal(p.truncated, whole(json_get(item, "truncated")));
    struct bert_span *spans = test_malloc(p.n * sizeof *spans);
    memcpy(spans, p.offsets, p.n * sizeof *spans);
    // Bytes to code points, text by text; what was added has no place in either.
    for (size_t i = 0, end; i < p.n; i = end) {
        for (end = i; end < p.n && p.types[end] == p.types[i];) end++;
        const char *key = p.types[i] ? "pair" : "text";
        size_t from = i, to = end;
        while (from < to && p.words[from] < 0) from++;
        while (to > from && p.words[to - 1] < 0) to--;
        bert_spans_convert(text_of(json_get(item, key)), BERT_UNIT_CHAR, spans + from, to - from);
    }
    for (size_t i = 0; i < p.n; i++) {
        const json *span = json_at(offsets, i);
        const long theirs[] = {whole(json_at(ids, i)), whole(json_at(types, i)),
                               whole(json_at(words, i)), whole(json_at(span, 0)),
                               whole(json_at(span, 1))};
        const long ours[] = {p.ids[i], p.types[i], p.words[i], spans[i].start, spans[i].end};
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++) {
            if (ours[k] == theirs[k]) continue;
            fail_msg("\"%s\", token %zu: its %s is %ld, not %ld", json_text(json_get(item, "text")),
                     i, facts[k], ours[k], theirs[k]);
        }
    }
    test_free(spans);
}

static void check_facts(const struct run *r, const struct golden *g)
{
    static const char *const names[] = {"model", "cls", "mean", "max", "pooler"};
    const struct bert_embedding_config *e = bert_model_embedding(r->model);
    assert_string_equal(names[e->pooling], json_text(json_get(g->doc, "pooling")));
    assert_int_equal(e->normalize, json_true(json_get(g->doc, "normalize")));
    assert_int_equal(e->has_pooler, json_true(json_get(g->doc, "pooler")));
    assert_int_equal(e->max_length, whole(json_get(g->doc, "max_length")));
    assert_int_equal(bert_model_config(r->model)->num_hidden_layers, g->L);
}

static void test_tokens(void **state)
{
    struct golden g = golden_open(*state);
    struct run r = run_open(*state, &g, NULL);
    check_facts(&r, &g);
    for (size_t s = 0; s < g.S; s++) check_tokens(&r, json_at(g.texts, s), s);
    run_close(&r);
    golden_close(&g);
}

static void test_outputs(void **state)
{
    if (table) print_message("%s at level %s\n", (const char *)*state, bert_cpu_name());
    struct golden g = golden_open(*state);
    const double most = worst(*state, &g, NULL);
    if (!(most <= allowed)) {
        fail_msg("%s: an error is %.3f times torch's (run with --table)", (const char *)*state,
                 most);
    }
    golden_close(&g);
}

// ------------------------------------------------------------------------------- negative controls

// Changes a file's bytes before they are written to the bent copy of a model.
typedef void bend(unsigned char *bytes, size_t size, const char *name);

static void copy_file(const char *from, const char *to, const char *name, bend *change)
{
    bert_error err;
    char path[PATH_BYTES];
    struct os_file file;
    struct os_writer w;
    expect_ok(os_file_open(&file, in(path, from, name), true, &err), &err);
    unsigned char *bytes = test_malloc(file.size + 1);
    memcpy(bytes, file.data, file.size);
    bytes[file.size] = 0;
    if (change) change(bytes, file.size, name);
    expect_ok(os_writer_open(&w, in(path, to, name), &err), &err);
    expect_ok(os_writer_write(&w, bytes, file.size, &err), &err);
    expect_ok(os_writer_commit(&w, &err), &err);
    test_free(bytes);
    os_file_close(&file);
}

static const char *const files[] = {"config.json", "model.safetensors", "tokenizer.json",
                                    "tokenizer_config.json"};
enum { FILES = sizeof files / sizeof *files };

// The worst ratio of a copy of the control model that was bent on the way.
static double worst_bent(bend *change)
{
    char folder[] = "/tmp/bert-golden-XXXXXX", path[PATH_BYTES];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < FILES; i++) copy_file(CONTROL, folder, files[i], change);
    struct golden g = golden_open(CONTROL);
    const double most = worst(folder, &g, NULL);
    golden_close(&g);
    for (size_t i = 0; i < FILES; i++) unlink(in(path, folder, files[i]));
    rmdir(folder);
    return most;
}

static void larger_epsilon(unsigned char *bytes, size_t size, const char *name)
{
    (void)size;
    if (strcmp(name, "config.json") != 0) return;
    char *epsilon = strstr((char *)bytes, "1e-12");
    assert_non_null(epsilon);
    memcpy(epsilon, "1e-05", 5);
}

// All tensors of the control model are F32, so the file is a length, a header and floats.
static void through_half(unsigned char *bytes, size_t size, const char *name)
{
    if (strcmp(name, "model.safetensors") != 0) return;
    uint64_t header;
    memcpy(&header, bytes, sizeof header);
    for (size_t at = sizeof header + header; at + sizeof(float) <= size; at += sizeof(float)) {
        float x;
        memcpy(&x, bytes + at, sizeof x);
        x = half_from_f16(half_to_f16(x));
        memcpy(bytes + at, &x, sizeof x);
    }
}

static void test_copy_passes(void **state)
{
    (void)state;
    assert_true(worst_bent(NULL) <= allowed);
}

static void test_other_epsilon_fails(void **state)
{
    (void)state;
    assert_true(worst_bent(larger_epsilon) > allowed);
}

static void test_half_weights_fail(void **state)
{
    (void)state;
    assert_true(worst_bent(through_half) > allowed);
}

static void test_other_gelu_fails(void **state)
{
    (void)state;
    struct golden g = golden_open(CONTROL);
    assert_true(worst(CONTROL, &g, "gelu_new") > allowed);
    assert_true(worst(CONTROL, &g, "gelu") <= allowed);
    golden_close(&g);
}

// -------------------------------------------------------------------------------------------- main

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

// The case folders, sorted.
static size_t find_cases(char (*cases)[PATH_BYTES])
{
    char path[PATH_BYTES * 2];
    size_t n = 0;
    DIR *dir = opendir(ROOT);
    for (const struct dirent *e; dir && (e = readdir(dir)) && n < MOST_CASES;) {
        snprintf(path, sizeof path, ROOT "/%s/golden.json", e->d_name);
        if (os_is_file(path)) snprintf(cases[n++], PATH_BYTES, ROOT "/%.400s", e->d_name);
    }
    if (dir) closedir(dir);
    qsort(cases, n, PATH_BYTES, by_name);
    return n;
}

static int run_level(const char *level, char (*cases)[PATH_BYTES], size_t n)
{
    bert_error err;
    if (bert_cpu_limit(level, &err)) {
        fprintf(stderr, "%s: %s\n", level, err.message);
        return 1;
    }
    struct CMUnitTest tests[2 * MOST_CASES + 4];
    char names[2 * MOST_CASES][PATH_BYTES + 32];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = cases[i] + sizeof ROOT;
        snprintf(names[count], sizeof *names, "%s: tokens at %s", name, level);
        tests[count] = (struct CMUnitTest){names[count], test_tokens, NULL, NULL, cases[i]};
        count++;
        snprintf(names[count], sizeof *names, "%s: outputs at %s", name, level);
        tests[count] = (struct CMUnitTest){names[count], test_outputs, NULL, NULL, cases[i]};
        count++;
    }
    const struct CMUnitTest controls[] = {
        cmocka_unit_test(test_copy_passes),
        cmocka_unit_test(test_other_gelu_fails),
        cmocka_unit_test(test_other_epsilon_fails),
        cmocka_unit_test(test_half_weights_fail),
    };
    memcpy(tests + count, controls, sizeof controls);
    count += sizeof controls / sizeof *controls;
    return _cmocka_run_group_tests(level, tests, count, NULL, NULL) != 0;
}

int main(int argc, char **argv)
{
    static char cases[MOST_CASES][PATH_BYTES];
    table = argc > 1 && strcmp(argv[1], "--table") == 0;
    const size_t n = find_cases(cases);
    if (n == 0) {
        fprintf(stderr, "no cases in " ROOT ": run from the project's root\n");
        return 1;
    }
    int failed = 0;
    for (const char *const *level = bert_cpu_levels(); *level; level++) {
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) exit(run_level(*level, cases, n));
        int status = 1;
        if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) failed++;
    }
    return failed != 0;
}
