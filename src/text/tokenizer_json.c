// tokenizer_json.c: the tokenizers library's own file, as far as BERT uses it. Its vocabulary is
// read as a stream; each of the other parts is small and read as a tree.
#include <string.h>

#include "base/json_stream.h"
#include "text/source.h"

struct reader {
    struct tokenizer_source *source;
    struct json_scan scan;
    const char *bytes, *where;
    struct buf scratch, word;
    unsigned seen; // bit i: parts[i] was there
    bert_error *err;
};

static bert_status fail_syntax(const struct reader *r)
{
    size_t line = 1;
    const char *wrong = r->scan.wrong ? r->scan.wrong : "unexpected";
    for (const char *p = r->bytes; p < r->scan.at && p < r->scan.end; p++) line += *p == '\n';
    if (r->scratch.failed) return fail_memory(r->err);
    return fail(r->err, BERT_FORMAT, "%s: line %zu: not valid JSON: %s", r->where, line, wrong);
}

static bert_status unsupported(const struct reader *r, const char *part, const char *type)
{
    return fail(r->err, BERT_UNSUPPORTED,
                "%s: %s of type \"%s\": not a BERT tokenizer, the only kind this program has",
                r->where, part, type ? type : "(none)");
}

static bool is_type(const json *part, const char *type)
{
    const char *have = json_text(json_get(part, "type"));
    return have && strcmp(have, type) == 0;
}

// -------------------------------------------------------------------------------- the small parts

static bert_status read_added(struct reader *r, const json *tokens)
{
    for (size_t i = 0; i < json_count(tokens); i++) {
        const json *token = json_at(tokens, i);
        size_t id, len;
        const char *content = json_bytes(json_get(token, "content"), &len);
        struct added_flags flags;
        if (!content) {
            return fail(r->err, BERT_FORMAT, "%s: added_tokens[%zu] has no content", r->where, i);
        }
        TRY(json_size(token, "id", PIECES_ID_LIMIT, 0, PIECES_ID_LIMIT - 1, &id, r->where, r->err));
        TRY(source_added_flags(token, &flags, r->where, r->err));
        if (!added_put(&r->source->added, content, len, (int32_t)id, flags)) {
            return fail_memory(r->err);
        }
    }
    return BERT_OK;
}

static bert_status read_bert_normalizer(struct reader *r, const json *part)
{
    struct tokenizer_source *s = r->source;
    TRY(source_flag(part, "clean_text", &s->clean_text, r->where, r->err));
    TRY(source_flag(part, "handle_chinese_chars", &s->split_cjk, r->where, r->err));
    TRY(source_flag(part, "strip_accents", &s->strip_accents, r->where, r->err));
    TRY(source_flag(part, "lowercase", &s->lowercase, r->where, r->err));
    if (s->clean_text < 0 || s->split_cjk < 0 || s->lowercase < 0) {
        return fail(
            r->err, BERT_FORMAT,
            "%s: normalizer: clean_text, handle_chinese_chars and lowercase must be true or "
            "false",
            r->where);
    }
    return BERT_OK;
}

// [Lowercase, BertNormalizer] is what sentence-transformers makes of its do_lower_case.
static bert_status read_sequence(struct reader *r, const json *list)
{
    bool bert = false;
    for (size_t i = 0; i < json_count(list); i++) {
        const json *part = json_at(list, i);
        if (is_type(part, "BertNormalizer") && !bert) {
            TRY(read_bert_normalizer(r, part));
            bert = true;
        } else if (is_type(part, "Lowercase")) {
            r->source->bare_lowercase = true;
        } else {
            return unsupported(r, "normalizer", json_text(json_get(part, "type")));
        }
    }
    return bert ? BERT_OK : unsupported(r, "normalizer", "Sequence without BertNormalizer");
}

static bert_status read_normalizer(struct reader *r, const json *part)
{
    struct tokenizer_source *s = r->source;
    if (is_type(part, "BertNormalizer")) return read_bert_normalizer(r, part);
    if (is_type(part, "Sequence")) return read_sequence(r, json_get(part, "normalizers"));
    if (json_is_object(part))
        return unsupported(r, "normalizer", json_text(json_get(part, "type")));
    s->clean_text = s->split_cjk = s->strip_accents = s->lowercase = 0; // null
    return BERT_OK;
}

