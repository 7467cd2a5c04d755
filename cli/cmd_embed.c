// cmd_embed.c: bert embed: vectors of sentences, words or tokens, as a stream.
//
// Items are queued in a batch until it fills the session, or until input would block; then the
// batch is embedded and its records are written in input order.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "formatter.h"
#include "google.h"
#include "input.h"
#include "output.h"
#include "record/embedding.h"
#include "record/npy.h"
#include "words.h"

enum { MOST_LAYERS = 1100 }; // more than any model has

// Where a queued item's texts end in job.texts.
struct held {
    size_t text, pair;
    bool paired, listed; // listed: it came as a list of words
};

struct job {
    const struct options *o;
    bert_model *model;
    bert_session *session;
    bert_batch *batch;
    const struct embedding_format *format;
    struct bert_embed_options embed;
    struct bert_tokenize_options tokenize;
    int layers[MOST_LAYERS];
    int wanted[MOST_LAYERS];    // --google: those, as the library counts them
    bert_encoding *encoding;    // --google
    float weights[MOST_LAYERS]; // of --mix weights=…
    size_t n_weights;
    bool separate;           // --mix none
    struct bert_text prompt; // data NULL: the model's default
    size_t cols;
    struct quantizer quantizer; // --precision other than float32
    struct input in;
    struct output out;
    struct words words;    // of one item, if it is split before it is tokenized
    struct bert_span span; // --span, in characters
    struct buf texts;      // of the queued items, one behind the other
    struct held *held;
    size_t cap_held;
    float *rows; // of the queued items
    size_t cap_rows;
    struct embedding *records; // of them, while they are written
    size_t cap_records;
    struct formatter formatter;
    size_t index;      // of the first queued item
    size_t queued;     // items that will have a record: all of the batch but one that was refused
    size_t total_rows; // written so far
    size_t cut, lost;  // items that were too long, tokens that were dropped
};

// ----------------------------------------------------------------------------------------- options

// Reads "-1", "-4..-1", "0,6,12" or "all" into job->layers.
static bool parse_layers(struct job *job, const char *text)
{
    const int L = (int)bert_model_config(job->model)->num_hidden_layers;
    const char *p = strcmp(text, "all") == 0 ? NULL : text;
    size_t n = 0;
    for (int i = 0; !p && i <= L && n < MOST_LAYERS; i++) job->layers[n++] = i;
    while (p) {
        char *end;
        long first = strtol(p, &end, 10), last = first;
        if (end == p) return false;
        if (strncmp(end, "..", 2) == 0) {
            p = end + 2;
            last = strtol(p, &end, 10);
            if (end == p) return false;
        }
        if (last < first || last - first > L || labs(first) > MOST_LAYERS) return false;
        for (long i = first; i <= last; i++) {
            if (n == MOST_LAYERS) return false;
            job->layers[n++] = (int)i;
        }
        if (*end && (*end != ',' || !end[1])) return false;
        p = *end ? end + 1 : NULL;
    }
    job->embed.layers = job->layers;
    job->embed.n_layers = n;
    return true;
}

// "0.5,0.3,0.2", in any locale.
static bool parse_weights(struct job *job, const char *text)
{
    char *json_text = NULL;
    const size_t len = strlen(text);
    if (len > 65536 || !(json_text = mem_alloc(len + 3, 1))) return false;
    snprintf(json_text, len + 3, "[%s]", text);
    json *list = json_parse(json_text, len + 2, "weights", NULL);
    mem_free(json_text);
    bool good = list && json_count(list) > 0 && json_count(list) <= MOST_LAYERS;
    for (size_t i = 0; good && i < json_count(list); i++) {
        good = json_is_number(json_at(list, i));
        job->weights[job->n_weights++] = (float)json_number(json_at(list, i));
    }
    json_free(list);
    return good;
}

