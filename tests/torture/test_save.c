// test_save.c: the n-th allocation, write, sync, rename or new folder fails, for every n, while a
// model is saved: an error every time, nothing under the folder's name, no temporary left beside
// it, no leak (the sanitizer build sees to that); the one after the last succeeds.
#include "support/check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os_folder.h"
#include "support/made_model.h"

enum kind { ALLOCATION, WRITE, SYNC, RENAME, FOLDER, KINDS };

static enum kind failing;
static long failures;
static long countdown = -1; // calls of that kind until one fails; negative: none does

static bool fails(enum kind kind)
{
    return kind == failing && countdown >= 0 && countdown-- == 0;
}

// The linker's --wrap puts these before the C library's.
#define WRAP(type, name, kind, error, wrong, parameters, ...)                                      \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (!fails(kind)) return __real_##name(__VA_ARGS__);                                       \
        errno = error;                                                                             \
        return wrong;                                                                              \
    }
WRAP(void *, malloc, ALLOCATION, ENOMEM, NULL, (size_t size), size)
WRAP(void *, calloc, ALLOCATION, ENOMEM, NULL, (size_t n, size_t size), n, size)
WRAP(void *, realloc, ALLOCATION, ENOMEM, NULL, (void *p, size_t size), p, size)
WRAP(void *, aligned_alloc, ALLOCATION, ENOMEM, NULL, (size_t a, size_t size), a, size)
WRAP(ssize_t, write, WRITE, ENOSPC, -1, (int fd, const void *bytes, size_t n), fd, bytes, n)
WRAP(int, fsync, SYNC, EIO, -1, (int fd), fd)
WRAP(int, rename, RENAME, ENOSPC, -1, (const char *from, const char *to), from, to)
WRAP(int, mkdir, FOLDER, ENOSPC, -1, (const char *path, mode_t mode), path, mode)

static char root[256], source[300], target[300];

static size_t entries(void)
{
    struct os_names names;
    assert_int_equal(os_folder_list(&names, root, NULL), BERT_OK);
    const size_t n = names.count;
    os_names_release(&names);
    return n;
}

// One save with the n-th call failing. False when there was no n-th call.
static bool save_once(const bert_model *model, enum kind kind, long n,
                      const struct bert_save_options *o)
{
    bert_error err = {0};
    failing = kind;
    countdown = n;
    const bert_status status = bert_model_save(model, target, o, &err);
    const bool reached = countdown < 0;
    countdown = -1;
    if (!status) { // a folder that is there need not be made, nor its name synced
        assert_int_equal(entries(), 2);
        bert_model_free(check_open(target));
        check_folder_remove(target);
        return reached;
    }
    if (status != (kind == ALLOCATION ? BERT_MEMORY : BERT_IO) || !err.message[0]) {
        fail_msg("kind %d, call %ld: status %d: %s", kind, n, status, err.message);
    }
    if (entries() != 1) fail_msg("kind %d, call %ld: something was left", kind, n);
    failures++;
    return true;
}

static void every_call_may_fail(void **state)
{
    (void)state;
    for (int layout = 0; layout < 2; layout++) {
        bert_model *model = check_open(source);
        struct bert_save_options o = BERT_SAVE_DEFAULTS;
        o.layout = (bert_layout)layout;
        for (enum kind kind = 0; kind < KINDS; kind++) {
            long n = 0;
            failures = 0;
            while (save_once(model, kind, n, &o)) n++;
            assert_true(failures >= 1); // it did count them
            print_message("layout %d, kind %d: %ld of %ld calls\n", layout, kind, failures, n);
        }
        bert_model_free(model);
    }
}

int main(void)
{
    const struct made_model small = {
        .layers = 1, .hidden = 8, .heads = 2, .intermediate = 12, .positions = 40};
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_call_may_fail)};
    check_folder_make(root);
    snprintf(source, sizeof source, "%s/source", root);
    snprintf(target, sizeof target, "%s/target", root);
    if (mkdir(source, 0777) || !made_model_write(source, &small)) return 1;
    static const char modules[] = "[{\"path\": \"\", \"type\": \"x.Transformer\"},"
                                  "{\"path\": \"1_Pooling\", \"type\": \"x.Pooling\"}]";
    char pooling[330];
    snprintf(pooling, sizeof pooling, "%s/1_Pooling", source);
    if (mkdir(pooling, 0777)) return 1;
    check_write(source, "modules.json", modules, sizeof modules - 1);
    check_write(pooling, "config.json", "{\"pooling_mode\": \"cls\"}", 23);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_folder_remove(root);
    return failed;
}
