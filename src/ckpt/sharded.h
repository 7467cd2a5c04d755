// sharded.h: the reader of an index that names several files.
#ifndef CKPT_SHARDED_H
#define CKPT_SHARDED_H

#include "ckpt/format.h"

bool sharded_probe(const unsigned char *data, size_t size);
// data: of the index. Opens the files beside `path`.
bert_status sharded_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                         const char *path, bert_error *err);

#endif
