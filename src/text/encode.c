// encode.c: texts and pairs to windows of tokens: find, truncate, put the template's tokens round.
#include <string.h>

#include "base/mem.h"
#include "text/encoding.h"
#include "text/truncate.h"

bert_encoding *bert_encoding_new(const bert_tokenizer *tokenizer, bert_error *err)
{
    bert_encoding *e = mem_zero(1, sizeof *e);
    if (e) {
        e->tokenizer = tokenizer;
        buf_init(&e->bytes);
        buf_init(&e->form);
        if (splitter_init(&e->splitter, &tokenizer->split)) return e;
    }
    bert_encoding_free(e);
    fail_memory(err);
    return NULL;
}

void bert_encoding_free(bert_encoding *e)
{
    if (!e) return;
    splitter_release(&e->splitter);
    buf_release(&e->bytes);
    buf_release(&e->form);
    mem_free(e->byte_letters);
    tokens_release(&e->found);
    tokens_release(&e->copied);
    mem_free(e->types);
    mem_free(e->windows);
    mem_free(e->explained);
    mem_free(e);
}

size_t bert_encoding_windows(const bert_encoding *e)
{
    return e->n_windows;
}

struct bert_pieces bert_encoding_pieces(const bert_encoding *e, size_t window)
{
    if (window >= e->n_windows) return (struct bert_pieces){0};
    const struct window *w = &e->windows[window];
    if (w->n == 0) return (struct bert_pieces){.truncated = w->truncated}; // there may be no arrays
    return (struct bert_pieces){
        .n = w->n,
        .ids = e->tokens->ids + w->first,
        .types = e->types + w->first,
        .offsets = e->tokens->offsets + w->first,
        .words = e->tokens->words + w->first,
        .truncated = w->truncated,
    };
}

// ----------------------------------------------------------------------------------------- the job

struct job {
    bert_encoding *e;
    const struct template *template;
    struct bert_tokenize_options o;
    bool has_pair;
    size_t gaps[3]; // the template's tokens before, between and behind the texts
    struct {
        size_t first, n;
    } texts[2]; // where their tokens are in e->found
};

static bool is_left_out(const struct job *job, const struct template_item *item)
{
    return item->kind == TEMPLATE_TOKEN && job->o.no_special;
}

static void count_gaps(struct job *job)
{
    size_t gap = 0;
    for (size_t i = 0; i < job->template->n; i++) {
        const struct template_item *item = &job->template->items[i];
        if (is_left_out(job, item)) continue;
        if (item->kind == TEMPLATE_TOKEN) job->gaps[gap]++;
        else gap++;
    }
}

static bert_status check(const struct job *job, size_t bytes, bert_error *err)
{
    const size_t added = job->gaps[0] + job->gaps[1] + job->gaps[2];
    if (bytes >= UINT32_MAX) {
        return fail(err, BERT_INVALID, "a text of %zu bytes; at most 4 GiB go in one", bytes);
    }
    if (job->o.max_length && job->o.max_length < added) {
        return fail(err, BERT_INVALID,
                    "max_length %zu leaves no room: %zu special tokens are added",
                    job->o.max_length, added);
    }
    if ((unsigned)job->o.truncate > BERT_TRUNCATE_ONLY_SECOND) {
        return fail(err, BERT_INVALID, "truncate: there is no rule %d", (int)job->o.truncate);
    }
    return BERT_OK;
}

// Options of any size that a caller was compiled with: what it lacks has its default.
static bert_status begin(struct job *job, bert_encoding *e, bool has_pair, size_t bytes,
                         const struct bert_tokenize_options *options, bert_error *err)
{
    static const struct bert_tokenize_options defaults = BERT_TOKENIZE_DEFAULTS;
    const bool whole = options && options->size >= sizeof *options;
    *job = (struct job){.e = e, .o = whole ? *options : defaults, .has_pair = has_pair};
    if (options && !whole) memcpy(&job->o, options, options->size);
    job->template = has_pair ? &e->tokenizer->pair : &e->tokenizer->single;
    e->n_windows = 0;
    e->found.n = 0;
    e->found.failed = e->copied.failed = false;
    count_gaps(job);
    return check(job, bytes, err);
}

