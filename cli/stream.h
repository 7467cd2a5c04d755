// stream.h: items in, records out, for commands that need no batches.
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include "input.h"
#include "output.h"

// Calls item for every input item; it appends to out->buffer and returns false, having said why, to
// stop. What was appended is written when it is much, or when input would block. False: stopped.
bool stream_items(struct input *in, struct output *out,
                  bool (*item)(void *arg, struct bert_text text), void *arg);

#endif
