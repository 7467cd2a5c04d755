// ckpt.c: the formats, how a file's format is found from its content, and what all formats share:
// an open file and a list of tensors, in the file's order and by name.
#include "ckpt/ckpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/store.h"
#include "ckpt/crc32c.h"
#include "ckpt/format.h"
#include "ckpt/safetensors.h"
#include "ckpt/sharded.h"
#include "ckpt/tf.h"
#include "ckpt/torch.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && sizeof(size_t) == 8,
               "tensors are used where they lie: little-endian, 64-bit");

struct ckpt {
    const struct ckpt_format *format;
    char *path;
    struct os_file file;
    struct ckpt_list list;
    struct crc32c crc;
};

// ---------------------------------------------------------------------------------------- formats

static bool begins(const unsigned char *data, size_t size, const void *magic, size_t n)
{
    return size >= n && memcmp(data, magic, n) == 0;
}

static bool is_zip(const unsigned char *data, size_t size)
{
    return begins(data, size, "PK\3\4", 4);
}

// What torch.jit.save and rust-bert write has its constants in a member of their own; a state dict
// has none. The directory of names is at the end.
static bool is_torchscript(const unsigned char *data, size_t size)
{
    static const char name[] = "/constants.pkl";
    const size_t end = size < 1 << 20 ? size : 1 << 20;
    return is_zip(data, size) && memmem(data + size - end, end, name, sizeof name - 1);
}

static bool is_hdf5(const unsigned char *data, size_t size)
{
    return begins(data, size, "\x89HDF\r\n\x1a\n", 8);
}

static bool is_gguf(const unsigned char *data, size_t size)
{
    return begins(data, size, "GGUF", 4);
}

// SavedModel: field 1 (its version, 1), then field 2 (meta graphs).
static bool is_saved_model(const unsigned char *data, size_t size)
{
    return begins(data, size, "\x08\x01\x12", 3);
}

// MessagePack: a map of few members, of which the first has a short name.
static bool is_flax(const unsigned char *data, size_t size)
{
    return size > 2 && (data[0] & 0xF0) == 0x80 && (data[0] & 15) > 0 && (data[1] & 0xE0) == 0xA0 &&
           data[2] > ' ' && data[2] < 0x7F;
}

// ModelProto: field 1 (ir_version, 1 to 20), then field 2 (producer_name), 7 (graph) or 8.
static bool is_onnx(const unsigned char *data, size_t size)
{
    return size > 3 && data[0] == 0x08 && data[1] >= 1 && data[1] <= 20 &&
           (data[2] == 0x12 || data[2] == 0x3A || data[2] == 0x42);
}

static bool is_lfs_pointer(const unsigned char *data, size_t size)
{
    static const char first[] = "version https://git-lfs";
    return begins(data, size, first, sizeof first - 1);
}

static bool is_json(const unsigned char *data, size_t size)
{
    return size > 0 && data[0] == '{';
}

#define FROM_TF                                                                                    \
    "convert it to safetensors with transformers 4: AutoModel.from_pretrained(folder, "            \
    "from_tf=True).save_pretrained(folder)"

// In this order: the strictest first.
static const struct ckpt_format formats[] = {
    {"safetensors", safetensors_probe, safetensors_read, NULL, safetensors_write},
    {"TorchScript (.pt, .ot)", is_torchscript, NULL,
     "download the model that it was made from, as safetensors or pytorch_model.bin", NULL},
    {"PyTorch", torch_zip_probe, torch_zip_read, NULL, NULL},
    {"zip archive", is_zip, NULL,
     "no config.json is at its top or in its folder; unpack it and open the folder", NULL},
    {"PyTorch (before 1.6)", torch_legacy_probe, torch_legacy_read, NULL, NULL},
    {"TensorFlow checkpoint", tf_probe, tf_read, NULL, tf_write},
    {"HDF5 (Keras .h5)", is_hdf5, NULL, FROM_TF, NULL},
    {"Flax (msgpack)", is_flax, NULL,
     "convert it to safetensors with transformers 4: AutoModel.from_pretrained(folder, "
     "from_flax=True).save_pretrained(folder)",
     NULL},
    {"TensorFlow SavedModel", is_saved_model, NULL,
     "download the checkpoint that it was exported from (bert pull --list names Google's)", NULL},
    {"GGUF", is_gguf, NULL, "download the model that it was made from, as safetensors", NULL},
    {"ONNX", is_onnx, NULL, "download the model that it was exported from, as safetensors", NULL},
    {"Git LFS pointer", is_lfs_pointer, NULL, "fetch the file that it stands for: git lfs pull",
     NULL},
    {"several files", sharded_probe, sharded_read, NULL, NULL},
    {"JSON", is_json, NULL, "open the file with the weights, or the index.json of several", NULL},
};

