// manual.c: manual pages in the man macros of roff, such as groff, mandoc and man-db read.
#include "manual.h"

#include <string.h>

#include "commands.h"

// ------------------------------------------------------------------------------------------- roff

// One byte of text in which nothing is roff's: a backslash, a minus that must stay one.
static void put_byte(char c, FILE *to)
{
    if (c == '\\') fputs("\\e", to);
    else if (c == '-') fputs("\\-", to);
    else fputc(c, to);
}

// A line as it stands; its first dot or quote is no request.
static void put_line(const char *text, FILE *to)
{
    if (*text == '.' || *text == '\'') fputs("\\&", to);
    while (*text) put_byte(*text++, to);
}

// Bytes up to the next space, line end or the text's end.
static size_t word_length(const char *text)
{
    return strcspn(text, " \n");
}

// Text for filling, in lines below 80 bytes; an empty line begins a new paragraph.
static void put_text(const char *text, FILE *to)
{
    enum { WIDTH = 72 };
    size_t column = 0;
    for (const char *p = text; *p;) {
        const size_t n = word_length(p);
        if (column && column + n >= WIDTH) column = (fputc('\n', to), 0);
        else if (column) column += (fputc(' ', to), 1);
        if (!column && (*p == '.' || *p == '\'')) fputs("\\&", to);
        for (size_t i = 0; i < n; i++) put_byte(p[i], to);
        column += n;
        p += n;
        if (p[0] == '\n' && p[1] == '\n') {
            fputs("\n.PP\n", to);
            column = 0;
        }
        p += strspn(p, " \n");
    }
}

static void put_heading(const char *name, FILE *to)
{
    fprintf(to, ".SH %s\n", name);
}

static void put_section(const char *name, const char *text, FILE *to)
{
    put_heading(name, to);
    put_text(text, to);
    fputc('\n', to);
}

static void put_title(const char *command, FILE *to)
{
    fputs(".TH BERT", to);
    if (*command) fputc('-', to);
    for (const char *p = command; *p; p++) fputc(*p >= 'a' && *p <= 'z' ? *p - 32 : *p, to);
    fprintf(to, " 1 \"%s\" \"bert %s\" \"BERT in C\"\n", BERT_DATE, bert_version());
    put_heading("NAME", to);
    fprintf(to, "bert%s%s \\- ", *command ? "\\-" : "", command);
}

// ----------------------------------------------------------------------------------------- options

static void put_option(const struct option_row *row, FILE *to)
{
    fputs(".TP\n", to);
    if (row->letter) fprintf(to, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", to);
    put_text(row->name, to);
    fputs("\\fR", to);
    if (row->argument) fprintf(to, " \\fI%s\\fR", row->argument);
    fputc('\n', to);
    put_text(row->help, to);
    for (const struct choice *c = row->choices; c && c->word; c++) {
        fputs(c == row->choices ? ":\n\\fB" : ", \\fB", to);
        put_text(c->word, to);
        fputs("\\fR", to);
    }
    fputc('\n', to);
}

static void put_examples(const struct manual *manual, FILE *to)
{
    put_heading("EXAMPLES", to);
    for (const struct example *e = manual->examples; e->command; e++) {
        if (e != manual->examples) fputs(".PP\n", to);
        put_text(e->what, to);
        fputs(":\n.PP\n.nf\n.RS\n", to);
        put_line(e->command, to);
        fputs("\n.RE\n.fi\n", to);
    }
}

static const char status_text[] =
    "0: success. 1: the work failed: a file, a model, an item. 2: the command line was wrong. An "
    "error is one line on standard error that says what was wrong and what to do. A reader that "
    "closes the pipe early is no failure, a full disk is one.";

static void print_command(const struct command *c, FILE *to)
{
    const struct option_row *row;
    put_title(c->name, to);
    put_text(c->summary, to);
    fputc('\n', to);
    put_heading("SYNOPSIS", to);
    fprintf(to, "\\fBbert %s\\fR ", c->name);
    put_text(c->synopsis, to);
    fputc('\n', to);
    if (c->manual) put_section("DESCRIPTION", c->manual->about, to);
    put_heading("OPTIONS", to);
    for (size_t at = 0; (row = option_next(c, &at));) put_option(row, to);
    if (c->manual && c->manual->examples[0].command) put_examples(c->manual, to);
    put_section("EXIT STATUS", status_text, to);
    put_heading("SEE ALSO", to);
    fputs(".BR bert (1)\n", to);
}

// ------------------------------------------------------------------------------------ the overview

static void print_overview(FILE *to)
{
    const struct command *c;
    put_title("", to);
    fputs("embeddings from any pre\\-trained BERT\n", to);
    put_heading("SYNOPSIS", to);
    fputs("\\fBbert\\fR \\fICOMMAND\\fR [\\fB\\-m\\fR \\fIMODEL\\fR] [\\fIOPTIONS\\fR] "
          "[\\fITEXT\\fR ...]\n",
          to);
    put_section("DESCRIPTION", manual_overview.about, to);
    put_heading("COMMANDS", to);
    for (size_t i = 0; (c = command_at(i)); i++) {
        fprintf(to, ".TP\n.BR bert\\-%s (1)\n", c->name);
        put_text(c->summary, to);
        fputc('\n', to);
    }
    put_section("MODELS", manual_models_text, to);
    put_section("INPUT", manual_input_text, to);
    put_section("OUTPUT", manual_output_text, to);
    put_examples(&manual_overview, to);
    put_section("EXIT STATUS", status_text, to);
    put_section("ENVIRONMENT", manual_environment_text, to);
    put_heading("SEE ALSO", to);
    for (size_t i = 0; (c = command_at(i)); i++) {
        fprintf(to, ".BR bert\\-%s (1)%s\n", c->name, command_at(i + 1) ? "," : "");
    }
}

void manual_print(const struct command *command, FILE *to)
{
    if (command) print_command(command, to);
    else print_overview(to);
}

static void list_examples(const struct manual *manual, FILE *to)
{
    for (const struct example *e = manual->examples; e->command; e++) {
        fprintf(to, "%s\n", e->command);
    }
}

void manual_examples(const struct command *command, FILE *to)
{
    if (command && command->manual) list_examples(command->manual, to);
    if (command) return;
    list_examples(&manual_overview, to);
    for (size_t i = 0; (command = command_at(i)); i++) {
        if (command->manual) list_examples(command->manual, to);
    }
}
