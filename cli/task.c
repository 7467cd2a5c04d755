// task.c: reading such a file, and ranks.
#include "task.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli.h"
#include "input.h"

// ----------------------------------------------------------------------------------------- reading

// A label as a number; NaN when it is none.
static double score_of(const struct input_item *item)
{
    const struct bert_text label = item->parts[INPUT_LABEL];
    if (!label.data) return item->number;
    bert_error err;
    json *number = json_parse(label.data, label.len, "a label", &err);
    const double score = json_is_number(number) ? json_number(number) : NAN;
    json_free(number);
    return score;
}

static bool add_text(struct task *t, struct bert_text text, size_t i)
{
    buf_add(&t->texts, text.data, text.len);
    if (t->texts.failed || !mem_grow((void **)&t->ends, &t->cap_ends, i + 1, sizeof *t->ends)) {
        return false;
    }
    t->ends[i] = t->texts.len;
    return true;
}

static bool add_pair(struct task *t, const struct input *in, struct bert_text a, struct bert_text b)
{
    const double score = score_of(&in->item);
    if (!b.data || !isfinite(score)) {
        say_error("%s: line %zu: needs two texts and as their label a number, how alike they are",
                  in->name, in->line);
        return false;
    }
    if (!add_text(t, a, 2 * t->n) || !add_text(t, b, 2 * t->n + 1) ||
        !mem_grow((void **)&t->scores, &t->cap_scores, t->n + 1, sizeof *t->scores)) {
        say_error("out of memory");
        return false;
    }
    t->scores[t->n++] = score;
    return true;
}

// Scores that are all the same rank nothing.
static bool check_scores(const struct task *t, const char *name)
{
    for (size_t i = 1; i < t->n; i++) {
        if (t->scores[i] != t->scores[0]) return true;
    }
    say_error("%s: needs pairs with different labels; it has %zu with the same", name, t->n);
    return false;
}

bool task_read(struct task *t, const struct options *o)
{
    struct options file = *o;
    file.inputs = (const char **)&o->task_file;
    file.n_inputs = 1;
    file.n_texts = 0;
    *t = (struct task){0};
    buf_init(&t->texts);
    struct input in;
    struct bert_text a, b;
    enum input_event event;
    input_open(&in, &file);
    in.labels = true;
    bool good = true;
    while (good && (event = input_next(&in, true, &a, &b)) == INPUT_ITEM) {
        good = add_pair(t, &in, a, b);
    }
    input_close(&in);
    return good && event == INPUT_END && check_scores(t, o->task_file);
}

void task_release(struct task *t)
{
    buf_release(&t->texts);
    mem_free(t->ends);
    mem_free(t->scores);
    *t = (struct task){0};
}

struct bert_text task_text(const struct task *t, size_t i)
{
    const size_t start = i ? t->ends[i - 1] : 0;
    return (struct bert_text){t->texts.data + start, t->ends[i] - start};
}

// ------------------------------------------------------------------------------------------- ranks

static int compare(const void *a, const void *b)
{
    const double x = **(const double *const *)a, y = **(const double *const *)b;
    return (x > y) - (x < y);
}

// Twice the ranks of x, less those of the middle: whole numbers whose mean is 0.
static void rank(const double *x, const double **order, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) order[i] = &x[i];
    qsort(order, n, sizeof *order, compare);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && *order[end] == *order[i];) end++;
        const double twice = (double)(i + end - 1) - (double)(n - 1);
        for (size_t k = i; k < end; k++) out[order[k] - x] = twice;
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

bool task_spearman(const double *x, const double *y, size_t n, double *out)
{
    const double **order = mem_alloc(n, sizeof *order);
    double *a = mem_alloc(n, sizeof *a), *b = mem_alloc(n, sizeof *b);
    const bool good = order && a && b;
    if (good) {
        rank(x, order, n, a);
        rank(y, order, n, b);
        const double squares = dot(a, a, n) * dot(b, b, n);
        *out = squares > 0 ? dot(a, b, n) / sqrt(squares) : 0;
    } else {
        say_error("out of memory");
    }
    mem_free(order);
    mem_free(a);
    mem_free(b);
    return good;
}
