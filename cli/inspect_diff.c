// inspect_diff.c: bert inspect --diff: what differs between two models, a line a difference: their
// settings, their vocabularies, their tensors by name as they are stored.
#include <math.h>
#include <string.h>

#include "cli.h"
#include "inspect.h"
#include "output.h"
#include "record/text.h"

struct diff {
    const bert_model *here, *other;
    struct buf *out;
    bool json;
    size_t n;        // differences so far
    struct buf a, b; // what one is on either side
};

static void put(struct buf *out, const struct buf *text, bool json)
{
    if (json) record_string(out, text->data, text->len);
    else record_plain(out, text->data, text->len);
}

// Tells a difference, whose sides are in d->a and d->b, and clears them.
static void tell(struct diff *d, const char *kind, const char *name)
{
    struct buf *out = d->out;
    if (d->json) {
        buf_print(out, "%s{\"kind\":\"%s\",\"name\":", d->n ? "," : "", kind);
        record_string(out, name, strlen(name));
        buf_text(out, ",\"here\":");
        put(out, &d->a, true);
        buf_text(out, ",\"other\":");
        put(out, &d->b, true);
        buf_byte(out, '}');
    } else {
        buf_print(out, "%s ", kind);
        record_plain(out, name, strlen(name));
        buf_text(out, ": ");
        put(out, &d->a, false);
        buf_text(out, " | ");
        put(out, &d->b, false);
        buf_byte(out, '\n');
    }
    d->n++;
    buf_clear(&d->a);
    buf_clear(&d->b);
}

static void diff_facts(struct diff *d)
{
    struct fact a[FACTS_MOST], b[FACTS_MOST];
    const size_t n = facts_gather(d->here, a);
    facts_gather(d->other, b);
    for (size_t i = 0; i < n; i++) {
        facts_print(&d->a, d->here, &a[i], false);
        facts_print(&d->b, d->other, &b[i], false);
        const bool same = d->a.len == d->b.len && memcmp(d->a.data, d->b.data, d->a.len) == 0;
        if (!same) tell(d, "setting", a[i].key);
        buf_clear(&d->a);
        buf_clear(&d->b);
    }
}

// The first id that means something else; how many ids do is not said: one more piece moves all.
static void diff_pieces(struct diff *d)
{
    const bert_tokenizer *a = bert_model_tokenizer(d->here), *b = bert_model_tokenizer(d->other);
    const size_t n = bert_tokenizer_info(a).vocab_size, m = bert_tokenizer_info(b).vocab_size;
    for (size_t id = 0; id < n && id < m; id++) {
        const char *x = bert_tokenizer_piece(a, (int32_t)id);
        const char *y = bert_tokenizer_piece(b, (int32_t)id);
        if (x && y ? strcmp(x, y) == 0 : x == y) continue;
        buf_print(&d->a, "%zu is %s", id, x ? x : "nothing");
        buf_print(&d->b, "%zu is %s", id, y ? y : "nothing");
        tell(d, "vocabulary", "first difference");
        return;
    }
}

static void describe(struct buf *out, const struct bert_stored_tensor *t)
{
    buf_print(out, "%s ", t->dtype);
    shape_print(out, t);
}

static bool same_shape(const struct bert_stored_tensor *a, const struct bert_stored_tensor *b)
{
    return a->n_dims == b->n_dims && memcmp(a->dims, b->dims, a->n_dims * sizeof *a->dims) == 0;
}

static bool find(const bert_model *model, const char *name, size_t hint, size_t *at,
                 struct bert_stored_tensor *out)
{
    *at = hint; // most often the files have the same order
    if (bert_model_stored(model, hint, out) && strcmp(out->name, name) == 0) return true;
    for (*at = 0; bert_model_stored(model, *at, out); ++*at) {
        if (strcmp(out->name, name) == 0) return true;
    }
    return false;
}

static bert_status diff_tensor(struct diff *d, size_t i, const struct bert_stored_tensor *t,
                               bert_error *err)
{
    struct bert_stored_tensor u;
    size_t k;
    if (!find(d->other, t->name, i, &k, &u)) {
        describe(&d->a, t);
        buf_text(&d->b, "absent");
        tell(d, "tensor", t->name);
        return BERT_OK;
    }
    const bool typed = strcmp(t->dtype, u.dtype) == 0, shaped = same_shape(t, &u);
    if (typed && shaped && memcmp(t->data, u.data, t->bytes) == 0) return BERT_OK;
    describe(&d->a, t);
    describe(&d->b, &u);
    if (shaped && t->is_float && u.is_float) {
        float most;
        TRY(weights_distance(d->here, i, d->other, k, &most, err));
        buf_text(&d->b, ", max|a-b| ");
        record_float(&d->b, most);
    } else if (typed && shaped) {
        buf_text(&d->b, ", other bytes");
    }
    tell(d, "tensor", t->name);
    return BERT_OK;
}

static bert_status diff_tensors(struct diff *d, bert_error *err)
{
    struct bert_stored_tensor t, u;
    size_t k;
    for (size_t i = 0; bert_model_stored(d->here, i, &t); i++) TRY(diff_tensor(d, i, &t, err));
    for (size_t i = 0; bert_model_stored(d->other, i, &t); i++) {
        if (find(d->here, t.name, i, &k, &u)) continue;
        buf_text(&d->a, "absent");
        describe(&d->b, &t);
        tell(d, "tensor", t.name);
    }
    return BERT_OK;
}

static bert_status diff_models(struct diff *d, bert_error *err)
{
    if (d->json) buf_text(d->out, "{\"differences\":[");
    diff_facts(d);
    diff_pieces(d);
    TRY(diff_tensors(d, err));
    if (d->json) buf_text(d->out, "]}\n");
    return BERT_OK;
}

static int print_diff(const bert_model *here, const bert_model *other, const struct options *o)
{
    struct output out;
    bert_error err = {0};
    if (!output_open(&out, o)) return 2;
    struct diff d = {.here = here, .other = other, .out = &out.buffer, .json = o->json};
    buf_init(&d.a);
    buf_init(&d.b);
    const bert_status status = diff_models(&d, &err);
    buf_release(&d.a);
    buf_release(&d.b);
    if (status) {
        say_error("%s", err.message);
        buf_clear(&out.buffer);
    }
    return output_close(&out, status != BERT_OK) ? 2 : d.n > 0;
}

int inspect_diff(const bert_model *here, const struct options *o)
{
    struct options second = *o;
    second.model = o->other;
    bert_model *other = cli_model(&second);
    if (!other) return 2;
    const int status = print_diff(here, other, o);
    bert_model_free(other);
    return status;
}
