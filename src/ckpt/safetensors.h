// safetensors.h: the reader of safetensors files, as functions of bytes in memory, and the writer.
#ifndef CKPT_SAFETENSORS_H
#define CKPT_SAFETENSORS_H

#include "ckpt/format.h"

bool safetensors_probe(const unsigned char *data, size_t size);
bert_status safetensors_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                             const char *path, bert_error *err);
ckpt_write_fn safetensors_write;

#endif
