// transfer.c: the loop around http_run.
#include "transfer.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/os_folder.h"
#include "base/os_partial.h"

enum { ANSWER_MOST = 64 << 20 }; // bytes of a small answer

// --------------------------------------------------------------------------------------- patience

// Waits before the next try. False: enough was tried.
static bool wait_for_next(const struct http *h, int tries, const struct http_reply *reply)
{
    const double until = reply_wait(reply, tries);
    if (until < 0 || http_signal()) return false;
    if (until >= 1 && !http_is_quiet(h))
        fprintf(stderr, "bert: the site has trouble: trying again in %.0f s\n", until);
    for (double waited = 0; waited < until && !http_signal(); waited += 0.1) os_sleep(0.1);
    return !http_signal();
}

// ---------------------------------------------------------------------------------- small answers

static bert_status begin_answer(void *arg, const struct http_reply *reply, bert_error *err)
{
    (void)reply, (void)err;
    buf_clear(arg);
    return BERT_OK;
}

static bert_status write_answer(void *arg, const void *bytes, size_t n, bert_error *err)
{
    struct buf *body = arg;
    if (body->len + n > ANSWER_MOST)
        return fail(err, BERT_FORMAT, "an answer of more than %d bytes", ANSWER_MOST);
    buf_add(body, bytes, n);
    return body->failed ? fail_memory(err) : BERT_OK;
}

bert_status transfer_ask(struct http *h, const char *url, const char *token, struct buf *body,
                         struct http_reply *reply, bert_error *err)
{
    const struct http_request request = {.url = url,
                                         .token = token,
                                         .head = !body,
                                         .begin = body ? begin_answer : NULL,
                                         .write = body ? write_answer : NULL,
                                         .arg = body};
    for (int tries = 1;; tries++) {
        const bert_status status = http_run(h, &request, reply, err);
        if (!reply->again) return status;
        if (wait_for_next(h, tries, reply)) continue;
        return http_signal() ? fail(err, BERT_CANCELLED, "interrupted") : status;
    }
}

// ----------------------------------------------------------------------------------------- a file

// One transfer under way.
struct work {
    const struct transfer *t;
    struct os_partial partial;
    struct digest digest;
    struct meter *meter;
    char etag[200]; // of the file that the bytes so far are of; "": not known
};

static void digest_begin(struct work *w)
{
    char head[40];
    digest_init(&w->digest, w->t->kind);
    if (!w->t->git) return;
    const int n = snprintf(head, sizeof head, "blob %llu", (unsigned long long)w->t->size);
    digest_add(&w->digest, head, (size_t)n + 1); // with its NUL
}

static bert_status start_again(struct work *w, bert_error *err)
{
    digest_begin(w);
    return os_partial_restart(&w->partial, err);
}

// Takes what an earlier run left into the checksum.
static bert_status read_what_is_there(struct work *w, bert_error *err)
{
    enum { PIECE = 1 << 18 };
    digest_begin(w);
    if (w->partial.size > w->t->size) return start_again(w, err);
    unsigned char *bytes = mem_alloc(PIECE, 1);
    bert_status status = bytes ? BERT_OK : fail_memory(err);
    for (uint64_t at = 0; !status && at < w->partial.size;) {
        size_t got = 0;
        status = os_partial_read(&w->partial, at, bytes, PIECE, &got, err);
        if (!status && got == 0) status = fail(err, BERT_IO, "%s: shrank", w->t->partial);
        if (!status && http_signal()) status = fail(err, BERT_CANCELLED, "interrupted");
        if (!status) digest_add(&w->digest, bytes, got);
        at += got;
    }
    mem_free(bytes);
    return status;
}

static bert_status fail_size(const struct work *w, uint64_t got, bert_error *err)
{
    return fail(err, BERT_FORMAT, "%s: the site sends %llu bytes, but promised %llu", w->t->name,
                (unsigned long long)got, (unsigned long long)w->t->size);
}

// The answer's headers: a part that goes on where we are, or the whole file.
static bert_status begin_file(void *arg, const struct http_reply *reply, bert_error *err)
{
    struct work *w = arg;
    const enum reply_body body = reply_body(reply, w->partial.size, w->t->size);
    if (body == BODY_ELSEWHERE) {
        return fail(err, BERT_FORMAT, "%s: the site sends another part than was asked for",
                    w->t->name);
    }
    if (body == BODY_OTHER_SIZE) return fail_size(w, reply_size(reply), err);
    snprintf(w->etag, sizeof w->etag, "%s", reply_strong_etag(reply));
    if (body == BODY_WHOLE && w->partial.size)
        TRY(start_again(w, err)); // it knows no parts, or the file changed
    meter_at(w->meter, w->partial.size);
    return BERT_OK;
}

