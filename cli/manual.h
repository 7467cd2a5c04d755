// manual.h: the manual pages, made of the tables of commands and options and of manuals.c.
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "opt.h"

// The page bert-COMMAND(1), or bert(1) for NULL, in roff's man macros.
void manual_print(const struct command *command, FILE *to);

// The command lines of its examples, one a line; of all commands for NULL.
void manual_examples(const struct command *command, FILE *to);

#endif
