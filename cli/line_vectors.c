// line_vectors.c: is what is kept still right, and how much of it? Then embed the rest.
#include "line_vectors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/os_folder.h"
#include "cli.h"
#include "identity.h"
#include "lines.h"
#include "progress.h"

enum { STRIDE = 256 };

// ------------------------------------------------------------------------------------------- where

// $XDG_CACHE_HOME/bert/vectors, else ~/.cache/bert/vectors; made when it is not there.
static char *cache_folder(bert_error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const bool xdg = cache && *cache;
    if (!xdg && !(home && *home)) return NULL;
    char *folder = os_join(xdg ? cache : home, xdg ? "bert/vectors" : ".cache/bert/vectors");
    if (!folder || !os_folder_make(folder, err)) return folder;
    mem_free(folder);
    return NULL;
}

// In the cache a file is known by the hash of its full path.
static char *cache_path(const char *path)
{
    bert_error err = {0};
    char name[40];
    char *real = os_real_path(path), *folder = cache_folder(&err);
    snprintf(name, sizeof name, "%016" PRIx64 ".bertvec", hash_text(0, real ? real : path));
    char *kept = folder ? os_join(folder, name) : NULL;
    mem_free(real);
    mem_free(folder);
    if (kept) return kept;
    say_error("%s: no place for its vectors: its folder cannot be written to, nor the cache%s%s; "
              "name a file with --vectors",
              path, err.status ? ": " : "", err.status ? err.message : "");
    return NULL;
}

static char *path_beside(const char *path)
{
    const size_t len = strlen(path);
    char *beside = mem_alloc(len + sizeof ".bertvec", 1);
    if (!beside) return say_error("out of memory"), NULL;
    memcpy(beside, path, len);
    memcpy(beside + len, ".bertvec", sizeof ".bertvec");
    return beside;
}

// ------------------------------------------------------------------------------- what is kept

// Why the vectors that were read cannot be used for the text and this key, or NULL. Those of the
// text's beginning, up to a line's end, can be.
static const char *objection(const struct line_vectors *lv, const struct vectors_key *key)
{
    const struct vectors_key *k = &lv->v.key;
    if (k->maker != key->maker || k->cols != key->cols) return "of another model or other options";
    if (k->text_bytes > key->text_bytes) return "of another text";
    const bool all = k->text_bytes == key->text_bytes;
    const bool line = k->text_bytes == 0 || lv->text.data[k->text_bytes - 1] == '\n';
    const uint64_t hash = all    ? key->text_hash
                          : line ? hash_bytes(0, lv->text.data, k->text_bytes)
                                 : ~k->text_hash;
    if (hash != k->text_hash) return "of another text";
    for (size_t i = 0; i < vectors_blocks(&lv->v); i++) {
        if (!vectors_intact(&lv->v, i)) return "damaged";
    }
    return NULL;
}

// Opens what is kept and drops it again unless it can be used.
static void look(struct line_vectors *lv, const struct options *o, const struct vectors_key *key)
{
    bert_error err;
    if (!os_is_file(lv->path) || os_file_open(&lv->file, lv->path, false, &err)) return;
    if (!vectors_read(&lv->v, lv->file.data, lv->file.size, lv->path, &err)) {
        const char *why = objection(lv, key);
        if (!why) return;
        fail(&err, BERT_FORMAT, "%s: %s", lv->path, why);
    }
    if (o->verbose) fprintf(stderr, "bert: %s: made again\n", err.message);
    os_file_close(&lv->file);
    lv->v = (struct vectors){0};
}

static bool is_right(const struct line_vectors *lv)
{
    return lv->file.data && lv->v.key.text_bytes == lv->text.size;
}

// Finds the place of the vectors and what is there: false after saying why there is none.
static bool find(struct line_vectors *lv, const struct options *o, const char *path,
                 const struct vectors_key *key)
{
    lv->path = o->vectors ? mem_string(o->vectors, strlen(o->vectors)) : path_beside(path);
    if (!lv->path) return false;
    look(lv, o, key);
    if (is_right(lv) || os_can_create(lv->path)) return true;
    if (o->vectors) return say_error("%s: its folder cannot be written to", lv->path), false;
    mem_free(lv->path);
    os_file_close(&lv->file);
    lv->v = (struct vectors){0};
    lv->path = cache_path(path);
    if (lv->path) look(lv, o, key);
    return lv->path != NULL;
}

// A file that --vectors names and that never held vectors is somebody's: it is not written over.
static bool may_replace(const struct line_vectors *lv, const struct options *o)
{
    struct os_file file;
    bert_error err = {0};
    if (!o->vectors || !os_is_file(lv->path)) return true;
    if (os_file_open(&file, lv->path, false, &err)) return say_error("%s", err.message), false;
    const bool mine = file.size == 0 || vectors_recognise(file.data, file.size);
    os_file_close(&file);
    if (!mine) say_error("%s: holds something else than vectors: name another --vectors", lv->path);
    return mine;
}

// ------------------------------------------------------------------------------------ embedding

static bool reopen(struct line_vectors *lv)
{
    bert_error err;
    os_file_close(&lv->file);
    if (!os_file_open(&lv->file, lv->path, false, &err) &&
        !vectors_read(&lv->v, lv->file.data, lv->file.size, lv->path, &err)) {
        return true;
    }
    say_error("%s", err.message);
    return false;
}

