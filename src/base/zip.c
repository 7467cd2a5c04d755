// zip.c: the end of a zip archive, its central directory, and what that says of each member held
// against the member's local header (PKWARE's APPNOTE, sections 4.3 and 4.5).
//
//     local header, name, extra, data | … | central directory | [zip64 end, its locator] | end
//
// torch.save pads a local header's extra field so that the data begin at a multiple of 64, and
// always writes the zip64 records; sizes in local headers are 0 and stand behind the data instead,
// so only the central directory is believed. All numbers of a file are at most 64 bits and each is
// compared with the bytes that are there before it is used.
#include "base/zip.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "base/inflate.h"
#include "base/mem.h"

enum {
    LOCAL = 0x04034B50, // signatures, "PK" and two numbers
    CENTRAL = 0x02014B50,
    END = 0x06054B50,
    END64 = 0x06064B50,
    LOCATOR64 = 0x07064B50,
    LOCAL_SIZE = 30, // bytes of the records without their names, extra fields and comments
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR64_SIZE = 20,
    COMMENT_MOST = 65535,
    PIECE_MOST = LOCAL_SIZE + 65535, // bytes looked at at once: a local header and its name
    ENCRYPTED = 1,                   // flag
    EXTRA_ZIP64 = 1,
    STORED = 0, // methods
    DEFLATED = 8,
    RATIO_MOST = 1032, // a bit or two of deflate become at most 258 bytes
    SHOWN = 100,
};

struct reader {
    const unsigned char *data; // NULL: pieces of a file are read
    const struct os_reader *file;
    unsigned char *room; // [PIECE_MOST], for those
    size_t size;
    struct zip *zip;
    const char *path;
    bert_error *err;
};

// A member's name for a message: its beginning, without control characters.
#define SHOW(member) show_name(member, (char[SHOWN]){0})

static const char *show_name(const struct zip_member *m, char room[SHOWN])
{
    const size_t n = m->name_len < SHOWN ? m->name_len : SHOWN - 1;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)m->name[i];
        room[i] = (char)(c < 0x20 || c == 0x7F ? '?' : c);
    }
    return room;
}

static uint64_t little(const unsigned char *p, size_t bytes)
{
    uint64_t x = 0;
    memcpy(&x, p, bytes);
    return x;
}

static size_t u16(const unsigned char *p)
{
    return little(p, 2);
}

static size_t u32(const unsigned char *p)
{
    return little(p, 4);
}

static size_t u64(const unsigned char *p)
{
    return little(p, 8);
}

// n bytes at an offset, all of them in the file; until the next look.
static bert_status look(const struct reader *r, size_t at, size_t n, const unsigned char **out)
{
    *out = r->data ? r->data + at : r->room;
    return r->data ? BERT_OK : os_reader_read(r->file, at, r->room, n, r->err);
}

// ---------------------------------------------------------------------------------------- the end

struct directory {
    size_t offset, size, count;
    size_t end; // where the records behind it begin: it ends there at the latest
};

static bert_status fail_end(const struct reader *r)
{
    return fail(r->err, BERT_FORMAT, "%s: zip: no end record: the file is cut short", r->path);
}

// The end record is the last one whose comment ends where the file does.
static bert_status read_end(const struct reader *r, struct directory *d)
{
    const size_t most = END_SIZE + COMMENT_MOST, tail = r->size < most ? r->size : most;
    const unsigned char *bytes;
    TRY(look(r, r->size - tail, tail, &bytes));
    for (size_t n = END_SIZE; n <= tail; n++) {
        const unsigned char *p = bytes + tail - n;
        if (u32(p) != END || u16(p + 20) != n - END_SIZE) continue;
        *d = (struct directory){
            .count = u16(p + 10), .size = u32(p + 12), .offset = u32(p + 16), .end = r->size - n};
        return BERT_OK;
    }
    return fail_end(r);
}

// A field of the end record agrees with that of the zip64 record, or says to look there.
static bool agrees(size_t field, size_t bytes, size_t value64)
{
    const size_t all_ones = bytes == 2 ? 0xFFFF : 0xFFFFFFFF;
    return field == all_ones || field == value64;
}

