// cmd_models.c: bert models: the models that are here, brought by bert pull or by the Python tools.
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"
#include "cli.h"
#include "commands.h"
#include "hub/here.h"
#include "hub/wanted.h"
#include "output.h"
#include "record/text.h"

// What a table or a record says of one model.
struct row {
    const struct hub_here *here;
    const char *form;
    size_t layers, hidden;
    uint64_t bytes;
};

// Bytes of a folder's files, and of those in folders within it; links count as what they lead to.
static uint64_t folder_bytes(const char *path, int depth)
{
    struct os_names names;
    bert_error err;
    uint64_t total = 0, size;
    if (os_folder_list(&names, path, &err)) return 0;
    for (size_t i = 0; i < names.count; i++) {
        char *file = os_join(path, names.name[i]);
        if (file && os_file_size(file, &size)) total += size;
        else if (file && depth > 0) total += folder_bytes(file, depth - 1);
        mem_free(file);
    }
    os_names_release(&names);
    return total;
}

// The configuration in a folder, in either of its names; NULL when none can be read.
static json *open_config(const char *folder)
{
    static const char *const names[] = {"config.json", "bert_config.json"};
    json *config = NULL;
    for (size_t i = 0; !config && i < 2; i++) {
        bert_error err;
        char *path = os_join(folder, names[i]);
        if (path && os_is_file(path)) config = json_open(path, &err);
        mem_free(path);
    }
    return config;
}

// False for what is not a BERT: the Python tools keep all kinds of models there.
static bool describe(struct row *row, const struct hub_here *here)
{
    *row = (struct row){.here = here, .form = hub_weights_form(here->path)};
    json *config = open_config(here->path);
    const char *type = json_text(json_get(config, "model_type"));
    const bool bert = row->form && config && (!type || strcmp(type, "bert") == 0);
    bert_error err;
    if (bert) {
        json_size(config, "num_hidden_layers", 12, 0, 1000, &row->layers, "", &err);
        json_size(config, "hidden_size", 768, 0, 1 << 20, &row->hidden, "", &err);
        row->bytes = folder_bytes(here->path, 2);
    }
    json_free(config);
    return bert;
}

static void add_text(struct buf *out, const struct row *r, int width)
{
    const unsigned long long tenths = (r->bytes + 50000) / 100000; // of a megabyte
    buf_print(out, "%-*s  %-11s  %3zu  %5zu  %5llu.%llu  ", width, r->here->name, r->form,
              r->layers, r->hidden, tenths / 10, tenths % 10);
    record_plain(out, r->here->path, strlen(r->here->path));
    buf_byte(out, '\n');
}

static void add_json(struct buf *out, const struct row *r)
{
    buf_text(out, "{\"name\":");
    record_string(out, r->here->name, strlen(r->here->name));
    buf_text(out, ",\"revision\":");
    record_string(out, r->here->revision, strlen(r->here->revision));
    buf_print(out, ",\"format\":\"%s\",\"layers\":%zu,\"hidden_size\":%zu,\"bytes\":%llu,\"path\":",
              r->form, r->layers, r->hidden, (unsigned long long)r->bytes);
    record_string(out, r->here->path, strlen(r->here->path));
    buf_text(out, "}\n");
}

static void add_table(struct buf *out, const struct row *rows, size_t n)
{
    int width = 5;
    for (size_t i = 0; i < n; i++) {
        const int len = (int)strlen(rows[i].here->name);
        if (len > width) width = len;
    }
    buf_print(out, "%-*s  %-11s  %3s  %5s  %7s  %s\n", width, "model", "format", "L", "H", "MB",
              "folder");
    for (size_t i = 0; i < n; i++) add_text(out, &rows[i], width);
}

static int print(const struct options *o, const struct hub_here_list *list)
{
    struct output out;
    struct row *rows = mem_alloc(list->count, sizeof *rows);
    if (!rows || !output_open(&out, o)) {
        if (!rows) say_error("out of memory");
        mem_free(rows);
        return 1;
    }
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) n += describe(&rows[n], &list->model[i]);
    for (size_t i = 0; o->json && i < n; i++) add_json(&out.buffer, &rows[i]);
    if (!o->json && n) add_table(&out.buffer, rows, n);
    if (!o->json && !n && !o->quiet)
        fprintf(stderr, "bert: no model is here yet: bert pull --list shows what there is\n");
    mem_free(rows);
    return output_close(&out, false);
}

int cmd_models(const struct options *o)
{
    struct hub_settings settings;
    struct hub_here_list list = {0};
    bert_error err;
    int status = 1;
    if (hub_settings_folders(&settings, &err) || hub_here_read(&list, &settings, &err)) {
        say_error("%s", err.message);
    } else {
        status = print(o, &list);
    }
    hub_here_release(&list);
    hub_settings_release(&settings);
    return status;
}
