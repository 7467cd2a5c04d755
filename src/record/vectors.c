// vectors.c: the header's fields, and rows in blocks.
#include "record/vectors.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

// Offsets in the header: a magic, then 64-bit numbers. The check is the hash of all before it.
enum {
    AT_MAGIC = 0,
    AT_MAKER = 8,
    AT_ROWS = 16,
    AT_COLS = 24,
    AT_TEXT_BYTES = 32,
    AT_TEXT_HASH = 40,
    AT_SUMS_HASH = 48, // of the hashes behind the rows
    AT_CHECK = VECTORS_HEADER - 8
};

static const char magic[9] = "BERTVEC1";

static uint64_t get(const unsigned char *bytes, size_t at)
{
    uint64_t x;
    memcpy(&x, bytes + at, sizeof x);
    return x;
}

static void put(unsigned char *bytes, size_t at, uint64_t x)
{
    memcpy(bytes + at, &x, sizeof x);
}

static uint64_t blocks_of(uint64_t n)
{
    return n / VECTORS_BLOCK + (n % VECTORS_BLOCK != 0);
}

// ---------------------------------------------------------------------------------------- reading

// *out = header, rows and sums together; false beyond size_t.
static bool file_size(uint64_t n, uint64_t cols, size_t *out)
{
    size_t row, rows, sums;
    return size_mul(cols, sizeof(float), &row) && size_mul(n, row, &rows) &&
           size_mul(blocks_of(n), 8, &sums) && size_add(rows, sums, out) &&
           size_add(*out, VECTORS_HEADER, out);
}

bool vectors_recognise(const void *bytes, size_t size)
{
    return size >= 8 && memcmp(bytes, magic, 8) == 0;
}

bert_status vectors_read(struct vectors *v, const void *bytes, size_t size, const char *path,
                         bert_error *err)
{
    const unsigned char *p = bytes;
    size_t wanted;
    *v = (struct vectors){0};
    if (size < VECTORS_HEADER || !vectors_recognise(bytes, size)) {
        return fail(err, BERT_FORMAT, "%s: not a file of vectors", path);
    }
    if (get(p, AT_CHECK) != hash_bytes(0, p, AT_CHECK)) {
        return fail(err, BERT_FORMAT, "%s: its header is damaged", path);
    }
    const uint64_t n = get(p, AT_ROWS), cols = get(p, AT_COLS);
    if (cols == 0 || !file_size(n, cols, &wanted) || wanted != size) {
        return fail(err, BERT_FORMAT, "%s: %zu bytes are not %llu vectors of %llu numbers", path,
                    size, (unsigned long long)n, (unsigned long long)cols);
    }
    const size_t sums = (size_t)blocks_of(n) * 8;
    if (get(p, AT_SUMS_HASH) != hash_bytes(0, p + size - sums, sums)) {
        return fail(err, BERT_FORMAT, "%s: its end is damaged", path);
    }
    v->key =
        (struct vectors_key){get(p, AT_MAKER), cols, get(p, AT_TEXT_BYTES), get(p, AT_TEXT_HASH)};
    v->n = n;
    v->rows = (const float *)(const void *)(p + VECTORS_HEADER);
    v->sums = p + size - sums;
    return BERT_OK;
}

size_t vectors_blocks(const struct vectors *v)
{
    return (size_t)blocks_of(v->n);
}

bool vectors_intact(const struct vectors *v, size_t i)
{
    const size_t first = i * VECTORS_BLOCK, left = (size_t)v->n - first;
    const size_t n = left < VECTORS_BLOCK ? left : VECTORS_BLOCK, cols = (size_t)v->key.cols;
    return get(v->sums, 8 * i) == hash_bytes(0, v->rows + first * cols, n * cols * sizeof(float));
}

// ---------------------------------------------------------------------------------------- writing

bert_status vectors_create(struct vectors_writer *w, const char *path, size_t cols, bert_error *err)
{
    static const char header[VECTORS_HEADER];
    *w = (struct vectors_writer){.cols = cols};
    buf_init(&w->block);
    buf_init(&w->sums);
    bert_status status = os_writer_open(&w->file, path, err);
    if (!status) status = os_writer_write(&w->file, header, sizeof header, err);
    if (status) vectors_abandon(w);
    return status;
}

static bert_status end_block(struct vectors_writer *w, bert_error *err)
{
    if (w->block.len == 0) return BERT_OK;
    const uint64_t sum = hash_bytes(0, w->block.data, w->block.len);
    buf_add(&w->sums, &sum, sizeof sum);
    TRY(os_writer_write(&w->file, w->block.data, w->block.len, err));
    buf_clear(&w->block);
    return BERT_OK;
}

bert_status vectors_add(struct vectors_writer *w, const float *rows, size_t n, bert_error *err)
{
    for (; n > 0; n--, rows += w->cols) {
        buf_add(&w->block, rows, w->cols * sizeof *rows);
        if (w->block.failed || w->sums.failed) return fail_memory(err);
        if (++w->n % VECTORS_BLOCK == 0) TRY(end_block(w, err));
    }
    return BERT_OK;
}

static bert_status end_file(struct vectors_writer *w, const struct vectors_key *key,
                            bert_error *err)
{
    unsigned char header[VECTORS_HEADER] = {0};
    TRY(end_block(w, err));
    if (w->sums.failed) return fail_memory(err);
    memcpy(header + AT_MAGIC, magic, 8);
    put(header, AT_MAKER, key->maker);
    put(header, AT_ROWS, w->n);
    put(header, AT_COLS, w->cols);
    put(header, AT_TEXT_BYTES, key->text_bytes);
    put(header, AT_TEXT_HASH, key->text_hash);
    put(header, AT_SUMS_HASH, hash_bytes(0, w->sums.data, w->sums.len));
    put(header, AT_CHECK, hash_bytes(0, header, AT_CHECK));
    TRY(os_writer_write(&w->file, w->sums.data, w->sums.len, err));
    return os_writer_patch(&w->file, 0, header, sizeof header, err);
}

bert_status vectors_commit(struct vectors_writer *w, const struct vectors_key *key, bert_error *err)
{
    bert_status status = end_file(w, key, err);
    if (!status) status = os_writer_commit(&w->file, err);
    vectors_abandon(w);
    return status;
}

void vectors_abandon(struct vectors_writer *w)
{
    os_writer_abandon(&w->file);
    buf_release(&w->block);
    buf_release(&w->sums);
}
