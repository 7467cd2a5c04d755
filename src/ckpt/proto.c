// proto.c: tags, numbers and lengths of protocol buffers
// (https://protobuf.dev/programming-guides/encoding/), every length compared with what is left.
#include "ckpt/proto.h"

#include <string.h>

bool proto_varint(const unsigned char **at, const unsigned char *end, uint64_t *out)
{
    const unsigned char *p = *at;
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && p < end; shift += 7) {
        const unsigned char byte = *p++;
        if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0)) return false;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte & 0x80) continue;
        *at = p;
        *out = value;
        return true;
    }
    return false;
}

static bool stop(struct proto *p, const char *wrong)
{
    p->wrong = wrong;
    return false;
}

static bool take_fixed(struct proto *p, size_t n, uint64_t *out)
{
    if ((size_t)(p->end - p->at) < n) return stop(p, "a number is cut short");
    *out = 0;
    memcpy(out, p->at, n);
    p->at += n;
    return true;
}

static bool take_bytes(struct proto *p, struct proto_field *field)
{
    uint64_t n;
    if (!proto_varint(&p->at, p->end, &n) || n > (size_t)(p->end - p->at)) {
        return stop(p, "a field is longer than what is left");
    }
    field->nested = (struct proto){.at = p->at, .end = p->at + n};
    p->at += n;
    return true;
}

bool proto_next(struct proto *p, struct proto_field *field)
{
    uint64_t tag;
    if (p->wrong || p->at == p->end) return false;
    if (!proto_varint(&p->at, p->end, &tag)) return stop(p, "a field's number is broken");
    if (tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF) return stop(p, "no field has this number");
    *field =
        (struct proto_field){.number = (uint32_t)(tag >> 3), .type = (enum proto_type)(tag & 7)};
    switch (field->type) {
    case PROTO_VARINT:
        if (proto_varint(&p->at, p->end, &field->value)) return true;
        return stop(p, "a number is broken");
    case PROTO_FIXED64: return take_fixed(p, 8, &field->value);
    case PROTO_FIXED32: return take_fixed(p, 4, &field->value);
    case PROTO_BYTES: return take_bytes(p, field);
    }
    return stop(p, "no field has this type");
}

// ------------------------------------------------------------------------------------------
// writing

void proto_put_varint(struct buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) buf_byte(out, (char)(value | 0x80));
    buf_byte(out, (char)value);
}

static void put_tag(struct buf *out, uint32_t field, enum proto_type type)
{
    proto_put_varint(out, field << 3 | type);
}

void proto_put_number(struct buf *out, uint32_t field, uint64_t value)
{
    if (!value) return;
    put_tag(out, field, PROTO_VARINT);
    proto_put_varint(out, value);
}

void proto_put_fixed32(struct buf *out, uint32_t field, uint32_t value)
{
    if (!value) return;
    put_tag(out, field, PROTO_FIXED32);
    buf_add(out, &value, sizeof value);
}

void proto_put_bytes(struct buf *out, uint32_t field, const struct buf *bytes)
{
    put_tag(out, field, PROTO_BYTES);
    proto_put_varint(out, bytes->len);
    buf_add(out, bytes->data, bytes->len);
    if (bytes->failed) out->failed = true;
}
