// cmd_verify.c: bert verify: this model's outputs here against those of another implementation, and
// where they differ, from where on and probably why.
//
// Token ids are compared first. Hidden states are then computed from the reference's ids, so that a
// tokenizer's difference does not hide the network's. The error of a layer is max|a-b| / max|b|
// over all texts.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "output.h"
#include "record/text.h"
#include "reference.h"

// float32 against another's float32 comes to some 1e-6; another GELU or epsilon to 1e-4 and more.
static const double tolerance_f32 = 2e-5;

// The largest difference and the largest value of a layer so far.
struct gap {
    double difference, largest;
    bool any;
};

struct verify {
    const struct options *o;
    const bert_model *model;
    bert_session *session;
    bert_batch *batch;
    struct reference reference;
    double tolerance;
    size_t layers;    // hidden states that the network has
    struct gap *gaps; // [layers]
    struct gap pooled, sentences;
    double least_cosine;
    size_t texts, tokens; // compared, numbers
    size_t differing;     // texts whose ids differ
    char first[1200];     // the first of them, in words
    struct gap unscaled;  // layer 0 after each token is scaled as it fits best
};

static double error_of(const struct gap *g)
{
    return g->largest > 0 ? g->difference / g->largest : g->difference;
}

static bool within(const struct verify *v, const struct gap *g)
{
    return !g->any || error_of(g) <= v->tolerance; // a NaN is not
}

static void compare(struct gap *g, const float *ours, const float *theirs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double)ours[i] - theirs[i]), b = fabs(theirs[i]);
        if (!(d <= g->difference) && !isnan(g->difference)) g->difference = d;
        if (b > g->largest) g->largest = b;
    }
    g->any = g->any || n > 0;
}

// -------------------------------------------------------------------------------------- the tokens

static const char *piece_of(const struct verify *v, int32_t id)
{
    const char *piece = bert_tokenizer_piece(bert_model_tokenizer(v->model), id);
    return piece ? piece : "(none)";
}

// Says where the ids of a text part for the first time.
static void describe(struct verify *v, size_t text, const struct bert_pieces *ours,
                     const struct reference_item *theirs)
{
    size_t i = 0;
    while (i < ours->n && i < theirs->n_tokens && ours->ids[i] == theirs->ids[i]) i++;
    if (i == ours->n || i == theirs->n_tokens) {
        snprintf(v->first, sizeof v->first, "text %zu has %zu tokens here, %zu there", text,
                 ours->n, theirs->n_tokens);
        return;
    }
    snprintf(v->first, sizeof v->first,
             "text %zu, token %zu is '%.200s' (%d) here, '%.200s' (%d) there", text, i,
             piece_of(v, ours->ids[i]), (int)ours->ids[i], piece_of(v, theirs->ids[i]),
             (int)theirs->ids[i]);
}

// Tokenizes a text into the batch and compares; *equal says whether the reference has these ids.
static bert_status tokenize(struct verify *v, size_t text, bool *equal, bert_error *err)
{
    const struct reference_item *item = &v->reference.items[text];
    struct bert_tokenize_options t = cli_tokenize_options(v->o);
    if (!t.max_length) t.max_length = v->reference.max_length;
    bert_batch_clear(v->batch);
    TRY(bert_batch_add(v->batch, item->text, (struct bert_text){0}, &t, err));
    *equal = true;
    if (!item->ids) return BERT_OK;
    const struct bert_pieces ours = bert_batch_pieces(v->batch, 0);
    *equal =
        ours.n == item->n_tokens && memcmp(ours.ids, item->ids, ours.n * sizeof *ours.ids) == 0;
    if (!*equal && v->differing++ == 0) describe(v, text, &ours, item);
    return BERT_OK;
}

// ------------------------------------------------------------------------------------- the numbers

// The bias of the embeddings' layer norm, the fifth tensor of every model.
static const float *embedding_bias(const bert_model *model)
{
    struct bert_tensor t;
    for (size_t i = 0; bert_model_tensor(model, i, &t); i++) {
        const bool norm = strstr(t.name, "embeddings") && strstr(t.name, "LayerNorm");
        if (norm && (strstr(t.name, "bias") || strstr(t.name, "beta"))) return t.data;
    }
    return NULL;
}

