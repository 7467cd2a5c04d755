// fuzz_reply.c: lines as what sites answer, hop after hop. The first line is "HAVE SIZE TRIES" of
// the file being brought, "HTTP/1.1 206" begins an answer, and ">" another site's. What is not the
// asked site's own promises nothing, and a body is taken only where it fits.
#include "fuzz/folder.h"
#include "http.h"
#include "reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct numbers {
    uint64_t have, size;
    int tries;
};

// A text of one line, with its end in its room. Where each is: all are arrays.
#define CHECK_TEXT(field) check_text(field, sizeof(field))
static void check_text(const char *text, size_t cap)
{
    require(memchr(text, 0, cap) != NULL);
    require(!strpbrk(text, "\r\n"));
}

static void check_values(const struct http_reply *r)
{
    CHECK_TEXT(r->etag);
    CHECK_TEXT(r->commit);
    CHECK_TEXT(r->linked_etag);
    CHECK_TEXT(r->error_code);
    CHECK_TEXT(r->error_message);
    CHECK_TEXT(r->md5);
    require(!r->has_length || r->length < 1ull << 60);
    require(!r->has_linked_size || r->linked_size < 1ull << 60);
    require(!r->has_range || (r->range_from < 1ull << 60 && r->range_total < 1ull << 60));
}

static bool same_promises(const struct http_reply *a, const struct http_reply *b)
{
    return !strcmp(a->commit, b->commit) && !strcmp(a->linked_etag, b->linked_etag) &&
           !strcmp(a->error_code, b->error_code) && !strcmp(a->error_message, b->error_message) &&
           !strcmp(a->md5, b->md5) && a->has_linked_size == b->has_linked_size &&
           a->linked_size == b->linked_size;
}

// What bert-pull would do with this answer.
static void check_decisions(const struct http_reply *r, const struct numbers *n)
{
    require(reply_is_good(r) + reply_is_redirect(r) + reply_may_pass(r) <= 1);
    const enum reply_body body = reply_body(r, n->have, n->size);
    if (body == BODY_REST)
        require(r->status == 206 && r->range_from == n->have && r->range_total == n->size);
    if (body == BODY_WHOLE) require(r->status != 206 && (!r->has_length || r->length == n->size));
    if (body == BODY_OTHER_SIZE) require(reply_size(r) != n->size);
    const double wait = reply_wait(r, n->tries);
    require(wait == -1 || (wait >= 0 && wait <= 300 && n->tries < 5));
    require(strncmp(reply_strong_etag(r), "W/", 2) != 0);
}

static void check_checksums(const struct http_reply *r)
{
    char bare[65], hex[DIGEST_HEX];
    reply_bare_etag(r->linked_etag[0] ? r->linked_etag : r->etag, bare, sizeof bare);
    require(!strchr(bare, '"'));
    reply_md5(r, hex);
    require(!hex[0] || (strlen(hex) == 32 && strspn(hex, "0123456789abcdef") == 32));
}

// Sites' names, out of whatever an address may be.
static void check_address(const char *url)
{
    char site[256];
    http_site(url, site);
    require(!strpbrk(site, "/?#@"));
    require(http_same_site(url, "https://huggingface.co") ==
            http_same_site("https://huggingface.co", url));
}

// One line, in a block of exactly its size: a reader that goes further is caught.
static void take_line(struct http_reply *r, const uint8_t *line, size_t len, bool own)
{
    char *bytes = malloc(len ? len : 1);
    const struct http_reply before = *r;
    if (!bytes) return;
    if (len) memcpy(bytes, line, len);
    reply_header(r, bytes, len, own);
    if (!own) require(same_promises(&before, r));
    if (len > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        require(same_promises(&before, r) && !r->has_length && !r->has_range && !r->etag[0]);
        char status[16];
        snprintf(status, sizeof status, "%.*s", (int)(len < 15 ? len : 15), bytes);
        r->status = strchr(status, ' ') ? atol(strchr(status, ' ')) : 0; // as libcurl reads it
    }
    free(bytes);
}

static size_t line_length(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    return end ? (size_t)(end - data) + 1 : size;
}

static struct numbers read_numbers(const uint8_t *line, size_t len)
{
    char text[64];
    struct numbers n = {0};
    unsigned long long have = 0, size = 0;
    snprintf(text, sizeof text, "%.*s", (int)(len < 63 ? len : 63), (const char *)line);
    sscanf(text, "%18llu %18llu %2d", &have, &size, &n.tries);
    n.have = have;
    n.size = size;
    if (n.tries < 1) n.tries = 1;
    return n;
}

static void check_line_as_address(const uint8_t *line, size_t len)
{
    char url[400];
    snprintf(url, sizeof url, "%.*s", (int)(len < 399 ? len : 399), (const char *)line);
    url[strcspn(url, "\r\n")] = 0;
    check_address(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = line_length(data, size);
    const struct numbers n = read_numbers(data, len);
    struct http_reply r = {0};
    bool own = true;
    reply_next(&r);
    for (data += len, size -= len; size; data += len, size -= len) {
        len = line_length(data, size);
        if (*data == '>') {
            own = false;
            check_line_as_address(data + 1, len - 1);
            continue;
        }
        take_line(&r, data, len, own);
        check_values(&r);
        check_decisions(&r, &n);
    }
    check_checksums(&r);
    return 0;
}
