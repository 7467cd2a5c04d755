// http.c: requests over libcurl's easy interface.
#include "http.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum { HOPS = 10, CONNECT_SECONDS = 20, STALL_SECONDS = 30 };

struct http {
    CURL *curl;
    bool quiet;
    bool reached; // some site answered: that another does not may pass
    char trouble[CURL_ERROR_SIZE];
};

// One request under way.
struct run {
    struct http *h;
    const struct http_request *request;
    struct http_reply *reply;
    bert_error *err;
    bert_status status; // of begin and write
    bool begun, first;  // first: this hop is the url's own site
};

// ---------------------------------------------------------------------------------------- signals

static volatile sig_atomic_t caught;

static void catch_signal(int signal)
{
    caught = signal;
}

void http_catch_signals(void)
{
    const struct sigaction action = {.sa_handler = catch_signal};
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

int http_signal(void)
{
    return caught;
}

static int check_signal(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)arg, (void)a, (void)b, (void)c, (void)d;
    return caught != 0;
}

// ---------------------------------------------------------------------------------------- answers

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct run *run = arg;
    reply_header(run->reply, bytes, size * n, run->first);
    return size * n;
}

static bert_status begin(struct run *run)
{
    if (run->begun || !run->request->begin) return run->status;
    run->begun = true;
    run->status = run->request->begin(run->request->arg, run->reply, run->err);
    return run->status;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct run *run = arg;
    const struct http_request *q = run->request;
    curl_easy_getinfo(run->h->curl, CURLINFO_RESPONSE_CODE, &run->reply->status);
    if (!reply_is_good(run->reply) || !q->write) return size * n;
    if (!begin(run)) run->status = q->write(q->arg, bytes, size * n, run->err);
    return run->status ? 0 : size * n;
}

// ---------------------------------------------------------------------------------------- one hop

bool http_same_site(const char *a, const char *b)
{
    static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
    CURLU *x = curl_url(), *y = curl_url();
    bool same =
        x && y && !curl_url_set(x, CURLUPART_URL, a, 0) && !curl_url_set(y, CURLUPART_URL, b, 0);
    for (size_t i = 0; same && i < 3; i++) {
        char *p = NULL, *q = NULL;
        same = !curl_url_get(x, parts[i], &p, CURLU_DEFAULT_PORT) &&
               !curl_url_get(y, parts[i], &q, CURLU_DEFAULT_PORT) && strcasecmp(p, q) == 0;
        curl_free(p);
        curl_free(q);
    }
    curl_url_cleanup(x);
    curl_url_cleanup(y);
    return same;
}

const char *http_site(const char *url, char room[256])
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    const char *end = host + strcspn(host, "/?#");
    for (const char *p = host; p < end; p++) {
        if (*p == '@') host = p + 1; // a name and a password are nobody's business
    }
    snprintf(room, 256, "%.*s", (int)(end - host), host);
    return room;
}

static bool add_line(struct curl_slist **lines, const char *name, const char *value)
{
    char line[4200];
    const int n = snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer =
        n > 0 && (size_t)n < sizeof line ? curl_slist_append(*lines, line) : NULL;
    if (longer) *lines = longer;
    return longer != NULL;
}

// The headers of this hop; the token only where it belongs.
static bool request_lines(const struct run *run, const char *url, struct curl_slist **lines)
{
    const struct http_request *q = run->request;
    char text[4100];
    bool good = true;
    if (q->token && http_same_site(url, q->url)) {
        snprintf(text, sizeof text, "Bearer %s", q->token);
        good = add_line(lines, "Authorization", text);
    }
    if (q->from) {
        snprintf(text, sizeof text, "bytes=%llu-", (unsigned long long)q->from);
        good = good && add_line(lines, "Range", text);
        if (q->if_range) good = good && add_line(lines, "If-Range", q->if_range);
    }
    return good;
}

