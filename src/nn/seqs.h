// seqs.h: sequences packed one behind the other, without padding; offs is the only trace of them.
#ifndef NN_SEQS_H
#define NN_SEQS_H

#include <stddef.h>
#include <stdint.h>

struct seqs {
    size_t T, S;          // tokens, sequences
    const int32_t *ids;   // [T] < V
    const uint8_t *types; // [T] < Y
    const int32_t *pos;   // [T] < P, each sequence from 0
    const uint32_t *offs; // [S + 1], offs[0] = 0, offs[S] = T, no sequence empty
};

#endif
