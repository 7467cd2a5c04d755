// tf.h: TensorFlow's checkpoints (tensor bundles), X.index and X.data-00000-of-00001 …: the reader
// and the writer.
#ifndef CKPT_TF_H
#define CKPT_TF_H

#include "ckpt/format.h"

bool tf_probe(const unsigned char *data, size_t size);
// data: of the index. Opens the data files beside `path`, which ends in ".index".
bert_status tf_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                    const char *path, bert_error *err);
// path is X. One data file, which is in place before the index names what is in it.
ckpt_write_fn tf_write;

// DataType of types.proto; 0 and OTHER where one knows what the other does not.
uint32_t tf_type_number(enum ckpt_dtype dtype);
enum ckpt_dtype tf_type(uint64_t number);

// Reading in two steps. First the index alone, as a function of bytes in memory: tensors without
// data, and where each will be.
struct tf_place {
    size_t name;   // offset in list->names
    size_t offset; // in its data file
    uint32_t shard;
};
struct tf_index {
    size_t shards;           // data files
    struct tf_place *places; // [list->count]; the caller's, mem_free, also on failure
};
bert_status tf_index_read(struct ckpt_list *list, struct tf_index *index, const unsigned char *data,
                          size_t size, const char *path, bert_error *err);

// Then the tensors' data, in list->files [index->shards]. FORMAT: a tensor beyond its file's end.
bert_status tf_index_place(struct ckpt_list *list, const struct tf_index *index, const char *path,
                           bert_error *err);

#endif
