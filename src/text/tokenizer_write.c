// tokenizer_write.c: an open tokenizer as the files it could have been opened from, value by value
// as transformers' BertTokenizerFast (4.57) writes them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/mem.h"
#include "text/tokenizer.h"

static const struct rules *rules_of(const bert_tokenizer *t)
{
    return &t->split.rules;
}

// Left to follow lower-casing, as the files have it unless they must say otherwise.
static void put_strip_accents(struct json_writer *w, const bert_tokenizer *t)
{
    const struct rules *rules = rules_of(t);
    if (rules->strip_accents == rules->lowercase) json_put_member(w, "strip_accents", NULL);
    else json_put_flag(w, "strip_accents", rules->strip_accents);
}

// ------------------------------------------------------------------------------- the added tokens

static int compare_ids(const void *a, const void *b)
{
    const struct added_token *const *x = a, *const *y = b;
    return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

// Calls put for every added token, by ascending id.
static void walk_added(struct json_writer *w, const struct added *added,
                       void (*put)(struct json_writer *w, const struct added *added,
                                   const struct added_token *token))
{
    const struct added_token **list = mem_alloc(added->n, sizeof *list);
    if (!list) {
        w->out->failed = true;
        return;
    }
    for (size_t i = 0; i < added->n; i++) list[i] = &added->tokens[i];
    if (added->n) qsort(list, added->n, sizeof *list, compare_ids);
    for (size_t i = 0; i < added->n; i++) put(w, added, list[i]);
    mem_free(list);
}

static void put_json_token(struct json_writer *w, const struct added *added,
                           const struct added_token *token)
{
    json_put_begin(w, '{');
    json_put_number(w, "id", (size_t)token->id);
    json_put_member(w, "content", added_content(added, token));
    json_put_flag(w, "single_word", token->flags.single_word);
    json_put_flag(w, "lstrip", token->flags.lstrip);
    json_put_flag(w, "rstrip", token->flags.rstrip);
    json_put_flag(w, "normalized", token->flags.normalized);
    json_put_flag(w, "special", token->flags.special);
    json_put_end(w, '}');
}

static void put_decoder_token(struct json_writer *w, const struct added *added,
                              const struct added_token *token)
{
    char id[24];
    snprintf(id, sizeof id, "%zu", (size_t)token->id);
    json_put_object(w, id, '{');
    json_put_member(w, "content", added_content(added, token));
    json_put_flag(w, "lstrip", token->flags.lstrip);
    json_put_flag(w, "normalized", token->flags.normalized);
    json_put_flag(w, "rstrip", token->flags.rstrip);
    json_put_flag(w, "single_word", token->flags.single_word);
    json_put_flag(w, "special", token->flags.special);
    json_put_end(w, '}');
}

// -------------------------------------------------------------------------------- tokenizer.json

static void put_bert_normalizer(struct json_writer *w, const bert_tokenizer *t)
{
    const struct rules *rules = rules_of(t);
    json_put_member(w, "type", "BertNormalizer");
    json_put_flag(w, "clean_text", rules->clean_text);
    json_put_flag(w, "handle_chinese_chars", rules->split_cjk);
    put_strip_accents(w, t);
    json_put_flag(w, "lowercase", rules->lowercase);
}

static void put_normalizer(struct json_writer *w, const bert_tokenizer *t)
{
    json_put_object(w, "normalizer", '{');
    if (rules_of(t)->bare_lowercase) {
        json_put_member(w, "type", "Sequence");
        json_put_object(w, "normalizers", '[');
        json_put_begin(w, '{');
        json_put_member(w, "type", "Lowercase");
        json_put_end(w, '}');
        json_put_begin(w, '{');
        put_bert_normalizer(w, t);
        json_put_end(w, '}');
        json_put_end(w, ']');
    } else {
        put_bert_normalizer(w, t);
    }
    json_put_end(w, '}');
}

static void put_template(struct json_writer *w, const bert_tokenizer *t, const char *key,
                         const struct template *template)
{
    json_put_object(w, key, '[');
    for (size_t i = 0; i < template->n; i++) {
        const struct template_item *item = &template->items[i];
        const bool token = item->kind == TEMPLATE_TOKEN;
        json_put_begin(w, '{');
        json_put_object(w, token ? "SpecialToken" : "Sequence", '{');
        json_put_member(w, "id",
                        token                           ? bert_tokenizer_piece(t, item->id)
                        : item->kind == TEMPLATE_SECOND ? "B"
                                                        : "A");
        json_put_number(w, "type_id", item->type);
        json_put_end(w, '}');
        json_put_end(w, '}');
    }
    json_put_end(w, ']');
}

static void put_special(struct json_writer *w, const char *name, int32_t id)
{
    json_put_object(w, name, '{');
    json_put_member(w, "id", name);
    json_put_object(w, "ids", '[');
    json_put_size(w, (size_t)id);
    json_put_end(w, ']');
    json_put_object(w, "tokens", '[');
    json_put_string(w, name, strlen(name));
    json_put_end(w, ']');
    json_put_end(w, '}');
}

struct named {
    const char *name;
    int32_t id;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    return strcmp(x->name, y->name);
}

// The tokens that the templates name, each once, by name.
static void put_specials(struct json_writer *w, const bert_tokenizer *t)
{
    struct named list[2 * TEMPLATE_ITEMS];
    const struct template *const templates[] = {&t->single, &t->pair};
    size_t n = 0;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < templates[k]->n; i++) {
            const struct template_item *item = &templates[k]->items[i];
            if (item->kind != TEMPLATE_TOKEN) continue;
            list[n++] = (struct named){bert_tokenizer_piece(t, item->id), item->id};
        }
    }
    qsort(list, n, sizeof *list, compare_named);
    json_put_object(w, "special_tokens", '{');
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(list[i - 1].name, list[i].name) != 0) {
            put_special(w, list[i].name, list[i].id);
        }
    }
    json_put_end(w, '}');
}

