// test_vectors.c: what is written is read back; any changed byte and any cut is noticed; a failed
// or abandoned writer leaves the old file.
#include "support/check.h"

#include <unistd.h>

#include "base/mem.h"
#include "record/vectors.h"

static char folder[256], path[300];
static const struct vectors_key key = {.maker = 11, .cols = 3, .text_bytes = 77, .text_hash = 5};

static int make_folder(void **state)
{
    (void)state;
    check_folder_make(folder);
    snprintf(path, sizeof path, "%s/notes.txt.bertvec", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    check_folder_remove(folder);
    return 0;
}

// Writes n rows of three numbers in uneven portions.
static void write_rows(size_t n, bool commit)
{
    struct vectors_writer w;
    bert_error err;
    assert_int_equal(vectors_create(&w, path, 3, &err), BERT_OK);
    for (size_t i = 0, some; i < n; i += some) {
        float rows[7 * 3];
        some = n - i < 7 ? n - i : 7;
        for (size_t k = 0; k < some * 3; k++) rows[k] = (float)(i * 3 + k);
        assert_int_equal(vectors_add(&w, rows, some, &err), BERT_OK);
    }
    if (commit) assert_int_equal(vectors_commit(&w, &key, &err), BERT_OK);
    else vectors_abandon(&w);
}

static bool all_intact(const struct vectors *v)
{
    for (size_t i = 0; i < vectors_blocks(v); i++) {
        if (!vectors_intact(v, i)) return false;
    }
    return true;
}

static void rows_come_back(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 1023, 1024, 1025, 3000};
    for (size_t c = 0; c < 6; c++) {
        struct os_file file;
        struct vectors v;
        bert_error err;
        write_rows(counts[c], true);
        assert_int_equal(os_file_open(&file, path, false, &err), BERT_OK);
        assert_int_equal(vectors_read(&v, file.data, file.size, path, &err), BERT_OK);
        assert_int_equal(v.n, counts[c]);
        assert_memory_equal(&v.key, &key, sizeof key);
        for (size_t i = 0; i < 3 * counts[c]; i++) assert_true(v.rows[i] == (float)i);
        assert_true(all_intact(&v));
        os_file_close(&file);
    }
}

// Reads a copy of exactly `size` bytes; true when it would be trusted.
static bool trusted(const unsigned char *bytes, size_t size)
{
    unsigned char *copy = mem_aligned(size, 1);
    struct vectors v;
    bert_error err = {0};
    memcpy(copy, bytes, size);
    const bool good = !vectors_read(&v, copy, size, path, &err) && all_intact(&v);
    if (err.status) assert_non_null(strstr(err.message, "notes.txt.bertvec: "));
    mem_free(copy);
    return good;
}

static void damage_is_noticed(void **state)
{
    (void)state;
    struct os_file file;
    write_rows(1030, true);
    assert_int_equal(os_file_open(&file, path, true, NULL), BERT_OK);
    unsigned char *bytes = mem_alloc(file.size + 1, 1);
    memcpy(bytes, file.data, file.size);
    bytes[file.size] = 0;
    assert_true(trusted(bytes, file.size));
    for (size_t i = 0; i < file.size; i += i < 140 || i > file.size - 20 ? 1 : 97) {
        bytes[i] ^= 0x10;
        assert_false(trusted(bytes, file.size));
        bytes[i] ^= 0x10;
        assert_false(trusted(bytes, i)); // cut
    }
    assert_false(trusted(bytes, file.size + 1));
    mem_free(bytes);
    os_file_close(&file);
}

static void abandoned_leaves_the_old(void **state)
{
    (void)state;
    struct os_file file;
    struct vectors v;
    write_rows(5, true);
    write_rows(9, false);
    assert_int_equal(os_file_open(&file, path, false, NULL), BERT_OK);
    assert_int_equal(vectors_read(&v, file.data, file.size, path, NULL), BERT_OK);
    assert_int_equal(v.n, 5);
    os_file_close(&file);
    // a disk that is full
    struct vectors_writer w;
    bert_error err = {0};
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(vectors_create(&w, "/dev/full", 3, &err), BERT_IO);
        assert_non_null(strstr(err.message, "No space"));
    }
    assert_int_equal(vectors_create(&w, "/no/such/folder/x", 3, &err), BERT_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(abandoned_leaves_the_old),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
