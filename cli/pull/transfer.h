// transfer.h: a file from an address to its place: continued where an earlier run stopped, tried
// again when the connection breaks or the site asks to wait, and given its name only when its size
// and checksum are those that were promised.
#ifndef PULL_TRANSFER_H
#define PULL_TRANSFER_H

#include "base/buf.h"
#include "http.h"
#include "hub/digest.h"
#include "meter.h"

struct transfer {
    const char *name; // what messages call it
    const char *url;
    const char *token;   // for the url's own site; NULL: none
    const char *partial; // where the bytes gather
    const char *path;    // where they go
    uint64_t size;
    const char *etag;     // of the file at the url, where it is known beforehand; "": it is not
    const char *checksum; // hexadecimal; "": none is known
    enum digest_kind kind;
    bool git; // the checksum is of the bytes as git stores them, "blob SIZE\0" before them
};

// IO, FORMAT (another size, another checksum), CANCELLED. Unless the bytes were wrong, what came so
// far is kept for the next run.
bert_status transfer_run(struct http *h, const struct transfer *t, struct meter *meter,
                         bert_error *err);

// A request whose answer is small, tried again in the same way. With `body`, a GET whose body is
// put there; without, a HEAD. OK: there is an answer, good or bad.
bert_status transfer_ask(struct http *h, const char *url, const char *token, struct buf *body,
                         struct http_reply *reply, bert_error *err);

#endif
