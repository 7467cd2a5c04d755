// many_threads.c: one model, many threads: each embeds the texts that it takes next.
//
//     many_threads MODEL THREADS "a text" … >vectors.f32
//
// A model never changes once it is open, so that threads share it without locks; each thread has a
// session and a batch of its own. This is how a server of many small requests would work; for one
// large batch, one session with several threads does the same work with less memory. Either way a
// text gets the same bits.
#include <bert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
    const bert_model *model;
    char **texts;
    size_t n, cols;
    float *rows;        // [n, cols]
    atomic_size_t next; // the first text that no thread has taken
};

struct worker {
    struct work *work;
    bert_error err;
};

static bert_status embed_one(struct worker *w, bert_session *session, bert_batch *batch, size_t i)
{
    const struct work *work = w->work;
    const struct bert_text text = {work->texts[i], strlen(work->texts[i])};
    bert_batch_clear(batch);
    const bert_status status = bert_batch_add(batch, text, (struct bert_text){0}, NULL, &w->err);
    if (status) return status;
    return bert_embed(session, batch, NULL, work->rows + i * work->cols, &w->err);
}

static void *run(void *arg)
{
    struct worker *w = arg;
    struct bert_session_options options = BERT_SESSION_DEFAULTS;
    options.threads = 1; // this one
    bert_session *session = bert_session_new(w->work->model, &options, &w->err);
    bert_batch *batch = session ? bert_batch_new(w->work->model, &w->err) : NULL;
    for (size_t i; batch && (i = atomic_fetch_add(&w->work->next, 1)) < w->work->n;) {
        if (embed_one(w, session, batch, i)) break;
    }
    bert_batch_free(batch);
    bert_session_free(session);
    return NULL;
}

// Starts the threads, waits for them and returns the first error.
static bert_error run_all(struct work *work, int threads)
{
    enum { MOST = 64 };
    pthread_t ids[MOST];
    struct worker workers[MOST] = {0};
    bert_error err = {0};
    int started = 0;
    for (; started < threads && started < MOST; started++) {
        workers[started].work = work;
        if (pthread_create(&ids[started], NULL, run, &workers[started])) break;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
        if (workers[i].err.status && !err.status) err = workers[i].err;
    }
    if (!started) err.status = BERT_MEMORY;
    return err;
}

int main(int argc, char **argv)
{
    const int threads = argc > 2 ? atoi(argv[2]) : 0;
    if (argc < 4 || threads < 1) {
        fprintf(stderr, "usage: many_threads MODEL THREADS TEXT …\n");
        return 2;
    }
    bert_error err = {0};
    bert_model *model = bert_model_open(argv[1], NULL, &err);
    if (model) {
        struct work work = {model, argv + 3, (size_t)argc - 3, bert_embed_cols(model, NULL),
                            NULL,  0};
        work.rows = malloc(work.n * work.cols * sizeof *work.rows);
        if (work.rows) err = run_all(&work, threads);
        else err.status = BERT_MEMORY;
        if (!err.status) fwrite(work.rows, sizeof *work.rows, work.n * work.cols, stdout);
        free(work.rows);
    }
    bert_model_free(model);
    if (err.status) fprintf(stderr, "many_threads: %s\n", err.message);
    return err.status || fflush(stdout) ? 1 : 0;
}
