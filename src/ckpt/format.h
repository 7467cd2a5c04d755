// format.h: what a file format is to ckpt.c. A reader gets the bytes of a whole file, checks them
// and lists its tensors; they stay where they are. A new format is a file with such a reader and a
// row in ckpt.c.
#ifndef CKPT_FORMAT_H
#define CKPT_FORMAT_H

#include "base/os.h"
#include "ckpt/ckpt.h"
#include "ckpt/write.h"

// The tensors of a file. A reader fills the first three, ckpt_list_index by_name; a reader whose
// tensors lie in further files or checkpoints opens them, the way `copy` says; one whose tensors do
// not lie in a file as they are wanted makes copies.
struct ckpt_list {
    struct ckpt_tensor
        *tensors; // [count], in the order of the file; their names point into `names`
    size_t count;
    char *names;
    const struct ckpt_tensor **by_name; // [count], sorted
    struct os_file *files;              // [n_files], closed with the list
    size_t n_files;
    struct ckpt **shards; // [n_shards], closed with the list
    size_t n_shards;
    void *copies;     // NULL: none; released with the list
    bool copy;        // as in os_file_open
    bool shard;       // it is a shard itself, and may not have any
    const char *part; // the key of the dict that was read; NULL: the whole
};

// Sorts by_name. FORMAT when two tensors have one name; MEMORY.
bert_status ckpt_list_index(struct ckpt_list *list, const char *path, bert_error *err);
void ckpt_list_release(struct ckpt_list *list);

struct ckpt_format {
    const char *name;
    // By the first bytes, or the last.
    bool (*probe)(const unsigned char *data, size_t size);
    // list is zeroed but for `copy` and `shard`; released by the caller also on failure. NULL:
    // known, but not read.
    bert_status (*read)(struct ckpt_list *list, const unsigned char *data, size_t size,
                        const char *path, bert_error *err);
    const char *remedy;   // for those not read: what to do
    ckpt_write_fn *write; // NULL: not written
};

// ckpt_open of a shard.
struct ckpt *ckpt_open_shard(const char *path, bool copy, bert_error *err);

// A tensor's name for a message: cut after some 80 bytes, without control characters.
enum { CKPT_SHOWN = 100 };
const char *ckpt_show(const char *name, char room[CKPT_SHOWN]);

#endif
