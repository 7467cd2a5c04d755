// opt.c: the option table and its reader, over getopt_long.
#include "opt.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "input_format.h"
#include "record/quantized.h"

#define FIELD(name) offsetof(struct options, name)

static const struct choice input_formats[] = {{"text", INPUT_TEXT},
                                              {"tsv", INPUT_TSV},
                                              {"csv", INPUT_CSV},
                                              {"jsonl", INPUT_JSONL},
                                              {NULL, 0}};
static const struct choice levels[] = {{"sentence", BERT_LEVEL_SENTENCE},
                                       {"word", BERT_LEVEL_WORD},
                                       {"token", BERT_LEVEL_TOKEN},
                                       {NULL, 0}};
static const struct choice poolings[] = {{"model", BERT_POOLING_MODEL},
                                         {"cls", BERT_POOLING_CLS},
                                         {"mean", BERT_POOLING_MEAN},
                                         {"max", BERT_POOLING_MAX},
                                         {"pooler", BERT_POOLING_POOLER},
                                         {"mean_sqrt_len", BERT_POOLING_MEAN_SQRT},
                                         {"weightedmean", BERT_POOLING_WEIGHTED_MEAN},
                                         {"last", BERT_POOLING_LAST},
                                         {NULL, 0}};
static const struct choice subwords[] = {
    {"first", BERT_SUBWORDS_FIRST}, {"last", BERT_SUBWORDS_LAST}, {"mean", BERT_SUBWORDS_MEAN},
    {"max", BERT_SUBWORDS_MAX},     {"sum", BERT_SUBWORDS_SUM},   {NULL, 0}};
static const struct choice precisions[] = {
    {"float32", PRECISION_FLOAT32}, {"int8", PRECISION_INT8},       {"uint8", PRECISION_UINT8},
    {"binary", PRECISION_BINARY},   {"ubinary", PRECISION_UBINARY}, {NULL, 0}};
static const struct choice word_kinds[] = {{"model", 0}, {"space", 1}, {NULL, 0}};
static const struct choice window_uses[] = {
    {"pooled", BERT_WINDOWS_POOLED}, {"each", BERT_WINDOWS_EACH}, {NULL, 0}};
static const struct choice truncates[] = {{"longest_first", BERT_TRUNCATE_LONGEST_FIRST},
                                          {"only_first", BERT_TRUNCATE_ONLY_FIRST},
                                          {"only_second", BERT_TRUNCATE_ONLY_SECOND},
                                          {NULL, 0}};
static const struct choice specials[] = {
    {"keep", BERT_SPECIAL_KEEP}, {"split", BERT_SPECIAL_SPLIT}, {NULL, 0}};
static const struct choice profiles[] = {{"google", BERT_PROFILE_GOOGLE},
                                         {"hf-slow", BERT_PROFILE_HF_SLOW},
                                         {"hf-fast", BERT_PROFILE_HF_FAST},
                                         {NULL, 0}};
static const struct choice units[] = {
    {"byte", BERT_UNIT_BYTE}, {"char", BERT_UNIT_CHAR}, {"utf16", BERT_UNIT_UTF16}, {NULL, 0}};

static const struct choice metrics[] = {{"cosine", BERT_METRIC_COSINE},
                                        {"dot", BERT_METRIC_DOT},
                                        {"euclidean", BERT_METRIC_EUCLIDEAN},
                                        {"manhattan", BERT_METRIC_MANHATTAN},
                                        {NULL, 0}};

static const struct choice on_long[] = {{"warn", 0}, {"error", 0}, {"window", 0}, {NULL, 0}};
static const struct choice sides[] = {{"right", 0}, {"left", 0}, {NULL, 0}};
static const struct choice layouts[] = {
    {"hf", BERT_LAYOUT_HF}, {"google", BERT_LAYOUT_GOOGLE}, {NULL, 0}};
static const struct choice types[] = {{"f32", 0}, {"f16", 0}, {"bf16", 0}, {"int8", 0}, {NULL, 0}};
static const struct choice gelus[] = {{"erf", 0}, {"tanh", 0}, {NULL, 0}};