static bert_status fail_end64(const struct reader *r, size_t at)
{
    return fail(r->err, BERT_FORMAT, "%s: zip: no zip64 end record at %zu", r->path, at);
}

// Takes the zip64 record, whose locator lies right before the end record, if there is one.
static bert_status read_end64(const struct reader *r, struct directory *d)
{
    const unsigned char *p;
    if (d->end < LOCATOR64_SIZE) return BERT_OK;
    const size_t limit = d->end - LOCATOR64_SIZE;
    TRY(look(r, limit, LOCATOR64_SIZE, &p));
    if (u32(p) != LOCATOR64) return BERT_OK;
    const size_t at = u64(p + 8);
    if (at > limit || limit - at < END64_SIZE) return fail_end64(r, at);
    TRY(look(r, at, END64_SIZE, &p));
    if (u32(p) != END64) return fail_end64(r, at);
    if (!agrees(d->count, 2, u64(p + 32)) || !agrees(d->size, 4, u64(p + 40)) ||
        !agrees(d->offset, 4, u64(p + 48))) {
        return fail(r->err, BERT_FORMAT, "%s: zip: its two end records disagree", r->path);
    }
    *d = (struct directory){
        .count = u64(p + 32), .size = u64(p + 40), .offset = u64(p + 48), .end = at};
    return BERT_OK;
}

static bert_status find_directory(const struct reader *r, struct directory *d)
{
    TRY(read_end(r, d));
    TRY(read_end64(r, d));
    if (d->offset > d->end || d->size > d->end - d->offset) {
        return fail(r->err, BERT_FORMAT,
                    "%s: zip: a directory of %zu bytes at %zu, but it ends by %zu", r->path,
                    d->size, d->offset, d->end);
    }
    if (d->count > d->size / CENTRAL_SIZE) {
        return fail(r->err, BERT_FORMAT, "%s: zip: %zu members in a directory of %zu bytes",
                    r->path, d->count, d->size);
    }
    return BERT_OK;
}

// --------------------------------------------------------------------------------- the directory

// Replaces those of a member's three numbers that are all ones by those in the zip64 extra field,
// where they stand in this order.
static bool read_extra(const unsigned char *extra, size_t n, size_t *const numbers[3])
{
    while (n >= 4) {
        const size_t id = u16(extra), length = u16(extra + 2);
        if (length > n - 4) return false;
        const unsigned char *p = extra + 4, *end = p + length;
        for (size_t i = 0; id == EXTRA_ZIP64 && i < 3; i++) {
            if (*numbers[i] != 0xFFFFFFFF) continue;
            if (end - p < 8) return false;
            *numbers[i] = u64(p);
            p += 8;
        }
        extra = end;
        n -= 4 + length;
    }
    return true;
}

static bert_status check_sizes(const struct reader *r, const struct zip_member *m)
{
    const bool good = m->deflated ? m->size / RATIO_MOST <= m->packed : m->size == m->packed;
    if (good) return BERT_OK;
    return fail(r->err, BERT_FORMAT, "%s: zip: member '%s': %s in %zu bytes, but it has %zu",
                r->path, SHOW(m), m->deflated ? "deflated" : "stored", m->packed, m->size);
}

// Reads one record of the directory, of which *n bytes are left at *p; both move behind it.
static bert_status read_record(const struct reader *r, const unsigned char **p, size_t *n,
                               struct zip_member *m)
{
    const unsigned char *h = *p;
    if (*n < CENTRAL_SIZE || u32(h) != CENTRAL) {
        return fail(r->err, BERT_FORMAT,
                    "%s: zip: no record of its directory, %zu bytes before "
                    "its end",
                    r->path, *n);
    }
    const size_t extra = u16(h + 30), comment = u16(h + 32);
    *m = (struct zip_member){.name = (const char *)h + CENTRAL_SIZE,
                             .name_len = u16(h + 28),
                             .size = u32(h + 24),
                             .crc = (uint32_t)u32(h + 16),
                             .header = u32(h + 42)};
    const size_t size = CENTRAL_SIZE + m->name_len + extra + comment;
    if (*n < size)
        return fail(r->err, BERT_FORMAT, "%s: zip: a name behind the directory's end", r->path);
    *p += size;
    *n -= size;
    m->packed = u32(h + 20);
    if (!read_extra(h + CENTRAL_SIZE + m->name_len, extra,
                    (size_t *const[]){&m->size, &m->packed, &m->header})) {
        return fail(r->err, BERT_FORMAT, "%s: zip: member '%s': its extra field is cut short",
                    r->path, SHOW(m));
    }
    const size_t method = u16(h + 10);
    m->deflated = method == DEFLATED && r->zip->takes_deflated;
    if ((method != STORED && !m->deflated) || u16(h + 8) & ENCRYPTED) {
        return fail(r->err, BERT_UNSUPPORTED,
                    "%s: zip: member '%s' is compressed or encrypted, want it %s", r->path, SHOW(m),
                    r->zip->takes_deflated ? "stored or deflated"
                                           : "stored; load it with torch and save it again");
    }
    return check_sizes(r, m);
}

