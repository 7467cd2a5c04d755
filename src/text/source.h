// source.h: what the readers of tokenizer files share.
#ifndef TEXT_SOURCE_H
#define TEXT_SOURCE_H

#include "base/json.h"
#include "text/tokenizer.h"

void source_init(struct tokenizer_source *source);
void source_release(struct tokenizer_source *source);

// Replaces a buffer's text. False without memory.
bool source_set(struct buf *b, const char *text, size_t len);

// A flag of an object: 1, 0, or -1 when it is absent or null. FORMAT when it is something else.
bert_status source_flag(const json *object, const char *key, int *out, const char *where,
                        bert_error *err);

// The flags of an added token's object; what is absent is as the tokenizers library has it.
bert_status source_added_flags(const json *object, struct added_flags *out, const char *where,
                               bert_error *err);

#endif
