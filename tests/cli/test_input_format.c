// test_input_format.c: records of tsv, csv and jsonl: which part of each is which text, where a
// record ends, and what is refused. (test_input.sh: the same through the program.)
#include "support/check.h"

#include "../../cli/input_format.h"

struct wanted {
    enum input_kind kind;
    const char *columns; // as --columns; NULL: text and text_pair
    const char *file;
    const char *parts[8]; // of every item both, NULL: none; after them NULL
    const char *refused;  // what the message of the record after those says; NULL: none is
};

static void assert_part(struct bert_text have, const char *want)
{
    if (!want) {
        assert_null(have.data);
        return;
    }
    if (have.len == strlen(want) && memcmp(have.data, want, have.len) == 0) return;
    fail_msg("'%.*s', not '%s'", (int)have.len, have.data, want);
}

// Reads a file's records in memory of their own size, so that a sanitizer sees a step beyond.
static void assert_items(const struct wanted *w)
{
    const struct input_format *format = input_format(w->kind, "");
    struct columns columns;
    bert_error err = {0};
    char *file = malloc(strlen(w->file) + 1);
    assert_non_null(file);
    strcpy(file, w->file);
    assert_true(columns_parse(&columns, w->columns, false));
    bool header = input_format_header(format, &columns), quoted = false, good = true;
    size_t items = 0;
    for (char *at = file, *last = file + strlen(file); good && at < last; quoted = false) {
        char *end = input_format_end(format, at, last, &quoted);
        const size_t len = (size_t)((end ? end : last) - at);
        char *record = malloc(len ? len : 1);
        struct input_item item;
        assert_non_null(record);
        memcpy(record, at, len);
        good = header ? columns_find(&columns, format, record, len, &err)
                      : input_format_read(format, &columns, record, len, &item, &err);
        for (size_t r = 0; good && !header && r < INPUT_LABEL; r++)
            assert_part(item.parts[r], w->parts[2 * items + r]);
        items += good && !header;
        free(record);
        at = end ? end + 1 : last;
        header = false;
    }
    free(file);
    if (good != !w->refused || (w->refused && !strstr(err.message, w->refused)))
        fail_msg("%s: refused: %s", w->file, err.message);
    assert_null(w->parts[2 * items]); // no item is missing
}

