// torch_state.h: the pickle of a state dict as tensors over storages. The container (a zip archive
// or the legacy file) reads the pickle, then says where each storage's bytes are, then has the
// list.
#ifndef CKPT_TORCH_STATE_H
#define CKPT_TORCH_STATE_H

#include "ckpt/format.h"
#include "ckpt/pickle.h"

// A run of elements that tensors share.
struct torch_storage {
    const char *key; // in the pickle, key_len bytes; names it in the container
    size_t key_len;
    uint32_t type; // row of the table of types
    size_t count;  // elements
    size_t bytes;
    const unsigned char *data; // NULL until the container has placed it
};

struct torch_state {
    struct pickle pickle;
    struct torch_storage *storages; // [n], sorted by key
    size_t n;
    size_t file_size; // bounds the memory that copies may take
    const char *path;
    bert_error *err;
};

// The globals that a state dict needs.
pickle_find torch_find_global;

// Reads the pickle at these bytes and finds the storages that it names. `state` holds path, err and
// file_size and is zeroed otherwise; it is released by the caller also on failure.
bert_status torch_state_read(struct torch_state *state, const unsigned char *bytes, size_t size);
void torch_state_release(struct torch_state *state);

struct torch_storage *torch_state_find(const struct torch_state *state, const char *key,
                                       size_t len);                // NULL: none
size_t torch_storage_element(const struct torch_storage *storage); // bytes

// Lists the tensors. Every storage has its data.
bert_status torch_state_list(const struct torch_state *state, struct ckpt_list *list);

#endif
