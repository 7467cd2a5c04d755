// sites.c: the rules by which the three sites answer.
#include "support/sites.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/digest.h"
#include "support/http_server.h"

struct sites_inside {
    struct http_server *hub, *store, *google;
    pthread_mutex_t lock;
    bool released;
    size_t held;
};

static bool is_get(const struct http_question *q)
{
    return strcmp(q->method, "GET") == 0;
}

// --------------------------------------------------------------------------------------- checksums

static void file_checksum(const struct site_file *f, char hex[DIGEST_HEX])
{
    struct digest d;
    char head[40];
    digest_init(&d, f->large ? DIGEST_SHA256 : DIGEST_SHA1);
    const int n = snprintf(head, sizeof head, "blob %zu", f->size);
    if (!f->large) digest_add(&d, head, (size_t)n + 1);
    digest_add(&d, f->bytes, f->size);
    digest_hex(&d, hex);
}

// MD5 as Google says it: base64 of its bytes.
static void md5_base64(const struct site_file *f, char out[40])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct digest d;
    char hex[DIGEST_HEX];
    unsigned char bytes[18] = {0};
    digest_init(&d, DIGEST_MD5);
    digest_add(&d, f->bytes, f->size);
    digest_hex(&d, hex);
    for (int i = 0; i < 16; i++) {
        unsigned value;
        sscanf(hex + 2 * i, "%2x", &value);
        bytes[i] = (unsigned char)value;
    }
    for (int i = 0; i < 6; i++) {
        const unsigned x =
            (unsigned)bytes[3 * i] << 16 | (unsigned)bytes[3 * i + 1] << 8 | bytes[3 * i + 2];
        for (int k = 0; k < 4; k++) out[4 * i + k] = letters[x >> (18 - 6 * k) & 63];
    }
    strcpy(out + 22, "==");
}

// ------------------------------------------------------------------------------------------ faults

// The fault that this request meets, taken; its times are 0 when there is none.
static struct fault take_fault(struct sites *s, const struct http_question *q)
{
    struct fault found = {0};
    pthread_mutex_lock(&s->inside->lock);
    for (size_t i = 0; i < s->n_faults && !found.times; i++) {
        struct fault *f = &s->faults[i];
        if (f->times <= 0 || f->head == is_get(q) || !strstr(q->target, f->where)) continue;
        found = *f;
        f->times--;
    }
    pthread_mutex_unlock(&s->inside->lock);
    return found;
}

static void hold(struct sites *s)
{
    pthread_mutex_lock(&s->inside->lock);
    s->inside->held++;
    while (!s->inside->released) {
        pthread_mutex_unlock(&s->inside->lock);
        usleep(2000);
        pthread_mutex_lock(&s->inside->lock);
    }
    s->inside->held--;
    pthread_mutex_unlock(&s->inside->lock);
}

// ------------------------------------------------------------------------------------------- files

// Sends a file from `from` on, as the fault has it. The head is sent already.
static void send_body(struct sites *s, const struct http_question *q, const char *bytes,
                      size_t from, size_t size, const struct fault *f)
{
    size_t n = size - from;
    const bool stops = f->times && (f->kind == FAULT_CUT || f->kind == FAULT_HOLD) && f->n < n;
    http_send(q, bytes + from, stops ? f->n : n);
    if (stops && f->kind == FAULT_HOLD) {
        hold(s);
        http_send(q, bytes + from + f->n, n - f->n);
    }
    static const char zeros[64];
    if (f->times && f->kind == FAULT_MORE) http_send(q, zeros, f->n);
}

// A file's bytes, with ranges. `more` are further header lines.
static void send_file(struct sites *s, const struct http_question *q, const struct site_file *file,
                      const char *etag, const char *more)
{
    const struct fault f = take_fault(s, q);
    if (f.times && f.kind == FAULT_STATUS) {
        http_answer(q, (int)f.n, f.headers ? f.headers : "Content-Length: 0\r\n");
        return;
    }
    char *bytes = malloc(file->size + 1);
    if (!bytes) abort();
    memcpy(bytes, file->bytes, file->size);
    if (f.times && f.kind == FAULT_FLIP) bytes[f.n] ^= 1;
    if (f.times && f.kind == FAULT_OTHER_FILE) {
        memset(bytes, 'x', file->size);
        etag = "\"other\"";
    }
    char range[500], condition[500], head[2000];
    unsigned long long from = 0;
    http_header(q, "range", range);
    http_header(q, "if-range", condition);
    const bool same = s->ignore_if_range || !condition[0] || strcmp(condition, etag) == 0;
    const bool no_ranges = f.times && f.kind == FAULT_NO_RANGES;
    if (!same || no_ranges || sscanf(range, "bytes=%llu-", &from) != 1) from = 0;
    if (from >= file->size && from > 0) {
        http_answer(q, 416, "Content-Length: 0\r\n");
        free(bytes);
        return;
    }
    int n = snprintf(head, sizeof head, "ETag: %s\r\n%s", etag, more);
    if (!(f.times && f.kind == FAULT_MORE))
        n += snprintf(head + n, sizeof head - (size_t)n, "Content-Length: %llu\r\n",
                      (unsigned long long)file->size - from +
                          (f.times && f.kind == FAULT_LENGTH ? f.n : 0));
    if (from)
        snprintf(head + n, sizeof head - (size_t)n, "Content-Range: bytes %llu-%zu/%zu\r\n", from,
                 file->size - 1, file->size);
    http_answer(q, from ? 206 : 200, head);
    if (is_get(q)) send_body(s, q, bytes, (size_t)from, file->size, &f);
    free(bytes);
}

