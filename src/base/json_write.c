// json_write.c: strings and layout as serde_json and Python (ensure_ascii=False) write them.
#include "base/json_write.h"

#include <string.h>

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

// ----------------------------------------------------------------------------------- the document

static void new_line(struct json_writer *w)
{
    buf_byte(w->out, '\n');
    for (int i = 0; i < w->depth; i++) buf_text(w->out, "  ");
}

// Before a value or a key: what separates it from the one before.
static void separate(struct json_writer *w)
{
    if (w->keyed) {
        w->keyed = false;
        return;
    }
    if (w->some) buf_byte(w->out, ',');
    if (w->depth) new_line(w);
    w->some = true;
}

void json_put_begin(struct json_writer *w, char open)
{
    separate(w);
    buf_byte(w->out, open);
    w->depth++;
    w->some = false;
}

void json_put_end(struct json_writer *w, char close)
{
    w->depth--;
    if (w->some) new_line(w);
    buf_byte(w->out, close);
    w->some = true;
}

void json_put_key(struct json_writer *w, const char *key, size_t len)
{
    separate(w);
    json_write_string(w->out, key, len);
    buf_text(w->out, ": ");
    w->keyed = true;
}

void json_put_string(struct json_writer *w, const char *text, size_t len)
{
    separate(w);
    json_write_string(w->out, text, len);
}

void json_put_size(struct json_writer *w, size_t value)
{
    separate(w);
    buf_print(w->out, "%zu", value);
}

void json_put_raw(struct json_writer *w, const char *json, size_t len)
{
    separate(w);
    buf_add(w->out, json, len);
}

void json_put_member(struct json_writer *w, const char *key, const char *text)
{
    json_put_key(w, key, strlen(key));
    if (text) json_put_string(w, text, strlen(text));
    else json_put_raw(w, "null", 4);
}

void json_put_flag(struct json_writer *w, const char *key, bool value)
{
    json_put_key(w, key, strlen(key));
    json_put_raw(w, value ? "true" : "false", value ? 4 : 5);
}

void json_put_number(struct json_writer *w, const char *key, size_t value)
{
    json_put_key(w, key, strlen(key));
    json_put_size(w, value);
}

void json_put_object(struct json_writer *w, const char *key, char open)
{
    json_put_key(w, key, strlen(key));
    json_put_begin(w, open);
}