static void allow_protocols(CURL *c, bool only_https)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, only_https ? "https" : "http,https");
#else
    curl_easy_setopt(c, CURLOPT_PROTOCOLS,
                     only_https ? (long)CURLPROTO_HTTPS : (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// The certificates of a company's own proxy, in the variables of curl, Python and OpenSSL.
static const char *certificates(void)
{
    static const char *const names[] = {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = getenv(names[i]);
        if (path && *path) return path;
    }
    return NULL;
}

static void set_options(struct run *run, const char *url, struct curl_slist *lines)
{
    CURL *c = run->h->curl;
    char agent[64];
    snprintf(agent, sizeof agent, "bert/%s", bert_version());
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(c, CURLOPT_NOBODY, (long)run->request->head);
    curl_easy_setopt(c, CURLOPT_USERAGENT, agent); // copied, as all texts are
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, run->h->trouble);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); // a proxy's own
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, run);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, run);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, check_signal);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    // a site that was reached by https may not send us elsewhere in the clear
    allow_protocols(c, strncasecmp(run->request->url, "https://", 8) == 0);
    if (certificates()) curl_easy_setopt(c, CURLOPT_CAINFO, certificates());
}

static bool may_pass(CURLcode code, bool reached)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR: return reached;
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
    }
}

static bert_status fail_curl(const struct run *run, CURLcode code, const char *url)
{
    char site[256];
    if (run->status) return run->status; // said already, by begin or write
    if (caught) return fail(run->err, BERT_CANCELLED, "interrupted");
    if (code == CURLE_UNSUPPORTED_PROTOCOL) {
        return fail(run->err, BERT_IO, "%s: a redirect there, from https, is not followed",
                    http_site(url, site));
    }
    run->reply->again = may_pass(code, run->h->reached);
    return fail(run->err, BERT_IO, "%s: %s", http_site(url, site),
                run->h->trouble[0] ? run->h->trouble : curl_easy_strerror(code));
}

// One that is too long is none.
static void keep_url(char out[HTTP_URL], const char *url)
{
    const size_t len = strlen(url);
    snprintf(out, HTTP_URL, "%s", len < HTTP_URL ? url : "");
}

static bert_status run_hop(struct run *run, const char *url)
{
    struct curl_slist *lines = NULL;
    run->h->trouble[0] = 0;
    reply_next(run->reply);
    run->first = http_same_site(url, run->request->url);
    if (!request_lines(run, url, &lines)) {
        curl_slist_free_all(lines);
        return fail_memory(run->err);
    }
    set_options(run, url, lines);
    const CURLcode code = caught ? CURLE_ABORTED_BY_CALLBACK : curl_easy_perform(run->h->curl);
    curl_easy_getinfo(run->h->curl, CURLINFO_RESPONSE_CODE, &run->reply->status);
    run->h->reached |= run->reply->status > 0;
    const char *next = NULL;
    curl_easy_getinfo(run->h->curl, CURLINFO_REDIRECT_URL, &next);
    if (!next) next = "";
    keep_url(run->reply->location, next);
    curl_slist_free_all(lines);
    return code ? fail_curl(run, code, url) : BERT_OK;
}

// ------------------------------------------------------------------------------------ the request

bert_status http_run(struct http *h, const struct http_request *request, struct http_reply *reply,
                     bert_error *err)
{
    *reply = (struct http_reply){0};
    struct run run = {.h = h, .request = request, .reply = reply, .err = err};
    char url[HTTP_URL], site[256];
    keep_url(url, request->url);
    for (int hop = 0; hop < HOPS; hop++) {
        TRY(run_hop(&run, url));
        const bool away = reply->location[0] && !http_same_site(reply->location, request->url);
        if (!reply_is_redirect(reply) || (request->head && away)) {
            reply->again = reply_may_pass(reply);
            return reply_is_good(reply) ? begin(&run) : BERT_OK;
        }
        if (!reply->location[0]) break;
        memcpy(url, reply->location, strlen(reply->location) + 1);
    }
    return fail(err, BERT_IO, "%s: redirects that lead nowhere", http_site(url, site));
}

struct http *http_new(bool quiet, bert_error *err)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct http *h = mem_zero(1, sizeof *h);
    if (h) *h = (struct http){.curl = curl_easy_init(), .quiet = quiet};
    if (h && h->curl) return h;
    mem_free(h);
    fail_memory(err);
    return NULL;
}

bool http_is_quiet(const struct http *h)
{
    return h->quiet;
}

void http_free(struct http *h)
{
    if (!h) return;
    curl_easy_cleanup(h->curl);
    curl_global_cleanup();
    mem_free(h);
}
