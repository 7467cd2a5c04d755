// json_write.c: strings as serde_json and Python's json.dumps(ensure_ascii=False) write them.
#include "base/json_write.h"

static void escape(struct buf *out, char c)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; // a character, its letter, the next
    for (const char *p = letters; *p; p += 2) {
        if (*p != c) continue;
        buf_byte(out, '\\');
        buf_byte(out, p[1]);
        return;
    }
    buf_print(out, "\\u%04x", (unsigned)(unsigned char)c);
}

void json_write_string(struct buf *out, const char *text, size_t len)
{
    const char *run = text, *end = text + len;
    buf_byte(out, '"');
    for (const char *p = text; p < end; p++) {
        if ((unsigned char)*p >= 0x20 && *p != '"' && *p != '\\') continue;
        buf_add(out, run, (size_t)(p - run));
        escape(out, *p);
        run = p + 1;
    }
    buf_add(out, run, (size_t)(end - run));
    buf_byte(out, '"');
}
