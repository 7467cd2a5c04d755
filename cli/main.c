// main.c: bert COMMAND: the table of commands, help and version.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bert.h"
#include "cli.h"
#include "commands.h"
#include "completion.h"
#include "manual.h"
#include "programs.h"

#define ITEMS                                                                                      \
    "model input input-format columns=A,B shard output format max-length on-long truncate-side "   \
    "special-in-text tokenizer"                                                                    \
    " cased uncased quiet verbose"
#define MACHINE "gelu dtype batch-tokens threads cpu"

static const struct command commands[] = {
    {"embed", "vectors of sentences, words or tokens", "[-m MODEL] [OPTIONS] [TEXT ...]",
     ITEMS " " MACHINE " stride windows level pool layers mix prompt subwords words span dims"
           " normalize no-normalize precision"
           " ranges google",
     cmd_embed, &manual_embed},
    {"similar", "how alike pairs of texts are, or every two of many",
     "[-m MODEL] [OPTIONS] [\"A ||| B\" ...]",
     ITEMS " " MACHINE " metric matrix pool dims normalize no-normalize", cmd_similar,
     &manual_similar},
    {"search", "the lines of a file that are nearest to a query",
     "[-m MODEL] --in FILE [OPTIONS] [QUERY ...]",
     ITEMS " " MACHINE " in top metric vectors save-every pool dims normalize no-normalize",
     cmd_search, &manual_search},
    {"tokenize", "pieces, ids and offsets of texts", "[-m MODEL] [OPTIONS] [TEXT ...]",
     ITEMS " stride truncate offsets no-special pre-split count explain diff=PROFILE threads",
     cmd_tokenize, &manual_tokenize},
    {"detokenize", "ids, separated by white space, to text", "[-m MODEL] [OPTIONS] [IDS ...]",
     "model input shard output tokenizer no-special quiet verbose", cmd_detokenize,
     &manual_detokenize},
    {"inspect", "what a model is, and every assumption made about it", "[-m MODEL] [OPTIONS]",
     "model tensors diff=OTHER json tokenizer cased uncased gelu cpu quiet verbose", cmd_inspect,
     &manual_inspect},
    {"bench", "latency and throughput of a model on this machine", "[-m MODEL] [OPTIONS]",
     "model input input-format columns=A,B output lengths batches seconds json quiet "
     "verbose " MACHINE,
     cmd_bench, &manual_bench},
    {"convert", "write a model as the files of Hugging Face or Google",
     "[-m MODEL] --to hf|google -o FOLDER [OPTIONS]",
     "model output to dtype force tokenizer cased uncased gelu quiet verbose", cmd_convert,
     &manual_convert},
    {"quantize", "write a smaller copy of a model and measure what is lost",
     "[-m MODEL] --dtype int8|bf16 -o FOLDER [OPTIONS] [TEXT ...]",
     "model output dtype input task-file input-format columns=A,B,C force json max-length "
     "tokenizer cased "
     "uncased "
     "gelu"
     " batch-tokens threads cpu"
     " quiet verbose",
     cmd_quantize, &manual_quantize},
    {"verify", "outputs of a model, held against another implementation",
     "[-m MODEL] --against FILE [OPTIONS]",
     "model against tolerance output json max-length tokenizer cased uncased " MACHINE
     " quiet verbose",
     cmd_verify, &manual_verify},
    {"models", "the models that are here", "[OPTIONS]", "json output quiet verbose", cmd_models,
     &manual_models},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    const struct program *program = program_find(name);
    return program ? &program->command : NULL;
}

const struct command *command_at(size_t i)
{
    if (i < COMMANDS) return &commands[i];
    const struct command *command = &programs[i - COMMANDS].command;
    return command->name ? command : NULL;
}

static void print_commands(FILE *to)
{
    fprintf(to, "usage: bert COMMAND [-m MODEL] [OPTIONS] [TEXT ...]\n\n");
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++)
        fprintf(to, "  %-12s %s\n", command->name, command->summary);
    fprintf(to, "  %-12s %s\n\n", "help", "this text; bert help COMMAND for one command");
    fprintf(
        to,
        "MODEL is a model as it was published (a Hugging Face folder, a Google checkpoint), or\n"
        "a name that bert pull brought.\n");
}

static void print_names(void)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) puts(command->name);
}

static int print_version(void)
{
    printf("bert %s", bert_version());
    if (*BERT_COMMIT) printf(" (%s)", BERT_COMMIT);
    printf("\nkernels: %s (of", bert_cpu_name());
    for (const char *const *level = bert_cpu_levels(); *level; level++) printf(" %s", *level);
    printf(")\nthreads: %d\n", bert_cpu_threads());
    return 0;
}

// bert help, bert help COMMAND; and what is made of the tables when the program is built: bert help
// --man [COMMAND], --completion SHELL, --commands, --examples [COMMAND].
static int help(const char *name, const char *of)
{
    if (name && strcmp(name, "--completion") == 0) return completion_print(of ? of : "", stdout);
    const bool man = name && strcmp(name, "--man") == 0;
    const bool examples = name && strcmp(name, "--examples") == 0;
    if (name && strcmp(name, "--commands") == 0) return print_names(), 0;
    if (man || examples) name = of;
    const struct command *command = name ? find(name) : NULL;
    if (name && !command) {
        say_error("%s: no such command (see bert help)", name);
        return 2;
    }
    if (man) manual_print(command, stdout);
    else if (examples) manual_examples(command, stdout);
    else if (command) options_help(command, stdout);
    else print_commands(stdout);
    return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct options o;
    int status = options_parse(&o, command, argc, argv);
    if (!status && o.help) options_help(command, stdout);
    else if (!status) status = command->run(&o);
    options_release(&o);
    return status;
}

// Standard output is written by hand everywhere but in help and the like; a full disk there must
// not pass for success.
static int check_output(int status)
{
    if (fflush(stdout) || ferror(stdout)) {
        say_error("standard output: cannot be written");
        return status ? status : 1;
    }
    return status;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); // a closed pipe is an answer of write, and no failure
    signal(SIGXFSZ, SIG_IGN); // a file that may not grow (ulimit -f) is one, too
    if (argc < 2) {
        print_commands(stderr);
        return 2;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return check_output(print_version());
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return check_output(help(argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL));
    }
    const struct command *command = find(name);
    if (!command) {
        say_error("%s: no such command (see bert help)", name);
        return 2;
    }
    if (!command->run) return program_run(program_find(name), argv + 1);
    return check_output(run(command, argc - 1, argv + 1));
}
