// inspect_diff.c: bert inspect --diff: what differs between two models, a line a difference: their
// settings, their vocabularies, their tensors as they are stored. A tensor's counterpart is the one
// that is the same to transformers, whatever either file calls it and whichever way it lies there.
#include <math.h>
#include <string.h>

#include "base/mem.h"
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

// What a model's tensors are called today; NULL: of no network.
struct name {
    const char *name;
    char room[BERT_NAME_MAX];
    bool transposed;
};

static struct name *list_names(const bert_model *model, size_t *n)
{
    struct bert_stored_tensor t;
    for (*n = 0; bert_model_stored(model, *n, &t);) ++*n;
    struct name *names = mem_zero(*n, sizeof *names);
    for (size_t i = 0; names && i < *n; i++) {
        names[i].name = bert_model_stored_name(model, i, names[i].room, &names[i].transposed);
    }
    return names;
}

// Its place among n others, for which `hint` is a good guess; n: nowhere.
static size_t find(const struct name *name, const struct name *others, size_t n, size_t hint)
{
    if (hint < n && others[hint].name && strcmp(others[hint].name, name->name) == 0) return hint;
    size_t k = 0;
    while (k < n && !(others[k].name && strcmp(others[k].name, name->name) == 0)) k++;
    return k;
}

static bool same_shape(const struct bert_stored_tensor *a, const struct bert_stored_tensor *b,
                       bool transposed)
{
    if (a->n_dims != b->n_dims) return false;
    if (transposed) return a->dims[0] == b->dims[1] && a->dims[1] == b->dims[0];
    return memcmp(a->dims, b->dims, a->n_dims * sizeof *a->dims) == 0;
}

// Of tensors with the same type and shape.
static bool same_bytes(const struct bert_stored_tensor *a, const struct bert_stored_tensor *b,
                       bool transposed)
{
    if (!transposed || a->count == 0) return memcmp(a->data, b->data, a->bytes) == 0;
    const size_t rows = a->dims[0], cols = a->dims[1], size = a->bytes / a->count;
    const char *x = a->data, *y = b->data;
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < cols; c++, x += size) {
            if (memcmp(x, y + (c * rows + r) * size, size) != 0) return false;
        }
    }
    return true;
}

static bert_status diff_tensor(struct diff *d, size_t i, size_t k, bool transposed, bert_error *err)
{
    struct bert_stored_tensor t, u;
    bert_model_stored(d->here, i, &t);
    bert_model_stored(d->other, k, &u);
    transposed = transposed && t.n_dims == 2;
    const bool typed = strcmp(t.dtype, u.dtype) == 0, shaped = same_shape(&t, &u, transposed);
    if (typed && shaped && same_bytes(&t, &u, transposed)) return BERT_OK;
    describe(&d->a, &t);
    describe(&d->b, &u);
    if (shaped && t.is_float && u.is_float) {
        float most;
        TRY(weights_distance(d->here, i, d->other, k, transposed, &most, err));
        buf_text(&d->b, ", max|a-b| ");
        record_float(&d->b, most);
    } else if (typed && shaped) {
        buf_text(&d->b, ", other bytes");
    }
    tell(d, "tensor", t.name);
    return BERT_OK;
}

// One that is on one side only: `in` is what it is there, `out` what the other side has.
static void tell_absent(struct diff *d, const bert_model *model, size_t i, struct buf *in,
                        struct buf *out)
{
    struct bert_stored_tensor t;
    bert_model_stored(model, i, &t);
    describe(in, &t);
    buf_text(out, "absent");
    tell(d, "tensor", t.name);
}

static bert_status diff_named(struct diff *d, const struct name *a, size_t n, const struct name *b,
                              size_t m, bert_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const size_t k = a[i].name ? find(&a[i], b, m, i) : 0;
        if (!a[i].name) continue;
        if (k == m) tell_absent(d, d->here, i, &d->a, &d->b);
        else TRY(diff_tensor(d, i, k, a[i].transposed != b[k].transposed, err));
    }
    for (size_t k = 0; k < m; k++) {
        if (b[k].name && find(&b[k], a, n, k) == n) tell_absent(d, d->other, k, &d->b, &d->a);
    }
    return BERT_OK;
}

static bert_status diff_tensors(struct diff *d, bert_error *err)
{
    size_t n, m;
    struct name *a = list_names(d->here, &n), *b = list_names(d->other, &m);
    const bert_status status = a && b ? diff_named(d, a, n, b, m, err) : fail_memory(err);
    mem_free(a);
    mem_free(b);
    return status;
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
