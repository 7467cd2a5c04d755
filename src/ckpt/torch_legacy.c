// torch_legacy.c: torch.save before 1.6: five pickles, then the storages.
//
//     magic number | protocol 1001 | {'little_endian': True, …} | state dict | [key, …]
//     for each key: number of elements (64 bits), elements
//
// Nothing may be left of the file. Storages lie at any alignment.
#include <string.h>

#include "ckpt/torch.h"
#include "ckpt/torch_state.h"

enum { PROTOCOL = 1001 };

struct legacy {
    const unsigned char *data;
    size_t at, size; // what is read next
    struct torch_state state;
};

// A pickle of protocol 2 or later.
bool torch_legacy_probe(const unsigned char *data, size_t size)
{
    return size > 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5;
}

enum { FRAME = 0x95, FRAME_SIZE = 9 }; // the opcode with its length, in protocols 4 and 5

// The pickle of 0x1950A86A20F9469CFC6C.
static bert_status check_magic(struct legacy *f)
{
    static const char magic[] = "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.";
    const size_t n = sizeof magic - 1;
    const struct torch_state *s = &f->state;
    const size_t at = f->size > 2 && f->data[2] == FRAME ? 2 + FRAME_SIZE : 2;
    if (f->size < at + n || memcmp(f->data + at, magic, n) != 0) {
        return fail(s->err, BERT_UNSUPPORTED, "%s: a pickle, but not one of torch.save; %s",
                    s->path, PICKLE_REMEDY);
    }
    f->at = at + n;
    return BERT_OK;
}

static bert_status next_pickle(struct legacy *f, struct pickle *p)
{
    TRY(pickle_read(p, f->data + f->at, f->size - f->at, torch_find_global, f->state.path,
                    f->state.err));
    f->at += p->used;
    return BERT_OK;
}

static bert_status check_protocol(struct legacy *f)
{
    struct pickle p = {0};
    bert_status status = next_pickle(f, &p);
    if (!status && (p.root.kind != PICKLE_INT || p.root.at != PROTOCOL)) {
        status = fail(f->state.err, BERT_UNSUPPORTED, "%s: torch's protocol is not %d; %s",
                      f->state.path, PROTOCOL, PICKLE_REMEDY);
    }
    pickle_release(&p);
    return status;
}

static bool is_little_endian(const struct pickle *p)
{
    size_t place = 0;
    struct pickle_value key, value;
    if (p->root.kind != PICKLE_DICT) return false;
    while (pickle_next(p, p->root, &place, &key) && pickle_next(p, p->root, &place, &value)) {
        if (pickle_text_is(p, key, "little_endian")) return value.kind == PICKLE_BOOL && value.at;
    }
    return false;
}

static bert_status check_system(struct legacy *f)
{
    struct pickle p = {0};
    bert_status status = next_pickle(f, &p);
    if (!status && !is_little_endian(&p)) {
        status = fail(f->state.err, BERT_UNSUPPORTED, "%s: its numbers are not little-endian; %s",
                      f->state.path, PICKLE_REMEDY);
    }
    pickle_release(&p);
    return status;
}

static bert_status read_state(struct legacy *f)
{
    TRY(torch_state_read(&f->state, f->data + f->at, f->size - f->at));
    f->at += f->state.pickle.used;
    return BERT_OK;
}

// -------------------------------------------------------------------------------------- storages

// The storage of a key begins where the file was read to.
static bert_status place_storage(struct legacy *f, const struct pickle *p, struct pickle_value key)
{
    const struct torch_state *s = &f->state;
    struct torch_storage *storage =
        key.kind == PICKLE_TEXT ? torch_state_find(s, pickle_text(p, key), key.n) : NULL;
    if (!storage || storage->data) {
        return fail(s->err, BERT_FORMAT, "%s: the list of storages holds one twice or of no tensor",
                    s->path);
    }
    const size_t left = f->size - f->at;
    uint64_t count = 0;
    if (left >= sizeof count) memcpy(&count, f->data + f->at, sizeof count);
    if (left < sizeof count || storage->bytes > left - sizeof count) {
        return fail(s->err, BERT_FORMAT,
                    "%s: a storage of %zu bytes, but %zu follow: the file is cut short", s->path,
                    storage->bytes, left);
    }
    if (count != storage->count) {
        return fail(s->err, BERT_FORMAT, "%s: a storage of %zu elements, its tensors say %zu",
                    s->path, (size_t)count, storage->count);
    }
    storage->data = f->data + f->at + sizeof count;
    f->at += sizeof count + storage->bytes;
    return BERT_OK;
}

static bert_status place_all(struct legacy *f, const struct pickle *p)
{
    const struct torch_state *s = &f->state;
    if (p->root.kind != PICKLE_LIST || pickle_count(p, p->root) != s->n) {
        return fail(s->err, BERT_FORMAT,
                    "%s: the list of storages is not of the %zu that tensors "
                    "have",
                    s->path, s->n);
    }
    size_t place = 0;
    struct pickle_value key;
    while (pickle_next(p, p->root, &place, &key)) TRY(place_storage(f, p, key));
    if (f->at == f->size) return BERT_OK;
    return fail(s->err, BERT_FORMAT, "%s: %zu bytes behind the last storage", s->path,
                f->size - f->at);
}

static bert_status place_storages(struct legacy *f)
{
    struct pickle keys = {0};
    bert_status status = next_pickle(f, &keys);
    if (!status) status = place_all(f, &keys);
    pickle_release(&keys);
    return status;
}

static bert_status read_file(struct legacy *f, struct ckpt_list *list)
{
    TRY(check_magic(f));
    TRY(check_protocol(f));
    TRY(check_system(f));
    TRY(read_state(f));
    TRY(place_storages(f));
    return torch_state_list(&f->state, list);
}

bert_status torch_legacy_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                              const char *path, bert_error *err)
{
    struct legacy f = {
        .data = data, .size = size, .state = {.path = path, .err = err, .file_size = size}};
    const bert_status status = read_file(&f, list);
    torch_state_release(&f.state);
    return status;
}
