// reply.c: headers read, and what follows from them.
#include "reply.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LINE_MOST = 2400, // a header that is longer is none of ours
    TRIES = 5,        // without a byte in between
    WAIT_MOST = 300,  // seconds that a site may ask for
};

// ---------------------------------------------------------------------------------------- headers

// Copies a header's value; one that is too long is not believed at all.
static void keep(char *out, size_t cap, const char *value, size_t len)
{
    if (len >= cap) len = 0;
    memcpy(out, value, len);
    out[len] = 0;
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    return *out < (1ull << 60) && (*end == 0 || strchr("/- ", *end));
}

// "bytes 100-199/200"
static void read_range(struct http_reply *r, const char *text)
{
    const char *slash = strchr(text, '/');
    r->has_range = strncmp(text, "bytes ", 6) == 0 && slash &&
                   read_number(text + 6, &r->range_from) && read_number(slash + 1, &r->range_total);
}

// Seconds, or a date.
static double read_wait(const char *text)
{
    uint64_t seconds;
    if (read_number(text, &seconds)) return (double)seconds;
    const time_t when = curl_getdate(text, NULL), now = time(NULL);
    return when < 0 ? -1 : when > now ? (double)(when - now) : 0;
}

// What only the url's own site may say of its file.
static void take_promise(struct http_reply *r, const char *name, const char *value)
{
    const struct {
        const char *name;
        char *out;
        size_t cap;
    } texts[] = {{"x-repo-commit", r->commit, sizeof r->commit},
                 {"x-linked-etag", r->linked_etag, sizeof r->linked_etag},
                 {"x-error-code", r->error_code, sizeof r->error_code},
                 {"x-error-message", r->error_message, sizeof r->error_message}};
    const size_t len = strlen(value);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcasecmp(name, texts[i].name) == 0) keep(texts[i].out, texts[i].cap, value, len);
    if (strcasecmp(name, "x-linked-size") == 0)
        r->has_linked_size = read_number(value, &r->linked_size);
    if (strcasecmp(name, "x-goog-hash") == 0 && strncmp(value, "md5=", 4) == 0)
        keep(r->md5, sizeof r->md5, value + 4, len - 4);
}

static void take_value(struct http_reply *r, const char *name, const char *value)
{
    if (strcasecmp(name, "etag") == 0) keep(r->etag, sizeof r->etag, value, strlen(value));
    if (strcasecmp(name, "content-length") == 0) r->has_length = read_number(value, &r->length);
    if (strcasecmp(name, "content-range") == 0) read_range(r, value);
    if (strcasecmp(name, "retry-after") == 0) r->retry_after = read_wait(value);
}

void reply_next(struct http_reply *r)
{
    r->status = 0;
    r->has_length = r->has_range = false;
    r->retry_after = -1;
    r->etag[0] = 0;
}

void reply_header(struct http_reply *r, const char *bytes, size_t n, bool promises)
{
    char line[LINE_MOST];
    if (n > 5 && strncmp(bytes, "HTTP/", 5) == 0) { // one answer behind another: 100, 200
        reply_next(r);
        return;
    }
    keep(line, sizeof line, bytes, n);
    line[strcspn(line, "\r\n")] = 0;
    char *value = strchr(line, ':');
    if (!value) return;
    *value++ = 0;
    value += strspn(value, " \t");
    take_value(r, line, value);
    if (promises) take_promise(r, line, value);
}

// ----------------------------------------------------------------------------------------- status

bool reply_is_good(const struct http_reply *r)
{
    return r->status == 200 || r->status == 206;
}

bool reply_is_redirect(const struct http_reply *r)
{
    return r->status == 301 || r->status == 302 || r->status == 303 || r->status == 307 ||
           r->status == 308;
}

bool reply_may_pass(const struct http_reply *r)
{
    return r->status == 408 || r->status == 429 || r->status == 500 || r->status == 502 ||
           r->status == 503 || r->status == 504;
}

// As long as the site asks, else half a second, one, two, four.
double reply_wait(const struct http_reply *r, int tries)
{
    if (tries >= TRIES || r->retry_after > WAIT_MOST) return -1;
    return r->retry_after >= 0 ? r->retry_after : 0.25 * (double)(1 << tries);
}

// ------------------------------------------------------------------------------------------- body

uint64_t reply_size(const struct http_reply *r)
{
    return r->status == 206 ? r->range_total : r->length;
}

enum reply_body reply_body(const struct http_reply *r, uint64_t have, uint64_t size)
{
    const bool part = r->status == 206;
    if (part && (!r->has_range || r->range_from != have)) return BODY_ELSEWHERE;
    if ((part || r->has_length) && reply_size(r) != size) return BODY_OTHER_SIZE;
    return part ? BODY_REST : BODY_WHOLE;
}

// -------------------------------------------------------------------------------------- checksums

const char *reply_strong_etag(const struct http_reply *r)
{
    return strncmp(r->etag, "W/", 2) == 0 ? "" : r->etag;
}

void reply_bare_etag(const char *etag, char *out, size_t cap)
{
    if (strncmp(etag, "W/", 2) == 0) etag += 2;
    if (*etag == '"') etag++;
    snprintf(out, cap, "%.*s", (int)strcspn(etag, "\""), etag);
}

// Base64 of 16 bytes: 22 letters, of which the last has four bits too many.
void reply_md5(const struct http_reply *r, char hex[DIGEST_HEX])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *text = r->md5;
    hex[0] = 0;
    if (strlen(text) != 24 || strcmp(text + 22, "==") != 0) return;
    unsigned bits = 0, n = 0, at = 0;
    for (int i = 0; i < 22; i++) {
        const char *letter = strchr(letters, text[i]);
        if (!letter) {
            hex[0] = 0; // whatever is there so far
            return;
        }
        bits = bits << 6 | (unsigned)(letter - letters);
        for (n += 6; n >= 4 && at < 32; n -= 4)
            hex[at++] = "0123456789abcdef"[bits >> (n - 4) & 15];
    }
    hex[at] = 0;
}