// A file that no row knows but that wants to be safetensors: its reader says what is wrong with it.
static bool looks_like_safetensors(const struct os_file *file, const char *path)
{
    static const char suffix[] = ".safetensors";
    const size_t n = strlen(path), m = sizeof suffix - 1;
    return (file->size > 8 && file->data[8] == '{') ||
           (n >= m && strcmp(path + n - m, suffix) == 0);
}

static bert_status find_format(const struct os_file *file, const char *path,
                               const struct ckpt_format **out, bert_error *err)
{
    *out = &formats[0];
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!formats[i].probe(file->data, file->size)) continue;
        *out = &formats[i];
        if (formats[i].read) return BERT_OK;
        return fail(err, BERT_UNSUPPORTED, "%s: %s is not read; %s", path, formats[i].name,
                    formats[i].remedy);
    }
    if (looks_like_safetensors(file, path)) return BERT_OK;
    return fail(err, BERT_UNSUPPORTED,
                "%s: not a checkpoint of a known format; want safetensors, PyTorch or TensorFlow",
                path);
}

enum { PATH_ROOM = 4096 }; // the longest path that Linux takes

// Whether a path is the prefix X of a file X.index; that path.
static bert_status is_prefix(const char *path, char index[PATH_ROOM], bool *is, bert_error *err)
{
    const int n = snprintf(index, PATH_ROOM, "%s.index", path);
    TRY(store_is_file(path, is, err));
    *is = !*is && n > 0 && n < PATH_ROOM;
    return *is ? store_is_file(index, is, err) : BERT_OK;
}

bert_status ckpt_exists(const char *path, bool *exists, bert_error *err)
{
    char index[PATH_ROOM];
    TRY(store_is_file(path, exists, err));
    return *exists ? BERT_OK : is_prefix(path, index, exists, err);
}

static bert_status open_checked(struct ckpt *c, const char *path, bert_error *err)
{
    char index[PATH_ROOM];
    bool prefix;
    TRY(is_prefix(path, index, &prefix, err));
    const char *file = prefix ? index : path;
    c->path = mem_string(file, strlen(file));
    if (!c->path) return fail_memory(err);
    crc32c_init(&c->crc);
    TRY(store_open(&c->file, c->path, c->list.copy, err));
    TRY(find_format(&c->file, c->path, &c->format, err));
    return c->format->read(&c->list, c->file.data, c->file.size, c->path, err);
}

static struct ckpt *open_ckpt(const char *path, bool copy, bool shard, bert_error *err)
{
    struct ckpt *c = mem_zero(1, sizeof *c);
    if (!c) {
        fail_memory(err);
        return NULL;
    }
    c->list.copy = copy;
    c->list.shard = shard;
    if (open_checked(c, path, err)) {
        ckpt_close(c);
        return NULL;
    }
    return c;
}

struct ckpt *ckpt_open(const char *path, bool copy, bert_error *err)
{
    return open_ckpt(path, copy, false, err);
}

struct ckpt *ckpt_open_shard(const char *path, bool copy, bert_error *err)
{
    return open_ckpt(path, copy, true, err);
}

void ckpt_close(struct ckpt *ckpt)
{
    if (!ckpt) return;
    ckpt_list_release(&ckpt->list);
    os_file_close(&ckpt->file);
    mem_free(ckpt->path);
    mem_free(ckpt);
}

