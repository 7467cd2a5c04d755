// words.c: splitting bytes.
#include "words.h"

#include <string.h>

#include "base/mem.h"

static bool add(struct words *w, const char *data, size_t len)
{
    if (!mem_grow((void **)&w->list, &w->cap, w->n + 1, sizeof *w->list)) return false;
    w->list[w->n++] = (struct bert_text){data, len};
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool split_spaces(struct words *w, struct bert_text item)
{
    for (size_t i = 0; i < item.len;) {
        const size_t start = i;
        while (i < item.len && !is_space(item.data[i])) i++;
        if (i > start && !add(w, item.data + start, i - start)) return false;
        while (i < item.len && is_space(item.data[i])) i++;
    }
    return true;
}

bool words_split(struct words *w, struct bert_text item, bool listed)
{
    w->n = 0;
    if (!listed) return split_spaces(w, item);
    for (const char *p = item.data, *end = p + item.len; p < end;) {
        const char *mark = memchr(p, 0, (size_t)(end - p));
        if (!add(w, p, (size_t)(mark - p))) return false;
        p = mark + 1;
    }
    return true;
}

void words_release(struct words *w)
{
    mem_free(w->list);
}
