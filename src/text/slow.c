// slow.c: special tokens in a text, hf-slow.
#include "text/slow.h"
void find_slow(struct bert_encoding *e, struct bert_text text)
{
    split(&e->splitter, text.data, text.len, 0, text.len, &e->found);
}
