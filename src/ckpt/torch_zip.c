// torch_zip.c: torch.save since 1.6: a zip archive of stored members in one folder.
//
//     archive/data.pkl   archive/byteorder   archive/data/0   archive/data/1   …   archive/version
//
// The folder is called as the file was; data/<key> are the bytes of a storage. Members that are not
// asked for are not looked at, but all must lie in the folder. The pickle is held against its CRC;
// the storages are not, since nothing of them is read before it is used.
#include <string.h>

#include "base/buf.h"
#include "ckpt/torch.h"
#include "ckpt/torch_state.h"
#include "base/zip.h"

struct archive {
    struct zip zip;
    struct buf name; // of a member, while it is looked for
    size_t folder;   // bytes of it that stay: "archive/"
    struct torch_state state;
};

bool torch_zip_probe(const unsigned char *data, size_t size)
{
    if (size < 30 || memcmp(data, "PK\3\4", 4) != 0) return false;
    const size_t length = data[26] | (size_t)data[27] << 8; // of the name, which begins at 30
    const char *name = (const char *)data + 30;
    const char *slash = length <= size - 30 ? memchr(name, '/', length) : NULL;
    const size_t left = slash ? length - (size_t)(slash - name) : 0;
    return (left >= 9 && memcmp(slash, "/data.pkl", 9) == 0) ||
           (left >= 8 && memcmp(slash, "/.format", 8) == 0);
}

// The folder of the member at the file's beginning, in which all others are too.
static bert_status find_folder(struct archive *a)
{
    const struct torch_state *s = &a->state;
    for (size_t i = 0; i < a->zip.count; i++) {
        const struct zip_member *m = &a->zip.members[i];
        const char *slash = memchr(m->name, '/', m->name_len);
        if (m->header == 0 && slash) a->folder = (size_t)(slash - m->name) + 1;
        if (m->header == 0) buf_add(&a->name, m->name, a->folder);
    }
    if (a->name.failed) return fail_memory(s->err);
    for (size_t i = 0; i < a->zip.count && a->folder; i++) {
        const struct zip_member *m = &a->zip.members[i];
        if (m->name_len < a->folder || memcmp(m->name, a->name.data, a->folder) != 0 ||
            memmem(m->name, m->name_len, "../", 3)) {
            return fail(s->err, BERT_FORMAT, "%s: zip: a member outside of the archive's folder",
                        s->path);
        }
    }
    if (a->folder) return BERT_OK;
    return fail(s->err, BERT_FORMAT, "%s: zip: no folder at its beginning", s->path);
}

// The member <folder>/<part><rest>; *out NULL: there is none.
static bert_status find_member(struct archive *a, const char *part, const char *rest, size_t len,
                               const struct zip_member **out)
{
    a->name.len = a->folder;
    buf_text(&a->name, part);
    buf_add(&a->name, rest, len);
    buf_byte(&a->name, 0);
    if (a->name.failed) return fail_memory(a->state.err);
    *out = zip_find(&a->zip, a->name.data);
    return BERT_OK;
}

static bert_status check_order(struct archive *a)
{
    const struct zip_member *m;
    TRY(find_member(a, "byteorder", "", 0, &m));
    if (!m || (m->size == 6 && memcmp(m->data, "little", 6) == 0)) return BERT_OK;
    return fail(a->state.err, BERT_UNSUPPORTED, "%s: its numbers are not little-endian; %s",
                a->state.path, PICKLE_REMEDY);
}

static bert_status read_pickle(struct archive *a)
{
    const struct zip_member *m;
    struct torch_state *s = &a->state;
    TRY(find_member(a, "data.pkl", "", 0, &m));
    if (!m) return fail(s->err, BERT_FORMAT, "%s: zip: no member data.pkl", s->path);
    TRY(zip_check(m, s->path, s->err));
    TRY(torch_state_read(s, m->data, m->size));
    if (s->pickle.used == m->size) return BERT_OK;
    return fail(s->err, BERT_FORMAT, "%s: %zu bytes behind the end of its pickle", s->path,
                m->size - s->pickle.used);
}

static bert_status place_storages(struct archive *a)
{
    const struct zip_member *m;
    struct torch_state *s = &a->state;
    for (size_t i = 0; i < s->n; i++) {
        struct torch_storage *storage = &s->storages[i];
        TRY(find_member(a, "data/", storage->key, storage->key_len, &m));
        char key[CKPT_SHOWN] = {0}, shown[CKPT_SHOWN];
        memcpy(key, storage->key, storage->key_len);
        if (!m) {
            return fail(s->err, BERT_FORMAT, "%s: zip: no member data/%s", s->path,
                        ckpt_show(key, shown));
        }
        if (m->size != storage->bytes) {
            return fail(s->err, BERT_FORMAT,
                        "%s: zip: member data/%s has %zu bytes, its storage %zu", s->path,
                        ckpt_show(key, shown), m->size, storage->bytes);
        }
        storage->data = m->data;
    }
    return BERT_OK;
}

static bert_status read_archive(struct archive *a, struct ckpt_list *list,
                                const unsigned char *data, size_t size)
{
    TRY(zip_read(&a->zip, data, size, a->state.path, a->state.err));
    TRY(find_folder(a));
    TRY(check_order(a));
    TRY(read_pickle(a));
    TRY(place_storages(a));
    return torch_state_list(&a->state, list);
}

bert_status torch_zip_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                           const char *path, bert_error *err)
{
    struct archive a = {.state = {.path = path, .err = err, .file_size = size}};
    const bert_status status = read_archive(&a, list, data, size);
    torch_state_release(&a.state);
    buf_release(&a.name);
    zip_release(&a.zip);
    return status;
}
