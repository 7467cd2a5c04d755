// proto.h: the wire format of protocol buffers: fields of a number and a value, without a schema.
// Read from the front to the end; nothing is allocated, messages within messages are ranges of
// bytes. Written by appending to a buffer.
#ifndef CKPT_PROTO_H
#define CKPT_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

// Bytes that are left. `wrong` says what ended the reading early; NULL so far.
struct proto {
    const unsigned char *at, *end;
    const char *wrong;
};

// Types that are no more (groups) or do not exist are refused.
enum proto_type { PROTO_VARINT = 0, PROTO_FIXED64 = 1, PROTO_BYTES = 2, PROTO_FIXED32 = 5 };

struct proto_field {
    uint32_t number; // from 1
    enum proto_type type;
    uint64_t value;      // of a number
    struct proto nested; // of PROTO_BYTES
};

// Takes the next field; false at the end or when something is wrong.
bool proto_next(struct proto *p, struct proto_field *field);

// Takes seven bits a byte, the lowest first; false when they do not end, exceed 64 bits or are not
// as short as they can be, as every writer has them. LevelDB's tables use the same numbers.
bool proto_varint(const unsigned char **at, const unsigned char *end, uint64_t *out);

void proto_put_varint(struct buf *out, uint64_t value);
// Fields. A number of 0 is not written: it is what an absent one means.
void proto_put_number(struct buf *out, uint32_t field, uint64_t value);
void proto_put_fixed32(struct buf *out, uint32_t field, uint32_t value);
void proto_put_bytes(struct buf *out, uint32_t field, const struct buf *bytes);

#endif
