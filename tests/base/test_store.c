// test_store.c: paths through archives: what is where, the same bytes as on disk, and archives that
// are damaged, lead out of themselves, grow without measure or hold several models.
#include "support/check.h"

#include "base/mem.h"
#include "base/store.h"

#define FOLDER "tests/model/google/uncased_L-2_H-8_A-2"
#define FLAT "tests/model/google/uncased_flat.zip"
#define TOP "tests/model/google/uncased_top.zip"
#define IN_TOP TOP "/uncased_L-2_H-8_A-2"
#define DATA "/bert_model.ckpt.data-00000-of-00001"

static char folder[256], bent[300]; // a temporary folder, and an archive in it

// ------------------------------------------------------------------------------------------- sound

static void want_kind(const char *path, enum store_kind want)
{
    enum store_kind kind;
    bert_error err = {0};
    if (store_look(path, &kind, &err)) fail_msg("%s", err.message);
    if (kind != want) fail_msg("%s: %d, not %d", path, kind, want);
}

static void what_is_there(void **state)
{
    (void)state;
    want_kind(FOLDER, STORE_FOLDER);
    want_kind(FOLDER "/vocab.txt", STORE_FILE);
    want_kind(FOLDER "/vocab", STORE_NONE);
    want_kind("no/such/folder", STORE_NONE);
    want_kind(FOLDER "/vocab.txt/vocab.txt", STORE_NONE);
    want_kind(FLAT, STORE_FILE);
    want_kind(FLAT "/", STORE_FOLDER);
    want_kind(FLAT "/vocab.txt", STORE_FILE);
    want_kind(FLAT "//vocab.txt", STORE_FILE);
    want_kind(FLAT "/vocab", STORE_NONE);
    want_kind(FLAT "/../uncased_flat.zip/vocab.txt", STORE_NONE);
    want_kind(TOP "/vocab.txt", STORE_NONE);
    want_kind(IN_TOP, STORE_FOLDER);
    want_kind(IN_TOP "/", STORE_FOLDER);
    want_kind(IN_TOP "/vocab.txt", STORE_FILE);
    want_kind(TOP "/uncased", STORE_NONE);
}

static void want_same(const char *path, const char *original, bool copy)
{
    struct os_file file, want;
    bert_error err = {0};
    if (store_open(&file, path, copy, &err)) fail_msg("%s", err.message);
    assert_int_equal(store_open(&want, original, true, &err), BERT_OK);
    assert_int_equal(file.size, want.size);
    assert_memory_equal(file.data, want.data, want.size);
    os_file_close(&file);
    os_file_close(&want);
}

static void members_are_the_files(void **state)
{
    (void)state;
    static const char *const names[] = {"/vocab.txt", "/bert_config.json", DATA};
    for (size_t i = 0; i < 6; i++) {
        char original[300], flat[300], top[300];
        snprintf(original, sizeof original, "%s%s", FOLDER, names[i / 2]);
        snprintf(flat, sizeof flat, "%s%s", FLAT, names[i / 2]);
        snprintf(top, sizeof top, "%s%s", IN_TOP, names[i / 2]);
        want_same(flat, original, i % 2);
        want_same(top, original, i % 2);
    }
}

static void want_folder(const char *path, const char *want)
{
    static const char *const names[] = {"config.json", "bert_config.json"};
    char *found;
    bert_error err = {0};
    if (store_enter(path, names, 2, &found, &err)) fail_msg("%s", err.message);
    if (want) assert_string_equal(found, want);
    else assert_null(found);
    mem_free(found);
}

static void the_folder_inside(void **state)
{
    (void)state;
    want_folder(FLAT, FLAT);
    want_folder(TOP, IN_TOP);
    want_folder(FOLDER, NULL);
    want_folder(FOLDER "/vocab.txt", NULL);
    want_folder("tests/ckpt/data/zip.bin", NULL);
    want_folder("no/such/file", NULL);
}

// ----------------------------------------------------------------------------------------- damaged

static void write_bent(const unsigned char *data, size_t n)
{
    check_write(folder, "bent.zip", data, n);
}

