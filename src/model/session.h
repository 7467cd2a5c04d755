// session.h: what a session owns: room for one pass by all its threads and for one by each of them.
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "model/batch.h"
#include "model/pass.h"
#include "model/schedule.h"

// Rows that bert_nearest compares at a time: of 384 numbers they are 1.5 MiB, which two cores' L2
// hold while one query after another is compared with them.
enum { NEAREST_BLOCK = 1024 };

struct bert_session {
    const bert_model *model;
    size_t capacity;   // tokens of a pass by all threads
    struct pass all;   // by all threads
    struct pass *each; // [threads]: by one thread, of fewer tokens
    struct run *runs;  // of the last batch; grows
    size_t cap_runs;
    size_t *first_rows; // [S + 1] of the last batch that was embedded; grows
    size_t cap_rows;
    float *windows; // the pooled windows of the last batch, before they are joined; grows
    size_t cap_windows;
    float *scores; // [NEAREST_BLOCK]
};

// Runs of a batch's sequences, each on a pass that holds it, several at a time on several threads.
typedef void session_fn(void *arg, struct pass *pass, const struct run *run);
// CAPACITY: a sequence is longer than a pass. MEMORY. Nothing was run then.
bert_status session_schedule(bert_session *s, const bert_batch *batch, struct schedule *schedule,
                             bert_error *err);
void session_run(bert_session *s, const struct schedule *schedule, session_fn *fn, void *arg);

// A layer's number, -1 being the last; L + 1 or more when there is none such.
size_t session_layer(const bert_session *s, int layer);
// Checks that all layers exist and gives the highest. INVALID.
bert_status session_highest(const bert_session *s, const int *layers, size_t n, size_t *highest,
                            bert_error *err);

#endif
