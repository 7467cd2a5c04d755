// semantic_search.c: the lines of a file that are nearest in meaning to a query.
//
//     semantic_search MODEL FILE "a query" …
//
// Embeds the lines a hundred at a time, then compares every query with all of them at once. (The
// program `bert search` does this too, and keeps the lines' vectors for the next time.)
#include <bert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_A_TIME = 100, SHOWN = 3 };

struct table { // texts and their vectors
    char **texts;
    float *rows; // [n, cols]
    size_t n;
};

// Embeds texts [first, n) of the table into its rows.
static bert_status embed(bert_session *session, bert_batch *batch, struct table *t, size_t first,
                         size_t cols, bert_error *err)
{
    bert_batch_clear(batch);
    for (size_t i = first; i < t->n; i++) {
        const struct bert_text text = {t->texts[i], strlen(t->texts[i])};
        const bert_status status = bert_batch_add(batch, text, (struct bert_text){0}, NULL, err);
        if (status) return status;
    }
    float *grown = realloc(t->rows, (t->n * cols + 1) * sizeof *grown);
    if (!grown) return err->status = BERT_MEMORY;
    t->rows = grown;
    struct bert_embed_options options = BERT_EMBED_DEFAULTS;
    options.normalize = 1; // so that the product is the cosine
    return bert_embed(session, batch, &options, t->rows + first * cols, err);
}

// Appends a copy of a line without its end. False without memory.
static int append(struct table *t, const char *line)
{
    char **grown = realloc(t->texts, (t->n + 1) * sizeof *grown);
    if (!grown) return 0;
    t->texts = grown;
    const size_t len = strcspn(line, "\r\n");
    char *copy = malloc(len + 1);
    if (!copy) return 0;
    memcpy(copy, line, len);
    copy[len] = 0;
    t->texts[t->n++] = copy;
    return 1;
}

static bert_status embed_lines(bert_session *session, bert_batch *batch, FILE *file,
                               struct table *t, size_t cols, bert_error *err)
{
    char line[4096];
    size_t first = 0;
    bert_status status = BERT_OK;
    while (!status && fgets(line, sizeof line, file)) {
        if (!append(t, line)) return err->status = BERT_MEMORY;
        if (t->n - first < AT_A_TIME) continue;
        status = embed(session, batch, t, first, cols, err);
        first = t->n;
    }
    return status ? status : embed(session, batch, t, first, cols, err);
}

static bert_status answer(bert_session *session, bert_batch *batch, const struct table *lines,
                          char **queries, int n, size_t cols, bert_error *err)
{
    struct table asked = {0};
    struct bert_hit *hits = malloc((size_t)n * SHOWN * sizeof *hits);
    bert_status status = hits ? BERT_OK : (err->status = BERT_MEMORY);
    for (int i = 0; !status && i < n; i++) {
        if (!append(&asked, queries[i])) status = err->status = BERT_MEMORY;
    }
    if (!status) status = embed(session, batch, &asked, 0, cols, err);
    if (!status) {
        status = bert_nearest(session, asked.rows, asked.n, lines->rows, lines->n, cols,
                              BERT_METRIC_DOT, SHOWN, hits, err);
    }
    for (int i = 0; !status && i < n; i++) {
        printf("%s\n", queries[i]);
        for (size_t k = 0; k < SHOWN && k < lines->n; k++) {
            const struct bert_hit hit = hits[(size_t)i * SHOWN + k];
            printf("  %6.3f  %s\n", hit.score, lines->texts[hit.row]);
        }
    }
    for (size_t i = 0; i < asked.n; i++) free(asked.texts[i]);
    free(asked.texts);
    free(asked.rows);
    free(hits);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: semantic_search MODEL FILE QUERY …\n");
        return 2;
    }
    bert_error err = {0};
    struct table lines = {0};
    FILE *file = fopen(argv[2], "r");
    if (!file) return perror(argv[2]), 1;
    bert_model *model = bert_model_open(argv[1], NULL, &err);
    bert_session *session = model ? bert_session_new(model, NULL, &err) : NULL;
    bert_batch *batch = session ? bert_batch_new(model, &err) : NULL;
    if (batch) {
        const size_t cols = bert_embed_cols(model, NULL);
        if (!embed_lines(session, batch, file, &lines, cols, &err)) {
            answer(session, batch, &lines, argv + 3, argc - 3, cols, &err);
        }
    }
    for (size_t i = 0; i < lines.n; i++) free(lines.texts[i]);
    free(lines.texts);
    free(lines.rows);
    bert_batch_free(batch);
    bert_session_free(session);
    bert_model_free(model);
    fclose(file);
    if (err.status) fprintf(stderr, "semantic_search: %s\n", err.message);
    return err.status ? 1 : 0;
}