static bert_status fail_place(const struct reader *r, const struct zip_member *m)
{
    return fail(r->err, BERT_FORMAT, "%s: zip: member '%s': no header of it at %zu", r->path,
                SHOW(m), m->header);
}

// Finds the data behind a member's local header; *end is where they end.
static bert_status place_member(const struct reader *r, struct zip_member *m, size_t *end)
{
    const unsigned char *h;
    const size_t left = m->header <= r->size ? r->size - m->header : 0;
    const size_t named = LOCAL_SIZE + m->name_len;
    if (left < named) return fail_place(r, m);
    TRY(look(r, m->header, named, &h));
    const size_t before = named + u16(h + 28);
    if (u32(h) != LOCAL || u16(h + 26) != m->name_len || left < before ||
        memcmp(h + LOCAL_SIZE, m->name, m->name_len) != 0)
        return fail_place(r, m);
    if (m->packed > left - before) {
        return fail(r->err, BERT_FORMAT, "%s: zip: member '%s': %zu bytes, but %zu follow", r->path,
                    SHOW(m), m->packed, left - before);
    }
    m->at = m->header + before;
    if (r->data) m->data = r->data + m->at;
    *end = m->at + m->packed;
    return BERT_OK;
}

static int compare_places(const void *a, const void *b)
{
    const struct zip_member *x = a, *y = b;
    return (x->header > y->header) - (x->header < y->header);
}

// Every member lies behind the one before it, and all before the directory.
static bert_status place_members(const struct reader *r, const struct directory *d)
{
    struct zip *zip = r->zip;
    qsort(zip->members, zip->count, sizeof *zip->members, compare_places);
    size_t end = 0;
    for (size_t i = 0; i < zip->count; i++) {
        struct zip_member *m = &zip->members[i];
        if (m->header < end) {
            return fail(r->err, BERT_FORMAT, "%s: zip: members '%s' and '%s' overlap", r->path,
                        SHOW(m - 1), SHOW(m));
        }
        TRY(place_member(r, m, &end));
        if (end > d->offset) {
            return fail(r->err, BERT_FORMAT, "%s: zip: member '%s' overlaps the directory", r->path,
                        SHOW(m));
        }
    }
    return BERT_OK;
}

// ------------------------------------------------------------------------------------------ names

