// opt.h: the one table of options: parsing, `bert COMMAND --help`, and later the man page and the
// completions come from it. A command names the options it takes; all values land in one struct.
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bert.h"

// Of every `of` items the number-th, from 1; of 0: all.
struct shard {
    size_t number, of;
};

struct options {
    const char *model;
    const char **inputs; // -i, in order
    size_t n_inputs;
    int input_format; // input_kind
    const char *columns;
    struct shard shard;
    const char *output;
    const char *format;
    bool quiet, verbose, help;
    int threads;
    const char *cpu;
    size_t max_length;
    const char *on_long;
    size_t stride;
    int windows;  // bert_windows
    int truncate; // bert_truncate
    const char *truncate_side;
    int special;       // bert_special
    int profile;       // bert_profile
    int lowercase;     // -1, 0, 1
    const char *gelu;  // erf, tanh
    const char *dtype; // f32, f16, bf16, int8; NULL: as the command has it
    size_t batch_tokens;
    // embed
    int level;    // bert_level
    int pooling;  // bert_pooling, several packed
    int subwords; // bert_subwords
    const char *mix;
    int words;    // 1: what white space separates
    const char *span;
    const char *prompt;
    const char *layers;
    size_t dims;
    int normalize; // -1, 0, 1
    int precision; // enum precision
    const char *ranges;
    bool google;
    // tokenize
    int unit; // bert_unit
    bool no_special, pre_split, count, explain;
    int diff; // bert_profile, 0: none
    // inspect
    bool tensors, json;
    const char *other; // a model
    // similar, search
    int metric; // bert_metric, or -1: the model's own
    bool matrix;
    const char *in, *vectors;
    size_t top;
    double save_every;
    // bench
    const char *lengths, *batches;
    double seconds;
    // pull
    const char *revision;
    bool list, offline;
    // convert
    int layout; // bert_layout, -1: not said
    bool force;
    // quantize
    const char *task_file;
    // verify
    const char *against, *tolerance;
    // what is not an option
    char **texts;
    size_t n_texts;
};

// FLAG sets a bool; ON and OFF settle an int that is -1 until then. COUNT begins at 1, NATURAL at
// 0. CHOICE sets the number of one of its words, WORD the word itself, POOLINGS those of several
// words, packed.
enum kind {
    FLAG,
    ON,
    OFF,
    TEXT,
    LIST,
    COUNT,
    NATURAL,
    INTEGER,
    SECONDS,
    CHOICE,
    WORD,
    POOLINGS,
    SHARD
};

struct choice {
    const char *word;
    int value;
};

struct option_row {
    const char *name;
    char letter; // 0: none
    enum kind kind;
    size_t field;         // in struct options
    const char *argument; // what --help calls the value; NULL: it takes none
    const char *help;
    const struct choice *choices; // CHOICE, WORD, POOLINGS: ending in {NULL}
};

// What stands in a command's manual beside its options: paragraphs, and command lines with what
// they are for. The tests run every one of them.
struct example {
    const char *what, *command;
};
struct manual {
    const char *about;          // plain text, an empty line between paragraphs
    struct example examples[9]; // as many as have a command: at most 8
};

struct command {
    const char *name;
    const char *summary;                 // one line
    const char *synopsis;                // after the name
    const char *options;                 // names from the table, separated by spaces
    int (*run)(const struct options *o); // the exit status
    const struct manual *manual;
};

// Parses argv[1…] (argv[0] is the command's name). Returns 0, or 2 after one line on stderr. The
// lists in *o are freed by options_release.
int options_parse(struct options *o, const struct command *command, int argc, char **argv);
void options_release(struct options *o);

// The next row at or after *at that the command takes, and *at behind it; NULL at the end. Begin
// with 0.
const struct option_row *option_next(const struct command *command, size_t *at);

// What --help prints.
void options_help(const struct command *command, FILE *to);

#endif