static int set_mix(struct job *job, const char *mix)
{
    static const char *const names[] = {"concat", "sum", "mean", "max"};
    static const char weights[] = "weights=";
    const size_t len = sizeof weights - 1;
    if (!mix) return 0;
    if (strcmp(mix, "none") == 0) {
        job->separate = true;
        if (job->o->level != BERT_LEVEL_SENTENCE && !job->o->dims) return 0;
        say_error("embed: --mix none is for --level word and token, without --dims");
        return 2;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        job->embed.mix = (bert_mix)i;
        if (strcmp(mix, names[i]) == 0) return 0;
    }
    job->embed.mix = BERT_MIX_WEIGHTS;
    job->embed.weights = job->weights;
    if (strncmp(mix, weights, len) == 0 && parse_weights(job, mix + len)) return 0;
    say_error("embed: mix %s: must be concat, sum, mean, max, none or weights=0.5,0.3,0.2", mix);
    return 2;
}

// A prompt of the model by name; or the text itself, which has a space or a colon.
static int set_prompt(struct job *job, const char *prompt)
{
    struct bert_prompt named;
    if (job->embed.level != BERT_LEVEL_SENTENCE) {
        if (prompt) return say_error("embed: --prompt is for --level sentence"), 2;
        return 0;
    }
    if (!prompt) return 0;
    for (size_t i = 0; bert_model_prompt(job->model, i, &named); i++) {
        if (strcmp(named.name, prompt) != 0) continue;
        job->prompt = (struct bert_text){named.text, strlen(named.text)};
        return 0;
    }
    job->prompt = (struct bert_text){prompt, strlen(prompt)};
    if (!*prompt || strpbrk(prompt, " :")) return 0;
    struct buf names;
    buf_init(&names);
    for (size_t i = 0; bert_model_prompt(job->model, i, &named); i++) {
        buf_print(&names, " %s", named.name);
    }
    buf_byte(&names, 0);
    say_error("embed: the model has no prompt %s (it has:%s); a text that is meant needs a space "
              "or a colon",
              prompt, names.len > 1 ? names.data : " none");
    buf_release(&names);
    return 2;
}

static int set_windows(const struct job *job)
{
    const bool each = job->o->windows == BERT_WINDOWS_EACH;
    if (each && !job->tokenize.windows) say_error("embed: --windows each needs --on-long window");
    else if (each && job->o->level != BERT_LEVEL_SENTENCE)
        say_error("embed: --windows is for --level sentence: a word or token has one vector, from "
                  "the window where it has the most context");
    else return 0;
    return 2;
}

// "10:14": characters, from 0.
static bool parse_span(const char *text, struct bert_span *span)
{
    char *end;
    if (*text < '0' || *text > '9') return false;
    const unsigned long start = strtoul(text, &end, 10);
    if (*end != ':' || end[1] < '0' || end[1] > '9') return false;
    const unsigned long last = strtoul(end + 1, &end, 10);
    *span = (struct bert_span){(uint32_t)start, (uint32_t)last};
    return !*end && start < last && last < UINT32_MAX;
}

static int set_words(struct job *job)
{
    const struct options *o = job->o;
    if ((o->span || o->words) && o->level == BERT_LEVEL_SENTENCE) {
        say_error("embed: --span and --words are for --level word and token");
    } else if (o->span && o->words) {
        say_error("embed: --span goes with --words model");
    } else if (o->span && !parse_span(o->span, &job->span)) {
        say_error("embed: span %s: must be like 10:14, characters from 0", o->span);
    } else return 0;
    return 2;
}

static int set_precision(const struct job *job)
{
    const enum precision p = (enum precision)job->o->precision;
    const bool needed = precision_needs_ranges(p);
    if (needed && !job->o->ranges) {
        say_error("embed: this --precision needs --ranges FILE: vectors of texts like these, as "
                  "--format npy -o FILE writes them");
    } else if (!needed && job->o->ranges) {
        say_error("embed: --ranges is for --precision int8 and uint8");
    } else if (p && (job->format->floats || job->separate)) {
        say_error("embed: --precision is for one vector a row in npy, jsonl, csv or text: no "
                  "--format f32, no --mix none");
    } else return 0;
    return 2;
}