static void put_post_processor(struct json_writer *w, const bert_tokenizer *t)
{
    if (t->single.n == 1 && t->pair.n == 2) { // the texts and nothing else
        json_put_member(w, "post_processor", NULL);
        return;
    }
    json_put_object(w, "post_processor", '{');
    json_put_member(w, "type", "TemplateProcessing");
    put_template(w, t, "single", &t->single);
    put_template(w, t, "pair", &t->pair);
    put_specials(w, t);
    json_put_end(w, '}');
}

static void put_decoder(struct json_writer *w, const bert_tokenizer *t)
{
    if (t->plain_join) {
        json_put_member(w, "decoder", NULL);
        return;
    }
    json_put_object(w, "decoder", '{');
    json_put_member(w, "type", "WordPiece");
    json_put_member(w, "prefix", t->prefix.data);
    json_put_flag(w, "cleanup", t->tighten);
    json_put_end(w, '}');
}

// The id that a piece has, of several the last.
static bool is_found(const bert_tokenizer *t, const char *piece, uint32_t id)
{
    const size_t len = strlen(piece);
    return len > 0 && bert_tokenizer_id(t, piece, len) == (int32_t)id;
}

static void put_model(struct json_writer *w, const bert_tokenizer *t)
{
    const struct pieces *pieces = &t->split.model.pieces;
    const bool fast = rules_of(t)->profile == BERT_PROFILE_HF_FAST;
    json_put_object(w, "model", '{');
    json_put_member(w, "type", "WordPiece");
    json_put_member(w, "unk_token", bert_tokenizer_piece(t, t->split.model.unk));
    json_put_member(w, "continuing_subword_prefix", t->goes_on.data);
    json_put_number(w, "max_input_chars_per_word", fast ? t->split.model.max_word : 100);
    json_put_object(w, "vocab", '{');
    for (uint32_t id = 0; id < pieces->n; id++) {
        const char *piece = pieces_text(pieces, id);
        if (!piece || (pieces->duplicates && !is_found(t, piece, id))) continue;
        json_put_number(w, piece, id);
    }
    json_put_end(w, '}');
    json_put_end(w, '}');
}

// A template may add ids that the vocabulary lacks; the file names what it adds.
static bool has_names(const bert_tokenizer *t, const struct template *template)
{
    for (size_t i = 0; i < template->n; i++) {
        const struct template_item *item = &template->items[i];
        if (item->kind == TEMPLATE_TOKEN && !bert_tokenizer_piece(t, item->id)) return false;
    }
    return true;
}

// The files are written from NUL-terminated pieces.
static bool has_nul(const bert_tokenizer *t)
{
    const size_t n = bert_tokenizer_info(t).vocab_size;
    for (size_t id = 0; id < n; id++) {
        const struct bert_text piece = tokenizer_piece(t, (int32_t)id);
        if (piece.data && memchr(piece.data, 0, piece.len)) return true;
    }
    return false;
}