static void tsv(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {INPUT_TSV, NULL, "text\na\n\nb", {"a", NULL, "", NULL, "b"}, NULL},
        {INPUT_TSV, NULL, "text_pair\tx\ttext\np\tx\tt\n", {"t", "p"}, NULL},
        {INPUT_TSV, NULL, "x\ttext\n\t\n", {""}, NULL},
        {INPUT_TSV, "2", "\"a\tb\"\n", {"b\""}, NULL}, // quotes mean nothing
        {INPUT_TSV, "2,1", "a\tb\tc\n", {"b", "a"}, NULL},
        {INPUT_TSV, "1,1", "a\n", {"a", "a"}, NULL},
        {INPUT_TSV, "text", "text\ttext\na\tb\n", {"a"}, NULL},
        {INPUT_TSV, "text,2", "text\t2\na\tb\n", {"a", "b"}, NULL}, // not all numbers: names
        {INPUT_TSV, NULL, "text\ttext_pair\na\tb\nc\n", {"a", "b"}, "text_pair would be number 2"},
        {INPUT_TSV, NULL, "a\tb\n", {NULL}, "no column is named text "},
        {INPUT_TSV, "text,other", "text\tb\n", {NULL}, "no column is named other "},
        {INPUT_TSV, "3", "a\tb\n", {NULL}, "2 columns, of which 3 would be number 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_items(&cases[i]);
}

static void csv(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {INPUT_CSV, NULL, "text\na\n\nb", {"a", NULL, "", NULL, "b"}, NULL},
        {INPUT_CSV, "1,2", "a,b\n\"a\",\"b\"\n", {"a", "b", "a", "b"}, NULL},
        {INPUT_CSV, "1", "\"a \"\"b\"\" c\"\n", {"a \"b\" c"}, NULL},
        {INPUT_CSV, "1", "\"\"\"\"\n\"\"\n", {"\"", NULL, ""}, NULL},
        {INPUT_CSV, "2,1", "\"a,\nb\",\"c\n\n\"\nd,e\n", {"c\n\n", "a,\nb", "e", "d"}, NULL},
        {INPUT_CSV, "1,3", ",,\n", {"", ""}, NULL},
        {INPUT_CSV, "1,2", " a , b \n", {" a ", " b "}, NULL}, // spaces are the field's
        {INPUT_CSV, NULL, "\"text\",x\na,b\n", {"a"}, NULL},
        {INPUT_CSV, NULL, "\"te\"\"xt\",text\na,b\n", {"b"}, NULL},
        {INPUT_CSV, "1", "\"a\" \n", {NULL}, "a comma is missing"},
        {INPUT_CSV, "1", "a\n\"a\n", {"a"}, "a quote is not closed"},
        {INPUT_CSV, "1", "a \"b\" c\n", {NULL}, "a quote within a field"},
        {INPUT_CSV, "2", "a\n", {NULL}, "1 columns, of which 2 would be number 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_items(&cases[i]);
}

static void jsonl(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {INPUT_JSONL, NULL, "{\"text\":\"a\"}\n{\"x\":{},\"text\":\"\"}\n", {"a", NULL, ""}, NULL},
        {INPUT_JSONL, NULL, "{\"text_pair\":\"b\",\"text\":\"a\"}", {"a", "b"}, NULL},
        {INPUT_JSONL, NULL, "{\"text\":\"a\",\"text_pair\":null}", {"a"}, NULL},
        {INPUT_JSONL, "q,c", "{\"c\":\"b\",\"q\":\"a\",\"text\":\"x\"}", {"a", "b"}, NULL},
        {INPUT_JSONL, "1", "{\"1\":\"a\"}", {"a"}, NULL}, // a key like any other
        {INPUT_JSONL,
         NULL,
         "{\"text\":\"\\u00e9\\n\\\"\\ud83d\\ude00\"}",
         {"\xC3\xA9\n\"\xF0\x9F\x98\x80"},
         NULL},
        {INPUT_JSONL, NULL, "{\"text\":7}", {NULL}, "key text: must be a string"},
        {INPUT_JSONL, NULL, "{\"words\":\"a\"}", {NULL}, "no key text "},
        {INPUT_JSONL, "a,b", "{\"a\":\"a\"}", {NULL}, "no key b "},
        {INPUT_JSONL, NULL, "[\"a\"]", {NULL}, "must be an object"},
        {INPUT_JSONL, NULL, "{\"text\":\"a\"\n", {NULL}, "JSON: line 1"},
        {INPUT_JSONL, NULL, "{\"text\":\"a\"}\n\n", {"a"}, "ends too early"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_items(&cases[i]);
}

static void endings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum input_kind kind;
    } cases[] = {{"a.tsv", INPUT_TSV},    {"a.csv", INPUT_CSV},     {"a.jsonl", INPUT_JSONL},
                 {"a.txt", INPUT_TEXT},   {"a.json", INPUT_TEXT},   {"csv", INPUT_TEXT},
                 {".csv", INPUT_TEXT},    {"a.csv.gz", INPUT_TEXT}, {"", INPUT_TEXT},
                 {"a.tsv.csv", INPUT_CSV}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ptr_equal(input_format(INPUT_GUESS, cases[i].name),
                         input_format(cases[i].kind, "x.tsv"));
    }
}

static void column_lists(void **state)
{
    (void)state;
    static const char *const refused[] = {"", ",", "a,", ",a", "a,b,c", "1,,2"};
    struct columns columns;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(columns_parse(&columns, refused[i], false));
    const struct input_format *table = input_format(INPUT_CSV, "");
    assert_true(columns_parse(&columns, "1,2", false) && !input_format_header(table, &columns));
    assert_true(columns_parse(&columns, "0", false) && input_format_header(table, &columns));
    assert_true(columns_parse(&columns, "1x,2", false) && input_format_header(table, &columns));
    assert_true(columns_parse(&columns, NULL, false) && input_format_header(table, &columns));
    assert_false(input_format_header(input_format(INPUT_JSONL, ""), &columns));
    assert_true(columns_parse(&columns, NULL, true) && columns.n == INPUT_ROLES);
    assert_true(columns_parse(&columns, "3,2,1", true) && columns.at[INPUT_LABEL] == 0);
    assert_false(columns_parse(&columns, "a,b", true));
    assert_false(columns_parse(&columns, "a,b,c,d", true));
}

// A label is there when it is asked for, as text or, in JSON, a number.
static void labels(void **state)
{
    (void)state;
    static const struct {
        enum input_kind kind;
        const char *record, *label; // NULL: a number, 2.5
    } cases[] = {{INPUT_TSV, "a\tb\t1e3", "1e3"},
                 {INPUT_CSV, "\"a\",b,yes", "yes"},
                 {INPUT_JSONL, "{\"1\":\"a\",\"2\":\"b\",\"3\":\"4\"}", "4"},
                 {INPUT_JSONL, "{\"1\":\"a\",\"2\":\"b\",\"3\":2.5}", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char record[64];
        bert_error err = {0};
        struct columns columns;
        struct input_item item;
        strcpy(record, cases[i].record);
        assert_true(columns_parse(&columns, "1,2,3", true));
        assert_true(input_format_read(input_format(cases[i].kind, ""), &columns, record,
                                      strlen(record), &item, &err));
        assert_part(item.parts[0], "a");
        assert_part(item.parts[INPUT_LABEL], cases[i].label);
        if (!cases[i].label) assert_true(item.number == 2.5);
    }
}

// A record's end is the same however its bytes arrive.
static void ends_in_pieces(void **state)
{
    (void)state;
    static const char file[] = "\"a\n\"\"\n\",b\nc\n";
    const struct input_format *csv_format = input_format(INPUT_CSV, "");
    for (size_t cut = 0; cut <= 9; cut++) {
        char copy[sizeof file];
        memcpy(copy, file, sizeof file);
        bool quoted = false;
        assert_null(input_format_end(csv_format, copy, copy + cut, &quoted));
        assert_ptr_equal(input_format_end(csv_format, copy + cut, copy + sizeof file - 1, &quoted),
                         copy + 9);
    }
    char text[] = "\"a\n";
    bool quoted = false;
    assert_ptr_equal(input_format_end(input_format(INPUT_TSV, ""), text, text + 3, &quoted),
                     text + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tsv),
        cmocka_unit_test(csv),
        cmocka_unit_test(jsonl),
        cmocka_unit_test(endings),
        cmocka_unit_test(column_lists),
        cmocka_unit_test(labels),
        cmocka_unit_test(ends_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