static bert_status read_pre_tokenizer(struct reader *r, const json *part)
{
    if (is_type(part, "BertPreTokenizer")) return BERT_OK;
    return unsupported(r, "pre_tokenizer", json_text(json_get(part, "type")));
}

static bert_status read_decoder(struct reader *r, const json *part)
{
    struct tokenizer_source *s = r->source;
    const char *prefix;
    s->plain_join = !json_is_object(part);
    if (s->plain_join) return BERT_OK;
    if (!is_type(part, "WordPiece")) {
        return unsupported(r, "decoder", json_text(json_get(part, "type")));
    }
    TRY(json_string(part, "prefix", "##", &prefix, r->where, r->err));
    if (!source_set(&s->decoder_prefix, prefix, strlen(prefix))) return fail_memory(r->err);
    return source_flag(part, "cleanup", &r->source->tighten, r->where, r->err);
}

// ----------------------------------------------------------------------------- the post-processor

static bert_status put_item(struct reader *r, struct template *t, enum template_kind kind,
                            int32_t id, size_t type)
{
    if (t->n == TEMPLATE_ITEMS || type > UINT8_MAX) {
        return fail(r->err, BERT_UNSUPPORTED,
                    "%s: post_processor: more than %d tokens, or type %zu", r->where,
                    TEMPLATE_ITEMS, type);
    }
    t->items[t->n++] = (struct template_item){kind, id, (uint8_t)type};
    return BERT_OK;
}

static bert_status put_special(struct reader *r, struct template *t, const json *specials,
                               const json *item, size_t type)
{
    const char *name = json_text(json_get(item, "id"));
    const json *ids = name ? json_get(json_get(specials, name), "ids") : NULL;
    for (size_t i = 0; i < json_count(ids); i++) {
        const double id = json_number(json_at(ids, i));
        if (!(id >= 0 && id < PIECES_ID_LIMIT)) {
            return fail(r->err, BERT_FORMAT, "%s: post_processor: \"%s\" has no id that can be",
                        r->where, name);
        }
        TRY(put_item(r, t, TEMPLATE_TOKEN, (int32_t)id, type));
    }
    if (json_count(ids) > 0) return BERT_OK;
    return fail(r->err, BERT_FORMAT, "%s: post_processor: special token \"%s\" has no ids",
                r->where, name ? name : "");
}

// Each text once, the first one first.
static bool is_in_order(const struct template *t, size_t texts)
{
    size_t next = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->items[i].kind == TEMPLATE_TOKEN) continue;
        if ((size_t)(t->items[i].kind - TEMPLATE_FIRST) != next++) return false;
    }
    return next == texts;
}

static bert_status read_template(struct reader *r, struct template *t, const json *items,
                                 const json *specials, size_t texts)
{
    for (size_t i = 0; i < json_count(items); i++) {
        const json *special = json_get(json_at(items, i), "SpecialToken");
        const json *sequence = json_get(json_at(items, i), "Sequence");
        size_t type;
        TRY(json_size(special ? special : sequence, "type_id", 0, 0, UINT8_MAX, &type, r->where,
                      r->err));
        if (special) {
            TRY(put_special(r, t, specials, special, type));
            continue;
        }
        const char *which = json_text(json_get(sequence, "id"));
        const bool second = which && strcmp(which, "B") == 0;
        TRY(put_item(r, t, second ? TEMPLATE_SECOND : TEMPLATE_FIRST, 0, type));
    }
    if (is_in_order(t, texts)) return BERT_OK;
    return fail(r->err, BERT_UNSUPPORTED,
                "%s: post_processor: a template that does not hold each text once, in order",
                r->where);
}

// {"sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}
static bert_status read_bert_processing(struct reader *r, const json *part)
{
    struct tokenizer_source *s = r->source;
    const json *cls_id = json_at(json_get(part, "cls"), 1);
    const json *sep_id = json_at(json_get(part, "sep"), 1);
    const double cls = json_number(cls_id), sep = json_number(sep_id);
    if (!json_is_number(cls_id) || !json_is_number(sep_id) ||
        !(cls >= 0 && cls < PIECES_ID_LIMIT) || !(sep >= 0 && sep < PIECES_ID_LIMIT)) {
        return fail(r->err, BERT_FORMAT, "%s: post_processor: BertProcessing wants cls and sep",
                    r->where);
    }
    for (size_t type = 0; type < 2; type++) {
        struct template *t = type ? &s->pair : &s->single;
        TRY(put_item(r, t, TEMPLATE_TOKEN, (int32_t)cls, 0));
        TRY(put_item(r, t, TEMPLATE_FIRST, 0, 0));
        TRY(put_item(r, t, TEMPLATE_TOKEN, (int32_t)sep, 0));
    }
    TRY(put_item(r, &s->pair, TEMPLATE_SECOND, 0, 1));
    return put_item(r, &s->pair, TEMPLATE_TOKEN, (int32_t)sep, 1);
}

