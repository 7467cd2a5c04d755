// safetensors_write.c: the writer, byte for byte as the format's own (huggingface/safetensors,
// tensor.rs) writes: tensors with the widest elements first, so that all are aligned to their
// elements, then by name; the header names them in that order and ends in spaces up to a multiple
// of 8. {"format":"pt"} says that matrices are as PyTorch has them; transformers wants it.
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "ckpt/safetensors.h"

// The format's own order among types of one width; what a checkpoint cannot be made of is left out.
static int rank_of(enum ckpt_dtype dtype)
{
    static const enum ckpt_dtype ascending[] = {CKPT_BOOL, CKPT_U8,   CKPT_I8,  CKPT_I16, CKPT_U16,
                                                CKPT_F16,  CKPT_BF16, CKPT_I32, CKPT_U32, CKPT_F32,
                                                CKPT_F64,  CKPT_I64,  CKPT_U64};
    for (int i = 0; i < (int)(sizeof ascending / sizeof *ascending); i++) {
        if (ascending[i] == dtype) return i;
    }
    return -1;
}

static int compare(const struct ckpt_item *a, const struct ckpt_item *b)
{
    const int x = rank_of(a->dtype), y = rank_of(b->dtype);
    return x != y ? y - x : strcmp(a->name, b->name);
}

// One entry; returns where its data end.
static size_t add_entry(struct buf *header, const struct ckpt_item *item, size_t begin)
{
    const size_t end = begin + ckpt_item_bytes(item);
    buf_byte(header, ',');
    json_write_string(header, item->name, strlen(item->name));
    buf_print(header, ":{\"dtype\":\"%s\",\"shape\":[", ckpt_dtype_name(item->dtype));
    for (size_t i = 0; i < item->n_dims; i++) {
        buf_print(header, "%s%zu", i ? "," : "", item->dims[i]);
    }
    buf_print(header, "],\"data_offsets\":[%zu,%zu]}", begin, end);
    return end;
}

// Eight bytes for the length, the header, spaces.
static void make_header(struct buf *header, const struct ckpt_source *s, const size_t *order)
{
    uint64_t length = 0;
    size_t end = 0;
    buf_add(header, &length, sizeof length);
    buf_text(header, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < s->count; i++) end = add_entry(header, &s->items[order[i]], end);
    buf_byte(header, '}');
    while (!header->failed && header->len % 8) buf_byte(header, ' ');
    length = header->len - sizeof length;
    if (!header->failed) memcpy(header->data, &length, sizeof length);
}

static bert_status write_file(struct os_writer *w, const struct ckpt_source *s, const size_t *order,
                              bert_error *err)
{
    struct buf header;
    buf_init(&header);
    make_header(&header, s, order);
    bert_status status =
        header.failed ? fail_memory(err) : os_writer_write(w, header.data, header.len, err);
    buf_release(&header);
    for (size_t i = 0; !status && i < s->count; i++) {
        status = ckpt_stream(w, s, order[i], NULL, NULL, err);
    }
    return status;
}

bert_status safetensors_write(const char *path, const struct ckpt_source *s, bert_error *err)
{
    size_t *order;
    struct os_writer w;
    bert_status status = ckpt_order(s, compare, path, &order, err);
    if (!status) status = os_writer_open(&w, path, err);
    if (!status) {
        status = write_file(&w, s, order, err);
        if (status) os_writer_abandon(&w);
        else status = os_writer_commit(&w, err);
    }
    mem_free(order);
    return status;
}