static const struct option_row table[] = {
    {"model", 'm', TEXT, FIELD(model), "MODEL",
     "a folder, or a name that was pulled; else $BERT_MODEL", NULL},
    {"input", 'i', LIST, FIELD(inputs), "FILE", "read items from FILE, a line each; - is stdin",
     NULL},
    {"input-format", 0, CHOICE, FIELD(input_format), "F",
     "what the files are, whatever their names end in", input_formats},
    {"columns", 0, TEXT, FIELD(columns), "A,B",
     "names (or keys) of the columns that are text and text_pair; or numbers: no line names them",
     NULL},
    {"columns", 0, TEXT, FIELD(columns), "A,B,C",
     "names of a task's columns that are text, text_pair and label; or numbers: no line names them",
     NULL},
    {"shard", 0, SHARD, FIELD(shard), "I/N", "only items I, I+N, I+2N … (from 1) of all there are",
     NULL},
    {"output", 'o', TEXT, FIELD(output), "FILE", "write results to FILE (when complete)", NULL},
    {"format", 0, TEXT, FIELD(format), "F", "text (default on a terminal), jsonl, npy, csv, f32",
     NULL},
    {"level", 0, CHOICE, FIELD(level), "LEVEL", "what gets a vector", levels},
    {"pool", 0, POOLINGS, FIELD(pooling), "P,P",
     "how tokens become a sentence, several side by side (default: model)", poolings},
    {"layers", 0, TEXT, FIELD(layers), "LIST",
     "-1 (default), -4..-1, 0,6,12 or all; 0 is the embedding output", NULL},
    {"mix", 0, TEXT, FIELD(mix), "MIX",
     "concat (default), sum, mean, max, none, or weights=0.5,0.3,0.2: several layers as one vector",
     NULL},
    {"prompt", 0, TEXT, FIELD(prompt), "P",
     "a prompt of the model by name, or its text, before every sentence", NULL},
    {"subwords", 0, CHOICE, FIELD(subwords), "S", "how a word's tokens become one vector",
     subwords},
    {"words", 0, CHOICE, FIELD(words), "W",
     "what a word is: the model's own split, or what white space separates", word_kinds},
    {"span", 0, TEXT, FIELD(span), "B:E", "only the words at these characters, from 0", NULL},
    {"dims", 0, COUNT, FIELD(dims), "N", "only the first N numbers of each vector", NULL},
    {"normalize", 0, ON, FIELD(normalize), NULL, "divide vectors by their length", NULL},
    {"no-normalize", 0, OFF, FIELD(normalize), NULL, "do not, whatever the model says", NULL},
    {"precision", 0, CHOICE, FIELD(precision), "P",
     "what vectors are written in (default: float32); bits are eight to a byte", precisions},
    {"ranges", 0, TEXT, FIELD(ranges), "FILE",
     "an .npy of vectors; their least and greatest numbers are the ranges of int8 and uint8", NULL},
    {"google", 0, FLAG, FIELD(google), NULL,
     "the JSON lines of Google's extract_features.py; a line may be a pair, first ||| second",
     NULL},
    {"offsets", 0, CHOICE, FIELD(unit), "UNIT", "what offsets count (default: char)", units},
    {"no-special", 0, FLAG, FIELD(no_special), NULL, "no [CLS] and [SEP]", NULL},
    {"pre-split", 0, FLAG, FIELD(pre_split), NULL, "words are what white space separates", NULL},
    {"count", 0, FLAG, FIELD(count), NULL, "print totals and speed only", NULL},
    {"explain", 0, FLAG, FIELD(explain), NULL, "say what became of each character", NULL},
    {"diff", 0, CHOICE, FIELD(diff), "PROFILE", "show the items that PROFILE tokenizes otherwise",
     profiles},
    {"diff", 0, TEXT, FIELD(other), "OTHER",
     "show what differs in the model OTHER; exit status 0: nothing, 1: something", NULL},
    {"max-length", 0, COUNT, FIELD(max_length), "N", "most tokens of an item", NULL},
    {"on-long", 0, WORD, FIELD(on_long), "DO", "when an item is too long (default: warn)", on_long},
    {"stride", 0, NATURAL, FIELD(stride), "N", "tokens that neighbouring windows share (default 0)",
     NULL},
    {"windows", 0, CHOICE, FIELD(windows), "W",
     "a long text's windows (--on-long window): their weighted mean, or a vector each",
     window_uses},
    {"truncate", 0, CHOICE, FIELD(truncate), "WHICH", "which text of a pair is cut", truncates},
    {"truncate-side", 0, WORD, FIELD(truncate_side), "SIDE", "where a text is cut (default: right)",
     sides},
    {"special-in-text", 0, CHOICE, FIELD(special), "DO",
     "[MASK] in a text: a token, or its letters", specials},
    {"tokenizer", 0, CHOICE, FIELD(profile), "PROFILE", "reproduce this reference", profiles},
    {"cased", 0, OFF, FIELD(lowercase), NULL, "keep case, whatever the model says", NULL},
    {"uncased", 0, ON, FIELD(lowercase), NULL, "lower case, whatever the model says", NULL},
    {"gelu", 0, WORD, FIELD(gelu), "FORM", "whatever the model says", gelus},
    {"dtype", 0, WORD, FIELD(dtype), "TYPE",
     "in which numbers are multiplied (f32) or, written, stored (as they are)", types},
    {"in", 0, TEXT, FIELD(in), "FILE", "the file whose lines are searched", NULL},
    {"top", 0, COUNT, FIELD(top), "K", "how many lines a query gets (default 10)", NULL},
    {"metric", 0, CHOICE, FIELD(metric), "M",
     "how vectors are compared (default: the model's own, else cosine)", metrics},
    {"matrix", 0, FLAG, FIELD(matrix), NULL, "compare every two items", NULL},
    {"vectors", 0, TEXT, FIELD(vectors), "PATH",
     "keep the lines' vectors there (default: beside the file)", NULL},
    {"save-every", 0, SECONDS, FIELD(save_every), "S",
     "keep what is done of many lines every S seconds (default 300)", NULL},
    {"tensors", 0, FLAG, FIELD(tensors), NULL, "list every tensor", NULL},
    {"json", 0, FLAG, FIELD(json), NULL, "print JSON", NULL},
    {"list", 0, FLAG, FIELD(list), NULL, "print the models that are known by name, and stop", NULL},
    {"revision", 0, TEXT, FIELD(revision), "R", "a branch, tag or commit (default: main)", NULL},
    {"offline", 0, FLAG, FIELD(offline), NULL, "do not use the network", NULL},
    {"to", 0, CHOICE, FIELD(layout), "WHOSE", "whose files to write", layouts},
    {"against", 0, TEXT, FIELD(against), "FILE", "reference outputs, .npz or JSON lines", NULL},
    {"tolerance", 0, TEXT, FIELD(tolerance), "X", "most max|a-b| / max|b| (default 2e-5)", NULL},
    {"task-file", 0, TEXT, FIELD(task_file), "FILE",
     "pairs of texts and how alike they are (text, text_pair, label): what becomes of that", NULL},
    {"force", 0, FLAG, FIELD(force), NULL, "replace a folder that holds a model", NULL},
    {"lengths", 0, TEXT, FIELD(lengths), "LIST", "tokens of a text (default 16,128,512)", NULL},
    {"batches", 0, TEXT, FIELD(batches), "LIST", "texts at a time (default 1,8,32)", NULL},
    {"seconds", 0, SECONDS, FIELD(seconds), "S", "time for each measurement (default 1)", NULL},
    {"batch-tokens", 0, COUNT, FIELD(batch_tokens), "N", "tokens that are run together", NULL},
    {"threads", 0, INTEGER, FIELD(threads), "N", "default: what affinity and cgroup allow", NULL},
    {"cpu", 0, TEXT, FIELD(cpu), "LEVEL", "use no kernels above LEVEL, see bert --version", NULL},
    {"quiet", 'q', FLAG, FIELD(quiet), NULL, "no warnings and no progress", NULL},
    {"verbose", 'v', FLAG, FIELD(verbose), NULL, "say more on stderr", NULL},
    {"help", 'h', FLAG, FIELD(help), NULL, "this text", NULL},
};
enum { ROWS = sizeof table / sizeof *table };

