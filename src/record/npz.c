// npz.c: an .npy file is magic, version, the header's length, a Python literal of a dict with the
// keys descr, fortran_order and shape, and the numbers (NumPy, format.py). An .npz is a zip archive
// of them, NAME.npy.
#include "record/npz.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/half.h"
#include "base/mem.h"

// -------------------------------------------------------------------------------------- the header

// What is left of the header.
struct scan {
    const char *at, *end;
};

static void skip_spaces(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n')) s->at++;
}

static bool take(struct scan *s, const char *text)
{
    skip_spaces(s);
    const size_t n = strlen(text);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, text, n) != 0) return false;
    s->at += n;
    return true;
}

static bool take_size(struct scan *s, size_t *out)
{
    skip_spaces(s);
    const char *start = s->at;
    for (*out = 0; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        if (!size_mul(*out, 10, out) || !size_add(*out, (size_t)(*s->at - '0'), out)) return false;
    }
    return s->at > start;
}

// '<f4': order, kind, width. Bytes have no order.
static bool take_descr(struct scan *s, struct npy_array *a)
{
    if (!take(s, "'") || s->end - s->at < 4) return false;
    const char order = s->at[0];
    a->kind = s->at[1];
    a->width = (size_t)(s->at[2] - '0');
    s->at += 3;
    const bool whole = a->kind == 'i' || a->kind == 'u';
    const bool sized = a->width == 2 || a->width == 4 || a->width == 8 || (whole && a->width == 1);
    return (whole || a->kind == 'f') && sized &&
           (order == '<' || (order == '|' && a->width == 1)) && take(s, "'");
}

static bool take_shape(struct scan *s, struct npy_array *a)
{
    if (!take(s, "(")) return false;
    a->count = 1;
    while (!take(s, ")")) {
        if (a->n_dims == NPY_DIMS || !take_size(s, &a->dims[a->n_dims]) ||
            !size_mul(a->count, a->dims[a->n_dims], &a->count)) {
            return false;
        }
        a->n_dims++;
        if (!take(s, ",")) return take(s, ")");
    }
    return true;
}

// NumPy writes the three keys in this order.
static bert_status read_header(struct npy_array *a, struct scan s, const char *where,
                               bert_error *err)
{
    if (!take(&s, "{") || !take(&s, "'descr':")) goto broken;
    if (!take_descr(&s, a)) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: its elements are neither integers nor floats of 2, 4 or 8 bytes, "
                    "little-endian; save it so",
                    where);
    }
    if (!take(&s, ",") || !take(&s, "'fortran_order':")) goto broken;
    if (!take(&s, "False")) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: in Fortran's order; save np.ascontiguousarray of it", where);
    }
    if (!take(&s, ",") || !take(&s, "'shape':") || !take_shape(&s, a)) goto broken;
    return BERT_OK;
broken:
    return fail(err, BERT_FORMAT, "%s: the header is not NumPy's", where);
}

bert_status npy_read(struct npy_array *a, const unsigned char *bytes, size_t size,
                     const char *where, bert_error *err)
{
    static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    *a = (struct npy_array){0};
    const size_t prefix = size > 6 && bytes[6] == 1 ? 10 : 12;
    if (size < prefix || memcmp(bytes, magic, sizeof magic) != 0 || bytes[6] < 1 || bytes[6] > 3) {
        return fail(err, BERT_FORMAT, "%s: not an .npy file of format 1 to 3", where);
    }
    uint32_t length = 0;
    memcpy(&length, bytes + 8, prefix - 8);
    if (length > size - prefix) {
        return fail(err, BERT_FORMAT, "%s: the header is longer than the file", where);
    }
    const char *header = (const char *)bytes + prefix;
    TRY(read_header(a, (struct scan){header, header + length}, where, err));
    size_t need;
    if (!size_mul(a->count, a->width, &need) || need != size - prefix - length) {
        return fail(err, BERT_FORMAT, "%s: %zu bytes of numbers, which its shape does not make",
                    where, size - prefix - length);
    }
    a->data = bytes + prefix + length;
    return BERT_OK;
}

// ----------------------------------------------------------------------------------------- numbers

int64_t npy_whole(const struct npy_array *a, size_t i)
{
    if (a->kind == 'f') {
        const double x = npy_real(a, i);
        return x > -0x1p63 && x < 0x1p63 ? (int64_t)x : -1;
    }
    const unsigned char *p = a->data + i * a->width;
    uint64_t bits = 0;
    memcpy(&bits, p, a->width);
    const unsigned shift = 64 - 8 * (unsigned)a->width;
    return a->kind == 'i' ? (int64_t)(bits << shift) >> shift : (int64_t)bits;
}

double npy_real(const struct npy_array *a, size_t i)
{
    if (a->kind != 'f') return (double)npy_whole(a, i);
    const unsigned char *p = a->data + i * a->width;
    uint16_t half;
    float single;
    double whole;
    switch (a->width) {
    case 2: memcpy(&half, p, sizeof half); return half_from_f16(half);
    case 4: memcpy(&single, p, sizeof single); return single;
    default: memcpy(&whole, p, sizeof whole); return whole;
    }
}

// ----------------------------------------------------------------------------------------- archive

struct npz_member {
    struct npy_array array;
    struct buf unpacked;
};

static bert_status append(void *arg, const void *bytes, size_t n, bert_error *err)
{
    struct buf *b = arg;
    buf_add(b, bytes, n);
    return b->failed ? fail_memory(err) : BERT_OK;
}

static bert_status read_member(struct npz *npz, size_t i, const char *path, bert_error *err)
{
    const struct zip_member *member = &npz->zip.members[i];
    struct npz_member *m = &npz->members[i];
    char where[300];
    snprintf(where, sizeof where, "%.150s: %.*s", path,
             (int)(member->name_len < 100 ? member->name_len : 100), member->name);
    if (!member->deflated) {
        TRY(zip_check(member, path, err));
        return npy_read(&m->array, member->data, member->size, where, err);
    }
    TRY(zip_unpack(member, append, &m->unpacked, path, err));
    return npy_read(&m->array, (const unsigned char *)m->unpacked.data, m->unpacked.len, where,
                    err);
}

bert_status npz_open(struct npz *npz, const char *path, bert_error *err)
{
    *npz = (struct npz){.zip = {.takes_deflated = true}};
    TRY(os_file_open(&npz->file, path, false, err));
    TRY(zip_read(&npz->zip, npz->file.data, npz->file.size, path, err));
    npz->members = mem_zero(npz->zip.count, sizeof *npz->members);
    if (!npz->members) return fail_memory(err);
    for (size_t i = 0; i < npz->zip.count; i++) TRY(read_member(npz, i, path, err));
    return BERT_OK;
}

void npz_close(struct npz *npz)
{
    for (size_t i = 0; npz->members && i < npz->zip.count; i++) {
        buf_release(&npz->members[i].unpacked);
    }
    mem_free(npz->members);
    zip_release(&npz->zip);
    os_file_close(&npz->file);
    *npz = (struct npz){0};
}

const struct npy_array *npz_find(const struct npz *npz, const char *name)
{
    char file[100];
    snprintf(file, sizeof file, "%s.npy", name);
    const struct zip_member *member = zip_find(&npz->zip, file);
    return member ? &npz->members[member - npz->zip.members].array : NULL;
}