static void open_text(struct job *job, int which)
{
    struct tokens *found = &job->e->found;
    if (tokens_reserve(found, job->gaps[which])) found->n += job->gaps[which];
    found->word = 0;
    job->texts[which].first = found->n;
}

static void close_text(struct job *job, int which)
{
    job->texts[which].n = job->e->found.n - job->texts[which].first;
}

// ----------------------------------------------------------------------------------------- windows

static bool reserve_window(bert_encoding *e, size_t tokens)
{
    return mem_grow((void **)&e->windows, &e->windows_cap, e->n_windows + 1, sizeof *e->windows) &&
           mem_grow((void **)&e->types, &e->types_cap, tokens, sizeof *e->types);
}

// Writes one window of the template to out, whose texts' parts are copied unless they are there;
// `at` gets where these begin.
static void write_window(struct job *job, struct tokens *out, const struct bert_span part[2],
                         size_t at[2])
{
    const struct tokens *found = &job->e->found;
    const size_t start = out->n;
    for (size_t i = 0; i < job->template->n; i++) {
        const struct template_item *item = &job->template->items[i];
        if (is_left_out(job, item)) continue;
        size_t n = 1;
        if (item->kind == TEMPLATE_TOKEN) {
            out->ids[out->n] = item->id;
            out->offsets[out->n] = (struct bert_span){0, 0};
            out->words[out->n] = -1;
        } else {
            const int which = item->kind == TEMPLATE_SECOND;
            const size_t from = job->texts[which].first + part[which].start;
            n = part[which].end - part[which].start;
            at[which] = out->n - start;
            if (out != found && n > 0) {
                memcpy(out->ids + out->n, found->ids + from, n * sizeof *out->ids);
                memcpy(out->offsets + out->n, found->offsets + from, n * sizeof *out->offsets);
                memcpy(out->words + out->n, found->words + from, n * sizeof *out->words);
            }
        }
        memset(job->e->types + out->n, item->type, n);
        out->n += n;
    }
}

// The texts fit: the template's tokens go into the gaps.
static bert_status finish_in_place(struct job *job, bert_error *err)
{
    bert_encoding *e = job->e;
    struct tokens *found = &e->found;
    const struct bert_span all[2] = {{0, (uint32_t)job->texts[0].n},
                                     {0, (uint32_t)job->texts[1].n}};
    const size_t last = job->gaps[job->has_pair ? 2 : 1];
    if (!tokens_reserve(found, last) || !reserve_window(e, found->n + last + 1)) {
        return fail_memory(err);
    }
    struct window *w = &e->windows[e->n_windows++];
    *w = (struct window){0};
    found->n = 0;
    write_window(job, found, all, w->at);
    w->n = found->n;
    e->tokens = found;
    return BERT_OK;
}

static size_t left_over(const struct job *job, const size_t covered[2])
{
    return job->texts[0].n - covered[0] + (job->texts[1].n - covered[1]);
}

// How far the windows up to this one reach into their text.
static void cover(const struct job *job, const struct bert_span part[2], size_t covered[2])
{
    for (int which = 0; which < 2; which++) {
        const size_t reach =
            job->o.truncate_left ? job->texts[which].n - part[which].start : part[which].end;
        if (reach > covered[which]) covered[which] = reach;
    }
}

static bert_status add_window(struct job *job, size_t i, size_t j, size_t covered[2],
                              bert_error *err)
{
    bert_encoding *e = job->e;
    const struct cut *a = &e->texts[0].cut, *b = &e->texts[1].cut;
    const struct bert_span part[2] = {cut_part(a, i), cut_part(b, j)};
    const size_t room = job->gaps[0] + job->gaps[1] + job->gaps[2] + a->most + b->most;
    const size_t first = e->copied.n;
    if (!tokens_reserve(&e->copied, room) || !reserve_window(e, first + room)) {
        return fail_memory(err);
    }
    struct window *w = &e->windows[e->n_windows++];
    *w = (struct window){.first = first, .parts = {i, j}};
    write_window(job, &e->copied, part, w->at);
    cover(job, part, covered);
    w->n = e->copied.n - first;
    w->truncated = left_over(job, covered);
    return BERT_OK;
}

