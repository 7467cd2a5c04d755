// torch.h: the two files that torch.save writes, as functions of bytes in memory. Both hold a
// pickle and raw storages: torch_zip since 1.6, torch_legacy before.
#ifndef CKPT_TORCH_H
#define CKPT_TORCH_H

#include "ckpt/format.h"

bool torch_zip_probe(const unsigned char *data, size_t size);
bert_status torch_zip_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                           const char *path, bert_error *err);

bool torch_legacy_probe(const unsigned char *data, size_t size);
bert_status torch_legacy_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                              const char *path, bert_error *err);

#endif
