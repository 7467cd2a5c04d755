// http.h: one GET or HEAD over libcurl. Redirects are followed by hand, so that the token goes to
// the site it was given for and to no other, and so that what a site promises of a file (its
// checksum) is believed of that site only.
#ifndef PULL_HTTP_H
#define PULL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "reply.h"

struct http; // connections are kept between requests
struct http *http_new(bool quiet, bert_error *err);
void http_free(struct http *h);
bool http_is_quiet(const struct http *h); // as it was made: --quiet

struct http_request {
    const char *url;
    const char *token;    // for the url's own site; NULL: none
    bool head;            // a redirect to another site is the answer
    uint64_t from;        // ask for the bytes from here on
    const char *if_range; // only of the file with this ETag; NULL: of whatever is there
    // The body of a good answer (200, 206): `begin` before its first byte, also when there is none.
    // An error ends the request and is its result. NULL: the body is not wanted.
    bert_status (*begin)(void *arg, const struct http_reply *reply, bert_error *err);
    bert_status (*write)(void *arg, const void *bytes, size_t n, bert_error *err);
    void *arg;
};

// OK: there is an answer, good or bad: see reply->status. IO: there is none (reply->again says if
// it may come yet) or it broke off; CANCELLED: interrupted.
bert_status http_run(struct http *h, const struct http_request *request, struct http_reply *reply,
                     bert_error *err);

// True when two addresses have scheme, host and port in common.
bool http_same_site(const char *a, const char *b);

// The host of an address, with its port, for a message.
const char *http_site(const char *url, char room[256]);

// Ctrl-C and the like end the request that runs and make all later ones fail with CANCELLED.
void http_catch_signals(void);
int http_signal(void); // the one that came; 0: none

#endif