static bert_status read_post_processor(struct reader *r, const json *part)
{
    struct tokenizer_source *s = r->source;
    s->has_template = true;
    if (is_type(part, "BertProcessing")) return read_bert_processing(r, part);
    if (is_type(part, "TemplateProcessing")) {
        const json *specials = json_get(part, "special_tokens");
        TRY(read_template(r, &s->single, json_get(part, "single"), specials, 1));
        return read_template(r, &s->pair, json_get(part, "pair"), specials, 2);
    }
    if (json_is_object(part)) {
        return unsupported(r, "post_processor", json_text(json_get(part, "type")));
    }
    TRY(put_item(r, &s->single, TEMPLATE_FIRST, 0, 0)); // null: nothing is added
    TRY(put_item(r, &s->pair, TEMPLATE_FIRST, 0, 0));
    return put_item(r, &s->pair, TEMPLATE_SECOND, 0, 1);
}

static bert_status read_truncation(struct reader *r, const json *part)
{
    const double length = json_number(json_get(part, "max_length"));
    if (length >= 1 && length < 1e9) r->source->model_max_length = (size_t)length;
    return BERT_OK;
}

// -------------------------------------------------------------------------------------- the model

// Tables of ids are as long as the highest of them, so that is held to what the file's size allows:
// an entry takes more than a byte, and holes are few.
static size_t id_limit(const struct reader *r)
{
    enum { HOLES_MOST = 1 << 20 };
    const size_t most = (size_t)(r->scan.end - r->bytes) + HOLES_MOST;
    return most < PIECES_ID_LIMIT ? most : PIECES_ID_LIMIT;
}

static bert_status read_vocab(struct reader *r)
{
    struct json_scan *s = &r->scan;
    const size_t limit = id_limit(r);
    size_t n = 0, len, id;
    const char *text;
    if (!json_scan_take(s, '{')) return fail_syntax(r);
    while (json_scan_next(s, '}', &n)) {
        if (!json_stream_key(s, &r->scratch, &text, &len) || !json_scan_size(s, &id)) break;
        if (id >= limit || len >= PIECES_LENGTH_LIMIT) {
            return fail(r->err, BERT_FORMAT, "%s: model.vocab: piece %zu has id %zu and %zu bytes",
                        r->where, n, id, len);
        }
        if (!pieces_add(&r->source->pieces, (uint32_t)id, text, len)) return fail_memory(r->err);
    }
    return s->wrong ? fail_syntax(r) : BERT_OK;
}

static bert_status read_string(struct reader *r, struct buf *out)
{
    const char *text;
    size_t len;
    if (!json_stream_text(&r->scan, &r->scratch, &text, &len)) return fail_syntax(r);
    return source_set(out, text, len) ? BERT_OK : fail_memory(r->err);
}

static bool is_key(const char *key, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(key, name, len) == 0;
}

static bert_status read_model_member(struct reader *r, const char *key, size_t len, unsigned *seen)
{
    static const char *const names[] = {"type", "unk_token", "continuing_subword_prefix",
                                        "max_input_chars_per_word", "vocab"};
    unsigned i = 0;
    while (i < 5 && !is_key(key, len, names[i])) i++;
    if (i < 5 && *seen & 1u << i) {
        return fail(r->err, BERT_FORMAT, "%s: model: \"%s\" stands there twice", r->where,
                    names[i]);
    }
    *seen |= 1u << i;
    switch (i) {
    case 0:
        TRY(read_string(r, &r->word));
        return is_key(r->word.data, r->word.len, "WordPiece")
                   ? BERT_OK
                   : unsupported(r, "model", r->word.data);
    case 1: return read_string(r, &r->source->unk);
    case 2: return read_string(r, &r->source->prefix);
    case 3: return json_scan_size(&r->scan, &r->source->max_word) ? BERT_OK : fail_syntax(r);
    case 4: return read_vocab(r);
    default: return json_stream_skip(&r->scan, NULL, NULL) ? BERT_OK : fail_syntax(r);
    }
}