// The archive with every place that says `from` saying `to`, of the same length.
static void replace(const char *archive, const void *from, const void *to, size_t n)
{
    struct os_file file;
    assert_int_equal(os_file_open(&file, archive, true, NULL), BERT_OK);
    unsigned char *data = (unsigned char *)file.owned;
    size_t found = 0;
    for (unsigned char *p = data; (p = memmem(p, file.size - (size_t)(p - data), from, n));
         p += n) {
        memcpy(p, to, n);
        found++;
    }
    assert_true(found > 0);
    write_bent(data, file.size);
    os_file_close(&file);
}

static void want_refusal(const char *member, bert_status status, const char *part)
{
    char path[600];
    struct os_file file;
    bert_error err = {0};
    snprintf(path, sizeof path, "%s%s", bent, member);
    const bert_status got = store_open(&file, path, false, &err);
    if (got != status || !strstr(err.message, part)) {
        fail_msg("%s: status %d: %s; want %d: %s", path, got, err.message, status, part);
    }
    assert_non_null(strstr(err.message, "bent.zip"));
}

static void names_stay_below(void **state)
{
    (void)state;
    static const char *const bad[] = {"../ab.txt", "/abcd.txt",  "./abc.txt", "a/../.txt",
                                      "ab//c.txt", "a\\..\\.tx", "a/b/c/..."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        replace(FLAT, "vocab.txt", bad[i], 9);
        if (i + 1 < sizeof bad / sizeof *bad) {
            want_refusal("/bert_config.json", BERT_FORMAT, "leads out of it, or is no plain path");
        } else {
            want_kind(bent, STORE_FILE); // three dots are a name
        }
    }
}

// deflate can make 1032 bytes of one; a model's files never come near.
static void bombs(void **state)
{
    (void)state;
    const uint32_t sizes[2] = {6909, 8716}, bomb[2] = {6909, 6909 * 1000}, more[2] = {6909, ~2u};
    replace(FLAT, sizes, bomb, sizeof sizes);
    want_refusal(DATA, BERT_UNSUPPORTED, "6909 bytes of the archive would become 6909000");
    replace(FLAT, sizes, more, sizeof sizes);
    want_refusal("/vocab.txt", BERT_FORMAT, "deflated in 6909 bytes, but it has 4294967293");
}

static void other_failures(void **state)
{
    (void)state;
    const uint32_t crc = 0xd6b4646a, other = 0xd6b4646b;
    replace(FLAT, &crc, &other, 4);
    want_refusal("/vocab.txt", BERT_FORMAT, "CRC is wrong");
    want_refusal("/vocab", BERT_IO, "no such file in the archive");
    check_write(folder, "bent.zip", "no archive", 10);
    want_refusal("/vocab.txt", BERT_IO, "neither a folder nor a zip archive");
    const uint32_t stored = 0xb63eed1f, wrong = 0xb63eed1e;
    replace(TOP, &stored, &wrong, 4);
    want_refusal("/uncased_L-2_H-8_A-2" DATA, BERT_FORMAT, "CRC");
    char *found;
    bert_error err = {0};
    replace(TOP, "uncased_L-2_H-8_A-2/vocab.txt", "a_second_model_in/config.json", 29);
    static const char *const names[] = {"config.json", "bert_config.json"};
    assert_int_equal(store_enter(bent, names, 2, &found, &err), BERT_FORMAT);
    assert_non_null(strstr(err.message, "holds several models; name one: -m "));
    assert_null(found);
}

// Cut at every byte: refused where anything is missed, and never a crash.
static void cut_short(void **state)
{
    (void)state;
    struct os_file whole, file;
    assert_int_equal(os_file_open(&whole, FLAT, true, NULL), BERT_OK);
    for (size_t n = 0; n < whole.size; n += n < 200 || n + 400 > whole.size ? 1 : 97) {
        write_bent(whole.data, n);
        bert_error err = {0};
        char path[600];
        snprintf(path, sizeof path, "%s/vocab.txt", bent);
        const bert_status status = store_open(&file, path, false, &err);
        if (!status || !err.message[0]) fail_msg("cut to %zu bytes it opens", n);
    }
    os_file_close(&whole);
}

static int make_folder(void **state)
{
    (void)state;
    check_folder_make(folder);
    snprintf(bent, sizeof bent, "%s/bent.zip", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    check_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there),
        cmocka_unit_test(members_are_the_files),
        cmocka_unit_test(the_folder_inside),
        cmocka_unit_test(names_stay_below),
        cmocka_unit_test(bombs),
        cmocka_unit_test(other_failures),
        cmocka_unit_test(cut_short),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
