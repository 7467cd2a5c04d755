// completion.h: completions of the shells, made of the tables of commands and options.
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdio.h>

// Prints the script for bash, zsh or fish. Returns the exit status: 2 for another shell.
int completion_print(const char *shell, FILE *to);

#endif
