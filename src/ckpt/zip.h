// zip.h: the members of a zip archive whose members are stored, not compressed, so that they can be
// used where they lie. Sizes and places come from the central directory, zip64 or not; everything
// is checked when it is read: no two members overlap or share a name.
#ifndef CKPT_ZIP_H
#define CKPT_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct zip_member {
    const char *name; // in the file, name_len bytes without NUL
    size_t name_len;
    const unsigned char *data; // in the file
    size_t size;
    uint32_t crc;  // as the archive has it; see zip_check
    size_t header; // offset of its local header
};

struct zip {
    struct zip_member *members; // [count], sorted by name
    size_t count;
};

// Reads the archive in these bytes, which are borrowed. `zip` is zeroed; it is released by the
// caller also on failure. FORMAT, UNSUPPORTED (a compressed or encrypted member), MEMORY.
bert_status zip_read(struct zip *zip, const unsigned char *data, size_t size, const char *path,
                     bert_error *err);
void zip_release(struct zip *zip);

const struct zip_member *zip_find(const struct zip *zip, const char *name); // NULL: none

// Holds a member's bytes against its CRC: FORMAT when they differ.
bert_status zip_check(const struct zip_member *member, const char *path, bert_error *err);

#endif
