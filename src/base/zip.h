// zip.h: the members of a zip archive: stored ones can be used where they lie, compressed ones are
// unpacked. Sizes and places come from the central directory, zip64 or not; everything is checked
// when it is read: no two members overlap or share a name, and none claims to become larger than
// its bytes can.
#ifndef BASE_ZIP_H
#define BASE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/os.h"

struct zip_member {
    const char *name; // in the directory, name_len bytes without NUL
    size_t name_len;
    const unsigned char *data; // `packed` bytes; NULL where the archive is not in memory
    size_t at;                 // their offset in the file
    size_t size, packed;       // the same unless it is deflated
    bool deflated;
    uint32_t crc;  // as the archive has it; see zip_check
    size_t header; // offset of its local header
};

struct zip {
    struct zip_member *members; // [count], sorted by name
    size_t count;
    bool takes_deflated;      // set by the caller: else a compressed member is refused
    unsigned char *directory; // of an archive that is not in memory; NULL: it is
};

// Reads the archive in these bytes, which are borrowed. `zip` is zeroed but for takes_deflated; it
// is released by the caller also on failure. FORMAT, UNSUPPORTED (a member that is encrypted, or
// compressed in a way that is not taken), MEMORY.
bert_status zip_read(struct zip *zip, const unsigned char *data, size_t size, const char *path,
                     bert_error *err);
// The same of a file, of which only the directory and the members' headers are read.
bert_status zip_read_file(struct zip *zip, const struct os_reader *file, bert_error *err);
void zip_release(struct zip *zip);

const struct zip_member *zip_find(const struct zip *zip, const char *name); // NULL: none

// Holds a stored member's bytes against its CRC: FORMAT when they differ. Here and below, `data` is
// not NULL.
bert_status zip_check(const struct zip_member *member, const char *path, bert_error *err);

// Hands what a member holds to `write`, piece by piece, and checks its size and CRC. FORMAT,
// MEMORY, or what `write` answers.
bert_status zip_unpack(const struct zip_member *member,
                       bert_status (*write)(void *arg, const void *bytes, size_t n,
                                            bert_error *err),
                       void *arg, const char *path, bert_error *err);

#endif
