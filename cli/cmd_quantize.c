// cmd_quantize.c: bert quantize: a smaller copy of a model, and what its vectors lost, measured on
// texts of the user's or on some of ours, and in a task of the user's.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "embedder.h"
#include "input.h"
#include "task.h"

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

enum { BEFORE, AFTER, SIDES };

struct loss {
    const struct options *o;
    struct options as_it_is, copy; // of the two embedders
    struct embedder sides[SIDES];
    bool counts; // the texts that are queued are those whose cosines are wanted
    size_t texts;
    double least, sum;
    struct task task;
    size_t pairs;         // of it, embedded so far
    double *alike[SIDES]; // [task.n] cosines of its pairs
    double metric[SIDES]; // their correlation with its scores
};

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

// ------------------------------------------------------------------------------------- embedding

static void count_cosine(struct loss *l, double c)
{
    if (!(c >= l->least)) l->least = c;
    l->sum += c;
    l->texts++;
}

// Runs both models on what is queued; `pairs`: two texts each of the task.
static bool run_queue(struct loss *l, bool pairs)
{
    const size_t n = embedder_queued(&l->sides[0]), cols = l->sides[0].cols;
    const float *rows[SIDES];
    for (int k = 0; k < SIDES; k++) {
        rows[k] = embedder_run(&l->sides[k]);
        if (!rows[k]) return false;
        for (size_t i = 0; pairs && i < n / 2; i++) {
            const float *a = rows[k] + 2 * i * cols;
            l->alike[k][l->pairs + i] = cosine(a, a + cols, cols);
        }
    }
    for (size_t i = 0; l->counts && i < n; i++) {
        count_cosine(l, cosine(rows[BEFORE] + i * cols, rows[AFTER] + i * cols, cols));
    }
    l->pairs += pairs ? n / 2 : 0;
    return true;
}

static bool queue(struct loss *l, struct bert_text text, size_t number)
{
    return embedder_add(&l->sides[BEFORE], text, "text", number) &&
           embedder_add(&l->sides[AFTER], text, "text", number);
}

static bool is_full(const struct loss *l)
{
    return embedder_full(&l->sides[BEFORE]);
}

// ---------------------------------------------------------------------------------------- the
// texts

static bool measure_samples(struct loss *l)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        if (!queue(l, (struct bert_text){samples[i], strlen(samples[i])}, i)) return false;
    }
    return run_queue(l, false);
}

static bool measure_texts(struct loss *l)
{
    struct options plain = *l->o;
    if (plain.task_file) plain.columns = NULL; // those are the task's
    struct input in;
    struct bert_text text;
    enum input_event event = INPUT_END;
    bool good = true;
    input_open(&in, &plain);
    for (size_t i = 0; good && (event = input_next(&in, true, &text, NULL)) == INPUT_ITEM; i++) {
        good = queue(l, text, i) && (!is_full(l) || run_queue(l, false));
    }
    input_close(&in);
    return good && event == INPUT_END && run_queue(l, false);
}

static bool measure_task(struct loss *l)
{
    for (int k = 0; k < SIDES; k++) {
        l->alike[k] = mem_alloc(l->task.n, sizeof **l->alike);
        if (!l->alike[k]) return say_error("out of memory"), false;
    }
    for (size_t i = 0; i < 2 * l->task.n; i += 2) {
        if (!queue(l, task_text(&l->task, i), i) || !queue(l, task_text(&l->task, i + 1), i + 1)) {
            return false;
        }
        if (is_full(l) && !run_queue(l, true)) return false;
    }
    if (!run_queue(l, true)) return false;
    for (int k = 0; k < SIDES; k++) {
        if (!task_spearman(l->alike[k], l->task.scores, l->task.n, &l->metric[k])) return false;
    }
    return true;
}

// The cosines are those of the texts that were given, else of the task's, else of ours.
static bool measure(struct loss *l)
{
    const bool given = l->o->n_texts || l->o->n_inputs;
    l->least = 1;
    l->counts = true;
    if (given && !measure_texts(l)) return false;
    if (!given && !l->task.n && !measure_samples(l)) return false;
    l->counts = !given;
    return !l->task.n || measure_task(l);
}

// ------------------------------------------------------------------------------------- the report

static void report_json(const struct loss *l, double mean)
{
    printf("{\"texts\":%zu,\"cosine_mean\":%.7f,\"cosine_min\":%.7f", l->texts, mean, l->least);
    if (l->task.n) {
        printf(",\"pairs\":%zu,\"spearman\":%.6f,\"spearman_quantized\":%.6f", l->task.n,
               l->metric[BEFORE], l->metric[AFTER]);
    }
    puts("}");
}

static int report(const struct loss *l)
{
    const double mean = l->texts ? l->sum / (double)l->texts : 1;
    const bool ours = !l->o->n_texts && !l->o->n_inputs && !l->task.n;
    for (int k = 0; k < SIDES; k++) embedder_warn(&l->sides[k]);
    if (l->o->json) {
        report_json(l, mean);
        return 0;
    }
    printf("texts    %zu%s\n", l->texts, ours ? " of the program's own" : "");
    printf("cosine   %.7f in the mean, %.7f at the least\n", mean, l->least);
    if (l->task.n) {
        printf("task     %zu pairs, Spearman's correlation x 100: %.2f before, %.2f after\n",
               l->task.n, 100 * l->metric[BEFORE], 100 * l->metric[AFTER]);
    }
    return 0;
}

// ---------------------------------------------------------------------------------------- the copy

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
    l->as_it_is = l->copy = *l->o;
    l->as_it_is.dtype = NULL; // what is written is held against float32
    l->copy.model = l->o->output;
    l->copy.quiet = true; // what there is to say is said of the first
    if (l->o->task_file && !task_read(&l->task, l->o)) return 1;
    if (!embedder_open(&l->sides[BEFORE], &l->as_it_is)) return 1;
    if (!save(l->o, l->sides[BEFORE].model)) return 1;
    return embedder_open(&l->sides[AFTER], &l->copy) && measure(l) ? report(l) : 1;
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
    const int status = quantize(&l);
    for (int k = 0; k < SIDES; k++) {
        embedder_close(&l.sides[k]);
        mem_free(l.alike[k]);
    }
    task_release(&l.task);
    return status;
}
