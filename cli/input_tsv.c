// input_tsv.c: tabs between fields, and nothing else means anything.
#include <string.h>

#include "input_format.h"

bool tsv_field(char **at, char *end, struct bert_text *out, bert_error *err)
{
    (void)err;
    char *start = *at, *tab = memchr(start, '\t', (size_t)(end - start));
    *out = (struct bert_text){start, (size_t)((tab ? tab : end) - start)};
    *at = tab ? tab + 1 : NULL;
    return true;
}
