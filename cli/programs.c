// programs.c: the table of programs beside bert.
#include "programs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/os_folder.h"
#include "cli.h"

static const struct manual manual_pull = {
    "Brings models by name and prints the folder of each: any BERT of the Hugging Face hub as "
    "ORGANISATION/MODEL, and what Google published as google/tiny, google/4x512, "
    "google/base-uncased and so on. With --list the known names are shown, with what each model "
    "is good for. Only the files that a BERT needs are brought.\n\n"
    "Models of the hub are kept where the Python tools keep theirs, so that each finds what the "
    "other brought; Google's are unpacked into a folder beside it. A transfer that was cut goes "
    "on where it stopped, and a file takes its name only when its size and checksum are "
    "right.\n\n"
    "The environment is that of the Python tools: HF_HOME and HF_HUB_CACHE say where models are "
    "kept, HF_ENDPOINT which site has them, HF_TOKEN (or the file that hf auth login wrote) who "
    "you are: it is sent to that site alone. HF_HUB_OFFLINE forbids the network. BERT_CACHE and "
    "BERT_GOOGLE_ENDPOINT do the same for Google's. Proxies are found as curl finds them.\n\n"
    "This is a program of its own, bert-pull, which is built where libcurl is.",
    {{"What there is", "bert pull --list"}},
};

const struct program programs[] = {
    {{"pull", "bring a model from the Hugging Face hub or from Google",
      "[OPTIONS] NAME[@REVISION] ...", "list revision offline json quiet verbose", NULL,
      &manual_pull},
     "libcurl (Debian: libcurl4-openssl-dev, Fedora: libcurl-devel, Alpine: curl-dev)"},
    {{0}, NULL},
};

const struct program *program_find(const char *name)
{
    for (const struct program *p = programs; p->command.name; p++) {
        if (strcmp(p->command.name, name) == 0) return p;
    }
    return NULL;
}

int program_run(const struct program *program, char **argv)
{
    const char *name = program->command.name;
    char *folder = os_program_folder();
    struct buf path;
    buf_init(&path);
    buf_print(&path, "%s/bert-%s", folder ? folder : ".", name);
    buf_byte(&path, 0);
    if (path.failed) {
        say_error("out of memory");
    } else {
        execv(path.data, argv);
        if (errno == ENOENT) {
            say_error("%s: there is no program %s: it is built when %s is there (./setup && make)",
                      name, path.data, program->needs);
        } else {
            say_error("%s: %s", path.data, strerror(errno));
        }
    }
    buf_release(&path);
    mem_free(folder);
    return 1;
}