static bert_status read_model(struct reader *r)
{
    struct json_scan *s = &r->scan;
    unsigned seen = 0;
    size_t n = 0, len;
    const char *key;
    if (!json_scan_take(s, '{')) return fail_syntax(r);
    while (json_scan_next(s, '}', &n)) {
        if (!json_stream_key(s, &r->word, &key, &len)) break;
        TRY(read_model_member(r, key, len, &seen));
    }
    if (s->wrong) return fail_syntax(r);
    if ((seen & 30) == 30) return BERT_OK;
    return fail(r->err, BERT_FORMAT,
                "%s: model: a WordPiece model has unk_token, continuing_subword_prefix, "
                "max_input_chars_per_word and vocab",
                r->where);
}

// ------------------------------------------------------------------------------------- the
// document

static const struct {
    const char *name;
    bert_status (*read)(struct reader *r, const json *part); // NULL: the model
} parts[] = {
    {"truncation", read_truncation},
    {"added_tokens", read_added},
    {"normalizer", read_normalizer},
    {"pre_tokenizer", read_pre_tokenizer},
    {"post_processor", read_post_processor},
    {"decoder", read_decoder},
    {"model", NULL}, // the last row
};
enum { PARTS = sizeof parts / sizeof *parts };

static bool is_null(const char *from, const char *to)
{
    return to - from == 4 && memcmp(from, "null", 4) == 0;
}

static bert_status read_part(struct reader *r, size_t i)
{
    if (r->seen & 1u << i) {
        return fail(r->err, BERT_FORMAT, "%s: \"%s\" stands there twice", r->where, parts[i].name);
    }
    r->seen |= 1u << i;
    if (!parts[i].read) return read_model(r);
    const char *from, *to;
    if (!json_stream_skip(&r->scan, &from, &to)) return fail_syntax(r);
    if (is_null(from, to)) return parts[i].read(r, NULL);
    json *part = json_parse_bytes(from, (size_t)(to - from), r->where, r->err);
    if (!part) return r->err ? r->err->status : BERT_FORMAT;
    const bert_status status = parts[i].read(r, part);
    json_free(part);
    return status;
}

static bert_status read_document(struct reader *r)
{
    struct json_scan *s = &r->scan;
    size_t n = 0, len;
    const char *key;
    if (!json_scan_take(s, '{')) return fail_syntax(r);
    while (json_scan_next(s, '}', &n)) {
        if (!json_stream_key(s, &r->scratch, &key, &len)) break;
        size_t i = 0;
        while (i < PARTS && !is_key(key, len, parts[i].name)) i++;
        if (i < PARTS) {
            TRY(read_part(r, i));
        } else if (!json_stream_skip(s, NULL, NULL)) {
            break;
        }
    }
    if (s->wrong) return fail_syntax(r);
    json_scan_peek(s);
    return s->at == s->end ? BERT_OK : fail_syntax(r);
}

// What the file left out is null to the tokenizers library; without a model it is another file.
static bert_status read_absent_parts(struct reader *r)
{
    if (!(r->seen & 1u << (PARTS - 1))) {
        return fail(r->err, BERT_FORMAT, "%s: no \"model\": not a tokenizer.json", r->where);
    }
    for (size_t i = 0; i < PARTS - 1; i++) {
        if (!(r->seen & 1u << i)) TRY(parts[i].read(r, NULL));
    }
    if (r->source->pieces.duplicates == 0) return BERT_OK;
    return fail(r->err, BERT_FORMAT, "%s: model.vocab: two pieces have the same id", r->where);
}

bert_status tokenizer_json_read(struct tokenizer_source *source, const char *bytes, size_t len,
                                const char *where, bert_error *err)
{
    bert_error mine = {0};
    struct reader r = {.source = source,
                       .scan = {.at = bytes, .end = bytes + len},
                       .bytes = bytes,
                       .where = where,
                       .err = err ? err : &mine};
    source->has_json = true;
    buf_init(&r.scratch);
    buf_init(&r.word);
    bert_status status = read_document(&r);
    if (!status) status = read_absent_parts(&r);
    buf_release(&r.scratch);
    buf_release(&r.word);
    return status;
}