struct build {
    struct line_vectors *lv;
    struct embedder *e;
    const struct vectors_key *key; // of the whole
    struct vectors_writer w;
    struct progress progress;
    double saved; // when
};

// Starts a file of vectors with those that are kept already.
static bool begin_file(struct build *b)
{
    bert_error err;
    b->saved = os_now();
    if (vectors_create(&b->w, b->lv->path, b->e->cols, &err)) {
        say_error("%s", err.message);
        return false;
    }
    if (!vectors_add(&b->w, b->lv->v.rows, b->lv->v.n, &err)) return true;
    say_error("%s", err.message);
    vectors_abandon(&b->w);
    return false;
}

// Ends the file: it stands for the first bytes of the text.
static bool end_file(struct build *b, size_t bytes)
{
    struct vectors_key key = *b->key;
    bert_error err;
    key.text_bytes = bytes;
    key.text_hash = hash_bytes(0, b->lv->text.data, bytes);
    if (bytes == b->lv->text.size && key.text_hash != b->key->text_hash) {
        say_error("the text changed while its lines were embedded: run this again");
        vectors_abandon(&b->w);
        return false;
    }
    if (!vectors_commit(&b->w, &key, &err)) return reopen(b->lv);
    say_error("%s", err.message);
    return false;
}

// Embeds what is queued, which ends `bytes` into the text. From time to time what is done is kept,
// as vectors of the text's beginning, which a run after an interruption completes.
static bool run(struct build *b, size_t bytes)
{
    const size_t n = embedder_queued(b->e);
    bert_error err;
    const float *rows = embedder_run(b->e);
    if (!rows || vectors_add(&b->w, rows, n, &err)) {
        if (rows) say_error("%s", err.message);
        vectors_abandon(&b->w);
        return false;
    }
    const bool due = bytes < b->lv->text.size && os_now() - b->saved >= b->e->o->save_every;
    return !due || (end_file(b, bytes) && begin_file(b));
}

// Every line from where the kept vectors end. The writer is open before and after, unless it fails.
static bool embed_lines(struct build *b)
{
    const char *text = (const char *)b->lv->text.data;
    const size_t first = b->lv->v.n;
    struct lines lines = lines_of(text, b->lv->text.size);
    struct bert_text line;
    if (first) lines.at = text + b->lv->v.key.text_bytes;
    const char *start = lines.at;
    progress_begin(&b->progress, b->e->o, "embedding lines", (size_t)(lines.end - start));
    bool good = true;
    for (size_t i = first; good && lines_next(&lines, &line); i++) {
        good = embedder_add(b->e, line, "line", i + 1);
        if (!good) vectors_abandon(&b->w);
        else if (embedder_full(b->e)) good = run(b, (size_t)(lines.at - text));
        progress_at(&b->progress, (size_t)(lines.at - start), i + 1 - first);
    }
    if (good && embedder_queued(b->e)) good = run(b, b->lv->text.size);
    progress_end(&b->progress);
    return good;
}

static bool make(struct line_vectors *lv, struct embedder *e, const struct vectors_key *key)
{
    struct build b = {.lv = lv, .e = e, .key = key};
    return begin_file(&b) && embed_lines(&b) && end_file(&b, lv->text.size);
}

// --------------------------------------------------------------------------------- line by number

// Where every STRIDE-th line starts.
static bool index_lines(struct line_vectors *lv)
{
    struct lines lines = lines_of(lv->text.data, lv->text.size);
    struct bert_text line;
    size_t cap = 0;
    for (const char *start = lines.at; lines_next(&lines, &line); start = lines.at, lv->n++) {
        if (lv->n % STRIDE) continue;
        if (!mem_grow((void **)&lv->starts, &cap, lv->n / STRIDE + 1, sizeof *lv->starts)) {
            say_error("out of memory");
            return false;
        }
        lv->starts[lv->n / STRIDE] = start;
    }
    return true;
}

struct bert_text line_vectors_text(const struct line_vectors *lv, size_t i)
{
    struct lines lines = {lv->starts[i / STRIDE], (const char *)lv->text.data + lv->text.size};
    struct bert_text line = {0};
    for (size_t k = 0; k <= i % STRIDE; k++) lines_next(&lines, &line);
    return line;
}

// ---------------------------------------------------------------------------------------- the door

static bool open_vectors(struct line_vectors *lv, struct embedder *e, const char *path)
{
    struct vectors_key key = {0, e->cols, lv->text.size,
                              hash_bytes(0, lv->text.data, lv->text.size)};
    if (!identity_of(e, &key.maker)) return false;
    if (!find(lv, e->o, path, &key)) return false;
    if (!is_right(lv) && !(may_replace(lv, e->o) && make(lv, e, &key))) return false;
    if (lv->v.n == lv->n) return true;
    say_error("%s: %zu vectors for the %zu lines of %s: remove it and run this again", lv->path,
              (size_t)lv->v.n, lv->n, path);
    return false;
}

bool line_vectors_open(struct line_vectors *lv, struct embedder *e, const char *path)
{
    bert_error err;
    *lv = (struct line_vectors){0};
    if (os_file_open(&lv->text, path, false, &err)) {
        say_error("%s", err.message);
        return false;
    }
    return index_lines(lv) && open_vectors(lv, e, path);
}

void line_vectors_close(struct line_vectors *lv)
{
    os_file_close(&lv->file);
    os_file_close(&lv->text);
    mem_free(lv->path);
    mem_free(lv->starts);
}