static bert_status write_file(void *arg, const void *bytes, size_t n, bert_error *err)
{
    struct work *w = arg;
    if (n > w->t->size - w->partial.size) return fail_size(w, w->partial.size + n, err);
    digest_add(&w->digest, bytes, n);
    TRY(os_partial_write(&w->partial, bytes, n, err));
    meter_at(w->meter, w->partial.size);
    return BERT_OK;
}

static bert_status fail_reply(const struct work *w, const struct http_reply *reply, bert_error *err)
{
    if (reply_is_good(reply)) {
        return fail(err, BERT_IO, "%s: the site ends after %llu of %llu bytes", w->t->name,
                    (unsigned long long)w->partial.size, (unsigned long long)w->t->size);
    }
    return fail(err, BERT_IO, "%s: the site answers %ld%s%s", w->t->name, reply->status,
                reply->error_message[0] ? ": " : "", reply->error_message);
}

// One request for what is missing. *again: another one may help.
static bert_status bring_some(struct http *h, struct work *w, struct http_reply *reply, bool *again,
                              bert_error *err)
{
    const struct http_request request = {.url = w->t->url,
                                         .token = w->t->token,
                                         .from = w->partial.size,
                                         .if_range = w->etag[0] ? w->etag : NULL,
                                         .begin = begin_file,
                                         .write = write_file,
                                         .arg = w};
    const bert_status status = http_run(h, &request, reply, err);
    *again = reply->again;
    if (status) return status;
    if (w->partial.size == w->t->size) return BERT_OK;
    if (reply->status == 416 && w->partial.size) { // what is there is no beginning of that file
        *again = true;
        reply->retry_after = 0;
        TRY(start_again(w, err));
    }
    *again |= reply_is_good(reply);
    return fail_reply(w, reply, err);
}

static bert_status bring(struct http *h, struct work *w, bert_error *err)
{
    bert_status status = BERT_OK;
    for (int tries = 1; w->partial.size < w->t->size; tries++) {
        const uint64_t before = w->partial.size;
        struct http_reply reply;
        bool again;
        status = bring_some(h, w, &reply, &again, err);
        if (status && !again) return status;
        if (w->partial.size > before) {
            tries = 0; // it works, so nothing is waited for
        } else if (status) {
            meter_end(w->meter);
            if (!wait_for_next(h, tries, &reply)) break;
        }
    }
    return status && http_signal()        ? fail(err, BERT_CANCELLED, "interrupted")
           : w->partial.size < w->t->size ? status
                                          : BERT_OK;
}

static bert_status check(struct work *w, bert_error *err)
{
    char hex[DIGEST_HEX];
    digest_hex(&w->digest, hex);
    if (!w->t->checksum[0] || strcmp(hex, w->t->checksum) == 0) return BERT_OK;
    return fail(err, BERT_FORMAT,
                "%s: the checksum of what came is %s, not %s: it is damaged, and was not kept",
                w->t->name, hex, w->t->checksum);
}

static bert_status check_room(const struct work *w, bert_error *err)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", w->t->partial);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    const uint64_t left = w->t->size - w->partial.size, room = os_free_bytes(folder);
    if (room >= left) return BERT_OK;
    return fail(err, BERT_IO, "%s: %llu MB more are needed in %s, and %llu MB are free", w->t->name,
                (unsigned long long)(left / 1000000 + 1), folder,
                (unsigned long long)(room / 1000000));
}

// The bytes and their checksum. When they are wrong and the beginning is of an earlier run, that
// may be to blame: once more, from the beginning.
static bert_status bring_and_check(struct http *h, struct work *w, bool *wrong, bert_error *err)
{
    const bool continued = w->partial.size > 0;
    TRY(bring(h, w, err));
    *wrong = check(w, err) != BERT_OK;
    if (!*wrong || !continued) return BERT_OK;
    TRY(start_again(w, err));
    *wrong = false;
    TRY(bring(h, w, err));
    *wrong = check(w, err) != BERT_OK;
    return BERT_OK;
}

bert_status transfer_run(struct http *h, const struct transfer *t, struct meter *meter,
                         bert_error *err)
{
    struct work w = {.t = t, .meter = meter};
    snprintf(w.etag, sizeof w.etag, "%s", t->etag);
    TRY(os_partial_open(&w.partial, t->partial, err));
    bool wrong = false;
    bert_status status = read_what_is_there(&w, err);
    if (!status) status = check_room(&w, err);
    meter_begin(meter, t->name, w.partial.size, t->size);
    if (!status) status = bring_and_check(h, &w, &wrong, err);
    meter_end(meter);
    if (wrong) {
        os_partial_discard(&w.partial);
        return BERT_FORMAT;
    }
    if (!status) return os_partial_commit(&w.partial, t->path, err);
    os_partial_keep(&w.partial);
    return status;
}
