// fuzz_vectors.c: any bytes as a file of vectors. What is accepted must lie in the bytes, and every
// block can be asked about.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "record/vectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void read_once(const uint8_t *data, size_t size)
{
    struct vectors v;
    bert_error err = {0};
    if (vectors_read(&v, data, size, "file", &err)) {
        require(err.status == BERT_FORMAT && strncmp(err.message, "file: ", 6) == 0);
        require(v.n == 0 && vectors_blocks(&v) == 0);
        return;
    }
    require((const uint8_t *)v.rows == data + VECTORS_HEADER && v.key.cols > 0);
    require((const uint8_t *)(v.rows + v.n * v.key.cols) == v.sums);
    for (size_t i = 0; i < vectors_blocks(&v); i++) (void)vectors_intact(&v, i);
}

// As they are, and with hashes put right so that what lies behind them is reached.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_once(data, size);
    if (size < VECTORS_HEADER) return 0;
    uint8_t *copy = mem_aligned(size, 1);
    if (!copy) return 0;
    memcpy(copy, data, size);
    uint64_t n;
    memcpy(&n, copy + 16, sizeof n);
    const uint64_t blocks = n / VECTORS_BLOCK + (n % VECTORS_BLOCK != 0);
    if (blocks <= size / 8) {
        const uint64_t sums = hash_bytes(0, copy + size - 8 * blocks, 8 * blocks);
        memcpy(copy + 48, &sums, sizeof sums);
    }
    const uint64_t check = hash_bytes(0, copy, VECTORS_HEADER - 8);
    memcpy(copy + VECTORS_HEADER - 8, &check, sizeof check);
    read_once(copy, size);
    mem_free(copy);
    return 0;
}