// An epsilon scales what the layer norm adds to its bias, a token as a whole. What remains when
// each of our tokens is scaled to fit tells that from any other difference.
static void compare_unscaled(struct verify *v, const float *ours, const float *theirs, size_t T,
                             size_t H)
{
    const float *bias = embedding_bias(v->model);
    for (size_t t = 0; bias && t < T; t++, ours += H, theirs += H) {
        double ab = 0, aa = 0;
        for (size_t i = 0; i < H; i++) {
            const double a = (double)ours[i] - bias[i], b = (double)theirs[i] - bias[i];
            ab += a * b;
            aa += a * a;
        }
        const double scale = aa > 0 ? ab / aa : 1;
        for (size_t i = 0; i < H; i++) {
            const float fit = (float)(bias[i] + scale * ((double)ours[i] - bias[i]));
            compare(&v->unscaled, &fit, &theirs[i], 1);
        }
    }
}

static bert_status compare_hidden(struct verify *v, const struct reference_item *item,
                                  bert_error *err)
{
    const size_t H = bert_model_config(v->model)->hidden_size, n = item->n_tokens * H;
    if (item->width != H || item->layers != v->layers) {
        return fail(
            err, BERT_INVALID,
            "the reference has %zu layers of width %zu, the model %zu of %zu: another model",
            item->layers, item->width, v->layers, H);
    }
    int layers[1100];
    if (v->layers > sizeof layers / sizeof *layers) return fail_memory(err);
    for (size_t i = 0; i < v->layers; i++) layers[i] = (int)i;
    float *out = mem_alloc(v->layers * n, sizeof *out);
    if (!out) return fail_memory(err);
    const bert_status status = bert_encode(v->session, v->batch, layers, v->layers, out, err);
    for (size_t i = 0; !status && i < v->layers; i++) {
        compare(&v->gaps[i], out + i * n, item->hidden + i * n, n);
    }
    if (!status) compare_unscaled(v, out, item->hidden, item->n_tokens, H);
    mem_free(out);
    return status;
}

static bert_status compare_row(struct verify *v, const float *theirs, size_t width,
                               bert_pooling pooling, struct gap *gap, bert_error *err)
{
    struct bert_embed_options e = BERT_EMBED_DEFAULTS;
    e.pooling = pooling;
    e.normalize = pooling == BERT_POOLING_POOLER ? 0 : -1;
    const size_t cols = bert_embed_cols(v->model, &e);
    if (cols != width) {
        return fail(err, BERT_INVALID,
                    "the reference's vectors have %zu numbers, the model's %zu: another model",
                    width, cols);
    }
    float *ours = mem_alloc(cols, sizeof *ours);
    if (!ours) return fail_memory(err);
    const bert_status status = bert_embed(v->session, v->batch, &e, ours, err);
    if (!status) compare(gap, ours, theirs, cols);
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; !status && i < cols; i++) {
        ab += (double)ours[i] * theirs[i];
        aa += (double)ours[i] * ours[i];
        bb += (double)theirs[i] * theirs[i];
    }
    const double cosine = aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 1;
    if (!status && pooling == BERT_POOLING_MODEL && !(cosine >= v->least_cosine)) {
        v->least_cosine = cosine;
    }
    mem_free(ours);
    return status;
}

static bert_status verify_text(struct verify *v, size_t text, bert_error *err)
{
    const struct reference_item *item = &v->reference.items[text];
    bool equal;
    TRY(tokenize(v, text, &equal, err));
    v->texts++;
    if (item->sentence && equal) { // by our own tokens, as users have it
        TRY(compare_row(v, item->sentence, item->sentence_width, BERT_POOLING_MODEL, &v->sentences,
                        err));
    }
    if (item->ids) {
        bert_batch_clear(v->batch);
        TRY(bert_batch_add_ids(v->batch, item->ids, item->types, item->n_tokens, err));
    }
    v->tokens += bert_batch_tokens(v->batch);
    if (item->hidden) TRY(compare_hidden(v, item, err));
    if (!item->pooled || !bert_model_embedding(v->model)->has_pooler) return BERT_OK;
    return compare_row(v, item->pooled, item->width, BERT_POOLING_POOLER, &v->pooled, err);
}