// A word of a space-separated list; NAME=ARGUMENT there is the row of that name whose value is
// called so.
static bool takes(const struct command *command, const char *name, const char *argument)
{
    const size_t len = strlen(name);
    for (const char *p = command->options; (p = strstr(p, name)); p += len) {
        const bool begins = p == command->options || p[-1] == ' ';
        if (begins && (p[len] == 0 || p[len] == ' ')) return true;
        if (!begins || p[len] != '=' || !argument) continue;
        const size_t n = strcspn(p + len + 1, " ");
        if (strncmp(p + len + 1, argument, n) == 0 && !argument[n]) return true;
    }
    return strcmp(name, "help") == 0;
}

const struct option_row *option_next(const struct command *command, size_t *at)
{
    while (*at < ROWS) {
        const struct option_row *row = &table[(*at)++];
        if (takes(command, row->name, row->argument)) return row;
    }
    return NULL;
}

// ---------------------------------------------------------------------------------------- values

static int misuse(const struct command *command, const char *what, const char *why)
{
    say_error("%s: %s: %s (see bert %s --help)", command->name, what, why, command->name);
    return 2;
}

static bool parse_number(const char *text, long long least, long long most, long long *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return !errno && end != text && !*end && *out >= least && *out <= most;
}

// "3/8": the third of every eight.
static bool parse_shard(const char *text, struct shard *out)
{
    char *end;
    if (*text < '0' || *text > '9') return false;
    const unsigned long long number = strtoull(text, &end, 10);
    long long of;
    if (*end != '/' || !parse_number(end + 1, 1, INT32_MAX, &of)) return false;
    *out = (struct shard){(size_t)number, (size_t)of};
    return number >= 1 && number <= (unsigned long long)of;
}