static int set_options(struct job *job)
{
    const struct options *o = job->o;
    const char *format = o->format               ? o->format
                         : o->output             ? "jsonl"
                         : isatty(STDOUT_FILENO) ? "text"
                                                 : "jsonl";
    job->format = embedding_format(format);
    if (!job->format || (strcmp(format, "google") == 0 && !o->google)) {
        say_error("embed: format %s: must be text, jsonl, npy, csv or f32", format);
        return 2;
    }
    if (job->format->header && (!o->output || strcmp(o->output, "-") == 0)) {
        say_error("embed: format npy needs -o FILE: its header holds the number of rows");
        return 2;
    }
    job->embed = (struct bert_embed_options)BERT_EMBED_DEFAULTS;
    job->embed.level = (bert_level)o->level;
    job->embed.pooling = (bert_pooling)o->pooling;
    job->embed.subwords = (bert_subwords)o->subwords;
    job->embed.normalize = o->normalize;
    job->embed.dims = o->dims;
    job->embed.windows = (bert_windows)o->windows;
    job->tokenize = cli_tokenize_options(o);
    job->separate = o->google;
    int status = set_windows(job);
    if (!status) status = set_words(job);
    if (!status) status = set_mix(job, o->mix);
    return status ? status : set_precision(job);
}

// ------------------------------------------------------------------------------------------- items

// Where the n-th character begins.
static uint32_t byte_of(struct bert_text text, uint32_t n)
{
    size_t i = 0;
    for (; i < text.len && n; n--) {
        const size_t start = i++;
        while (i < text.len && ((unsigned char)text.data[i] & 0xC0) == 0x80 && i < start + 4) i++;
    }
    return (uint32_t)i;
}

// Of the item that was added last only the words of --span.
static bert_status keep_span(struct job *job, struct bert_text item, bert_error *err)
{
    const struct bert_span bytes = {byte_of(item, job->span.start), byte_of(item, job->span.end)};
    const size_t last = bert_batch_items(job->batch) - 1;
    if (bert_batch_keep(job->batch, last, bytes)) return BERT_OK;
    return fail(err, BERT_INVALID, "no word at --span %s", job->o->span);
}

static bert_status add_words(struct job *job, struct bert_text item, bool listed, bert_error *err)
{
    const struct words *words = &job->words;
    if (job->o->span) return fail(err, BERT_INVALID, "a list of words takes no --span");
    if (!words_split(&job->words, item, listed)) return fail_memory(err);
    return bert_batch_add_words(job->batch, words->list, words->n, NULL, 0, &job->tokenize, err);
}

static bert_status add_item(struct job *job, struct bert_text item, struct bert_text pair,
                            bert_error *err)
{
    const bool listed = job->in.item.words;
    if (listed || job->o->words) {
        if (!pair.data && !job->prompt.data) return add_words(job, item, listed, err);
        return fail(err, BERT_INVALID, "words that are split take no second text and no prompt");
    }
    if (pair.data && (job->prompt.data || job->embed.windows == BERT_WINDOWS_EACH)) {
        return fail(err, BERT_INVALID, "a pair of texts takes no prompt and no --windows each");
    }
    if (job->embed.level == BERT_LEVEL_SENTENCE && !pair.data) {
        return bert_batch_add_sentence(job->batch, job->prompt, item, &job->tokenize, err);
    }
    if (job->o->google) {
        TRY(google_pair(job->encoding, &item, &pair, err));
    }
    const bert_status status = bert_batch_add(job->batch, item, pair, &job->tokenize, err);
    return status || !job->o->span ? status : keep_span(job, item, err);
}

// Queues an item. False after saying why.
static bool queue(struct job *job, struct bert_text item, struct bert_text pair)
{
    const size_t n = bert_batch_items(job->batch);
    size_t first;
    bert_error err;
    if (add_item(job, item, pair, &err)) {
        say_error("item %zu: %s", input_index(job->o, job->index + n), err.message);
        return false;
    }
    const bool whole = bert_batch_windows(job->batch, n, &first) > 1;
    const size_t truncated = whole ? 0 : bert_batch_pieces(job->batch, first).truncated;
    if (truncated && job->o->on_long && strcmp(job->o->on_long, "error") == 0) {
        say_error("item %zu: %zu tokens too long (--on-long error)",
                  input_index(job->o, job->index + n), truncated);
        return false;
    }
    job->cut += truncated > 0;
    job->lost += truncated;
    buf_add(&job->texts, item.data, item.len);
    buf_add(&job->texts, pair.data, pair.len);
    if (job->texts.failed ||
        !mem_grow((void **)&job->held, &job->cap_held, n + 1, sizeof *job->held)) {
        say_error("out of memory");
        return false;
    }
    job->held[job->queued++] = (struct held){job->texts.len - pair.len, job->texts.len,
                                             pair.data != NULL, job->in.item.words};
    return true;
}

