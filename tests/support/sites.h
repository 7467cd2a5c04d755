// sites.h: the Hugging Face hub, the store that it sends people to for large files, and Google's
// storage, played on loopback, each at another address; with what may go wrong with them.
#ifndef TESTS_SITES_H
#define TESTS_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SITES_COMMIT "0123456789abcdef0123456789abcdef01234567"
#define SITES_TOKEN "hf_secret"

struct site_file {
    const char *name;
    const char *bytes;
    size_t size;
    bool large; // kept in the store, named by its SHA-256
};

// What goes wrong, with requests whose target holds `where` (GET requests, unless `head`).
enum fault_kind {
    FAULT_STATUS,     // answers `n` with these headers
    FAULT_CUT,        // closes the connection after n bytes of the body
    FAULT_NO_RANGES,  // sends the whole whatever is asked for
    FAULT_LENGTH,     // says a Content-Length that is n greater
    FAULT_MORE,       // sends n more bytes, and says no length
    FAULT_FLIP,       // sends another byte at n
    FAULT_OTHER_FILE, // has a file of other bytes there now, with another ETag
    FAULT_HOLD,       // sends n bytes and waits for sites_release
    FAULT_CHECKSUM,   // promises the checksum in `headers`
};
struct fault {
    const char *where;
    enum fault_kind kind;
    size_t n;
    int times; // how often yet
    const char *headers;
    bool head;
};

// One request that came.
struct visit_row {
    char site; // 'h' hub, 's' store, 'g' Google
    char method[16], target[300], range[60], if_range[100];
    bool token;
};

struct sites {
    const struct site_file *files;
    size_t n_files;
    const char *listing; // NULL: of the files
    struct fault faults[8];
    size_t n_faults;
    struct visit_row visits[400];
    size_t n_visits;
    bool ignore_if_range; // so stores that know none
    char hub[64], google[64];
    struct sites_inside *inside;
};

// Starts them, and makes the environment that of one who talks to them alone and keeps everything
// in this folder: models in "hub" and "google".
void sites_start(struct sites *s, const char *folder);
void sites_stop(struct sites *s);
void sites_reset(struct sites *s); // no faults, no visits, nothing held
void sites_fault(struct sites *s, struct fault fault);
void sites_release(struct sites *s);
size_t sites_held(struct sites *s); // requests that wait

// How many visits had this method ("" any) and a target that holds `part`.
size_t sites_count(const struct sites *s, const char *method, const char *part);

#endif