// The choice that a value names; NULL after saying which there are.
static const struct choice *find_choice(const struct command *command, const struct option_row *row,
                                        const char *value)
{
    char why[200] = "must be one of";
    for (const struct choice *c = row->choices; c->word; c++) {
        if (strcmp(c->word, value) == 0) return c;
        snprintf(why + strlen(why), sizeof why - strlen(why), "%s %s", c == row->choices ? "" : ",",
                 c->word);
    }
    misuse(command, row->name, why);
    return NULL;
}

static int set_choice(const struct command *command, const struct option_row *row, void *field,
                      const char *value)
{
    const struct choice *c = find_choice(command, row, value);
    if (!c) return 2;
    if (row->kind == WORD) *(const char **)field = c->word;
    else *(int *)field = c->value;
    return 0;
}

// "cls,mean": several poolings side by side, in a bert_pooling.
static int set_poolings(const struct command *command, const struct option_row *row, int *field,
                        const char *value)
{
    unsigned all = 0;
    for (int n = 0; value; n++) {
        char word[32];
        const size_t len = strcspn(value, ",");
        snprintf(word, sizeof word, "%.*s", (int)len, value);
        const struct choice *one = find_choice(command, row, word);
        if (!one) return 2;
        const char *rest = value[len] ? value + len + 1 : NULL;
        if (n == BERT_POOLINGS_MOST) return misuse(command, row->name, "too many poolings");
        if (one->value == BERT_POOLING_MODEL && (n || rest))
            return misuse(command, row->name, "model stands alone");
        all |= (unsigned)one->value << (n * BERT_POOLING_BITS);
        value = rest;
    }
    *field = (int)all;
    return 0;
}

// Seconds as digits with an optional point, in any locale.
static bool parse_seconds(const char *text, double *out)
{
    const char *point = strchr(text, '.');
    double scale = 1;
    long long digits = 0;
    for (const char *p = text; *p; p++) {
        if (p == point) continue;
        if (*p < '0' || *p > '9' || digits > 1000000000) return false;
        digits = digits * 10 + (*p - '0');
        if (point && p > point) scale *= 10;
    }
    *out = (double)digits / scale;
    return *text && *out > 0 && *out <= 3600;
}

static int add_to_list(struct options *o, const char *value)
{
    const char **grown = realloc(o->inputs, (o->n_inputs + 1) * sizeof *grown);
    if (!grown) return say_error("out of memory"), 1;
    o->inputs = grown;
    o->inputs[o->n_inputs++] = value;
    return 0;
}

