// vectors.h: a file of vectors that stand for the first lines of a text file, kept to be used
// again.
//
//     header  128 bytes: what the vectors stand for, how many there are, and a hash of the header
//     rows    n rows of `cols` float32 each
//     sums    a 64-bit hash of every VECTORS_BLOCK rows
//
// All numbers are little-endian. The file is used only when every size agrees, every hash is right
// and it stands for the very bytes and the very model that are asked about; else it is made again.
#ifndef RECORD_VECTORS_H
#define RECORD_VECTORS_H

#include "base/buf.h"
#include "base/os.h"

enum { VECTORS_HEADER = 128, VECTORS_BLOCK = 1024 };

// What vectors stand for.
struct vectors_key {
    uint64_t maker;                 // hash of the model and of the options that matter
    uint64_t cols;                  // numbers of a vector
    uint64_t text_bytes, text_hash; // the bytes whose lines the rows are
};

// Rows as they lie in the bytes that were read.
struct vectors {
    struct vectors_key key;
    uint64_t n;
    const float *rows;         // [n, cols], at a multiple of 64 bytes
    const unsigned char *sums; // of each block, 8 bytes
};

// Does it begin as such a file does?
bool vectors_recognise(const void *bytes, size_t size);

// Reads the header and checks all sizes. FORMAT, with a sentence that begins with `path`. The rows
// are not looked at: vectors_intact does that.
bert_status vectors_read(struct vectors *v, const void *bytes, size_t size, const char *path,
                         bert_error *err);

// Does the block [VECTORS_BLOCK i, …) have the hash that the file says? i < vectors_blocks.
size_t vectors_blocks(const struct vectors *v);
bool vectors_intact(const struct vectors *v, size_t i);

// Writing: the file takes its name when vectors_commit succeeds, and keeps its old content until
// then.
struct vectors_writer {
    struct os_writer file;
    size_t cols;
    uint64_t n;
    struct buf block, sums; // rows that do not fill a block yet; hashes
};

bert_status vectors_create(struct vectors_writer *w, const char *path, size_t cols,
                           bert_error *err);
bert_status vectors_add(struct vectors_writer *w, const float *rows, size_t n, bert_error *err);
// Ends the file, which stands for what `key` says (its cols are the writer's).
bert_status vectors_commit(struct vectors_writer *w, const struct vectors_key *key,
                           bert_error *err);
void vectors_abandon(struct vectors_writer *w);

#endif