// Rows of an item, whose sequences begin with `first`.
static size_t rows_of(const struct job *job, size_t first, size_t windows)
{
    if (job->embed.level == BERT_LEVEL_SENTENCE)
        return job->embed.windows == BERT_WINDOWS_EACH ? windows : 1;
    struct bert_word word;
    size_t n = 0, token;
    for (size_t s = first; s < first + windows; s++) {
        const bool words = job->embed.level == BERT_LEVEL_WORD;
        for (size_t at = 0; words ? bert_batch_word(job->batch, s, &at, &word)
                                  : bert_batch_token(job->batch, s, &at, &token);)
            n++;
    }
    return n;
}

// The words of a queued item, in its text, where a list then stands with a space behind each word.
// False: it was not split, or there is no memory.
static bool split_again(struct job *job, const struct held *held, char *text, size_t len)
{
    if (!held->listed && !job->o->words) return false;
    if (!words_split(&job->words, (struct bert_text){text, len}, held->listed)) return false;
    for (size_t i = 0; held->listed && i < len; i++) text[i] = text[i] ? text[i] : ' ';
    return true;
}

static struct embedding embedding_of(struct job *job, size_t i)
{
    static char none[1];
    const struct held *held = &job->held[i];
    char *texts = job->texts.data ? job->texts.data : none;
    const size_t start = i ? held[-1].pair : 0, len = held->text - start;
    size_t first;
    const size_t windows = bert_batch_windows(job->batch, i, &first);
    const bool split = split_again(job, held, texts + start, len);
    return (struct embedding){
        .index = input_index(job->o, job->index + i),
        .text = {texts + start, len - (held->listed && len)},
        .pair = {held->paired ? texts + held->text : NULL, held->pair - held->text},
        .words = split ? job->words.list : NULL,
        .batch = job->batch,
        .first = first,
        .windows = windows,
        .each = job->embed.windows == BERT_WINDOWS_EACH,
        .level = job->embed.level,
        .n = rows_of(job, first, windows),
        .cols = job->cols,
        .layers = job->layers,
        .n_layers = job->separate ? job->embed.n_layers : 0,
        .tokenizer = bert_model_tokenizer(job->model),
        .quantizer = job->quantizer.precision ? &job->quantizer : NULL,
        .untrained = cli_untrained(job->model),
    };
}

// Records are written together, but for one that has words of its own: their list is made again for
// the next.
static bool write_records(struct job *job)
{
    if (!mem_grow((void **)&job->records, &job->cap_records, job->queued, sizeof *job->records)) {
        say_error("out of memory");
        return false;
    }
    const float *rows = job->rows;
    size_t n = 0;
    for (size_t i = 0; i < job->queued; i++) {
        struct embedding *e = &job->records[n++];
        *e = embedding_of(job, i);
        e->rows = rows;
        rows += e->n * job->cols;
        job->total_rows += e->n;
        if (!e->words && i + 1 < job->queued) continue;
        if (!formatter_write(&job->formatter, job->records, n, &job->out)) return false;
        n = 0;
    }
    return true;
}

// Embeds and writes what is queued. False: stop.
static bool run_queue(struct job *job)
{
    if (job->queued == 0) return true;
    const size_t rows = bert_embed_rows(job->batch, &job->embed);
    bert_error err;
    if (!mem_grow((void **)&job->rows, &job->cap_rows, rows * job->cols, sizeof *job->rows)) {
        say_error("no memory for %zu vectors of %zu numbers", rows, job->cols);
        return false;
    }
    if (bert_embed(job->session, job->batch, &job->embed, job->rows, &err)) {
        say_error("%s", err.message);
        return false;
    }
    const bool good = write_records(job);
    job->index += job->queued;
    job->queued = 0;
    bert_batch_clear(job->batch);
    buf_clear(&job->texts);
    return good && output_flush(&job->out);
}