static bool write_json(const bert_tokenizer *t, size_t max_length, struct buf *out)
{
    (void)max_length;
    if (!has_names(t, &t->single) || !has_names(t, &t->pair) || has_nul(t)) return false;
    struct json_writer w = {.out = out};
    json_put_begin(&w, '{');
    json_put_member(&w, "version", "1.0");
    json_put_member(&w, "truncation", NULL);
    json_put_member(&w, "padding", NULL);
    json_put_object(&w, "added_tokens", '[');
    walk_added(&w, &t->added, put_json_token);
    json_put_end(&w, ']');
    put_normalizer(&w, t);
    json_put_object(&w, "pre_tokenizer", '{');
    json_put_member(&w, "type", "BertPreTokenizer");
    json_put_end(&w, '}');
    put_post_processor(&w, t);
    put_decoder(&w, t);
    put_model(&w, t);
    json_put_end(&w, '}');
    return true;
}

// --------------------------------------------------------------------------------- the small files

static void put_token(struct json_writer *w, const bert_tokenizer *t, const char *key, int32_t id)
{
    const char *piece = bert_tokenizer_piece(t, id);
    if (piece) json_put_member(w, key, piece);
}

static bool write_config(const bert_tokenizer *t, size_t max_length, struct buf *out)
{
    static const char unlimited[] = "1000000000000000019884624838656"; // transformers' int(1e30)
    const size_t length = t->model_max_length ? t->model_max_length : max_length;
    const struct rules *rules = rules_of(t);
    struct json_writer w = {.out = out};
    json_put_begin(&w, '{');
    json_put_object(&w, "added_tokens_decoder", '{');
    walk_added(&w, &t->added, put_decoder_token);
    json_put_end(&w, '}');
    json_put_flag(&w, "clean_up_tokenization_spaces", t->clean_spaces);
    put_token(&w, t, "cls_token", t->cls);
    json_put_flag(&w, "do_basic_tokenize", true);
    json_put_flag(&w, "do_lower_case", rules->lowercase);
    json_put_object(&w, "extra_special_tokens", '{');
    json_put_end(&w, '}');
    put_token(&w, t, "mask_token", t->mask);
    json_put_key(&w, "model_max_length", 16);
    if (length) json_put_size(&w, length);
    else json_put_raw(&w, unlimited, sizeof unlimited - 1);
    json_put_member(&w, "never_split", NULL);
    put_token(&w, t, "pad_token", t->pad);
    put_token(&w, t, "sep_token", t->sep);
    put_strip_accents(&w, t);
    json_put_flag(&w, "tokenize_chinese_chars", rules->split_cjk);
    json_put_member(&w, "tokenizer_class", "BertTokenizer");
    put_token(&w, t, "unk_token", t->split.model.unk);
    json_put_end(&w, '}');
    buf_byte(out, '\n');
    return true;
}

static bool write_map(const bert_tokenizer *t, size_t max_length, struct buf *out)
{
    (void)max_length;
    struct json_writer w = {.out = out};
    json_put_begin(&w, '{');
    put_token(&w, t, "cls_token", t->cls);
    put_token(&w, t, "mask_token", t->mask);
    put_token(&w, t, "pad_token", t->pad);
    put_token(&w, t, "sep_token", t->sep);
    put_token(&w, t, "unk_token", t->split.model.unk);
    json_put_end(&w, '}');
    buf_byte(out, '\n');
    return true;
}

// --------------------------------------------------------------------------------------- vocab.txt

static bool is_space_at(const char *p, const char *end)
{
    size_t n;
    const uint32_t c = utf8_decode(p, end, &n);
    return c != UTF8_INVALID && unicode_of(c)->flags & UNICODE_SPACE;
}

// Whether every reader of a vocab.txt takes a line for the piece that is on it.
static bool fits_line(struct bert_text piece)
{
    const char *end = piece.data + piece.len;
    if (piece.len == 0 || memchr(piece.data, 0, piece.len)) return false;
    if (strpbrk(piece.data, "\r\n\x1C\x1D\x1E\x1F")) return false;
    return !is_space_at(piece.data, end) && !is_space_at(utf8_before(piece.data, end), end);
}

// A line an id; tokens that were added behind the pieces are not among them.
static bool write_vocab(const bert_tokenizer *t, size_t max_length, struct buf *out)
{
    (void)max_length;
    const size_t n = t->split.model.pieces.n;
    for (size_t id = 0; id < n; id++) {
        const struct bert_text piece = tokenizer_piece(t, (int32_t)id);
        if (!piece.data || !fits_line(piece)) return false;
        buf_add(out, piece.data, piece.len);
        buf_byte(out, '\n');
    }
    return true;
}

// ------------------------------------------------------------------------------------------- files

const struct tokenizer_file tokenizer_files[TOKENIZER_FILES] = {
    {"tokenizer.json", write_json},
    {"tokenizer_config.json", write_config},
    {"special_tokens_map.json", write_map},
    {"vocab.txt", write_vocab},
};