static bert_status verify_all(struct verify *v, size_t most, bert_error *err)
{
    v->least_cosine = 1;
    v->layers = bert_model_config(v->model)->num_hidden_layers + 1;
    v->gaps = mem_zero(v->layers, sizeof *v->gaps);
    v->batch = bert_batch_new(v->model, err);
    if (!v->gaps) return fail_memory(err);
    if (!v->batch) return err->status;
    for (size_t i = 0; i < v->reference.n && i < most; i++) {
        bert_error mine = {0};
        if (!verify_text(v, i, &mine)) continue;
        return fail(err, mine.status, "text %zu: %s", i, mine.message);
    }
    return BERT_OK;
}

static void release(struct verify *v)
{
    mem_free(v->gaps);
    bert_batch_free(v->batch);
    bert_session_free(v->session);
}

// --------------------------------------------------------------------------------------- the cause

static bool hidden_within(const struct verify *v)
{
    for (size_t i = 0; i < v->layers; i++) {
        if (!within(v, &v->gaps[i])) return false;
    }
    return true;
}

// Whether the numbers agree when GELU has its other form; asked of a few texts.
static bool other_gelu_fits(const struct verify *v)
{
    const char *act = bert_model_config(v->model)->hidden_act;
    const bool erf = strcmp(act, "gelu") == 0 || strcmp(act, "gelu_python") == 0;
    if (!strstr(act, "gelu") || strcmp(act, "quick_gelu") == 0) return false;
    struct options o = *v->o;
    o.gelu = erf ? "tanh" : "erf";
    o.quiet = true;
    bert_model *model = cli_model(&o);
    struct verify other = {.o = &o, .model = model, .tolerance = v->tolerance};
    other.reference = v->reference;
    other.session = model ? cli_session(&o, model) : NULL;
    bert_error err;
    const bool fits = other.session && !verify_all(&other, 4, &err) && hidden_within(&other);
    release(&other);
    bert_model_free(model);
    return fits;
}

static size_t first_layer(const struct verify *v)
{
    size_t i = 0;
    while (i < v->layers && within(v, &v->gaps[i])) i++;
    return i;
}

// What the numbers point at; NULL when they agree.
static const char *likely_cause(const struct verify *v)
{
    const size_t layer = first_layer(v);
    const double error = layer < v->layers ? error_of(&v->gaps[layer]) : 0;
    if (layer == 0 && within(v, &v->unscaled)) {
        return "the embeddings differ by a factor a token: another layer_norm_eps";
    }
    if (layer < v->layers && other_gelu_fits(v)) {
        return "with the other form of GELU all layers agree: see --gelu";
    }
    if (layer < v->layers && error < 1e-2) {
        return "as large as rounding to 16 bits makes it (f16 some 5e-4, bf16 4e-3): another "
               "dtype, "
               "or another activation";
    }
    if (layer < v->layers) return "other weights, or a tensor that was read otherwise";
    if (!within(v, &v->pooled)) return "the layers agree, the pooler does not: its weights";
    if (!within(v, &v->sentences)) {
        return "the layers agree, the sentence vectors do not: pooling, normalisation or prompts";
    }
    return NULL;
}

// -------------------------------------------------------------------------------------- the report

static void put_error(struct buf *out, double x)
{
    char text[40];
    snprintf(text, sizeof text, "%.2e", x);
    for (char *p = text; *p; p++) {
        if (*p == ',') *p = '.'; // of a locale
    }
    buf_text(out, strcmp(text, "nan") == 0 || strcmp(text, "-nan") == 0 || strstr(text, "inf")
                      ? "1e999"
                      : text);
}

static void put_gap(struct buf *out, const struct verify *v, const char *name, const struct gap *g)
{
    if (!g->any) return;
    buf_print(out, "%-14s ", name);
    put_error(out, error_of(g));
    buf_text(out, within(v, g) ? "\n" : "   outside\n");
}

