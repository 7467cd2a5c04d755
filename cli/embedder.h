// embedder.h: texts to sentence vectors, many at a time, for the commands that compare vectors.
// Texts are queued until they fill the session; a run gives a row a text, in the order they came.
#ifndef CLI_EMBEDDER_H
#define CLI_EMBEDDER_H

#include "opt.h"

struct embedder {
    const struct options *o;
    bert_model *model;
    bert_session *session;
    bert_batch *batch;
    struct bert_embed_options embed;
    struct bert_tokenize_options tokenize;
    bert_metric metric; // --metric, else the model's own
    size_t cols;
    float *rows; // of the last run
    size_t cap;
    size_t done;      // texts of earlier runs
    size_t cut, lost; // texts that were too long, tokens that were dropped
};

// Opens the model of the command line. False after saying why. Closed by embedder_close either way.
bool embedder_open(struct embedder *e, const struct options *o);
void embedder_close(struct embedder *e);

// Queues a text, which `what` and `number` name in messages ("item", 3). False after saying why.
bool embedder_add(struct embedder *e, struct bert_text text, const char *what, size_t number);
bool embedder_full(const struct embedder *e);
size_t embedder_queued(const struct embedder *e);

// Embeds what is queued: [embedder_queued, cols], borrowed until the next run; then nothing is
// queued. NULL after saying why.
const float *embedder_run(struct embedder *e);

// Sums up on stderr what was cut.
void embedder_warn(const struct embedder *e);

#endif
