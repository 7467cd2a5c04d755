// ours.c: libbert in a process of its own, driven over stdin and stdout as the peers are (see
// README.md for the protocol).
//
//     compare_ours FOLDER DTYPE THREADS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bert.h"

enum { MOST_CALLS = 100000 };

enum kind { IDS, TEXT, TOKENS };

struct engine {
    bert_model *model;
    bert_session *session;
    bert_batch *batch;
    bert_encoding *encoding;
    enum kind kind;
    char *file;     // the work
    char **items;   // its lines
    size_t n, cols; // rows and columns of the result
    float *out;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "compare_ours: %s: %s\n", what, why);
    exit(1);
}

static void *need(void *p)
{
    if (!p) die("memory", "none left");
    return p;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// ---------------------------------------------------------------------------------------- the work

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) die(path, "cannot be read");
    const long size = ftell(file);
    char *text = need(malloc((size_t)size + 1));
    rewind(file);
    if (fread(text, 1, (size_t)size, file) != (size_t)size) die(path, "cannot be read");
    fclose(file);
    text[size] = 0;
    return text;
}

// Cuts the file into its first line and items.
static enum kind split_items(struct engine *e, const char *path)
{
    char *kind = e->file = read_file(path);
    for (char *p = e->file; (p = strchr(p, '\n')); p++) e->n++;
    e->items = need(malloc((e->n + 1) * sizeof *e->items));
    e->n = 0;
    for (char *end = strchr(kind, '\n'); end && end[1]; end = strchr(end + 1, '\n')) {
        *end = 0;
        e->items[e->n++] = end + 1;
    }
    char *last = e->n ? strchr(e->items[e->n - 1], '\n') : NULL;
    if (last) *last = 0;
    return strcmp(kind, "ids") == 0 ? IDS : strcmp(kind, "text") == 0 ? TEXT : TOKENS;
}

static void add_ids(struct engine *e, const char *item)
{
    int32_t ids[512];
    size_t n = 0;
    bert_error err;
    for (char *end; *item && n < 512; item = end) ids[n++] = (int32_t)strtol(item, &end, 10);
    if (bert_batch_add_ids(e->batch, ids, NULL, n, &err)) die("ids", err.message);
}

static void add_texts(struct engine *e)
{
    bert_error err;
    bert_batch_clear(e->batch);
    for (size_t i = 0; i < e->n; i++) {
        const struct bert_text text = {e->items[i], strlen(e->items[i])};
        if (bert_batch_add(e->batch, text, (struct bert_text){0}, NULL, &err))
            die("text", err.message);
    }
}

static void set_work(struct engine *e, const char *path)
{
    free(e->file);
    free(e->items);
    free(e->out);
    e->n = 0;
    e->kind = split_items(e, path);
    e->cols = e->kind == TOKENS ? 2 : bert_model_config(e->model)->hidden_size;
    e->out = need(malloc(e->n * e->cols * sizeof *e->out));
    bert_batch_clear(e->batch);
    for (size_t i = 0; e->kind == IDS && i < e->n; i++) add_ids(e, e->items[i]);
}

// -------------------------------------------------------------------------------------- the
// answers

// How many ids a text has, and their sum.
static void tokenize(struct engine *e)
{
    bert_error err;
    for (size_t i = 0; i < e->n; i++) {
        const struct bert_text text = {e->items[i], strlen(e->items[i])};
        if (bert_tokenize(e->encoding, text, (struct bert_text){0}, NULL, &err))
            die("text", err.message);
        const struct bert_pieces pieces = bert_encoding_pieces(e->encoding, 0);
        long sum = 0;
        for (size_t t = 0; t < pieces.n; t++) sum += pieces.ids[t];
        e->out[2 * i] = (float)pieces.n;
        e->out[2 * i + 1] = (float)(sum % 65521);
    }
}

static void call(struct engine *e)
{
    struct bert_embed_options options = BERT_EMBED_DEFAULTS;
    options.pooling = BERT_POOLING_MEAN;
    options.normalize = 1;
    bert_error err;
    if (e->kind == TOKENS) {
        tokenize(e);
        return;
    }
    if (e->kind == TEXT) add_texts(e);
    if (bert_embed(e->session, e->batch, &options, e->out, &err)) die("embed", err.message);
}

static void run(struct engine *e, double seconds, long most)
{
    const double begin = now();
    double end = begin;
    for (long i = 0; i < most && i < MOST_CALLS && (i == 0 || end - begin < seconds); i++) {
        const double start = now();
        call(e);
        end = now();
        printf("%s%.9f", i ? " " : "", end - start);
    }
    putchar('\n');
}

static void write_out(const struct engine *e, const char *path)
{
    FILE *file = fopen(path, "wb");
    const size_t n = e->n * e->cols;
    if (!file || fwrite(e->out, sizeof *e->out, n, file) != n || fclose(file))
        die(path, "cannot be written");
    printf("%zu\n", e->cols);
}

static void answer_memory(void)
{
    char line[256];
    long size = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status) && !sscanf(line, "VmHWM: %ld", &size)) {
    }
    if (status) fclose(status);
    printf("%ld\n", size);
}

static void answer(struct engine *e, const char *line)
{
    char path[4096];
    double seconds;
    long most;
    if (sscanf(line, "work %4095s", path) == 1) {
        set_work(e, path);
        puts("ok");
    } else if (sscanf(line, "run %lf %ld", &seconds, &most) == 2) {
        run(e, seconds, most);
    } else if (sscanf(line, "out %4095s", path) == 1) {
        write_out(e, path);
    } else if (strncmp(line, "memory", 6) == 0) {
        answer_memory();
    } else {
        die(line, "no such command");
    }
    fflush(stdout);
}

static bert_dtype dtype_of(const char *name)
{
    if (strcmp(name, "bf16") == 0) return BERT_BF16;
    if (strcmp(name, "int8") == 0) return BERT_INT8;
    if (strcmp(name, "f32") != 0) die(name, "no such type");
    return BERT_F32;
}

static void open_engine(struct engine *e, const char *folder, const char *dtype, int threads)
{
    struct bert_session_options options = BERT_SESSION_DEFAULTS;
    struct bert_model_options model = BERT_MODEL_DEFAULTS;
    bert_error err;
    options.threads = threads;
    model.dtype = dtype_of(dtype);
    e->model = bert_model_open(folder, &model, &err);
    if (!e->model) die("model", err.message);
    e->session = bert_session_new(e->model, &options, &err);
    e->batch = bert_batch_new(e->model, &err);
    e->encoding = bert_encoding_new(bert_model_tokenizer(e->model), &err);
    if (!e->session || !e->batch || !e->encoding) die("session", err.message);
}

int main(int argc, char **argv)
{
    struct engine e = {0};
    char line[4200];
    if (argc != 4) {
        fprintf(stderr, "usage: compare_ours FOLDER DTYPE THREADS\n");
        return 2;
    }
    open_engine(&e, argv[1], argv[2], atoi(argv[3]));
    while (fgets(line, sizeof line, stdin)) answer(&e, line);
    bert_encoding_free(e.encoding);
    bert_batch_free(e.batch);
    bert_session_free(e.session);
    bert_model_free(e.model);
    free(e.items);
    free(e.file);
    free(e.out);
    return 0;
}
