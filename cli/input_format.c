// input_format.c: the formats of items, and what those that are tables share.
#include "input_format.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"

static bool text_read(const struct columns *columns, char *record, size_t len,
                      struct input_item *out, bert_error *err)
{
    (void)columns, (void)err;
    *out = (struct input_item){.parts = {{record, len}}};
    return true;
}

static const struct input_format formats[] = {
    [INPUT_TEXT] = {.ending = ".txt", .read = text_read},
    [INPUT_TSV] = {.ending = ".tsv", .field = tsv_field},
    [INPUT_CSV] = {.ending = ".csv", .quotes = true, .field = csv_field},
    [INPUT_JSONL] = {.ending = ".jsonl", .read = jsonl_read},
};

const struct input_format *input_format(enum input_kind kind, const char *name)
{
    const size_t len = strlen(name);
    if (kind != INPUT_GUESS) return &formats[kind];
    for (size_t i = INPUT_TEXT; i < sizeof formats / sizeof *formats; i++) {
        const size_t n = strlen(formats[i].ending);
        if (len > n && strcmp(name + len - n, formats[i].ending) == 0) return &formats[i];
    }
    return &formats[INPUT_TEXT];
}

char *input_format_end(const struct input_format *format, char *from, char *to, bool *quoted)
{
    if (!format->quotes) return memchr(from, '\n', (size_t)(to - from));
    for (char *p = from; p < to; p++) {
        if (*p == '"') *quoted = !*quoted;
        else if (*p == '\n' && !*quoted) return p;
    }
    return NULL;
}

// ----------------------------------------------------------------------------------------- columns

// A number from 1; 0: it is none.
static size_t number_of(struct bert_text name)
{
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < '0' || name.data[i] > '9' || n > 100000) return 0;
        n = n * 10 + (size_t)(name.data[i] - '0');
    }
    return n;
}

bool columns_parse(struct columns *columns, const char *list, bool labels)
{
    const size_t most = labels ? INPUT_ROLES : INPUT_LABEL;
    *columns = (struct columns){.names = {{"text", 4}, {"text_pair", 9}},
                                .n = labels ? INPUT_ROLES : 1,
                                .at = {SIZE_MAX, SIZE_MAX, SIZE_MAX}};
    if (labels) columns->names[INPUT_LABEL] = (struct bert_text){"label", 5};
    if (!list) return true;
    columns->n = 0;
    for (size_t r = 0; r < INPUT_ROLES; r++) columns->names[r] = (struct bert_text){0};
    columns->numbered = true;
    for (const char *p = list; p;) {
        const size_t len = strcspn(p, ",");
        if (len == 0 || columns->n == most) return false;
        const struct bert_text name = {p, len};
        columns->at[columns->n] = number_of(name) - 1; // 0 - 1: SIZE_MAX
        columns->numbered = columns->numbered && number_of(name);
        columns->names[columns->n++] = name;
        p = p[len] ? p + len + 1 : NULL;
    }
    return !labels || columns->n == INPUT_ROLES;
}

bool input_format_header(const struct input_format *format, const struct columns *columns)
{
    return format->field && !columns->numbered;
}

bool columns_find(struct columns *columns, const struct input_format *format, char *record,
                  size_t len, bert_error *err)
{
    char *at = record;
    struct bert_text field;
    for (size_t r = 0; r < INPUT_ROLES; r++) columns->at[r] = SIZE_MAX;
    for (size_t i = 0; at; i++) {
        if (!format->field(&at, record + len, &field, err)) return false;
        for (size_t r = 0; r < INPUT_ROLES; r++) {
            const struct bert_text *name = &columns->names[r];
            if (!name->data || name->len != field.len || columns->at[r] != SIZE_MAX) continue;
            if (memcmp(name->data, field.data, field.len) == 0) columns->at[r] = i;
        }
    }
    for (size_t r = 0; r < columns->n; r++) {
        if (columns->at[r] != SIZE_MAX) continue;
        fail(err, BERT_FORMAT,
             "no column is named %.*s (--columns says what the columns are named; numbers, as in "
             "--columns 1,2, that the first line names none)",
             (int)columns->names[r].len, columns->names[r].data);
        return false;
    }
    return true;
}

static bool table_read(const struct input_format *format, const struct columns *columns,
                       char *record, size_t len, struct input_item *out, bert_error *err)
{
    char *at = record;
    size_t n = 0;
    struct bert_text field;
    *out = (struct input_item){0};
    for (; at; n++) {
        if (!format->field(&at, record + len, &field, err)) return false;
        for (size_t r = 0; r < INPUT_ROLES; r++) {
            if (columns->at[r] == n) out->parts[r] = field;
        }
    }
    for (size_t r = 0; r < INPUT_ROLES; r++) {
        if (columns->at[r] == SIZE_MAX || columns->at[r] < n) continue;
        fail(err, BERT_FORMAT, "%zu columns, of which %.*s would be number %zu", n,
             (int)columns->names[r].len, columns->names[r].data, columns->at[r] + 1);
        return false;
    }
    return true;
}

bool input_format_read(const struct input_format *format, const struct columns *columns,
                       char *record, size_t len, struct input_item *out, bert_error *err)
{
    return format->field ? table_read(format, columns, record, len, out, err)
                         : format->read(columns, record, len, out, err);
}
