// store.c: paths that lead into zip archives. There is nothing to keep between two calls: the
// archive's directory is read again each time, which for the handful of members of a model costs
// little. Nothing but a member that is opened without `copy` is mapped.
#include "base/store.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/zip.h"

enum {
    PATH_ROOM = 4096,
    FREE = 1 << 20, // bytes that any member may become
    RATIO_MOST =
        100, // beyond those, for a byte of the archive; weights come to 1, vocabularies to 3
};

struct archive {
    struct os_reader file;
    bool is_zip; // any other file has no members
    struct zip zip;
    char path[PATH_ROOM]; // "": the path leads through no archive
    const char *member;   // the path's rest
};

// ------------------------------------------------------------------------------------- the archive

// Splits a path behind the first file on its way: only an archive can be gone through.
static void split(struct archive *a, const char *path)
{
    for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
        const size_t n = (size_t)(slash - path);
        if (n == 0 || n >= PATH_ROOM) continue;
        memcpy(a->path, path, n);
        a->path[n] = 0;
        if (!os_is_file(a->path)) continue;
        a->member = slash + strspn(slash, "/");
        return;
    }
    a->path[0] = 0;
}

// A name that stays below its folder and is spelt in one way only.
static bool is_below(const char *name, size_t len)
{
    for (const char *at = name, *end = name + len; at < end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const size_t n = (size_t)((slash ? slash : end) - at);
        if (n == 0 || (n == 1 && *at == '.') || (n == 2 && memcmp(at, "..", 2) == 0)) return false;
        if (memchr(at, '\\', n) || memchr(at, 0, n)) return false;
        at += n + 1;
    }
    return len > 0;
}

static bert_status check_names(const struct archive *a, bert_error *err)
{
    for (size_t i = 0; i < a->zip.count; i++) {
        if (is_below(a->zip.members[i].name, a->zip.members[i].name_len)) continue;
        return fail(err, BERT_FORMAT,
                    "%s: zip: the name of member %zu of its directory leads out of it, or is no "
                    "plain path",
                    a->path, i);
    }
    return BERT_OK;
}

// Reads the directory of the archive at a->path.
static bert_status read_archive(struct archive *a, bert_error *err)
{
    char magic[4] = "";
    TRY(os_reader_open(&a->file, a->path, err));
    if (a->file.size >= 4) TRY(os_reader_read(&a->file, 0, magic, 4, err));
    a->is_zip = memcmp(magic, "PK\3\4", 4) == 0;
    if (!a->is_zip) return BERT_OK;
    a->zip.takes_deflated = true;
    TRY(zip_read_file(&a->zip, &a->file, err));
    return check_names(a, err);
}

static void archive_release(struct archive *a)
{
    zip_release(&a->zip);
    os_reader_close(&a->file);
}

// ----------------------------------------------------------------------------------------- looking

// Whether a member lies in folder/.
static bool lies_in(const struct zip_member *m, const char *folder, size_t len)
{
    return m->name_len > len && memcmp(m->name, folder, len) == 0 && m->name[len] == '/';
}

static enum store_kind look_inside(const struct archive *a)
{
    if (!a->is_zip) return STORE_NONE;
    size_t len = strlen(a->member);
    const bool slash = len == 0 || a->member[len - 1] == '/';
    while (len > 0 && a->member[len - 1] == '/') len--;
    if (len == 0) return STORE_FOLDER;
    if (!slash && zip_find(&a->zip, a->member)) return STORE_FILE;
    for (size_t i = 0; i < a->zip.count; i++) {
        if (lies_in(&a->zip.members[i], a->member, len)) return STORE_FOLDER;
    }
    return STORE_NONE;
}

bert_status store_look(const char *path, enum store_kind *kind, bert_error *err)
{
    *kind = os_is_folder(path) ? STORE_FOLDER : os_is_file(path) ? STORE_FILE : STORE_NONE;
    if (*kind) return BERT_OK;
    struct archive a = {.file.fd = -1};
    split(&a, path);
    if (!a.path[0]) return BERT_OK;
    const bert_status status = read_archive(&a, err);
    if (!status) *kind = look_inside(&a);
    archive_release(&a);
    return status;
}

bert_status store_is_file(const char *path, bool *is, bert_error *err)
{
    enum store_kind kind;
    *is = false;
    TRY(store_look(path, &kind, err));
    *is = kind == STORE_FILE;
    return BERT_OK;
}

// ----------------------------------------------------------------------------------------- opening

struct memory {
    unsigned char *data;
    size_t size;
};

// No more than the member's size: zip_unpack sees to that.
static bert_status append(void *arg, const void *bytes, size_t n, bert_error *err)
{
    struct memory *m = arg;
    (void)err;
    memcpy(m->data + m->size, bytes, n);
    m->size += n;
    return BERT_OK;
}

static bert_status check_ratio(const struct zip_member *m, const char *path, bert_error *err)
{
    if (m->size <= FREE || (m->size - FREE) / RATIO_MOST <= m->packed) return BERT_OK;
    return fail(err, BERT_UNSUPPORTED,
                "%s: %zu bytes of the archive would become %zu; unpack it yourself if you trust it",
                path, m->packed, m->size);
}

static bert_status fail_room(const char *path, size_t size, bert_error *err)
{
    return fail(err, BERT_MEMORY, "%s: no memory for its %zu bytes", path, size);
}

static bert_status unpack(struct os_file *file, const struct zip_member *m, const char *path,
                          bert_error *err)
{
    struct memory memory = {.data = mem_aligned(m->size, 1)};
    if (!memory.data) return fail_room(path, m->size, err);
    const bert_status status = zip_unpack(m, append, &memory, path, err);
    if (status) mem_free(memory.data);
    else *file = (struct os_file){.data = memory.data, .size = m->size, .owned = memory.data};
    return status;
}