static int compare_names(const void *a, const void *b)
{
    const struct zip_member *x = a, *y = b;
    const size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
    const int order = memcmp(x->name, y->name, n);
    return order ? order : (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

static bert_status sort_names(const struct reader *r)
{
    struct zip *zip = r->zip;
    qsort(zip->members, zip->count, sizeof *zip->members, compare_names);
    for (size_t i = 1; i < zip->count; i++) {
        if (compare_names(&zip->members[i - 1], &zip->members[i]) != 0) continue;
        return fail(r->err, BERT_FORMAT, "%s: zip: member '%s' is there twice", r->path,
                    SHOW(&zip->members[i]));
    }
    return BERT_OK;
}

const struct zip_member *zip_find(const struct zip *zip, const char *name)
{
    const struct zip_member key = {.name = name, .name_len = strlen(name)};
    return bsearch(&key, zip->members, zip->count, sizeof *zip->members, compare_names);
}

// ----------------------------------------------------------------------------------- the archive

// The directory's bytes: where they lie, or in memory of the zip's own.
static bert_status find_records(const struct reader *r, const struct directory *d,
                                const unsigned char **out)
{
    if (r->data) {
        *out = r->data + d->offset;
        return BERT_OK;
    }
    r->zip->directory = mem_alloc(d->size, 1);
    if (!r->zip->directory) return fail_memory(r->err);
    *out = r->zip->directory;
    return os_reader_read(r->file, d->offset, r->zip->directory, d->size, r->err);
}

static bert_status read_archive(const struct reader *r)
{
    struct zip *zip = r->zip;
    struct directory d = {0};
    const unsigned char *p = NULL;
    TRY(find_directory(r, &d));
    TRY(find_records(r, &d, &p));
    zip->members = mem_alloc(d.count, sizeof *zip->members);
    if (!zip->members) return fail_memory(r->err);
    size_t left = d.size;
    for (; zip->count < d.count; zip->count++)
        TRY(read_record(r, &p, &left, &zip->members[zip->count]));
    if (left) {
        return fail(r->err, BERT_FORMAT, "%s: zip: %zu bytes behind the last of %zu members",
                    r->path, left, d.count);
    }
    TRY(place_members(r, &d));
    return sort_names(r);
}

bert_status zip_read(struct zip *zip, const unsigned char *data, size_t size, const char *path,
                     bert_error *err)
{
    const struct reader r = {.data = data, .size = size, .zip = zip, .path = path, .err = err};
    return read_archive(&r);
}

bert_status zip_read_file(struct zip *zip, const struct os_reader *file, bert_error *err)
{
    struct reader r = {
        .file = file, .size = file->size, .zip = zip, .path = file->path, .err = err};
    r.room = mem_alloc(PIECE_MOST, 1);
    const bert_status status = r.room ? read_archive(&r) : fail_memory(err);
    mem_free(r.room);
    return status;
}

void zip_release(struct zip *zip)
{
    mem_free(zip->members);
    mem_free(zip->directory);
    *zip = (struct zip){0};
}

bert_status zip_check(const struct zip_member *member, const char *path, bert_error *err)
{
    struct crc32 crc;
    crc32_init(&crc);
    crc32_add(&crc, member->data, member->size);
    if (crc.value == member->crc) return BERT_OK;
    return fail(
        err, BERT_FORMAT,
        "%s: zip: member '%s': its bytes do not have its CRC: it is damaged, or torch saved "
        "it with set_crc32_options(False)",
        path, SHOW(member));
}

// Counts and checks what comes out on its way to the caller's function.
struct sink {
    const struct zip_member *member;
    const char *path;
    struct crc32 crc;
    size_t size;
    bert_status (*write)(void *arg, const void *bytes, size_t n, bert_error *err);
    void *arg;
};

static bert_status pass_on(void *arg, const void *bytes, size_t n, bert_error *err)
{
    struct sink *s = arg;
    if (n > s->member->size - s->size) {
        return fail(err, BERT_FORMAT, "%s: zip: member '%s': more comes out than its %zu bytes",
                    s->path, SHOW(s->member), s->member->size);
    }
    s->size += n;
    crc32_add(&s->crc, bytes, n);
    return s->write(s->arg, bytes, n, err);
}

bert_status zip_unpack(const struct zip_member *member,
                       bert_status (*write)(void *arg, const void *bytes, size_t n,
                                            bert_error *err),
                       void *arg, const char *path, bert_error *err)
{
    struct sink s = {.member = member, .path = path, .write = write, .arg = arg};
    size_t used = member->packed;
    crc32_init(&s.crc);
    if (!member->deflated) TRY(pass_on(&s, member->data, member->size, err));
    else TRY(inflate(member->data, member->packed, pass_on, &s, &used, path, err));
    if (s.size == member->size && s.crc.value == member->crc && used == member->packed)
        return BERT_OK;
    return fail(err, BERT_FORMAT,
                "%s: zip: member '%s': %zu of its %zu bytes come out, or their CRC is wrong: it is "
                "damaged",
                path, SHOW(member), s.size, member->size);
}
