// renamed.h: a safetensors file of transformers' written again under other names, as they are when
// a model was saved inside of something, or long ago.
#ifndef TESTS_RENAMED_H
#define TESTS_RENAMED_H

#include <stdbool.h>

struct renamed {
    const char *prefix; // before every name
    bool gamma;         // norms are called gamma and beta
    bool decoder;       // with the masked LM's decoder, a copy of the word embeddings, and its bias
};

// Fails the test when that fails.
void renamed_write(const char *from, const char *to, const struct renamed *how);

#endif