// The member where it lies in the mapped archive, or unpacked from there.
static bert_status map_member(struct os_file *file, const struct archive *a, struct zip_member m,
                              const char *path, bert_error *err)
{
    struct os_file whole;
    TRY(os_reader_file(&a->file, &whole, false, err));
    m.data = whole.data + m.at;
    const bert_status status = m.deflated ? unpack(file, &m, path, err) : zip_check(&m, path, err);
    if (status || m.deflated) {
        os_file_close(&whole);
        return status;
    }
    *file = whole;
    file->data = m.data;
    file->size = m.size;
    return BERT_OK;
}

// The member in memory of ours, and nothing mapped on the way.
static bert_status copy_member(struct os_file *file, const struct archive *a, struct zip_member m,
                               const char *path, bert_error *err)
{
    unsigned char *bytes = mem_aligned(m.packed, 1);
    if (!bytes) return fail_room(path, m.packed, err);
    m.data = bytes;
    bert_status status = os_reader_read(&a->file, m.at, bytes, m.packed, err);
    if (!status) status = m.deflated ? unpack(file, &m, path, err) : zip_check(&m, path, err);
    if (status || m.deflated) mem_free(bytes);
    else *file = (struct os_file){.data = bytes, .size = m.size, .owned = bytes};
    return status;
}

static bert_status find_member(const struct archive *a, const char *path,
                               const struct zip_member **m, bert_error *err)
{
    if (!a->is_zip) {
        return fail(err, BERT_IO, "%s: neither a folder nor a zip archive", a->path);
    }
    const size_t len = strlen(a->member);
    const bool folder = len == 0 || a->member[len - 1] == '/'; // which may be a member too
    *m = folder ? NULL : zip_find(&a->zip, a->member);
    return *m ? BERT_OK : fail(err, BERT_IO, "%s: no such file in the archive", path);
}

static bert_status open_member(struct os_file *file, const struct archive *a, const char *path,
                               bool copy, bert_error *err)
{
    const struct zip_member *m;
    TRY(find_member(a, path, &m, err));
    TRY(check_ratio(m, path, err));
    return (copy ? copy_member : map_member)(file, a, *m, path, err);
}

bert_status store_open(struct os_file *file, const char *path, bool copy, bert_error *err)
{
    struct archive a = {.file.fd = -1};
    if (!os_is_file(path)) split(&a, path);
    if (!a.path[0]) return os_file_open(file, path, copy, err);
    *file = (struct os_file){0};
    bert_status status = read_archive(&a, err);
    if (!status) status = open_member(file, &a, path, copy, err);
    archive_release(&a);
    return status;
}

bert_status store_size(const char *path, size_t *size, bert_error *err)
{
    struct archive a = {.file.fd = -1};
    const struct zip_member *m = NULL;
    if (!os_is_file(path)) split(&a, path);
    bert_status status = a.path[0] ? read_archive(&a, err) : os_reader_open(&a.file, path, err);
    if (!status && a.path[0]) status = find_member(&a, path, &m, err);
    if (!status) *size = m ? m->size : a.file.size;
    archive_release(&a);
    return status;
}

// ---------------------------------------------------------------------------------------- entering

// Whether a member is one of the files, in `depth` folders; *len is the length of those.
static bool is_one_of(const struct zip_member *m, const char *const names[], size_t n, int depth,
                      size_t *len)
{
    const char *slash = memchr(m->name, '/', m->name_len);
    *len = depth && slash ? (size_t)(slash - m->name) : 0;
    const size_t before = *len ? *len + 1 : 0;
    if (depth != (before > 0)) return false;
    for (size_t i = 0; i < n; i++) {
        const size_t k = strlen(names[i]);
        if (m->name_len - before == k && memcmp(m->name + before, names[i], k) == 0) return true;
    }
    return false;
}

// archive/folder, of len bytes.
static bert_status take_folder(const struct archive *a, const char *folder, size_t len, char **out,
                               bert_error *err)
{
    const size_t n = strlen(a->path);
    char *path = mem_alloc(n + len + 2, 1);
    if (!path) return fail_memory(err);
    snprintf(path, n + len + 2, "%s%s%.*s", a->path, len ? "/" : "", (int)len, folder);
    if (*out && strcmp(*out, path) != 0) {
        fail(err, BERT_FORMAT, "%s: holds several models; name one: -m %s", a->path, *out);
        mem_free(path);
        return BERT_FORMAT;
    }
    mem_free(*out);
    *out = path;
    return BERT_OK;
}

static bert_status find_folder(const struct archive *a, const char *const names[], size_t n,
                               char **folder, bert_error *err)
{
    for (int depth = 0; depth < 2 && !*folder; depth++) {
        for (size_t i = 0; i < a->zip.count; i++) {
            size_t len;
            const struct zip_member *m = &a->zip.members[i];
            if (is_one_of(m, names, n, depth, &len)) {
                TRY(take_folder(a, m->name, len, folder, err));
            }
        }
    }
    return BERT_OK;
}

bert_status store_enter(const char *path, const char *const names[], size_t n, char **folder,
                        bert_error *err)
{
    struct archive a = {.file.fd = -1};
    *folder = NULL;
    if (!os_is_file(path) || strlen(path) >= PATH_ROOM) return BERT_OK;
    strcpy(a.path, path);
    bert_status status = read_archive(&a, err);
    if (!status) status = find_folder(&a, names, n, folder, err);
    archive_release(&a);
    if (!status) return BERT_OK;
    mem_free(*folder);
    *folder = NULL;
    return status;
}
