// test_ckpt.c: the n-th allocation fails, for every n, while each kind of checkpoint is opened:
// MEMORY every time, no crash, no leak (the sanitizer build sees to that), and the one after the
// last succeeds.
#include "support/check.h"

#include "ckpt/ckpt.h"

static long countdown = -1; // allocations until one fails; negative: none does

static bool fails(void)
{
    return countdown >= 0 && countdown-- == 0;
}

// The linker's --wrap puts these before the C library's.
#define WRAP(name, parameters, ...)                                                                \
    void *__real_##name parameters;                                                                \
    void *__wrap_##name parameters                                                                 \
    {                                                                                              \
        return fails() ? NULL : __real_##name(__VA_ARGS__);                                        \
    }
WRAP(malloc, (size_t size), size)
WRAP(calloc, (size_t n, size_t size), n, size)
WRAP(realloc, (void *p, size_t size), p, size)
WRAP(aligned_alloc, (size_t alignment, size_t size), alignment, size)

static void torture(const char *path)
{
    for (long n = 0;; n++) {
        bert_error err = {0};
        countdown = n;
        struct ckpt *c = ckpt_open(path, false, &err);
        const bool reached = countdown < 0;
        countdown = -1;
        ckpt_close(c);
        if (!reached) {
            if (!c) fail_msg("%s: %s", path, err.message);
            assert_true(n > 5); // it did count them
            return;
        }
        if (c || err.status != BERT_MEMORY || !err.message[0]) {
            fail_msg("%s: allocation %ld: status %d: %s", path, n, err.status, err.message);
        }
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    torture("tests/ckpt/data/same.safetensors");
    torture("tests/ckpt/data/zip.bin");
    torture("tests/ckpt/data/legacy.bin");
    torture("tests/model/formats/model.safetensors.index.json");
    torture("tests/model/formats/pytorch_model.bin.index.json");
    torture("tests/model/google/uncased_flat.zip/bert_model.ckpt");
    torture("tests/model/google/uncased_top.zip/uncased_L-2_H-8_A-2/bert_model.ckpt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