static void report_text(struct buf *out, const struct verify *v, bool good, const char *cause)
{
    buf_print(out, "texts          %zu, %zu tokens\n", v->texts, v->tokens);
    buf_print(out, "token ids      ");
    if (v->differing) {
        buf_print(out, "%zu texts differ: ", v->differing);
        record_plain(out, v->first, strlen(v->first));
        buf_byte(out, '\n');
    } else {
        buf_text(out, "equal\n");
    }
    for (size_t i = 0; i < v->layers; i++) {
        char name[32];
        snprintf(name, sizeof name, "layer %zu", i);
        put_gap(out, v, name, &v->gaps[i]);
    }
    put_gap(out, v, "pooler", &v->pooled);
    put_gap(out, v, "sentences", &v->sentences);
    if (v->sentences.any) {
        buf_text(out, "               1 - cosine at most ");
        put_error(out, 1 - v->least_cosine);
        buf_byte(out, '\n');
    }
    buf_print(out, "%s the tolerance of ", good ? "within" : "OUTSIDE");
    put_error(out, v->tolerance);
    buf_text(out, " (max|a-b| / max|b|)\n");
    if (v->differing) {
        buf_text(out,
                 "likely: another tokenizer profile, lower-casing or vocabulary; see --tokenizer, "
                 "--cased, bert tokenize --explain\n");
    }
    if (cause) buf_print(out, "likely: %s\n", cause);
}

static void put_member(struct buf *out, const char *key, const struct gap *g)
{
    if (!g->any) return;
    buf_print(out, ",\"%s\":", key);
    put_error(out, error_of(g));
}

static void report_json(struct buf *out, const struct verify *v, bool good, const char *cause)
{
    buf_print(out, "{\"texts\":%zu,\"tokens\":%zu,\"ids_differ\":%zu", v->texts, v->tokens,
              v->differing);
    if (v->differing) {
        buf_text(out, ",\"first\":");
        record_string(out, v->first, strlen(v->first));
    }
    buf_text(out, ",\"layers\":[");
    for (size_t i = 0; i < v->layers && v->gaps[i].any; i++) {
        if (i) buf_byte(out, ',');
        put_error(out, error_of(&v->gaps[i]));
    }
    buf_byte(out, ']');
    put_member(out, "pooler", &v->pooled);
    put_member(out, "sentences", &v->sentences);
    if (v->sentences.any) {
        buf_text(out, ",\"cosine_distance\":");
        put_error(out, 1 - v->least_cosine);
    }
    buf_text(out, ",\"tolerance\":");
    put_error(out, v->tolerance);
    buf_print(out, ",\"within\":%s", good ? "true" : "false");
    if (cause) {
        buf_text(out, ",\"likely\":");
        record_string(out, cause, strlen(cause));
    }
    buf_text(out, "}\n");
}

static int report(const struct verify *v)
{
    const char *cause = likely_cause(v);
    const bool good = !v->differing && !cause;
    struct output out;
    if (!output_open(&out, v->o)) return 1;
    if (v->o->json) report_json(&out.buffer, v, good, cause);
    else report_text(&out.buffer, v, good, cause);
    const int status = output_close(&out, false);
    return status ? status : !good;
}

// ------------------------------------------------------------------------------------- the command

static bool read_tolerance(const struct options *o, double *out)
{
    *out = tolerance_f32;
    if (!o->tolerance) return true;
    struct json_scan s = {o->tolerance, o->tolerance + strlen(o->tolerance), NULL};
    return json_scan_number(&s, out) && s.at == s.end && *out > 0;
}

static int verify(struct verify *v)
{
    bert_error err = {0};
    v->session = cli_session(v->o, v->model);
    if (!v->session) return 1;
    bert_status status = reference_open(&v->reference, v->o->against, &err);
    if (!status) status = verify_all(v, SIZE_MAX, &err);
    if (status) say_error("%s", err.message);
    return status ? 1 : report(v);
}

int cmd_verify(const struct options *o)
{
    struct verify v = {.o = o};
    if (!o->against || o->n_texts) {
        say_error("verify: needs --against FILE, and no texts (see bert verify --help)");
        return 2;
    }
    if (!read_tolerance(o, &v.tolerance)) {
        say_error("verify: --tolerance: must be a number above 0, like 2e-5");
        return 2;
    }
    bert_model *model = cli_model(o);
    if (!model) return 1;
    v.model = model;
    const int status = verify(&v);
    reference_release(&v.reference);
    release(&v);
    bert_model_free(model);
    return status;
}
