// test_read.c: the n-th call that opens, maps or reads a file fails, for every n, or a file ends
// early, while each kind of model is opened: IO every time, one line that names the file, no crash,
// no leak (the sanitizer build sees to that); the one after the last succeeds. Reads that give less
// than was asked are no failure, nor are interrupted ones. With `copy` nothing is mapped.
#include "support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/npz.h"
#include "support/modules.h"

enum kind { OPEN, MAP, READ, END, KINDS };

static enum kind failing;
static long countdown = -1; // calls of that kind until one fails; negative: none does
static bool piecemeal;      // reads give a byte, after an interruption each
static char current[512];   // the file that was opened last
static bool counts;         // it is a model's, not the kernel's

static bool fails(enum kind kind)
{
    return counts && kind == failing && countdown >= 0 && countdown-- == 0;
}

// The linker's --wrap puts these before the C library's.
int __real_open(const char *path, int flags, ...);
void *__real_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
ssize_t __real_pread(int fd, void *bytes, size_t n, off_t offset);

int __wrap_open(const char *path, int flags, ...)
{
    snprintf(current, sizeof current, "%s", path);
    counts = strncmp(path, "/sys/", 5) != 0 && strncmp(path, "/proc/", 6) != 0;
    if (!fails(OPEN)) return __real_open(path, flags, 0666);
    errno = EMFILE;
    return -1;
}

void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    if (fd < 0 || !fails(MAP)) return __real_mmap(at, n, protection, flags, fd, offset);
    errno = ENODEV;
    return MAP_FAILED;
}

ssize_t __wrap_pread(int fd, void *bytes, size_t n, off_t offset)
{
    static bool interrupted;
    if (fails(END)) return 0;
    if (fails(READ)) {
        errno = EIO;
        return -1;
    }
    if (!piecemeal || !counts) return __real_pread(fd, bytes, n, offset);
    interrupted = !interrupted;
    if (!interrupted) return __real_pread(fd, bytes, n < 100 ? n : 100, offset);
    errno = EINTR;
    return -1;
}

// ------------------------------------------------------------------------------------ the readers

static bert_status open_model(const char *path, bool copy, bert_error *err)
{
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    o.copy = copy;
    bert_model *model = bert_model_open(path, &o, err);
    bert_model_free(model);
    return model ? BERT_OK : err->status;
}

static bert_status open_npz(const char *path, bool copy, bert_error *err)
{
    (void)copy;
    struct npz npz;
    const bert_status status = npz_open(&npz, path, err);
    if (!status) npz_close(&npz);
    return status;
}

static char modules[256];

#define FORMATS "tests/model/formats"
static const struct {
    const char *path;
    bert_status (*open)(const char *path, bool copy, bert_error *err);
} readers[] = {
    {FORMATS, open_model}, // model.safetensors, vocab.txt
    {FORMATS "/model.safetensors.index.json", open_model},
    {FORMATS "/pytorch_model.bin", open_model},
    {FORMATS "/legacy.bin", open_model},
    {FORMATS "/pytorch_model.bin.index.json", open_model},
    {FORMATS "/google", open_model}, // two data files
    {"tests/model/google/uncased_flat.zip", open_model},
    {"tests/model/google/uncased_top.zip", open_model},
    {"tests/golden/base", open_model}, // tokenizer.json, tokenizer_config.json
    {modules, open_model},             // sentence-transformers' files, weights of modules
    {"tests/cli/verify/stored.npz", open_npz},
    {"tests/cli/verify/packed.npz", open_npz},
};

// One opening with the n-th call failing. False when there was no n-th call.
static bool open_once(size_t i, bool copy, enum kind kind, long n)
{
    bert_error err = {0};
    failing = kind;
    countdown = n;
    const bert_status status = readers[i].open(readers[i].path, copy, &err);
    const bool reached = countdown < 0;
    countdown = -1;
    if (!reached) {
        if (status) fail_msg("%s: %s", readers[i].path, err.message);
        return false;
    }
    if (status != BERT_IO || strchr(err.message, '\n') || !strstr(err.message, current)) {
        fail_msg("%s: copy %d, kind %d, call %ld of %s: status %d: %s", readers[i].path, copy, kind,
                 n, current, status, err.message);
    }
    return true;
}

static void every_call_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        long calls[KINDS] = {0};
        for (int copy = 0; copy < 2; copy++) {
            for (enum kind kind = 0; kind < KINDS; kind++) {
                long n = 0;
                while (open_once(i, copy, kind, n)) n++;
                const bool maps = !copy || readers[i].open != open_model;
                if (kind == MAP && !maps && n) fail_msg("%s is mapped", readers[i].path);
                calls[kind] += n;
            }
        }
        print_message("%s: %ld opens, %ld maps, %ld reads\n", readers[i].path, calls[OPEN],
                      calls[MAP], calls[READ]);
        assert_true(calls[OPEN] >= 2 && calls[MAP] + calls[READ] >= 2); // it did count them
    }
}

static void reads_may_be_short(void **state)
{
    (void)state;
    piecemeal = true;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        bert_error err = {0};
        if (readers[i].open(readers[i].path, true, &err)) fail_msg("%s", err.message);
    }
    piecemeal = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_call_may_fail),
                                       cmocka_unit_test(reads_may_be_short)};
    modules_make(modules);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_folder_remove(modules);
    return failed;
}