static int set_value(struct options *o, const struct command *command, const struct option_row *row,
                     const char *value)
{
    void *field = (char *)o + row->field;
    long long number;
    switch (row->kind) {
    case FLAG: *(bool *)field = true; return 0;
    case ON: *(int *)field = 1; return 0;
    case OFF: *(int *)field = 0; return 0;
    case TEXT: *(const char **)field = value; return 0;
    case LIST: return add_to_list(o, value);
    case COUNT:
        if (!parse_number(value, 1, INT32_MAX, &number))
            return misuse(command, row->name, "must be a number of at least 1");
        *(size_t *)field = (size_t)number;
        return 0;
    case NATURAL:
        if (!parse_number(value, 0, INT32_MAX, &number))
            return misuse(command, row->name, "must be a number of at least 0");
        *(size_t *)field = (size_t)number;
        return 0;
    case SHARD:
        if (!parse_shard(value, field))
            return misuse(command, row->name, "must be like 1/8: a number of 1 to 8, and 8");
        return 0;
    case INTEGER:
        if (!parse_number(value, 1, 1024, &number))
            return misuse(command, row->name, "must be a number from 1 to 1024");
        *(int *)field = (int)number;
        return 0;
    case SECONDS:
        if (!parse_seconds(value, field))
            return misuse(command, row->name, "must be seconds, up to 3600");
        return 0;
    case WORD:
    case CHOICE: return set_choice(command, row, field, value);
    case POOLINGS: return set_poolings(command, row, field, value);
    }
    return 0;
}

// ---------------------------------------------------------------------------------------- parsing

static const struct options standard = {
    .lowercase = -1,
    .normalize = -1,
    .layout = -1,
    .unit = BERT_UNIT_CHAR,
    .seconds = 1,
    .metric = -1,
    .top = 10,
    .save_every = 300,
};

// getopt's two lists, of the options that this command takes. Long options return 1000 + row.
static void fill_getopt(const struct command *command, struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (int i = 0; i < ROWS; i++) {
        if (!takes(command, table[i].name, table[i].argument)) continue;
        const bool argument = table[i].argument != NULL;
        *longs++ = (struct option){table[i].name, argument ? required_argument : no_argument, NULL,
                                   1000 + i};
        if (!table[i].letter) continue;
        *shorts++ = table[i].letter;
        if (argument) *shorts++ = ':';
    }
    *longs = (struct option){0};
    *shorts = 0;
}

static const struct option_row *row_of(int code)
{
    if (code >= 1000) return &table[code - 1000];
    for (int i = 0; i < ROWS; i++) {
        if (table[i].letter && table[i].letter == code) return &table[i];
    }
    return NULL;
}

static int check_windows(const struct options *o, const struct command *command)
{
    const bool windows = o->on_long && strcmp(o->on_long, "window") == 0;
    if (windows && !takes(command, "stride", NULL))
        return misuse(command, "--on-long window", "this command cuts no windows");
    if (o->stride && !windows) return misuse(command, "--stride", "needs --on-long window");
    return 0;
}

int options_parse(struct options *o, const struct command *command, int argc, char **argv)
{
    struct option longs[ROWS + 1];
    char shorts[3 * ROWS + 2];
    int code;
    *o = standard;
    fill_getopt(command, longs, shorts);
    optind = 1;
    opterr = 0;
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (code == ':') return misuse(command, argv[optind - 1], "needs a value");
        const struct option_row *row = code == '?' ? NULL : row_of(code);
        if (!row) return misuse(command, argv[optind - 1], "no such option, or it takes no value");
        const int status = set_value(o, command, row, optarg);
        if (status) return status;
    }
    o->texts = argv + optind;
    o->n_texts = (size_t)(argc - optind);
    if (o->n_texts && o->n_inputs) {
        return misuse(command, "--input", "texts were given as arguments as well");
    }
    return check_windows(o, command);
}

void options_release(struct options *o)
{
    free(o->inputs);
    o->inputs = NULL;
}

// ------------------------------------------------------------------------------------------- help

static void help_row(const struct option_row *row, FILE *to)
{
    char left[64];
    const int n = snprintf(left, sizeof left, "  %c%c%s --%s%s%s", row->letter ? '-' : ' ',
                           row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
                           row->argument ? " " : "", row->argument ? row->argument : "");
    fprintf(to, "%-30s%s%s", left, n > 29 ? "\n                              " : "", row->help);
    for (const struct choice *c = row->choices; c && c->word; c++) {
        fprintf(to, "%s%s", c == row->choices ? ": " : ", ", c->word);
    }
    fputc('\n', to);
}

void options_help(const struct command *command, FILE *to)
{
    fprintf(to, "bert %s: %s\n\nusage: bert %s %s\n\n", command->name, command->summary,
            command->name, command->synopsis);
    const struct option_row *row;
    for (size_t at = 0; (row = option_next(command, &at));) help_row(row, to);
}
