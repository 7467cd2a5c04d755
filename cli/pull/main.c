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
#include "output.h"
#include "programs.h"
#include "pull.h"
#include "record/text.h"

// ------------------------------------------------------------------------------------------ list

static const char *short_name(const struct hub_model *m)
{
    return m->alias ? m->alias : m->name;
}

static void add_row(struct buf *out, const struct hub_model *m, int width)
{
    const size_t numbers = hub_model_parameters(m), tenths = (numbers + 50000) / 100000;
    buf_print(out, "%-*s  %2zu  %4zu  %4zu.%zu M  %5zu  %-7s  %s\n", width, short_name(m),
              m->layers, m->hidden, tenths / 10, tenths % 10, (numbers * 4 + 500000) / 1000000,
              m->cased ? "cased" : "uncased", m->good_for);
}

static void add_table(struct buf *out, const struct hub_model *models, size_t count)
{
    int width = 0;
    for (size_t i = 0; i < count; i++) {
        const int len = (int)strlen(short_name(&models[i]));
        if (len > width) width = len;
    }
    buf_print(out, "%-*s  %2s  %4s  %8s  %5s  %-7s  %s\n", width, "model", "L", "H", "numbers",
              "MB", "case", "good for");
    for (size_t i = 0; i < count; i++) add_row(out, &models[i], width);
    buf_text(out, "\nL layers of width H. Any other BERT of the Hugging Face hub comes by its name "
                  "there:\nbert pull ORGANISATION/MODEL. Google's miniatures are google/LxH as "
                  "well: google/2x128.\n");
}

static void add_json(struct buf *out, const struct hub_model *m)
{
    const size_t numbers = hub_model_parameters(m);
    buf_text(out, "{\"name\":");
    record_string(out, short_name(m), strlen(short_name(m)));
    buf_print(out,
              ",\"layers\":%zu,\"hidden_size\":%zu,\"vocab_size\":%zu,\"parameters\":%zu,"
              "\"bytes\":%zu,\"cased\":%s,\"good_for\":",
              m->layers, m->hidden, m->vocab, numbers, numbers * 4, m->cased ? "true" : "false");
    record_string(out, m->good_for, strlen(m->good_for));
    buf_text(out, "}\n");
}

static int print_list(const struct options *o)
{
    size_t count;
    struct output out;
    const struct hub_model *models = hub_catalogue(&count);
    if (!output_open(&out, o)) return 1;
    for (size_t i = 0; o->json && i < count; i++) add_json(&out.buffer, &models[i]);
    if (!o->json) add_table(&out.buffer, models, count);
    return output_close(&out, false);
}

// ------------------------------------------------------------------------------------------ pull

void pull_tell(const struct pull *p, const char *name, uint64_t size)
{
    if (p->verbose) fprintf(stderr, "bert: %s: %llu bytes came\n", name, (unsigned long long)size);
}

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
    if (known && known->archive && strcmp(id.revision, "main") != 0)
        return fail(err, BERT_INVALID, "%s: Google's models have no revisions", id.name);
    if (p->settings->offline) return find_here(p, &id, path, err);
    if (known && known->archive) return pull_from_google(p, known, path, err);
    return pull_from_hub(p, &id, path, err);
}

// At once, so that who reads along knows. The exit status.
static int print_path(const struct options *o, const char *name, const char *path)
{
    struct output out;
    if (!output_open(&out, o)) return 1;
    if (o->json) {
        buf_text(&out.buffer, "{\"name\":");
        record_string(&out.buffer, name, strlen(name));
        buf_text(&out.buffer, ",\"path\":");
        record_string(&out.buffer, path, strlen(path));
        buf_byte(&out.buffer, '}');
    } else {
        buf_text(&out.buffer, path);
    }
    buf_byte(&out.buffer, '\n');
    return output_close(&out, false);
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
        else failed |= print_path(o, o->texts[i], path);
        failed |= status != BERT_OK;
        mem_free(path);
    }
    return failed;
}

static int pull(const struct options *o)
{
    struct hub_settings settings;
    bert_error err;
    struct pull p = {.settings = &settings, .quiet = o->quiet, .verbose = o->verbose};
    bert_status status = hub_settings_folders(&settings, &err);
    if (!status) status = hub_settings_sites(&settings, &err);
    settings.offline |= o->offline;
    if (!status && !(p.http = http_new(o->quiet, &err))) status = BERT_MEMORY;
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
    else if (o.list) status = print_list(&o);
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
