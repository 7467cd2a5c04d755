// write.c: what the writers share: the order of items and the stream of their data.
#include "ckpt/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ckpt/format.h"

static size_t item_count(const struct ckpt_item *item)
{
    size_t count = 1;
    for (size_t i = 0; i < item->n_dims; i++) count *= item->dims[i];
    return count;
}

size_t ckpt_item_bytes(const struct ckpt_item *item)
{
    return item_count(item) * ckpt_dtype_size(item->dtype);
}

// ----------------------------------------------------------------------------------------- the
// order

// An item on its way to its place.
struct ranked {
    const struct ckpt_item *item;
    ckpt_compare_fn *compare;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->compare(x->item, y->item);
}

static int compare_names(const struct ckpt_item *a, const struct ckpt_item *b)
{
    return strcmp(a->name, b->name);
}

static void rank(const struct ckpt_source *s, ckpt_compare_fn *compare, struct ranked *list)
{
    for (size_t i = 0; i < s->count; i++) list[i] = (struct ranked){&s->items[i], compare};
    if (s->count) qsort(list, s->count, sizeof *list, compare_ranked);
}

bert_status ckpt_order(const struct ckpt_source *s, ckpt_compare_fn *compare, const char *path,
                       size_t **order, bert_error *err)
{
    bert_status status = BERT_OK;
    struct ranked *list = mem_alloc(s->count, sizeof *list);
    *order = mem_alloc(s->count, sizeof **order);
    if (!list || !*order) status = fail_memory(err);
    if (!status) rank(s, compare_names, list);
    for (size_t i = 1; !status && i < s->count; i++) {
        if (strcmp(list[i - 1].item->name, list[i].item->name) != 0) continue;
        status = fail(err, BERT_INVALID, "%s: two tensors '%s'", path,
                      ckpt_show(list[i].item->name, (char[CKPT_SHOWN]){0}));
    }
    if (!status) rank(s, compare, list);
    for (size_t i = 0; !status && i < s->count; i++)
        (*order)[i] = (size_t)(list[i].item - s->items);
    mem_free(list);
    return status;
}

// ------------------------------------------------------------------------------------------ the
// data

enum { PIECE = 1 << 16 }; // elements asked for at once: 256 KiB of float32 stay in a cache

bert_status ckpt_stream(struct os_writer *w, const struct ckpt_source *s, size_t item,
                        const struct crc32c *table, uint32_t *crc, bert_error *err)
{
    const size_t count = item_count(&s->items[item]);
    const size_t element = ckpt_dtype_size(s->items[item].dtype);
    const size_t most = count < PIECE ? count : PIECE;
    void *piece = mem_aligned(most, element);
    if (!piece) return fail_memory(err);
    uint32_t sum = 0;
    bert_status status = BERT_OK;
    for (size_t first = 0; !status && first < count; first += most) {
        const size_t n = count - first < most ? count - first : most;
        s->fill(s->arg, item, first, n, piece);
        if (table) sum = crc32c_extend(table, sum, piece, n * element);
        status = os_writer_write(w, piece, n * element, err);
    }
    mem_free(piece);
    if (table) *crc = sum;
    return status;
}
