// test_zip.c: archives made here, byte by byte, with and without zip64: good ones give their
// members, each rule broken once gives one sentence. And archives that torch_zip refuses although
// they are good zips.
#include "support/check.h"

#include "base/buf.h"
#include "base/zip.h"
#include "ckpt/torch.h"

enum { MOST = 4 };

// What is written; a test bends one field.
struct plan {
    struct {
        const char *name, *data;
        const char *local; // name in the local header; NULL: name
        uint64_t size;     // 0: of data
        uint64_t packed;   // 0: size
        uint64_t header;   // 0: where it is
        unsigned method, flags;
        bool big;          // sizes and place in a zip64 field
        const char *extra; // a field in the directory, unless big
    } members[MOST];
    size_t n;
    bool zip64;                               // end records
    uint64_t count, directory, offset, end64; // what the end says; 0: what is true
    const char *comment, *behind;             // behind: after the directory's records
};

static void number(struct buf *b, uint64_t x, size_t bytes)
{
    buf_add(b, &x, bytes);
}

static uint64_t either(uint64_t said, uint64_t truth)
{
    return said ? said : truth;
}

static uint32_t crc_of(const char *data)
{
    uint32_t crc = 0xFFFFFFFF;
    for (; *data; data++) {
        crc ^= (unsigned char)*data;
        for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void add_local(struct buf *b, const struct plan *p, size_t i)
{
    const char *name = p->members[i].local ? p->members[i].local : p->members[i].name;
    buf_add(b, "PK\3\4", 4);
    for (int k = 0; k < 22; k++) buf_byte(b, 0); // sizes and CRC stand in the directory
    number(b, strlen(name), 2);
    number(b, 4, 2); // an empty extra field of id "FB"
    buf_text(b, name);
    buf_add(b, "FB\0\0", 4);
    buf_text(b, p->members[i].data);
}

static void add_central(struct buf *b, const struct plan *p, size_t i, uint64_t at)
{
    const uint64_t size = either(p->members[i].size, strlen(p->members[i].data));
    const uint64_t packed = either(p->members[i].packed, size);
    const uint64_t header = either(p->members[i].header, at), ones = 0xFFFFFFFF;
    const bool big = p->members[i].big;
    buf_add(b, "PK\1\2\0\0\0\0", 8);
    number(b, p->members[i].flags, 2);
    number(b, p->members[i].method, 2);
    number(b, 0, 4);
    number(b, crc_of(p->members[i].data), 4);
    number(b, big ? ones : packed, 4);
    number(b, big ? ones : size, 4);
    number(b, strlen(p->members[i].name), 2);
    const char *extra = p->members[i].extra ? p->members[i].extra : "";
    number(b, big ? 4 + 24 : strlen(extra), 2);
    number(b, 0, 8);
    number(b, 0, 2);
    number(b, big ? ones : header, 4);
    buf_text(b, p->members[i].name);
    if (!big) buf_text(b, extra);
    if (!big) return;
    number(b, 1, 2);
    number(b, 24, 2);
    number(b, size, 8);
    number(b, packed, 8);
    number(b, header, 8);
}

static void add_end(struct buf *b, const struct plan *p, uint64_t offset, uint64_t size)
{
    const uint64_t at = b->len, count = either(p->count, p->n);
    if (p->zip64) {
        buf_add(b, "PK\6\6\x2C\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
        number(b, count, 8);
        number(b, count, 8);
        number(b, either(p->directory, size), 8);
        number(b, either(p->offset, offset), 8);
        buf_add(b, "PK\6\7\0\0\0\0", 8);
        number(b, either(p->end64, at), 8);
        number(b, 1, 4);
    }
    buf_add(b, "PK\5\6\0\0\0\0", 8);
    number(b, p->zip64 ? 0xFFFF : count, 2);
    number(b, p->zip64 ? 0xFFFF : count, 2);
    number(b, p->zip64 ? 0xFFFFFFFF : either(p->directory, size), 4);
    number(b, p->zip64 ? 0xFFFFFFFF : either(p->offset, offset), 4);
    number(b, p->comment ? strlen(p->comment) : 0, 2);
    if (p->comment) buf_text(b, p->comment);
}

static struct buf make(const struct plan *p)
{
    struct buf b;
    buf_init(&b);
    uint64_t at[MOST];
    for (size_t i = 0; i < p->n; i++) {
        at[i] = b.len;
        add_local(&b, p, i);
    }
    const uint64_t offset = b.len;
    for (size_t i = 0; i < p->n; i++) add_central(&b, p, i, at[i]);
    if (p->behind) buf_text(&b, p->behind);
    add_end(&b, p, offset, b.len - offset);
    assert_false(b.failed);
    return b;
}

static bert_status read_copy(struct zip *zip, const struct buf *file, unsigned char **copy,
                             bert_error *err)
{
    *zip = (struct zip){0};
    *copy = malloc(file->len ? file->len : 1);
    assert_non_null(*copy);
    if (file->len) memcpy(*copy, file->data, file->len);
    return zip_read(zip, *copy, file->len, "dir/a.zip", err);
}

static void want_error(const struct plan *p, bert_status status, const char *what)
{
    struct buf file = make(p);
    struct zip zip;
    unsigned char *copy;
    bert_error err = {0};
    const bert_status got = read_copy(&zip, &file, &copy, &err);
    if (got != status || !strstr(err.message, what) || strncmp(err.message, "dir/a.zip: ", 11)) {
        fail_msg("want %d and '%s', got %d: %s", status, what, got, err.message);
    }
    zip_release(&zip);
    free(copy);
    buf_release(&file);
}

static const struct plan good = {.members = {{.name = "z/b", .data = "bytes"},
                                             {.name = "a", .data = ""},
                                             {.name = "z/c", .data = "more"}},
                                 .n = 3};

// -------------------------------------------------------------------------------------- good ones

static void check_good(const struct plan *p)
{
    struct buf file = make(p);
    struct zip zip;
    unsigned char *copy;
    bert_error err = {0};
    if (read_copy(&zip, &file, &copy, &err)) fail_msg("%s", err.message);
    assert_int_equal(zip.count, p->n);
    for (size_t i = 0; i < p->n; i++) {
        const struct zip_member *m = zip_find(&zip, p->members[i].name);
        assert_non_null(m);
        assert_int_equal(m->size, strlen(p->members[i].data));
        assert_memory_equal(m->data, p->members[i].data, m->size);
        assert_int_equal(zip_check(m, "dir/a.zip", &err), BERT_OK);
    }
    assert_null(zip_find(&zip, "z/"));
    assert_null(zip_find(&zip, "z/bb"));
    if (p->n) {
        struct zip_member damaged = zip.members[p->n - 1];
        damaged.crc ^= 1;
        assert_int_equal(zip_check(&damaged, "dir/a.zip", &err), BERT_FORMAT);
        assert_non_null(strstr(err.message, "member 'z/c'"));
    }
    zip_release(&zip);
    free(copy);
    buf_release(&file);
}

static void good_archives(void **state)
{
    (void)state;
    struct plan p = good;
    check_good(&p);
    p.comment = "a comment, with PK\5\6 in it";
    check_good(&p);
    p.zip64 = true;
    check_good(&p);
    for (size_t i = 0; i < 3; i++) p.members[i].big = true;
    check_good(&p);
    p = (struct plan){0};
    check_good(&p); // no members
}

// --------------------------------------------------------------------------------- broken rules

#define BAD(status, what, change)                                                                  \
    do {                                                                                           \
        struct plan p = good;                                                                      \
        change;                                                                                    \
        want_error(&p, status, what);                                                              \
    } while (0)

static void broken_ends(void **state)
{
    (void)state;
    struct buf file = make(&good);
    struct zip zip;
    unsigned char *copy;
    bert_error err;
    const size_t whole = file.len;
    for (file.len = 0; file.len < whole; file.len++) {
        assert_int_equal(read_copy(&zip, &file, &copy, &err), BERT_FORMAT);
        assert_non_null(strstr(err.message, "no end record: the file is cut short"));
        zip_release(&zip);
        free(copy);
    }
    buf_release(&file);
    BAD(BERT_FORMAT, "65534 members in a directory of", p.count = 65534);
    BAD(BERT_FORMAT, "bytes behind the last of 2 members", p.count = 2);
    BAD(BERT_FORMAT, "no record of its directory", p.count = 3; p.offset = 1);
    BAD(BERT_FORMAT, "a directory of 4294967294 bytes", p.directory = 0xFFFFFFFE);
    BAD(BERT_FORMAT, "but it ends by", p.offset = 0xFFFFFFFE);
    BAD(BERT_FORMAT, "behind the last of 3 members", p.behind = "12345");
    BAD(BERT_FORMAT, "no zip64 end record at", p.zip64 = true; p.end64 = UINT64_MAX);
    BAD(BERT_FORMAT, "no zip64 end record at", p.zip64 = true; p.end64 = 1);
    BAD(BERT_FORMAT, "in a directory of", p.zip64 = true; p.count = UINT64_MAX);
    BAD(BERT_FORMAT, "but it ends by", p.zip64 = true; p.offset = UINT64_MAX);
    BAD(BERT_FORMAT, "but it ends by", p.zip64 = true; p.directory = UINT64_MAX);
}

static void broken_members(void **state)
{
    (void)state;
    BAD(BERT_UNSUPPORTED, "'z/c' is compressed or encrypted", p.members[2].method = 8);
    BAD(BERT_UNSUPPORTED, "save it again", p.members[2].flags = 1);
    BAD(BERT_FORMAT, "member 'z/b' is there twice", p.members[2].name = "z/b");
    BAD(BERT_FORMAT, "stored in 3 bytes, but it has 4", p.members[2].packed = 3);
    BAD(BERT_FORMAT, "no header of it at", p.members[2].local = "z/d");
    BAD(BERT_FORMAT, "no header of it at", p.members[2].local = "z/cc");
    BAD(BERT_FORMAT, "no header of it at 4294967294", p.members[2].header = 0xFFFFFFFE);
    BAD(BERT_FORMAT, "no header of it at", p.members[2].big = true;
        p.members[2].header = UINT64_MAX);
    BAD(BERT_FORMAT, "4294967295 bytes, but", p.members[2].size = 0xFFFFFFFF); // no zip64 field
    BAD(BERT_FORMAT, "extra field is cut short", p.members[2].extra = "\1\1ab");
    BAD(BERT_FORMAT, "members 'z/b' and 'a' overlap", p.members[0].size = 6);
    BAD(BERT_FORMAT, "overlap", p.members[2].header = 1);
    BAD(BERT_FORMAT, "'z/c' overlaps the directory", p.members[2].size = 5);
    BAD(BERT_FORMAT, "4294967294 bytes, but", p.members[2].size = 0xFFFFFFFE);
    BAD(BERT_FORMAT, "18446744073709551615 bytes, but", p.members[2].big = true;
        p.members[2].size = UINT64_MAX);
}

// Two names for one place.
static void shared_places(void **state)
{
    (void)state;
    const struct plan p = {.members = {{.name = "a", .data = "xPK\3\4"}, // so that its place is 1
                                       {.name = "b", .data = "x", .local = "c"}},
                           .n = 2};
    want_error(&p, BERT_FORMAT, "no header of it");
    struct plan same = good;
    same.members[2].header = 42; // where "a" is
    want_error(&same, BERT_FORMAT, "members 'a' and 'z/c' overlap");
}

// ---------------------------------------------------------------------------- not those of torch

static void torch_error(const struct plan *p, bert_status status, const char *what)
{
    struct buf file = make(p);
    struct ckpt_list list = {0};
    bert_error err = {0};
    const bert_status got =
        torch_zip_read(&list, (unsigned char *)file.data, file.len, "dir/m.bin", &err);
    if (got != status || !strstr(err.message, what)) {
        fail_msg("want %d and '%s', got %d: %s", status, what, got, err.message);
    }
    ckpt_list_release(&list);
    buf_release(&file);
}

// "plain" pickles without NUL bytes, as `make` takes them.
#define FLOATS(key, n)                                                                             \
    "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\1" key "U\3cpuK" n     \
    "tQM\1\1K\1\x85K\1\x85\x89}tR"

static void torch_archives(void **state)
{
    (void)state;
    struct plan p = {.members = {{.name = "m/data.pkl", .data = "\x80\2}."},
                                 {.name = "m/byteorder", .data = "little"},
                                 {.name = "m/data/x", .data = "12345678"}},
                     .n = 3};
    torch_error(&p, BERT_OK, "");
    p.members[1].data = "big";
    torch_error(&p, BERT_UNSUPPORTED, "not little-endian");
    p.n = 1;
    torch_error(&p, BERT_OK, "");
    p.members[0].data = "\x80\2}.x";
    torch_error(&p, BERT_FORMAT, "1 bytes behind the end of its pickle");
    p.members[0].data = "\x80\2}U\1a" FLOATS("x", "\2") "s.";
    torch_error(&p, BERT_FORMAT, "no member data/x");
    p.n = 3;
    p.members[1].data = "little";
    torch_error(&p, BERT_FORMAT, "it reaches to element 257 of a storage of 2");
    p.members[0].data = "\x80\2}U\1a" FLOATS("x", "\3") "s.";
    torch_error(&p, BERT_FORMAT, "data/x has 8 bytes, its storage 12");
    p.members[0].data = "\x80\2}U\1a" FLOATS("\n", "\3") "s.";
    torch_error(&p, BERT_FORMAT, "no member data/?");
}

static void torch_members_elsewhere(void **state)
{
    (void)state;
    struct plan p = {.members = {{.name = "m/data.pkl", .data = "\x80\2}."},
                                 {.name = "n/data/0", .data = "1234"}},
                     .n = 2};
    torch_error(&p, BERT_FORMAT, "a member outside of the archive's folder");
    p.members[1].name = "m/../data/0";
    torch_error(&p, BERT_FORMAT, "a member outside");
    p.members[1].name = "m";
    torch_error(&p, BERT_FORMAT, "a member outside");
    p.members[1].name = "/m/data/0";
    torch_error(&p, BERT_FORMAT, "a member outside");
    p.members[0].name = "../data.pkl";
    p.members[1].name = "../data/0";
    torch_error(&p, BERT_FORMAT, "a member outside");
    p.members[0].name = p.members[1].name = "data.pkl";
    torch_error(&p, BERT_FORMAT, "there twice");
    p.n = 1;
    torch_error(&p, BERT_FORMAT, "no folder at its beginning");
    p.members[0].name = "m/other.pkl";
    torch_error(&p, BERT_FORMAT, "no member data.pkl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_archives),  cmocka_unit_test(broken_ends),
        cmocka_unit_test(broken_members), cmocka_unit_test(shared_places),
        cmocka_unit_test(torch_archives), cmocka_unit_test(torch_members_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
