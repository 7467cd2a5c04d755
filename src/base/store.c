// store.c: paths that lead into zip archives. There is nothing to keep between two calls: the
// archive's directory is read again each time, which for the handful of members of a model costs
// less than asking the system for a file.
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
    struct os_file file;
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

static bool has_magic(const struct os_file *file)
{
    return file->size >= 4 && memcmp(file->data, "PK\3\4", 4) == 0;
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

// Reads the directory of the archive at a->path; any other file there has no members.
static bert_status read_archive(struct archive *a, bert_error *err)
{
    TRY(os_file_open(&a->file, a->path, false, err));
    if (!has_magic(&a->file)) return BERT_OK;
    a->zip.takes_deflated = true;
    TRY(zip_read(&a->zip, a->file.data, a->file.size, a->path, err));
    return check_names(a, err);
}

static void archive_release(struct archive *a)
{
    zip_release(&a->zip);
    os_file_close(&a->file);
}

// ----------------------------------------------------------------------------------------- looking

// Whether a member lies in folder/.
static bool lies_in(const struct zip_member *m, const char *folder, size_t len)
{
    return m->name_len > len && memcmp(m->name, folder, len) == 0 && m->name[len] == '/';
}

static enum store_kind look_inside(const struct archive *a)
{
    if (!has_magic(&a->file)) return STORE_NONE;
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
    struct archive a = {0};
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

static bert_status unpack(struct os_file *file, const struct zip_member *m, const char *path,
                          bert_error *err)
{
    TRY(check_ratio(m, path, err));
    struct memory memory = {.data = mem_aligned(m->size, 1)};
    if (!memory.data) {
        return fail(err, BERT_MEMORY, "%s: no memory for its %zu bytes", path, m->size);
    }
    const bert_status status = zip_unpack(m, append, &memory, path, err);
    if (status) mem_free(memory.data);
    else *file = (struct os_file){.data = memory.data, .size = m->size, .owned = memory.data};
    return status;
}

static bert_status open_member(struct os_file *file, struct archive *a, const char *path, bool copy,
                               bert_error *err)
{
    if (!has_magic(&a->file)) {
        return fail(err, BERT_IO, "%s: neither a folder nor a zip archive", a->path);
    }
    const size_t len = strlen(a->member);
    const bool folder = len == 0 || a->member[len - 1] == '/'; // which may be a member too
    const struct zip_member *m = folder ? NULL : zip_find(&a->zip, a->member);
    if (!m) return fail(err, BERT_IO, "%s: no such file in the archive", path);
    if (m->deflated || copy) return unpack(file, m, path, err);
    TRY(zip_check(m, path, err));
    *file = a->file; // the mapping goes over
    a->file = (struct os_file){0};
    file->data = m->data;
    file->size = m->size;
    return BERT_OK;
}

bert_status store_open(struct os_file *file, const char *path, bool copy, bert_error *err)
{
    struct archive a = {0};
    if (!os_is_file(path)) split(&a, path);
    if (!a.path[0]) return os_file_open(file, path, copy, err);
    *file = (struct os_file){0};
    bert_status status = read_archive(&a, err);
    if (!status) status = open_member(file, &a, path, copy, err);
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
    struct archive a = {0};
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
