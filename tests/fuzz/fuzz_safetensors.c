// fuzz_safetensors.c: any bytes as a safetensors file. What is accepted must be what ckpt.h
// promises: data inside the file and back to back, sizes that agree, names in order.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ckpt/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void check_tensor(const struct ckpt_tensor *t, const uint8_t *data, size_t size)
{
    size_t count = 1;
    require(t->n_dims <= CKPT_DIMS);
    for (size_t i = 0; i < t->n_dims; i++) count *= t->dims[i];
    require(t->count == count);
    require(t->data >= data + 10 && t->data <= data + size); // 8 bytes and "{}"
    require(t->bytes <= (size_t)(data + size - t->data));
    if (t->dtype != CKPT_OTHER) require(t->bytes == count * ckpt_dtype_size(t->dtype));
    if (!ckpt_is_float(t->dtype)) return;
    float *out = malloc(count * sizeof *out + 1);
    require(out != NULL);
    ckpt_to_float(t, out);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bert_error err = {0};
    struct ckpt_list list = {0};
    if (safetensors_read(&list, data, size, "file", &err)) {
        require(err.status != BERT_OK && strncmp(err.message, "file: ", 6) == 0);
    } else {
        size_t bytes = 0;
        for (size_t i = 0; i < list.count; i++) {
            check_tensor(&list.tensors[i], data, size);
            bytes += list.tensors[i].bytes;
            if (i > 0) require(strcmp(list.by_name[i - 1]->name, list.by_name[i]->name) < 0);
        }
        uint64_t header;
        memcpy(&header, data, 8);
        require(8 + header + bytes == size);
    }
    ckpt_list_release(&list);
    return 0;
}
