// test_memory.c: the n-th allocation fails, for every n, while a model is opened and texts are
// embedded: an error every time, no crash, no leak (the sanitizer build sees to that), and the one
// after the last succeeds. The linker's --wrap puts our counters before malloc and its kin.
#include "support/check.h"

#include "support/made_model.h"
#include "support/modules.h"

static long countdown = -1; // allocations until one fails; negative: none does

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);

static bool fails(void)
{
    if (countdown < 0) return false;
    return countdown-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

// Huge pages are a wish: without them there are small ones.
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return alignment <= 64 && fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static char made[256];    // a random model
static char modules[256]; // with every kind of module behind it
static const char *const folders[] = {made, "tests/model/google/uncased_L-2_H-8_A-2",
                                      "tests/model/google/uncased_top.zip", "tests/golden/base",
                                      modules};

// Opens, tokenizes, embeds at every level; BERT_OK or why not.
static bert_status open_and_embed(const char *folder, bert_error *err)
{
    static float out[4096];
    const struct bert_text text = {"The bank of the river, naïve.", 30}, none = {0};
    struct bert_session_options so = BERT_SESSION_DEFAULTS;
    so.threads = 2;
    bert_model *model = bert_model_open(folder, NULL, err);
    bert_session *session = model ? bert_session_new(model, &so, err) : NULL;
    bert_batch *batch = session ? bert_batch_new(model, err) : NULL;
    bert_status status = batch ? bert_batch_add(batch, text, none, NULL, err) : err->status;
    for (int level = 0; !status && level < 3; level++) {
        struct bert_embed_options o = BERT_EMBED_DEFAULTS;
        o.level = (bert_level)level;
        assert_true(bert_embed_rows(batch, &o) * bert_embed_cols(model, &o) <= 4096);
        status = bert_embed(session, batch, &o, out, err);
    }
    bert_batch_free(batch);
    bert_session_free(session);
    bert_model_free(model);
    return status;
}

static void fail_each_allocation(const char *folder)
{
    bert_error err = {0};
    assert_int_equal(open_and_embed(folder, &err), BERT_OK);
    long n = 0;
    for (;; n++) {
        err = (bert_error){0};
        countdown = n;
        const bert_status status = open_and_embed(folder, &err);
        const bool reached = countdown < 0;
        countdown = -1;
        if (!reached) {
            assert_int_equal(status, BERT_OK);
            break;
        }
        if (status != BERT_MEMORY)
            fail_msg("allocation %ld: status %d: %s", n, status, err.message);
        assert_true(err.message[0]);
        assert_true(n < 100000);
    }
    assert_true(n > 50); // it did count them
    print_message("%s: %ld allocations failed, one at a time\n", folder, n);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) fail_each_allocation(folders[i]);
}

int main(void)
{
    const struct made_model small = {
        .layers = 1, .hidden = 8, .heads = 2, .intermediate = 12, .positions = 40};
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    check_folder_make(made);
    if (!made_model_write(made, &small)) return 1;
    modules_make(modules);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_folder_remove(made);
    check_folder_remove(modules);
    return failed;
}
