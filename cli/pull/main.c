// main.c: bert-pull, which `bert pull` runs: brings models by name. For each name it prints the
// model's folder on standard output; talk goes to standard error.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "hub/here.h"
#include "hub/wanted.h"
#include "opt.h"
#include "programs.h"
#include "pull.h"

// ------------------------------------------------------------------------------------------ list

static void print_row(const struct hub_model *m, int width)
{
    const size_t parameters = hub_model_parameters(m);
    const size_t tenths = (parameters + 50000) / 100000,
                 megabytes = (parameters * 4 + 500000) / 1000000;
    printf("%-*s  %2zu  %4zu  %4zu.%zu M  %5zu  %-7s  %s\n", width, m->alias ? m->alias : m->name,
           m->layers, m->hidden, tenths / 10, tenths % 10, megabytes,
           m->cased ? "cased" : "uncased", m->good_for);
}

static int print_list(void)
{
    size_t count;
    const struct hub_model *models = hub_catalogue(&count);
    int width = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = models[i].alias ? models[i].alias : models[i].name;
        if ((int)strlen(name) > width) width = (int)strlen(name);
    }
    printf("%-*s  %2s  %4s  %8s  %5s  %-7s  %s\n", width, "model", "L", "H", "numbers", "MB",
           "case", "good for");
    for (size_t i = 0; i < count; i++) print_row(&models[i], width);
    printf(
        "\nL layers of width H. Any other BERT of the Hugging Face hub comes by its name there:\n"
        "bert pull ORGANISATION/MODEL. Google's miniatures are google/LxH as well: "
        "google/2x128.\n");
    return 0;
}

// ------------------------------------------------------------------------------------------ pull

bert_status pull_lock(const struct pull *p, struct os_lock *lock, const char *path,
                      const char *what, bert_error *err)
{
    bool taken = false, told = false;
    while (!taken) {
        TRY(os_lock_try(lock, path, &taken, err));
        if (taken) break;
        if (http_signal()) return fail(err, BERT_CANCELLED, "interrupted");
        if (!told && !p->quiet)
            fprintf(stderr, "bert: %s: waiting for another process that brings it\n", what);
        told = true;
        os_sleep(0.1);
    }
    return BERT_OK;
}

// Without the network: what is here, or nothing.
static bert_status find_here(const struct pull *p, const struct hub_id *id, char **path,
                             bert_error *err)
{
    TRY(hub_find(p->settings, id, path, err));
    if (*path) return BERT_OK;
    return fail(err, BERT_IO,
                "%s: it is not here, and HF_HUB_OFFLINE or --offline forbids to "
                "bring it",
                id->name);
}

static bert_status pull_one(struct pull *p, const char *name, const char *revision, char **path,
                            bert_error *err)
{
    struct hub_id id;
    TRY(hub_id_parse(&id, name, err));
    if (revision) {
        if (!hub_revision_valid(revision))
            return fail(err, BERT_INVALID, "--revision: '%s' is none", revision);
        snprintf(id.revision, sizeof id.revision, "%s", revision);
    }
    const struct hub_model *known = hub_catalogue_find(id.name);
    if (p->settings->offline) return find_here(p, &id, path, err);
    if (known && known->archive) return pull_from_google(p, known, path, err);
    return pull_from_hub(p, &id, path, err);
}

static int pull_all(struct pull *p, const struct options *o)
{
    int failed = 0;
    for (size_t i = 0; i < o->n_texts && !http_signal(); i++) {
        bert_error err;
        char *path = NULL;
        const bert_status status = pull_one(p, o->texts[i], o->revision, &path, &err);
        if (status == BERT_CANCELLED)
            say_error("%s: interrupted; the same command goes on where it stopped", o->texts[i]);
        else if (status) say_error("%s", err.message);
        else printf("%s\n", path);
        failed |= status != BERT_OK;
        mem_free(path);
    }
    return failed;
}

static int pull(const struct options *o)
{
    struct hub_settings settings;
    bert_error err;
    struct pull p = {.settings = &settings, .quiet = o->quiet};
    bert_status status = hub_settings_folders(&settings, &err);
    if (!status) status = hub_settings_sites(&settings, &err);
    settings.offline |= o->offline;
    if (!status && !(p.http = http_new(&err))) status = BERT_MEMORY;
    meter_init(&p.meter, o->quiet);
    if (status) say_error("%s", err.message);
    const int result = status ? 1 : pull_all(&p, o);
    http_free(p.http);
    hub_settings_release(&settings);
    return result;
}

// Ends as the signal would have ended it, so that a shell's loop stops too.
static void end_by_signal(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

int main(int argc, char **argv)
{
    const struct command *command = &program_find("pull")->command;
    struct options o;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // a limit on sizes is an answer of write
    int status = options_parse(&o, command, argc, argv);
    if (status) return status;
    if (o.help) options_help(command, stdout);
    else if (o.list) status = print_list();
    else if (o.n_texts == 0) {
        say_error("pull: which model? bert pull --list shows some (see bert pull --help)");
        status = 2;
    } else {
        http_catch_signals();
        status = pull(&o);
    }
    options_release(&o);
    if (fflush(stdout) || ferror(stdout)) {
        say_error("standard output: cannot be written");
        status = status ? status : 1;
    }
    if (http_signal()) end_by_signal(http_signal());
    return status;
}
