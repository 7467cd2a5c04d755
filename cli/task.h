// task.h: pairs of texts and how alike somebody found them, to tell how well a model's vectors
// agree with that: what a semantic textual similarity task is.
#ifndef CLI_TASK_H
#define CLI_TASK_H

#include "base/buf.h"
#include "opt.h"

struct task {
    struct buf texts;
    size_t *ends;   // [2 n] where each text ends in it
    double *scores; // [n] greater is more alike
    size_t n, cap_ends, cap_scores;
};

// Reads the items of --task-file: text, text_pair and label. False after saying why.
bool task_read(struct task *task, const struct options *o);
void task_release(struct task *task);

// Text i of 2 n: a pair's two, one behind the other.
struct bert_text task_text(const struct task *task, size_t i);

// Spearman's correlation: that of the ranks of x and y [n], where equal numbers share the mean of
// theirs; 0 where all are equal. False after saying that there is no memory.
bool task_spearman(const double *x, const double *y, size_t n, double *out);

#endif
