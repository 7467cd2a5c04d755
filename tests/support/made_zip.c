// made_zip.c: PKWARE's APPNOTE 4.3, no more of it than an archive needs. Deflated members are runs
// of the fixed code's literals.
#include "support/made_zip.h"

#include <string.h>

#include "base/crc32.h"

static void number(struct buf *b, uint64_t x, size_t bytes)
{
    buf_add(b, &x, bytes);
}

// Literals of the fixed code, then its end; bits from the low end of bytes, codes from their top.
static void deflate(struct buf *out, const unsigned char *bytes, size_t n)
{
    uint64_t bits = 3; // the last block, of kind 1
    unsigned have = 3;
    for (size_t i = 0; i <= n; i++) {
        const unsigned c = i < n ? bytes[i] : 256;
        const unsigned code = c < 144 ? 0x30 + c : c < 256 ? 0x190 + c - 144 : 0;
        const unsigned len = c < 144 ? 8 : c < 256 ? 9 : 7;
        for (unsigned k = 0; k < len; k++) bits |= (uint64_t)(code >> (len - 1 - k) & 1) << have++;
        for (; have >= 8; have -= 8, bits >>= 8) buf_byte(out, (char)bits);
    }
    if (have) buf_byte(out, (char)bits);
}

static uint32_t crc_of(const struct made_member *m)
{
    struct crc32 crc;
    crc32_init(&crc);
    crc32_add(&crc, m->bytes, m->size);
    return crc.value ^ m->damaged;
}

// What local header and directory have in common, from the version on.
static void add_fields(struct buf *b, const struct made_member *m, size_t packed)
{
    number(b, 20, 2);
    number(b, 0, 2);
    number(b, m->deflated ? 8 : 0, 2);
    number(b, 0, 4);
    number(b, crc_of(m), 4);
    number(b, packed, 4);
    number(b, m->said ? m->said : m->size, 4);
    number(b, strlen(m->name), 2);
    number(b, 0, 2);
}

void made_zip(struct buf *out, const struct made_member *members, size_t n)
{
    struct buf directory, data;
    const size_t start = out->len;
    buf_init(&directory);
    buf_init(&data);
    for (size_t i = 0; i < n; i++) {
        const struct made_member *m = &members[i];
        buf_clear(&data);
        if (m->deflated) deflate(&data, m->bytes, m->size);
        else buf_add(&data, m->bytes, m->size);
        number(&directory, 0x02014B50, 4);
        number(&directory, 20, 2);
        add_fields(&directory, m, data.len);
        number(&directory, 0, 8);
        number(&directory, 0, 2);
        number(&directory, out->len - start, 4);
        buf_text(&directory, m->name);
        number(out, 0x04034B50, 4);
        add_fields(out, m, data.len);
        buf_text(out, m->name);
        buf_add(out, data.data, data.len);
    }
    const size_t at = out->len - start;
    buf_add(out, directory.data, directory.len);
    number(out, 0x06054B50, 4);
    number(out, 0, 4);
    number(out, n, 2);
    number(out, n, 2);
    number(out, directory.len, 4);
    number(out, at, 4);
    number(out, 0, 2);
    buf_release(&directory);
    buf_release(&data);
}
