// fuzz_tf.c: any bytes as the index of a TensorFlow checkpoint. The first byte says how they are
// taken, since a fuzzer does not find checksums by chance:
//
//   't'  the file as it is
//   'b'  the content of a data block; index, checksums and footer are made here
//   'e'  the value of one tensor's entry, behind a good header
//
// What is accepted must be what ckpt.h promises, over data files of some thousand bytes.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ckpt/tf.h"
#include "support/made_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SHARD_BYTES = 4096 };

static void require(bool condition)
{
    if (!condition) abort();
}

static void make_file(struct buf *file, uint8_t how, const uint8_t *data, size_t size)
{
    if (how != 'b' && how != 'e') {
        buf_add(file, data, size);
        return;
    }
    struct buf block;
    buf_init(&block);
    if (how == 'e') {
        table_entry(&block, 0, "", 0, "\x08\x02\x1a\x02\x08\x01", 6);
        table_entry(&block, 0, "w", 1, data, size);
        table_restart(&block);
    } else {
        buf_add(&block, data, size);
    }
    table_file(file, block.data, block.len, 0);
    buf_release(&block);
}

static void check_tensor(const struct ckpt_tensor *t, const unsigned char *shard)
{
    size_t count = 1;
    require(t->n_dims <= CKPT_DIMS);
    for (size_t i = 0; i < t->n_dims; i++) count *= t->dims[i];
    require(t->count == count);
    require(t->bytes <= SHARD_BYTES && t->data >= shard &&
            t->data <= shard + SHARD_BYTES - t->bytes);
    if (t->dtype != CKPT_OTHER) require(t->bytes == count * ckpt_dtype_size(t->dtype));
    if (!ckpt_is_float(t->dtype)) return;
    float *out = malloc(count * sizeof *out + 1);
    require(out != NULL);
    ckpt_to_float(t, out);
    free(out);
}

// Every shard is the same block. At most as many as a file may claim and we care to make.
static void place(struct ckpt_list *list, const struct tf_index *index)
{
    enum { MOST = 100 };
    if (index->shards > MOST) return;
    unsigned char *shard = calloc(SHARD_BYTES, 1);
    struct os_file *files = mem_zero(index->shards, sizeof *files);
    require(shard && files);
    for (size_t i = 0; i < index->shards; i++) {
        files[i] = (struct os_file){.data = shard, .size = SHARD_BYTES};
    }
    list->files = files; // freed with the list; the bytes are ours
    bert_error err = {0};
    if (tf_index_place(list, index, "file", &err) == BERT_OK) {
        for (size_t i = 0; i < list->count; i++) check_tensor(&list->tensors[i], shard);
    } else {
        require(strncmp(err.message, "file: ", 6) == 0);
    }
    free(shard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct buf file;
    buf_init(&file);
    make_file(&file, data[0], data + 1, size - 1);
    bert_error err = {0};
    struct ckpt_list list = {0};
    struct tf_index index;
    if (tf_index_read(&list, &index, (const unsigned char *)file.data, file.len, "file", &err)) {
        require(err.status != BERT_OK && strncmp(err.message, "file: ", 6) == 0);
    } else {
        require(index.shards > 0);
        for (size_t i = 1; i < list.count; i++) {
            require(strcmp(list.by_name[i - 1]->name, list.by_name[i]->name) < 0);
        }
        place(&list, &index);
    }
    mem_free(index.places);
    ckpt_list_release(&list);
    buf_release(&file);
    return 0;
}
