// sharded.c: model.safetensors.index.json and pytorch_model.bin.index.json, as transformers writes
// them when a model is split.
//
//     {"metadata": {…}, "weight_map": {tensor: file, …}}
//
// The files are plain names in the folder of the index. All their tensors together are the
// checkpoint: one in two files is refused, and so is one that the map says is in a file and is not.
#include "ckpt/sharded.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

// A row of the map; both are the index's.
struct row {
    const char *name, *file;
};

struct reader {
    struct row *rows; // [n], sorted by file
    size_t n;
    struct ckpt_list *list;
    const char *path;
    bert_error *err;
};

bool sharded_probe(const unsigned char *data, size_t size)
{
    static const char key[] = "\"weight_map\"";
    return size > 0 && data[0] == '{' && memmem(data, size, key, sizeof key - 1);
}

// ---------------------------------------------------------------------------------------- the map

static bool is_plain(const char *file)
{
    return file && *file && !strchr(file, '/') && strcmp(file, ".") != 0 && strcmp(file, "..") != 0;
}

static int compare_files(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return strcmp(x->file, y->file);
}

static bert_status read_map(struct reader *r, const json *index)
{
    const json *map = json_get(index, "weight_map");
    if (!json_is_object(map)) {
        return fail(r->err, BERT_FORMAT, "%s: weight_map is no object", r->path);
    }
    r->n = json_count(map);
    r->rows = mem_zero(r->n, sizeof *r->rows);
    if (!r->rows) return fail_memory(r->err);
    for (size_t i = 0; i < r->n; i++) {
        struct row *row = &r->rows[i];
        row->file = json_text(json_member(map, i, &row->name));
        if (is_plain(row->file)) continue;
        return fail(r->err, BERT_FORMAT,
                    "%s: weight_map: tensor '%s': want the name of a file in the same folder",
                    r->path, ckpt_show(row->name, (char[CKPT_SHOWN]){0}));
    }
    qsort(r->rows, r->n, sizeof *r->rows, compare_files);
    return BERT_OK;
}

// ---------------------------------------------------------------------------------------- the
// files

// The file beside the index.
static char *neighbour(const char *path, const char *file)
{
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0, n = strlen(file);
    char *out = mem_alloc(folder + n + 1, 1);
    if (!out) return NULL;
    memcpy(out, path, folder);
    memcpy(out + folder, file, n + 1);
    return out;
}

static bert_status open_shard(struct reader *r, const char *file)
{
    char *path = neighbour(r->path, file);
    if (!path) return fail_memory(r->err);
    bert_error mine = {0};
    struct ckpt *shard = ckpt_open_shard(path, r->list->copy, &mine);
    mem_free(path);
    if (!shard) return fail(r->err, mine.status, "%s", mine.message);
    r->list->shards[r->list->n_shards++] = shard;
    return BERT_OK;
}

static bert_status open_shards(struct reader *r)
{
    struct ckpt_list *list = r->list;
    list->shards = mem_alloc(r->n, sizeof *list->shards); // no more files than tensors
    if (!list->shards) return fail_memory(r->err);
    for (size_t i = 0; i < r->n; i++) {
        const struct row *row = &r->rows[i];
        if (i == 0 || compare_files(row - 1, row) != 0) TRY(open_shard(r, row->file));
        const struct ckpt *shard = list->shards[list->n_shards - 1];
        if (ckpt_find(shard, row->name)) continue;
        return fail(r->err, BERT_FORMAT, "%s: tensor '%s': not in %s, where weight_map says it is",
                    r->path, ckpt_show(row->name, (char[CKPT_SHOWN]){0}), ckpt_path(shard));
    }
    return BERT_OK;
}

static bert_status list_tensors(struct reader *r)
{
    struct ckpt_list *list = r->list;
    size_t n = 0;
    for (size_t i = 0; i < list->n_shards; i++) n += ckpt_count(list->shards[i]);
    list->tensors = mem_alloc(n, sizeof *list->tensors);
    if (!list->tensors) return fail_memory(r->err);
    for (size_t i = 0; i < list->n_shards; i++) {
        const struct ckpt *shard = list->shards[i];
        for (size_t k = 0; k < ckpt_count(shard); k++) {
            list->tensors[list->count++] = *ckpt_at(shard, k);
        }
    }
    return ckpt_list_index(list, r->path, r->err);
}

bert_status sharded_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                         const char *path, bert_error *err)
{
    if (list->shard) {
        return fail(err, BERT_FORMAT, "%s: an index, where an index wants a file of tensors", path);
    }
    bert_error mine = {0};
    json *index = json_parse((const char *)data, size, path, &mine);
    if (!index) return fail(err, mine.status, "%s", mine.message);
    struct reader r = {.list = list, .path = path, .err = err};
    bert_status status = read_map(&r, index);
    if (!status) status = open_shards(&r);
    if (!status) status = list_tensors(&r);
    mem_free(r.rows);
    json_free(index);
    return status;
}
