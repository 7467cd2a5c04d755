// completion.c: one function a shell over the same tables. An option's value is one of its words, a
// file, or nothing that could be known.
#include "completion.h"

#include <string.h>

#include "cli.h"
#include "commands.h"

static bool takes_file(const struct option_row *row)
{
    static const char *const names[] = {"FILE", "FOLDER", "MODEL", "PATH"};
    for (size_t i = 0; row->argument && i < sizeof names / sizeof *names; i++) {
        if (strcmp(row->argument, names[i]) == 0) return true;
    }
    return false;
}

static void put_words(const struct option_row *row, FILE *to)
{
    for (const struct choice *c = row->choices; c->word; c++) {
        fprintf(to, "%s%s", c == row->choices ? "" : " ", c->word);
    }
}

static void put_commands(const char *form, FILE *to)
{
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++) fprintf(to, form, c->name);
}

// Within single quotes of a shell, without what `also` holds besides.
static void put_quoted(const char *text, const char *also, FILE *to)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'') fputs("'\\''", to);
        else if (strchr(also, *p)) fprintf(to, "\\%c", *p);
        else fputc(*p, to);
    }
}

// ------------------------------------------------------------------------------------------- bash

// A case "COMMAND:OPTION": what may follow it.
static void bash_value(const struct command *c, const struct option_row *row, FILE *to)
{
    if (!row->argument) return;
    fprintf(to, "    %s:--%s", c->name, row->name);
    if (row->letter) fprintf(to, "|%s:-%c", c->name, row->letter);
    fputs(") ", to);
    if (row->choices) {
        fputs("COMPREPLY=($(compgen -W '", to);
        put_words(row, to);
        fputs("' -- \"$cur\")); ", to);
    } else if (takes_file(row)) {
        fputs("COMPREPLY=($(compgen -f -- \"$cur\")); ", to);
    }
    fputs("return ;;\n", to);
}

static void print_bash(FILE *to)
{
    const struct command *c;
    const struct option_row *row;
    fputs(
        "# bash completion for bert\n_bert() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options=--help\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
        "        COMPREPLY=($(compgen -W 'help --version",
        to);
    put_commands(" %s", to);
    fputs("' -- \"$cur\"))\n        return\n    fi\n    case ${COMP_WORDS[1]}:$prev in\n", to);
    for (size_t i = 0; (c = command_at(i)); i++) {
        for (size_t at = 0; (row = option_next(c, &at));) bash_value(c, row, to);
    }
    fputs("    esac\n    case ${COMP_WORDS[1]} in\n", to);
    for (size_t i = 0; (c = command_at(i)); i++) {
        fprintf(to, "    %s) options='", c->name);
        for (size_t at = 0; (row = option_next(c, &at));) fprintf(to, "--%s ", row->name);
        fputs("' ;;\n", to);
    }
    fputs("    esac\n", to);
    fputs("    case $cur in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
          "    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n    esac\n}\n"
          "complete -o filenames -F _bert bert\n",
          to);
}

// -------------------------------------------------------------------------------------------- zsh

static void zsh_option(const struct option_row *row, FILE *to)
{
    if (row->letter)
        fprintf(to, "        '(-%c --%s)'{-%c,--%s}", row->letter, row->name, row->letter,
                row->name);
    else fprintf(to, "        '--%s", row->name);
    fputs(row->letter ? "'[" : "[", to);
    put_quoted(row->help, "[]:", to);
    fputc(']', to);
    if (row->argument) fprintf(to, ":%s:", row->argument);
    if (row->choices) {
        fputc('(', to);
        put_words(row, to);
        fputc(')', to);
    } else if (takes_file(row)) {
        fputs("_files", to);
    }
    fputs("' \\\n", to);
}

static void print_zsh(FILE *to)
{
    const struct command *c;
    const struct option_row *row;
    fputs("#compdef bert\n_bert() {\n    local -a commands\n    commands=(\n", to);
    for (size_t i = 0; (c = command_at(i)); i++) {
        fprintf(to, "        '%s:", c->name);
        put_quoted(c->summary, ":", to);
        fputs("'\n", to);
    }
    fputs("        'help:how to use bert'\n    )\n"
          "    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n"
          "    fi\n    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
          "    case $command in\n",
          to);
    for (size_t i = 0; (c = command_at(i)); i++) {
        fprintf(to, "    %s) _arguments -s -S \\\n", c->name);
        for (size_t at = 0; (row = option_next(c, &at));) zsh_option(row, to);
        fputs("        '*:text:_files' ;;\n", to);
    }
    fputs("    help) _describe command commands ;;\n    esac\n}\n"
          "if [ \"$funcstack[1]\" = _bert ]; then _bert \"$@\"; else compdef _bert bert; fi\n",
          to);
}

// ------------------------------------------------------------------------------------------- fish

static void fish_option(const struct command *c, const struct option_row *row, FILE *to)
{
    fprintf(to, "complete -c bert -n '__fish_seen_subcommand_from %s' -l %s", c->name, row->name);
    if (row->letter) fprintf(to, " -s %c", row->letter);
    if (row->choices) {
        fputs(" -x -a '", to);
        put_words(row, to);
        fputc('\'', to);
    } else if (row->argument) {
        fputs(takes_file(row) ? " -r -F" : " -x", to);
    }
    fputs(" -d '", to);
    for (const char *p = row->help; *p; p++) fprintf(to, *p == '\'' ? "\\'" : "%c", *p);
    fputs("'\n", to);
}

static void print_fish(FILE *to)
{
    const struct command *c;
    const struct option_row *row;
    fputs("# fish completion for bert\n", to);
    for (size_t i = 0; (c = command_at(i)); i++) {
        fprintf(to, "complete -c bert -f -n __fish_use_subcommand -a %s -d '%s'\n", c->name,
                c->summary);
        for (size_t at = 0; (row = option_next(c, &at));) fish_option(c, row, to);
    }
    fputs("complete -c bert -f -n __fish_use_subcommand -a help -d 'how to use bert'\n"
          "complete -c bert -f -n '__fish_seen_subcommand_from help' -a '",
          to);
    put_commands("%s ", to);
    fputs("'\n", to);
}

static const struct shell {
    const char *name;
    void (*print)(FILE *to);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

int completion_print(const char *shell, FILE *to)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, shell) != 0) continue;
        shells[i].print(to);
        return 0;
    }
    say_error("help --completion %s: must be bash, zsh or fish", shell);
    return 2;
}
