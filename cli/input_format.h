// input_format.h: how an item stands in a file. A format is a row of the table in input_format.c
// and, where it needs more than a line, a file input_<format>.c of its own.
#ifndef CLI_INPUT_FORMAT_H
#define CLI_INPUT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "bert.h"

enum input_kind { INPUT_GUESS, INPUT_TEXT, INPUT_TSV, INPUT_CSV, INPUT_JSONL };

// text, text_pair and, where a command reads what is known of them, label.
enum { INPUT_LABEL = 2, INPUT_ROLES = 3 };

// Which columns or keys of a file are the parts of an item.
struct columns {
    struct bert_text names[INPUT_ROLES];
    size_t n;               // that were named; further ones need not be there
    bool numbered;          // the names are numbers from 1: the file has no line that names columns
    size_t at[INPUT_ROLES]; // of a table: where they are; SIZE_MAX: nowhere
};

// The parts of an item, within the bytes of its record. data NULL: there is none.
struct input_item {
    struct bert_text parts[INPUT_ROLES];
    bool words;    // the first is a list of words, a NUL behind each
    double number; // a label that JSON has as a number, which parts do not hold then
};

// Takes the field at *at, whose bytes it may rewrite; *at is then behind the separator, or NULL
// after the last one.
typedef bool field_fn(char **at, char *end, struct bert_text *out, bert_error *err);

struct input_format {
    const char *ending;
    bool quotes;     // an end of line between quotes does not end a record
    field_fn *field; // tables, whose first record names the columns
    // Others: a record without its end of line, whose bytes it may rewrite. FORMAT.
    bool (*read)(const struct columns *columns, char *record, size_t len, struct input_item *out,
                 bert_error *err);
};

field_fn tsv_field, csv_field;
bool jsonl_read(const struct columns *columns, char *record, size_t len, struct input_item *out,
                bert_error *err);

// The format that is asked for, or the one that the file's name ends in; else lines of text.
const struct input_format *input_format(enum input_kind kind, const char *name);

// Reads --columns ("sentence1,sentence2", "1,2"); NULL: text, and text_pair if there is one. With
// labels: three of them; NULL: text, text_pair and label. The names are borrowed. False: an empty
// name, or too many, or too few.
bool columns_parse(struct columns *columns, const char *list, bool labels);

// Does the file's first record name its columns?
bool input_format_header(const struct input_format *format, const struct columns *columns);
// Finds the columns in that record. FORMAT: one is missing.
bool columns_find(struct columns *columns, const struct input_format *format, char *record,
                  size_t len, bert_error *err);
// The item of a record, in the record's own bytes. FORMAT.
bool input_format_read(const struct input_format *format, const struct columns *columns,
                       char *record, size_t len, struct input_item *out, bert_error *err);

// The first end of line in [from, to) that ends a record; NULL: none. *quoted, false at a record's
// start, is kept from call to call.
char *input_format_end(const struct input_format *format, char *from, char *to, bool *quoted);

#endif