// Every item, to the end of input. False: it failed, or the reader went away.
static bool run_all(struct job *job)
{
    const size_t most = bert_session_tokens(job->session);
    for (;;) {
        struct bert_text item, pair;
        const size_t queued = bert_batch_tokens(job->batch);
        switch (input_next(&job->in, queued == 0, &item, &pair)) {
        case INPUT_ITEM:
            if (!queue(job, item, pair)) return run_queue(job), false;
            if (bert_batch_tokens(job->batch) < most) break;
            // fall through
        case INPUT_WAIT:
            if (!run_queue(job)) return false;
            break;
        case INPUT_END: return run_queue(job);
        case INPUT_FAILED: return run_queue(job), false;
        }
    }
}

// ------------------------------------------------------------------------------------------ the
// job

static void fill_header(const struct job *job, char header[NPY_HEADER])
{
    const enum precision p = (enum precision)job->o->precision;
    npy_header(header, precision_descr(p), job->total_rows, precision_width(p, job->cols));
}

static bool put_header(struct job *job)
{
    char header[NPY_HEADER];
    if (!job->format->header) return true;
    fill_header(job, header);
    buf_add(&job->out.buffer, header, sizeof header);
    return output_flush(&job->out);
}

static bool patch_header(struct job *job)
{
    char header[NPY_HEADER];
    if (!job->format->header) return true;
    fill_header(job, header);
    return output_flush(&job->out) && output_patch(&job->out, 0, header, sizeof header);
}

static int stream(struct job *job)
{
    if (!output_open(&job->out, job->o)) return 1;
    input_open(&job->in, job->o);
    job->in.words = !job->o->google;
    const bool good = put_header(job) && run_all(job) && patch_header(job);
    input_close(&job->in);
    const int status = output_close(&job->out, !good);
    if (job->cut) {
        say_warning(job->o, "%zu of %zu items were longer than the model takes: %zu tokens dropped",
                    job->cut, job->index, job->lost);
    }
    return status;
}

static bool set_google(struct job *job)
{
    bert_error err;
    if (!google_layers(job->model, job->layers, job->embed.n_layers, job->wanted)) return false;
    job->embed.layers = job->wanted;
    job->tokenize.max_length = google_max_length(job->o, job->model);
    job->encoding = bert_encoding_new(bert_model_tokenizer(job->model), &err);
    if (!job->encoding) say_error("%s", err.message);
    return job->encoding != NULL;
}

static int open_and_stream(struct job *job)
{
    bert_error err;
    job->model = cli_model(job->o);
    if (!job->model) return 1;
    if (!parse_layers(job, job->o->layers ? job->o->layers : "-1")) {
        say_error("embed: layers %s: must be like -1, -4..-1, 0,6,12 or all", job->o->layers);
        return 2;
    }
    if (job->n_weights && job->n_weights != job->embed.n_layers) {
        say_error("embed: %zu weights for %zu layers", job->n_weights, job->embed.n_layers);
        return 2;
    }
    if (job->o->google && !set_google(job)) return 1;
    const int status = set_prompt(job, job->o->prompt);
    if (status) return status;
    job->session = cli_session(job->o, job->model);
    if (!job->session) return 1;
    formatter_init(&job->formatter, job->format, bert_session_threads(job->session));
    job->batch = bert_batch_new(job->model, &err);
    if (!job->batch) return say_error("%s", err.message), 1;
    job->cols = bert_embed_cols(job->model, &job->embed);
    if (job->o->precision && quantizer_init(&job->quantizer, (enum precision)job->o->precision,
                                            job->cols, job->o->ranges, &err)) {
        return say_error("%s", err.message), 1;
    }
    return stream(job);
}

int cmd_embed(const struct options *o)
{
    struct options google = *o;
    if (o->google && !google_options(&google)) return 2;
    struct job job = {.o = o->google ? &google : o};
    buf_init(&job.texts);
    int status = set_options(&job);
    if (!status) status = open_and_stream(&job);
    quantizer_release(&job.quantizer);
    bert_encoding_free(job.encoding);
    bert_batch_free(job.batch);
    bert_session_free(job.session);
    bert_model_free(job.model);
    buf_release(&job.texts);
    words_release(&job.words);
    mem_free(job.held);
    mem_free(job.rows);
    mem_free(job.records);
    formatter_release(&job.formatter);
    return status;
}
