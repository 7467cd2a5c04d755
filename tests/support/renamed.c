// renamed.c: see renamed.h.
#include "support/renamed.h"

#include "ckpt/write.h"
#include "support/check.h"

enum { MOST = 128 };

struct writer {
    struct ckpt *from;
    char names[MOST][200];
    struct ckpt_item items[MOST];
    const struct ckpt_tensor *tensors[MOST]; // of each item
    size_t n;
};

static void fill(void *arg, size_t item, size_t first, size_t n, void *out)
{
    const struct ckpt_tensor *t = ((struct writer *)arg)->tensors[item];
    const size_t size = ckpt_dtype_size(t->dtype);
    memcpy(out, t->data + first * size, n * size);
}

static void replace(char *name, const char *from, const char *to)
{
    char *at = strstr(name, from);
    if (at) strcpy(at, to); // both end a name
}

static void add(struct writer *w, const struct ckpt_tensor *t, const char *name,
                const struct renamed *how)
{
    assert_true(t && w->n < MOST);
    char *room = w->names[w->n];
    snprintf(room, sizeof w->names[0], "%s%s", how->prefix, name);
    if (how->gamma) replace(room, "LayerNorm.weight", "LayerNorm.gamma");
    if (how->gamma) replace(room, "LayerNorm.bias", "LayerNorm.beta");
    w->items[w->n] = (struct ckpt_item){.name = room, .dtype = t->dtype, .n_dims = t->n_dims};
    memcpy(w->items[w->n].dims, t->dims, sizeof t->dims);
    w->tensors[w->n++] = t;
}

void renamed_write(const char *from, const char *to, const struct renamed *how)
{
    static struct writer w;
    bert_error err = {0};
    w = (struct writer){.from = ckpt_open(from, false, &err)};
    if (!w.from) fail_msg("%s", err.message);
    for (size_t i = 0; i < ckpt_count(w.from); i++) {
        add(&w, ckpt_at(w.from, i), ckpt_at(w.from, i)->name, how);
    }
    if (how->decoder) {
        add(&w, ckpt_find(w.from, "bert.embeddings.word_embeddings.weight"),
            "cls.predictions.decoder.weight", how);
        add(&w, ckpt_find(w.from, "cls.predictions.bias"), "cls.predictions.decoder.bias", how);
    }
    const struct ckpt_source source = {w.items, w.n, fill, &w};
    if (ckpt_write("safetensors", to, &source, &err)) fail_msg("%s", err.message);
    ckpt_close(w.from);
}