void ckpt_rest(const struct ckpt *ckpt)
{
    os_file_rest(&ckpt->file);
    for (size_t i = 0; i < ckpt->list.n_files; i++) os_file_rest(&ckpt->list.files[i]);
    for (size_t i = 0; i < ckpt->list.n_shards; i++) ckpt_rest(ckpt->list.shards[i]);
}

bert_status ckpt_write(const char *format, const char *path, const struct ckpt_source *source,
                       bert_error *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!formats[i].write || strcmp(formats[i].name, format) != 0) continue;
        return formats[i].write(path, source, err);
    }
    return fail(err, BERT_INVALID, "%s: no format %s is written", path, format);
}

// ---------------------------------------------------------------------------------------- the list

static int compare_names(const void *a, const void *b)
{
    const struct ckpt_tensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

bert_status ckpt_list_index(struct ckpt_list *list, const char *path, bert_error *err)
{
    list->by_name = mem_alloc(list->count, sizeof *list->by_name);
    if (!list->by_name) return fail_memory(err);
    for (size_t i = 0; i < list->count; i++) list->by_name[i] = &list->tensors[i];
    qsort(list->by_name, list->count, sizeof *list->by_name, compare_names);
    for (size_t i = 1; i < list->count; i++) {
        if (compare_names(&list->by_name[i - 1], &list->by_name[i]) != 0) continue;
        return fail(err, BERT_FORMAT, "%s: tensor '%s': there twice", path,
                    ckpt_show(list->by_name[i]->name, (char[CKPT_SHOWN]){0}));
    }
    return BERT_OK;
}

void ckpt_list_release(struct ckpt_list *list)
{
    for (size_t i = 0; i < list->n_files; i++) os_file_close(&list->files[i]);
    for (size_t i = 0; i < list->n_shards; i++) ckpt_close(list->shards[i]);
    mem_free(list->files);
    mem_free(list->shards);
    mem_free(list->copies);
    mem_free(list->tensors);
    mem_free(list->names);
    mem_free(list->by_name);
    *list = (struct ckpt_list){0};
}

const char *ckpt_path(const struct ckpt *ckpt)
{
    return ckpt->path;
}

const char *ckpt_format(const struct ckpt *ckpt)
{
    return (ckpt->list.n_shards ? ckpt->list.shards[0] : ckpt)->format->name;
}

const char *ckpt_part(const struct ckpt *ckpt)
{
    return ckpt->list.part;
}

size_t ckpt_count(const struct ckpt *ckpt)
{
    return ckpt->list.count;
}

const struct ckpt_tensor *ckpt_at(const struct ckpt *ckpt, size_t i)
{
    return &ckpt->list.tensors[i];
}

const struct ckpt_tensor *ckpt_find(const struct ckpt *ckpt, const char *name)
{
    const struct ckpt_tensor key = {.name = name}, *pointer = &key;
    const struct ckpt_tensor **found = bsearch(&pointer, ckpt->list.by_name, ckpt->list.count,
                                               sizeof *ckpt->list.by_name, compare_names);
    return found ? *found : NULL;
}

bert_status ckpt_check(const struct ckpt *ckpt, const struct ckpt_tensor *t, bert_error *err)
{
    if (!t->has_crc || crc32c_masked(&ckpt->crc, t->data, t->bytes) == t->crc) return BERT_OK;
    return fail(err, BERT_FORMAT, "%s: tensor '%s': its checksum is wrong: the data are damaged",
                ckpt->path, ckpt_show(t->name, (char[CKPT_SHOWN]){0}));
}

const char *ckpt_show(const char *name, char room[CKPT_SHOWN])
{
    static const char more[] = "…";
    size_t n = 0;
    for (; name[n] && n < CKPT_SHOWN - sizeof more; n++) {
        const unsigned char c = (unsigned char)name[n];
        room[n] = (char)(c < 0x20 || c == 0x7F ? '?' : c);
    }
    while (name[n] && n > 0 && ((unsigned char)name[n] & 0xC0) == 0x80) n--; // whole characters
    memcpy(room + n, name[n] ? more : "", name[n] ? sizeof more : 1);
    return room;
}
