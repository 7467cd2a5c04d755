// cli.c: messages, and opening what a command works on.
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"
#include "hub/here.h"

static void say(const char *kind, const char *format, va_list args)
{
    char line[4400];
    vsnprintf(line, sizeof line, format, args);
    for (char *p = line; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7F) *p = '?'; // one line, no escape sequences
    }
    fprintf(stderr, "bert: %s%s\n", kind, line);
}

void say_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
}

void say_warning(const struct options *o, const char *format, ...)
{
    if (o->quiet) return;
    va_list args;
    va_start(args, format);
    say("warning: ", format, args);
    va_end(args);
}

// The model that came with the program, installed or in its build tree; NULL when none did.
static char *default_model(void)
{
    static const char *const places[] = {"../share/bert/default", "models/default",
                                         "../models/default"};
    char *program = os_program_folder(), *found = NULL;
    for (size_t i = 0; program && !found && i < sizeof places / sizeof *places; i++) {
        found = os_join(program, places[i]);
        if (found && os_is_folder(found)) break;
        mem_free(found);
        found = NULL;
    }
    mem_free(program);
    return found;
}

char *cli_model_path(const struct options *o)
{
    const char *model = o->model ? o->model : getenv("BERT_MODEL");
    bert_error err;
    char *path = NULL;
    if (!model || !*model) {
        path = default_model();
        if (!path)
            say_error("no model: give -m MODEL or set BERT_MODEL; bert pull --list shows "
                      "models to begin with");
    } else if (hub_resolve(model, &path, &err)) {
        say_error("%s", err.message);
    }
    return path;
}

static bool limit_cpu(const struct options *o)
{
    bert_error err;
    if (!o->cpu || !bert_cpu_limit(o->cpu, &err)) return true;
    say_error("--cpu: %s", err.message);
    return false;
}

struct bert_tokenizer_options cli_tokenizer_options(const struct options *o)
{
    struct bert_tokenizer_options t = BERT_TOKENIZER_DEFAULTS;
    t.profile = (bert_profile)o->profile;
    t.lowercase = o->lowercase;
    t.special_in_text = (bert_special)o->special;
    return t;
}

struct bert_tokenize_options cli_tokenize_options(const struct options *o)
{
    struct bert_tokenize_options t = BERT_TOKENIZE_DEFAULTS;
    t.max_length = o->max_length;
    t.truncate = (bert_truncate)o->truncate;
    t.truncate_left = o->truncate_side && strcmp(o->truncate_side, "left") == 0;
    t.no_special = o->no_special;
    t.windows = o->on_long && strcmp(o->on_long, "window") == 0;
    t.stride = o->stride;
    return t;
}

// What --dtype multiplies in; false after saying why it cannot.
static bool choose_dtype(const struct options *o, bert_dtype *dtype)
{
    *dtype = cli_dtype(o);
    if (!o->dtype || strcmp(o->dtype, "f16") != 0) return true;
    say_error("--dtype f16: numbers are multiplied in f32, bf16 or int8");
    return false;
}

bert_dtype cli_dtype(const struct options *o)
{
    if (o->dtype && strcmp(o->dtype, "bf16") == 0) return BERT_BF16;
    return o->dtype && strcmp(o->dtype, "int8") == 0 ? BERT_INT8 : BERT_F32;
}

bert_model *cli_model(const struct options *o)
{
    bert_dtype dtype;
    if (!limit_cpu(o) || !choose_dtype(o, &dtype)) return NULL;
    char *path = cli_model_path(o);
    if (!path) return NULL;
    struct bert_model_options m = BERT_MODEL_DEFAULTS;
    m.tokenizer = cli_tokenizer_options(o);
    if (o->gelu) m.activation = strcmp(o->gelu, "tanh") == 0 ? "gelu_new" : "gelu";
    m.dtype = dtype;
    bert_error err;
    bert_model *model = bert_model_open(path, &m, &err);
    if (!model) say_error("%s", err.message);
    else if (cli_untrained(model)) say_warning(o, "%s: UNTRAINED: its weights are random", path);
    mem_free(path);
    return model;
}

bert_tokenizer *cli_tokenizer(const struct options *o, bert_profile profile)
{
    char *path = cli_model_path(o);
    if (!path) return NULL;
    struct bert_tokenizer_options t = cli_tokenizer_options(o);
    if (profile) t.profile = profile;
    bert_error err;
    bert_tokenizer *tokenizer = bert_tokenizer_open(path, &t, &err);
    if (!tokenizer) say_error("%s", err.message);
    mem_free(path);
    return tokenizer;
}

bert_session *cli_session(const struct options *o, const bert_model *model)
{
    struct bert_session_options s = BERT_SESSION_DEFAULTS;
    s.threads = o->threads;
    s.tokens = o->batch_tokens;
    const size_t longest = bert_model_embedding(model)->max_length;
    if (s.tokens && s.tokens < longest) s.tokens = longest;
    if (s.tokens && s.tokens < o->max_length) s.tokens = o->max_length;
    bert_error err;
    bert_session *session = bert_session_new(model, &s, &err);
    if (!session) say_error("%s", err.message);
    return session;
}

bool cli_untrained(const bert_model *model)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(notes[i].what, "untrained") == 0) return true;
    }
    return false;
}

const char *cli_format(const struct options *o)
{
    if (o->format) return o->format;
    return !o->output && isatty(STDOUT_FILENO) ? "text" : "jsonl";
}