// Into how many parts each text is cut. A text of which nothing stays has one empty part.
static bert_status cut_texts(const struct job *job, const size_t keep[2], size_t counts[2],
                             bert_error *err)
{
    for (int which = 0; which < 2; which++) {
        struct cut *cut = &job->e->texts[which].cut;
        job->e->texts[which].first = job->texts[which].first;
        *cut = (struct cut){job->texts[which].n, keep[which], 0, job->o.truncate_left};
        counts[which] = 1;
        if (!job->o.windows || keep[which] >= cut->n) continue;
        if (job->o.stride >= keep[which]) {
            return fail(err, BERT_INVALID,
                        "stride %zu: windows hold %zu tokens of the text, and must go on by one",
                        job->o.stride, keep[which]);
        }
        cut->stride = job->o.stride;
        counts[which] = cut_parts(cut);
    }
    return BERT_OK;
}

// In the tokenizers library's order: every further window of the first text with all of the second,
// then the first one's first with the further ones of the second.
static bert_status finish_windows(struct job *job, const size_t keep[2], bert_error *err)
{
    size_t counts[2], covered[2] = {0, 0};
    TRY(cut_texts(job, keep, counts, err));
    job->e->copied.n = 0;
    job->e->tokens = &job->e->copied;
    TRY(add_window(job, 0, 0, covered, err));
    for (size_t i = 1; i < counts[0]; i++) {
        for (size_t j = 0; j < counts[1]; j++) TRY(add_window(job, i, j, covered, err));
    }
    for (size_t j = 1; j < counts[1]; j++) TRY(add_window(job, 0, j, covered, err));
    return BERT_OK;
}

static bert_status finish(struct job *job, bert_error *err)
{
    bert_encoding *e = job->e;
    if (e->found.failed) return fail_memory(err);
    const size_t added = job->gaps[0] + job->gaps[1] + job->gaps[2];
    const size_t total = job->texts[0].n + job->texts[1].n;
    if (job->o.max_length == 0 || total + added <= job->o.max_length) {
        return finish_in_place(job, err);
    }
    size_t keep[2] = {job->texts[0].n, job->texts[1].n};
    TRY(truncate_pair(e->tokenizer->split.rules.profile, job->o.truncate, job->has_pair,
                      job->o.max_length - added, &keep[0], &keep[1], err));
    const bert_status status = finish_windows(job, keep, err);
    if (status) e->n_windows = 0;
    return status;
}

// ---------------------------------------------------------------------------------- the functions

bert_status bert_tokenize(bert_encoding *e, struct bert_text text, struct bert_text pair,
                          const struct bert_tokenize_options *options, bert_error *err)
{
    struct job job;
    const bool has_pair = pair.data;
    TRY(begin(&job, e, has_pair, text.len > pair.len || !has_pair ? text.len : pair.len, options,
              err));
    open_text(&job, 0);
    encoding_find(e, text);
    close_text(&job, 0);
    if (has_pair) {
        open_text(&job, 1);
        encoding_find(e, pair);
        close_text(&job, 1);
    }
    return finish(&job, err);
}

static size_t longest(const struct bert_text *words, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) most = words[i].len > most ? words[i].len : most;
    return most;
}

static void find_words(struct job *job, int which, const struct bert_text *words, size_t n)
{
    struct tokens *found = &job->e->found;
    open_text(job, which);
    for (size_t i = 0; i < n && !found->failed; i++) {
        const size_t first = found->n;
        encoding_find(job->e, words[i]);
        for (size_t t = first; t < found->n; t++) found->words[t] = (int32_t)i;
    }
    close_text(job, which);
}

bert_status bert_tokenize_words(bert_encoding *e, const struct bert_text *words, size_t n,
                                const struct bert_text *pair, size_t n_pair,
                                const struct bert_tokenize_options *options, bert_error *err)
{
    struct job job;
    const size_t a = longest(words, n), b = longest(pair, pair ? n_pair : 0);
    TRY(begin(&job, e, pair, a > b ? a : b, options, err));
    if (n > INT32_MAX || (pair && n_pair > INT32_MAX)) {
        return fail(err, BERT_INVALID, "%zu words in one text", n > n_pair ? n : n_pair);
    }
    find_words(&job, 0, words, n);
    if (pair) find_words(&job, 1, pair, n_pair);
    return finish(&job, err);
}
