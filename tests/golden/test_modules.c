// test_modules.c: sentence-transformers folders with every pooling and module around one BERT, in
// the formats of versions 2 and 6, against what its encode makes of them in float64
// (tools/sentence_folders.py, tools/golden.py). As near as in test_golden.c, at every CPU level;
// and wherever two of them should differ, one's vectors must fail as the other's.
#include "support/check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"

#define GOLDEN "tests/golden/modules"

enum { MOST = 128, PATH_BYTES = 512 };

static json *doc;
static struct ckpt *vectors;

// What the library made of a variant.
struct made {
    float *out;
    size_t count;
};
static struct made made[MOST];

static size_t variants(void)
{
    return json_count(json_get(doc, "variants"));
}

static const struct ckpt_tensor *exact(size_t v)
{
    char name[32];
    snprintf(name, sizeof name, "variant.%zu", v);
    const struct ckpt_tensor *t = ckpt_find(vectors, name);
    assert_non_null(t);
    return t;
}

static struct bert_text text_of(const json *value)
{
    const char *text = json_text(value);
    return (struct bert_text){text, text ? strlen(text) : 0};
}

// ------------------------------------------------------------------------------------- the folder

// Links to all that lies in GOLDEN, then the variant's own files.
static void make_folder(char folder[256], const json *variant)
{
    char from[PATH_BYTES], to[PATH_BYTES], here[256];
    check_folder_make(folder);
    assert_non_null(getcwd(here, sizeof here));
    DIR *dir = opendir(GOLDEN);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));) {
        if (*e->d_name == '.' || strcmp(e->d_name, "1_Pooling") == 0) continue;
        snprintf(from, sizeof from, "%s/" GOLDEN "/%.100s", here, e->d_name);
        snprintf(to, sizeof to, "%s/%.100s", folder, e->d_name);
        assert_int_equal(symlink(from, to), 0);
    }
    closedir(dir);
    const json *files = json_get(variant, "files");
    assert_true(json_count(files) > 0);
    for (size_t i = 0; i < json_count(files); i++) {
        const char *name;
        const struct bert_text content = text_of(json_member(files, i, &name));
        snprintf(to, sizeof to, "%s/%.*s", folder, (int)strcspn(name, "/"), name);
        if (strchr(name, '/')) mkdir(to, 0700);
        else unlink(to);
        check_write(folder, name, content.data, content.len);
    }
}

// ------------------------------------------------------------------------------------- the vectors

// encode's prompt or prompt_name; data NULL: neither.
static struct bert_text prompt_of(const bert_model *model, const json *encode)
{
    const char *name = json_text(json_get(encode, "prompt_name"));
    struct bert_prompt prompt;
    for (size_t i = 0; name && bert_model_prompt(model, i, &prompt); i++) {
        if (strcmp(prompt.name, name) == 0)
            return (struct bert_text){prompt.text, strlen(prompt.text)};
    }
    return text_of(json_get(encode, "prompt"));
}

static struct made embed(const bert_model *model, const json *encode)
{
    bert_error err;
    bert_batch *batch = bert_batch_new(model, &err);
    struct bert_session_options two = BERT_SESSION_DEFAULTS;
    two.threads = 2;
    bert_session *session = bert_session_new(model, &two, &err);
    assert_true(batch && session);
    const json *texts = json_get(doc, "texts");
    const size_t n = json_count(texts);
    for (size_t i = 0; i < n; i++) {
        const struct bert_text text = text_of(json_get(json_at(texts, i), "text"));
        if (bert_batch_add_sentence(batch, prompt_of(model, encode), text, NULL, &err))
            fail_msg("%s", err.message);
    }
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    o.dims = (size_t)json_number(json_get(encode, "truncate_dim"));
    if (json_true(json_get(encode, "normalize_embeddings"))) o.normalize = 1;
    struct made m = {.count = n * bert_embed_cols(model, &o)};
    m.out = malloc(m.count * sizeof *m.out); // for the controls
    assert_non_null(m.out);
    if (bert_embed(session, batch, &o, m.out, &err)) fail_msg("%s", err.message);
    bert_session_free(session);
    bert_batch_free(batch);
    return m;
}

static double worst(size_t of, const struct made *m)
{
    const json *variant = json_at(json_get(doc, "variants"), of);
    const struct errors e = errors_of(exact(of), json_get(variant, "torch_error"), m->out);
    assert_true(e.torch_largest > 0 && e.torch_norm > 0);
    return fmax(e.largest, e.norm);
}

static void every_variant_is_as_near_as_torch(void **state)
{
    (void)state;
    for (size_t v = 0; v < variants(); v++) {
        const json *variant = json_at(json_get(doc, "variants"), v);
        const char *name = json_text(json_get(variant, "name"));
        char folder[256];
        make_folder(folder, variant);
        bert_model *model = check_open(folder);
        made[v] = embed(model, json_get(variant, "encode"));
        bert_model_free(model);
        check_folder_remove(folder);
        if (made[v].count != exact(v)->count) fail_msg("%s: %zu numbers", name, made[v].count);
        const double most = worst(v, &made[v]);
        if (!(most <= errors_allowed)) fail_msg("%s: an error is %.3f times torch's", name, most);
    }
}

// ------------------------------------------------------------------------------- negative controls

// Do both have the same vectors? Some say the same in both formats.
static bool same(size_t a, size_t b)
{
    return memcmp(exact(a)->data, exact(b)->data, exact(a)->count * sizeof(double)) == 0;
}

static void no_variant_passes_for_another(void **state)
{
    (void)state;
    size_t refused = 0;
    for (size_t v = 0; v < variants(); v++) {
        size_t others = 0;
        for (size_t w = 0; w < variants(); w++) {
            if (made[v].count != exact(w)->count || same(v, w)) continue;
            others++;
            if (worst(w, &made[v]) <= errors_allowed) {
                fail_msg("variant %zu passes for %zu", v, w);
            }
        }
        refused += others;
    }
    assert_true(refused >= 2000);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_variant_is_as_near_as_torch),
                                       cmocka_unit_test(no_variant_passes_for_another)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t v = 0; v < MOST; v++) free(made[v].out);
    return failed;
}

int main(void)
{
    bert_error err;
    doc = json_open(GOLDEN "/golden.json", &err);
    if (doc) vectors = ckpt_open(GOLDEN "/golden.safetensors", true, &err);
    if (!vectors) return fprintf(stderr, "%s\n", err.message), 1;
    if (variants() < 80 || variants() > MOST)
        return fprintf(stderr, "%zu variants\n", variants()), 1;
    const int failed = check_every_level(run);
    ckpt_close(vectors);
    json_free(doc);
    return failed != 0;
}
