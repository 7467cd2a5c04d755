// fuzz_torch.c: any bytes as a file of torch.save, in both formats. What is accepted must be what
// ckpt.h promises: data inside the file or in the list's copies, sizes that agree, names in order,
// and memory that the file's size bounds.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ckpt/torch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink; // of bytes that are read to be read

static void require(bool condition)
{
    if (!condition) abort();
}

static void check_tensor(const struct ckpt_list *list, const struct ckpt_tensor *t,
                         const uint8_t *data, size_t size)
{
    size_t count = 1;
    require(t->n_dims <= CKPT_DIMS);
    for (size_t i = 0; i < t->n_dims; i++) count *= t->dims[i];
    require(t->count == count);
    if (t->dtype != CKPT_OTHER) require(t->bytes == count * ckpt_dtype_size(t->dtype));
    const bool in_file = t->data >= data && t->data <= data + size;
    require(in_file || list->copies);
    require(t->bytes <= (in_file ? (size_t)(data + size - t->data) : 2 * size + 1));
    for (size_t i = 0; i < t->bytes; i++) sink ^= t->data[i];
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
    const bool zip = torch_zip_probe(data, size);
    if ((zip ? torch_zip_read : torch_legacy_read)(&list, data, size, "file", &err)) {
        require(err.status != BERT_OK && strncmp(err.message, "file: ", 6) == 0);
    } else {
        for (size_t i = 0; i < list.count; i++) {
            if (i > 0) require(strcmp(list.by_name[i - 1]->name, list.by_name[i]->name) < 0);
            check_tensor(&list, &list.tensors[i], data, size);
        }
    }
    ckpt_list_release(&list);
    return 0;
}
