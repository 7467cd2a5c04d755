// cmd_quantize.c: bert quantize: a smaller copy of a model, and what its vectors lost, measured on
// texts of the user's or on some of ours.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "input.h"

static const char *const samples[] = {
    "The bank raised its interest rates again this morning.",
    "We sat by the river bank and watched the boats.",
    "How do I reset my password?",
    "The patient was given two doses of the vaccine.",
    "A man is playing a guitar on the street.",
    "Shares fell sharply after the company cut its forecast.",
    "The recipe needs three eggs, flour and a little salt.",
    "She has been learning to play the violin since she was six.",
    "The function returns zero when the file cannot be opened.",
    "It rained all day, so the match was cancelled.",
    "Paris is the capital of France.",
    "The telescope found water on a planet far from our sun.",
    "Please cancel my order and refund the money.",
    "The court ruled that the contract was void.",
    "No",
    "He said that he would come, but nobody believed him any more, since he had promised it so "
    "often "
    "and had always found, at the last moment, a reason to stay at home.",
};
enum { SAMPLES = sizeof samples / sizeof *samples };

// One of the two models.
struct side {
    bert_model *model;
    bert_session *session;
    bert_batch *batch;
    float *vector;
};

struct loss {
    const struct options *o;
    struct side sides[2]; // as it is, smaller
    size_t cols, texts;
    double least, sum;
};

static bool side_open(struct side *s, const struct options *o, size_t cols)
{
    bert_error err;
    s->session = s->model ? cli_session(o, s->model) : NULL;
    if (!s->session) return false; // said
    s->batch = bert_batch_new(s->model, &err);
    s->vector = mem_alloc(cols, sizeof *s->vector);
    if (s->batch && s->vector) return true;
    say_error("out of memory");
    return false;
}

static void side_close(struct side *s)
{
    mem_free(s->vector);
    bert_batch_free(s->batch);
    bert_session_free(s->session);
    bert_model_free(s->model);
}

static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : aa == bb;
}

static bool measure_text(struct loss *l, struct bert_text text)
{
    const struct bert_tokenize_options t = cli_tokenize_options(l->o);
    bert_error err;
    for (size_t i = 0; i < 2; i++) {
        struct side *s = &l->sides[i];
        bert_batch_clear(s->batch);
        if (!bert_batch_add(s->batch, text, (struct bert_text){0}, &t, &err) &&
            !bert_embed(s->session, s->batch, NULL, s->vector, &err)) {
            continue;
        }
        say_error("text %zu: %s", l->texts, err.message);
        return false;
    }
    const double c = cosine(l->sides[0].vector, l->sides[1].vector, l->cols);
    if (!(c >= l->least)) l->least = c;
    l->sum += c;
    l->texts++;
    return true;
}

static bool measure(struct loss *l)
{
    l->least = 1;
    bool good = true;
    if (!l->o->n_texts && !l->o->n_inputs) {
        for (size_t i = 0; good && i < SAMPLES; i++) {
            good = measure_text(l, (struct bert_text){samples[i], strlen(samples[i])});
        }
        return good;
    }
    struct input in;
    struct bert_text text;
    enum input_event event;
    input_open(&in, l->o);
    while ((event = input_next(&in, true, &text, NULL)) == INPUT_ITEM && good) {
        good = measure_text(l, text);
    }
    input_close(&in);
    return good && event == INPUT_END;
}

static int report(const struct loss *l)
{
    char text[300];
    const double mean = l->texts ? l->sum / (double)l->texts : 1;
    const char *form = l->o->json
                           ? "{\"texts\":%zu,\"cosine_mean\":%.7f,\"cosine_min\":%.7f}\n"
                           : "texts    %zu%s\ncosine   %.7f in the mean, %.7f at the least\n";
    if (l->o->json) snprintf(text, sizeof text, form, l->texts, mean, l->least);
    else {
        const bool ours = !l->o->n_texts && !l->o->n_inputs;
        snprintf(text, sizeof text, form, l->texts, ours ? " of the program's own" : "", mean,
                 l->least);
    }
    fputs(text, stdout);
    return 0;
}

static void warn(void *arg, const struct bert_note *note)
{
    say_warning(arg, "%s: %s (%s)", note->what, note->value, note->origin);
}

static bool save(const struct options *o, const bert_model *model)
{
    struct bert_save_options s = BERT_SAVE_DEFAULTS;
    s.stored = strcmp(o->dtype, "int8") == 0 ? BERT_STORED_INT8 : BERT_STORED_BF16;
    s.replace = o->force;
    s.note = warn;
    s.arg = (void *)o;
    bert_error err;
    if (!bert_model_save(model, o->output, &s, &err)) return true;
    say_error("%s", err.message);
    return false;
}

static int quantize(struct loss *l)
{
    struct options small = *l->o;
    small.model = l->o->output;
    small.quiet = true; // what there is to say was said of the first
    if (!save(l->o, l->sides[0].model)) return 1;
    l->sides[1].model = cli_model(&small);
    l->cols = bert_embed_cols(l->sides[0].model, NULL);
    for (size_t i = 0; i < 2; i++) {
        if (!side_open(&l->sides[i], l->o, l->cols)) return 1;
    }
    return measure(l) ? report(l) : 1;
}

int cmd_quantize(const struct options *o)
{
    const bool known = o->dtype && (strcmp(o->dtype, "int8") == 0 || strcmp(o->dtype, "bf16") == 0);
    if (!known || !o->output || strcmp(o->output, "-") == 0) {
        say_error("quantize: needs --dtype int8 or --dtype bf16, and -o FOLDER (see bert quantize "
                  "--help)");
        return 2;
    }
    struct loss l = {.o = o};
    struct options source = *o;
    source.dtype = NULL; // what is written is held against float32
    l.sides[0].model = cli_model(&source);
    const int status = l.sides[0].model ? quantize(&l) : 1;
    side_close(&l.sides[0]);
    side_close(&l.sides[1]);
    return status;
}
