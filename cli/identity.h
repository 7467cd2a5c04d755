// identity.h: one number for a model and the options that decide what vector a text gets.
#ifndef CLI_IDENTITY_H
#define CLI_IDENTITY_H

#include "embedder.h"

// The hash of every weight, of the tokenizer and of how it is used, and of the pooling. Two models
// that could give any text another vector have another identity. The CPU level and the number of
// threads are not part of it. False after saying why not.
bool identity_of(const struct embedder *e, uint64_t *identity);

#endif
