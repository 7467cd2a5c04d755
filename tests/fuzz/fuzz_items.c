// fuzz_items.c: any bytes as a file of items, in every format. What is read lies within its record,
// the parts one behind the other, and what is refused has a reason.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/input_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void within(struct bert_text part, const char *record, size_t len)
{
    if (!part.data) return;
    require(part.data >= record && part.len <= len);
    require((size_t)(part.data - record) <= len - part.len);
}

// Reads one record; false where the program stops.
static bool read_record(const struct input_format *format, struct columns *columns, char *record,
                        size_t len, bool header)
{
    bert_error err = {0};
    struct input_item item = {0};
    const bool good = header ? columns_find(columns, format, record, len, &err)
                             : input_format_read(format, columns, record, len, &item, &err);
    require(good == (err.status == BERT_OK) && good == !err.message[0]);
    if (!good || header) return good;
    require(item.parts[0].data);
    within(item.parts[0], record, len);
    within(item.parts[1], record, len);
    within(item.parts[INPUT_LABEL], record, len);
    return true;
}

static void read_file(enum input_kind kind, const char *list, char *bytes, size_t size)
{
    const struct input_format *format = input_format(kind, "");
    struct columns columns;
    require(columns_parse(&columns, list, strcmp(list ? list : "", "2,1,3") == 0));
    bool header = input_format_header(format, &columns), quoted = false;
    for (char *at = bytes, *last = bytes + size; at < last;) {
        char *end = input_format_end(format, at, last, &quoted);
        if (!end) end = last;
        if (!read_record(format, &columns, at, (size_t)(end - at), header)) return;
        at = end + 1;
        header = quoted = false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const lists[] = {NULL, "text_pair,text", "2,1", "2,1,3"};
    char *copy = malloc(size + 1);
    if (!copy) return 0;
    for (int kind = INPUT_TEXT; kind <= INPUT_JSONL; kind++) {
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            if (size) memcpy(copy, data, size);
            read_file((enum input_kind)kind, lists[i], copy, size);
        }
    }
    free(copy);
    return 0;
}
