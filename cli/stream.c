// stream.c: the loop between input and output.
#include "stream.h"

bool stream_items(struct input *in, struct output *out,
                  bool (*item)(void *arg, struct bert_text text), void *arg)
{
    for (;;) {
        struct bert_text text;
        switch (input_next(in, out->buffer.len == 0, &text)) {
        case INPUT_ITEM:
            if (!item(arg, text) || !output_drain(out)) return false;
            break;
        case INPUT_WAIT:
            if (!output_flush(out)) return false;
            break;
        case INPUT_END: return true;
        case INPUT_FAILED: return false;
        }
    }
}