// ------------------------------------------------------------------------------------------- sites

static void note_visit(struct sites *s, char site, const struct http_question *q)
{
    char room[500];
    pthread_mutex_lock(&s->inside->lock);
    if (s->n_visits == sizeof s->visits / sizeof *s->visits) abort();
    struct visit_row *v = &s->visits[s->n_visits++];
    *v = (struct visit_row){.site = site};
    snprintf(v->method, sizeof v->method, "%s", q->method);
    snprintf(v->target, sizeof v->target, "%.299s", q->target);
    snprintf(v->range, sizeof v->range, "%.59s", http_header(q, "range", room));
    snprintf(v->if_range, sizeof v->if_range, "%.99s", http_header(q, "if-range", room));
    v->token = http_header(q, "authorization", room)[0] != 0;
    pthread_mutex_unlock(&s->inside->lock);
}

static const struct site_file *find_file(const struct sites *s, const char *name)
{
    for (size_t i = 0; i < s->n_files; i++) {
        if (strcmp(s->files[i].name, name) == 0) return &s->files[i];
    }
    return NULL;
}

static void send_listing(struct sites *s, const struct http_question *q)
{
    const struct fault f = take_fault(s, q);
    char text[8000], head[100];
    int n =
        snprintf(text, sizeof text, "{\"id\":\"x\",\"sha\":\"" SITES_COMMIT "\",\"siblings\":[");
    for (size_t i = 0; i < s->n_files; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s{\"rfilename\":\"%s\"}", i ? "," : "",
                      s->files[i].name);
    snprintf(text + n, sizeof text - (size_t)n, "]}");
    if (f.times && f.kind == FAULT_STATUS) {
        http_answer(q, (int)f.n, f.headers ? f.headers : "Content-Length: 0\r\n");
        return;
    }
    const char *body = s->listing ? s->listing : text;
    snprintf(head, sizeof head, "Content-Length: %zu\r\n", strlen(body));
    http_answer(q, 200, head);
    http_send(q, body, strlen(body));
}

// A large file is a redirect to the store, which promises its checksum and size.
static void send_from_hub(struct sites *s, const struct http_question *q,
                          const struct site_file *file)
{
    char hex[DIGEST_HEX], etag[100], head[2000];
    file_checksum(file, hex);
    snprintf(etag, sizeof etag, "\"%s\"", hex);
    const struct fault f = file->large || !is_get(q) ? take_fault(s, q) : (struct fault){0};
    if (f.times && f.kind == FAULT_STATUS) {
        http_answer(q, (int)f.n, f.headers ? f.headers : "Content-Length: 0\r\n");
        return;
    }
    if (f.times && f.kind == FAULT_CHECKSUM) snprintf(etag, sizeof etag, "%s", f.headers);
    if (!file->large) {
        send_file(s, q, file, etag, "X-Repo-Commit: " SITES_COMMIT "\r\n");
        return;
    }
    snprintf(head, sizeof head,
             "X-Repo-Commit: " SITES_COMMIT "\r\nX-Linked-Etag: %s\r\nX-Linked-Size: %zu\r\n"
             "Location: http://localhost:%d/store/%s?signed=1\r\nContent-Length: 0\r\n",
             etag, file->size, http_server_port(s->inside->store), file->name);
    http_answer(q, 302, head);
}

// Behind a proxy the target is a whole address.
static const char *path_of(const char *target)
{
    const char *host = strstr(target, "://");
    const char *path = host ? strchr(host + 3, '/') : target;
    return path ? path : "/";
}

static void answer_hub(void *arg, const struct http_question *q)
{
    struct sites *s = arg;
    note_visit(s, 'h', q);
    const char *path = path_of(q->target), *resolve = strstr(path, "/resolve/" SITES_COMMIT "/");
    const struct site_file *file =
        resolve ? find_file(s, resolve + strlen("/resolve/" SITES_COMMIT "/")) : NULL;
    if (strncmp(path, "/api/models/old-name/", 21) == 0) { // a model that was renamed
        char head[1000];
        snprintf(head, sizeof head,
                 "Location: /api/models/org/made/%.300s\r\nContent-Length: 0\r\n", path + 21);
        http_answer(q, 307, head);
    } else if (strncmp(path, "/api/models/loop/", 17) == 0) {
        http_answer(q, 302, "Location: /api/models/loop/again\r\nContent-Length: 0\r\n");
    } else if (strncmp(path, "/api/models/", 12) == 0) {
        send_listing(s, q);
    } else if (file) {
        send_from_hub(s, q, file);
    } else {
        http_answer(q, 404, "X-Error-Code: EntryNotFound\r\nContent-Length: 0\r\n");
    }
}

static void answer_store(void *arg, const struct http_question *q)
{
    struct sites *s = arg;
    char name[300];
    note_visit(s, 's', q);
    snprintf(name, sizeof name, "%.299s", q->target + strlen("/store/"));
    name[strcspn(name, "?")] = 0;
    const struct site_file *file = find_file(s, name);
    if (file) send_file(s, q, file, "\"of-the-store\"", "X-Linked-Etag: \"a-lie\"\r\n");
    else http_answer(q, 404, "Content-Length: 0\r\n");
}

static void answer_google(void *arg, const struct http_question *q)
{
    struct sites *s = arg;
    char md5[40], head[200];
    note_visit(s, 'g', q);
    const struct site_file *file = find_file(s, q->target + 1);
    if (!file) {
        http_answer(q, 404, "Content-Length: 0\r\n");
        return;
    }
    md5_base64(file, md5);
    snprintf(head, sizeof head, "x-goog-hash: crc32c=AAAAAA==\r\nx-goog-hash: md5=%s\r\n", md5);
    send_file(s, q, file, "\"google-etag\"", head);
}

// ------------------------------------------------------------------------------------ start, stop

static void set_environment(const struct sites *s, const char *folder)
{
    static const char *const unset[] = {
        "HF_TOKEN",   "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE",
        "http_proxy", "TRANSFORMERS_OFFLINE",   "all_proxy",     "ALL_PROXY"};
    char hub[1000];
    for (size_t i = 0; i < sizeof unset / sizeof *unset; i++) unsetenv(unset[i]);
    snprintf(hub, sizeof hub, "%s/hub", folder);
    setenv("HOME", folder, 1);
    setenv("HF_HOME", folder, 1);
    setenv("HF_HUB_CACHE", hub, 1);
    setenv("BERT_CACHE", folder, 1);
    setenv("HF_ENDPOINT", s->hub, 1);
    setenv("BERT_GOOGLE_ENDPOINT", s->google, 1);
}

void sites_start(struct sites *s, const char *folder)
{
    s->inside = calloc(1, sizeof *s->inside);
    if (!s->inside) abort();
    pthread_mutex_init(&s->inside->lock, NULL);
    s->inside->store = http_server_start(answer_store, s);
    s->inside->hub = http_server_start(answer_hub, s);
    s->inside->google = http_server_start(answer_google, s);
    snprintf(s->hub, sizeof s->hub, "http://127.0.0.1:%d", http_server_port(s->inside->hub));
    snprintf(s->google, sizeof s->google, "http://127.0.0.1:%d",
             http_server_port(s->inside->google));
    set_environment(s, folder);
}

void sites_stop(struct sites *s)
{
    sites_release(s);
    http_server_stop(s->inside->hub);
    http_server_stop(s->inside->store);
    http_server_stop(s->inside->google);
    pthread_mutex_destroy(&s->inside->lock);
    free(s->inside);
}

void sites_reset(struct sites *s)
{
    pthread_mutex_lock(&s->inside->lock);
    s->n_faults = s->n_visits = 0;
    s->listing = NULL;
    s->ignore_if_range = s->inside->released = false;
    pthread_mutex_unlock(&s->inside->lock);
}

void sites_fault(struct sites *s, struct fault fault)
{
    pthread_mutex_lock(&s->inside->lock);
    if (s->n_faults == sizeof s->faults / sizeof *s->faults) abort();
    s->faults[s->n_faults++] = fault;
    pthread_mutex_unlock(&s->inside->lock);
}

void sites_release(struct sites *s)
{
    pthread_mutex_lock(&s->inside->lock);
    s->inside->released = true;
    pthread_mutex_unlock(&s->inside->lock);
}

size_t sites_held(struct sites *s)
{
    pthread_mutex_lock(&s->inside->lock);
    const size_t held = s->inside->held;
    pthread_mutex_unlock(&s->inside->lock);
    return held;
}

size_t sites_count(const struct sites *s, const char *method, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_visits; i++)
        n += (!*method || strcmp(s->visits[i].method, method) == 0) &&
             strstr(s->visits[i].target, part) != NULL;
    return n;
}
