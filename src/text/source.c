// source.c: see source.h.
#include "text/source.h"

#include "base/mem.h"

void source_init(struct tokenizer_source *s)
{
    *s = (struct tokenizer_source){.lowercase = -1,
                                   .strip_accents = -1,
                                   .split_cjk = -1,
                                   .clean_text = -1,
                                   .tighten = -1,
                                   .clean_spaces = -1};
    pieces_init(&s->pieces);
    added_init(&s->added);
}

void source_release(struct tokenizer_source *s)
{
    pieces_release(&s->pieces);
    added_release(&s->added);
    buf_release(&s->prefix);
    buf_release(&s->decoder_prefix);
    buf_release(&s->unk);
    buf_release(&s->pad);
    buf_release(&s->cls);
    buf_release(&s->sep);
    buf_release(&s->mask);
}

bool source_set(struct buf *b, const char *text, size_t len)
{
    buf_clear(b);
    buf_add(b, text, len);
    buf_byte(b, 0);
    if (!b->failed) b->len--;
    return !b->failed;
}

bert_status source_flag(const json *object, const char *key, int *out, const char *where,
                        bert_error *err)
{
    const json *value = json_get(object, key);
    *out = -1;
    if (!value) return BERT_OK;
    if (!json_is_bool(value)) {
        return fail(err, BERT_FORMAT, "%s: \"%s\" is neither true nor false nor null", where, key);
    }
    *out = json_true(value);
    return BERT_OK;
}

bert_status source_added_flags(const json *object, struct added_flags *out, const char *where,
                               bert_error *err)
{
    TRY(json_flag(object, "special", false, &out->special, where, err));
    TRY(json_flag(object, "single_word", false, &out->single_word, where, err));
    TRY(json_flag(object, "lstrip", false, &out->lstrip, where, err));
    TRY(json_flag(object, "rstrip", false, &out->rstrip, where, err));
    return json_flag(object, "normalized", !out->special, &out->normalized, where, err);
}
