// reply.h: what a site answers: its headers, as bytes that anybody may have sent, and what follows
// from them for the file being brought. Nothing is asked here, and nothing is believed that does
// not read as what it should be: a number that is none, or a text that is too long, is not there.
#ifndef PULL_REPLY_H
#define PULL_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/digest.h"

enum { HTTP_URL = 8192 }; // room for an address: those that a store signs are long

// What the last answer was, once redirects are followed. Texts are "" when there is no such header.
struct http_reply {
    long status;
    bool again;         // the trouble may pass: a connection that broke, 429, 503 …
    double retry_after; // seconds that the site asks to wait; negative: it does not say
    bool has_length;    // of the body
    uint64_t length;
    bool has_range; // this is a part, of a whole of so many bytes
    uint64_t range_from, range_total;
    char etag[200];
    char location[HTTP_URL]; // of a redirect that was not followed
    // said by the first site only
    char commit[64], linked_etag[200], error_code[64], error_message[300];
    bool has_linked_size;
    uint64_t linked_size;
    char md5[64]; // Google's x-goog-hash, in base64
};

// Another answer begins: what a hop says of its own is forgotten, what was promised stays.
void reply_next(struct http_reply *r);

// Takes one line of headers, of n bytes. promises: it is the asked site's own, which alone may say
// which file that is.
void reply_header(struct http_reply *r, const char *bytes, size_t n, bool promises);

// By the status: there is a body to take; another address is meant; asking again may help.
bool reply_is_good(const struct http_reply *r);
bool reply_is_redirect(const struct http_reply *r);
bool reply_may_pass(const struct http_reply *r);

// Seconds until the try after so many; negative: enough was tried, or the site asks for too long.
double reply_wait(const struct http_reply *r, int tries);

// How a good answer's body goes on from the `have` bytes of `size` that are here.
enum reply_body {
    BODY_WHOLE,     // the file from its beginning
    BODY_REST,      // what is missing
    BODY_ELSEWHERE, // another part than was asked for
    BODY_OTHER_SIZE // a file of reply_size bytes
};
enum reply_body reply_body(const struct http_reply *r, uint64_t have, uint64_t size);
uint64_t reply_size(const struct http_reply *r); // of the whole file, where it is said

// The ETag if it stands for these very bytes, else "" ("W/…" is of a file as good as that one).
const char *reply_strong_etag(const struct http_reply *r);

// W/"abc" and "abc" are abc.
void reply_bare_etag(const char *etag, char *out, size_t cap);

// The MD5 that Google's storage gives, as hexadecimal; "" when it is none.
void reply_md5(const struct http_reply *r, char hex[DIGEST_HEX]);

#endif
