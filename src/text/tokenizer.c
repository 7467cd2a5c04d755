// tokenizer.c: opening: files to source, options over it, source to tables; and questions.
#include "text/tokenizer.h"

#include <string.h>

#include "base/mem.h"
#include "base/store.h"
#include "text/google.h"
#include "text/source.h"

struct opening {
    struct bert_tokenizer_options o;
    const char *path;
    char *inside; // of the archive that the path names
    struct tokenizer_source source;
    bert_error *err;
};

// ------------------------------------------------------------------------------------------- files

static bool looks_like_json(const struct os_file *file)
{
    const unsigned char *p = file->data, *end = p + file->size;
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
    return p < end && *p == '{';
}

static bert_status read_file(struct opening *op, const char *path)
{
    struct os_file file;
    TRY(store_open(&file, path, true, op->err)); // read: nobody can cut it short
    const char *bytes = (const char *)file.data;
    const bert_status status =
        looks_like_json(&file)
            ? tokenizer_json_read(&op->source, bytes, file.size, path, op->err)
            : vocab_txt_read(&op->source, op->o.profile, bytes, file.size, path, op->err);
    os_file_close(&file);
    return status;
}

// The reference of hf-fast prefers tokenizer.json, the other two know vocab.txt only.
static bert_status read_folder(struct opening *op)
{
    const bool fast = op->o.profile == BERT_PROFILE_HF_FAST;
    const char *const names[2] = {fast ? "tokenizer.json" : "vocab.txt",
                                  fast ? "vocab.txt" : "tokenizer.json"};
    for (int i = 0; i < 2; i++) {
        char *path = os_join(op->path, names[i]);
        if (!path) return fail_memory(op->err);
        bool there;
        bert_status status = store_is_file(path, &there, op->err);
        if (there) status = read_file(op, path);
        mem_free(path);
        if (status) return status;
        if (there) return tokenizer_config_read(&op->source, op->o.profile, op->path, op->err);
    }
    return fail(op->err, BERT_IO, "%s: neither tokenizer.json nor vocab.txt is in this folder",
                op->path);
}

// The path of an archive stands for the folder in it.
static bert_status enter(struct opening *op)
{
    static const char *const names[] = {"tokenizer.json", "vocab.txt"};
    TRY(store_enter(op->path, names, 2, &op->inside, op->err));
    if (op->inside) op->path = op->inside;
    return BERT_OK;
}

static bert_status read_path(struct opening *op)
{
    enum store_kind kind;
    TRY(store_look(op->path, &kind, op->err));
    return kind == STORE_FOLDER || op->inside ? read_folder(op) : read_file(op, op->path);
}

// ----------------------------------------------------------------------------------- special
// tokens

int32_t bert_tokenizer_id(const bert_tokenizer *t, const char *piece, size_t len)
{
    const struct added_token *added = added_by_content(&t->added, piece, len);
    return added ? added->id : pieces_find(&t->split.model.pieces, piece, len);
}

static int32_t id_of(const bert_tokenizer *t, const struct buf *content)
{
    return bert_tokenizer_id(t, content->data, content->len);
}

static bert_status default_names(struct opening *op)
{
    struct tokenizer_source *s = &op->source;
    struct {
        struct buf *name;
        const char *standard;
    } names[] = {{&s->unk, "[UNK]"},
                 {&s->pad, "[PAD]"},
                 {&s->cls, "[CLS]"},
                 {&s->sep, "[SEP]"},
                 {&s->mask, "[MASK]"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].name->len > 0) continue;
        if (!source_set(names[i].name, names[i].standard, strlen(names[i].standard))) {
            return fail_memory(op->err);
        }
    }
    if (!s->prefix.data && !source_set(&s->prefix, "##", 2)) return fail_memory(op->err);
    if (s->decoder_prefix.data || source_set(&s->decoder_prefix, "##", 2)) return BERT_OK;
    return fail_memory(op->err);
}

// Without a tokenizer.json the five names are the special tokens, in the order of transformers.
static bert_status add_named_tokens(struct opening *op, bert_tokenizer *t)
{
    const struct tokenizer_source *s = &op->source;
    const struct buf *const names[] = {&s->unk, &s->sep, &s->pad, &s->cls, &s->mask};
    const struct added_flags flags = {.special = true};
    if (s->has_json) return BERT_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const int32_t id = id_of(t, names[i]);
        if (id < 0 || added_by_content(&t->added, names[i]->data, names[i]->len)) continue;
        if (!added_put(&t->added, names[i]->data, names[i]->len, id, flags)) {
            return fail_memory(op->err);
        }
    }
    return BERT_OK;
}

static bert_status need(const struct opening *op, int32_t id, const struct buf *name)
{
    if (id >= 0) return BERT_OK;
    return fail(op->err, BERT_FORMAT, "%s: the vocabulary has no %s", op->path, name->data);
}

static void standard_templates(bert_tokenizer *t)
{
    t->single = (struct template){
        {{TEMPLATE_TOKEN, t->cls, 0}, {TEMPLATE_FIRST, 0, 0}, {TEMPLATE_TOKEN, t->sep, 0}}, 3};
    t->pair = (struct template){{{TEMPLATE_TOKEN, t->cls, 0},
                                 {TEMPLATE_FIRST, 0, 0},
                                 {TEMPLATE_TOKEN, t->sep, 0},
                                 {TEMPLATE_SECOND, 0, 1},
                                 {TEMPLATE_TOKEN, t->sep, 1}},
                                5};
}

static bert_status settle_special(struct opening *op, bert_tokenizer *t)
{
    const struct tokenizer_source *s = &op->source;
    TRY(add_named_tokens(op, t));
    t->split.model.unk = id_of(t, &s->unk);
    t->pad = id_of(t, &s->pad);
    t->cls = id_of(t, &s->cls);
    t->sep = id_of(t, &s->sep);
    t->mask = id_of(t, &s->mask);
    TRY(need(op, t->split.model.unk, &s->unk));
    if (s->has_template) {
        t->single = s->single;
        t->pair = s->pair;
        return BERT_OK;
    }
    TRY(need(op, t->cls, &s->cls));
    TRY(need(op, t->sep, &s->sep));
    standard_templates(t);
    return BERT_OK;
}

// ------------------------------------------------------------------------------------------- rules

static bool is_upper(const char *piece)
{
    if (*piece == '[' || *piece == '<') return false; // a special token
    for (; *piece; piece++) {
        if (*piece >= 'A' && *piece <= 'Z') return true;
    }
    return false;
}

// A vocabulary of a cased model has capital letters in a good part of its pieces (a seventh to a
// quarter in the published ones), that of an uncased one in none.
static bool guess_lowercase(const struct pieces *p)
{
    size_t upper = 0;
    for (uint32_t id = 0; id < p->n; id++) {
        const char *piece = pieces_text(p, id);
        upper += piece && is_upper(piece);
    }
    return upper * 100 <= p->n;
}

static bool choose(int option, int file, bool otherwise)
{
    return option >= 0 ? option : file >= 0 ? file : otherwise;
}

static void settle_rules(struct opening *op, bert_tokenizer *t)
{
    const struct tokenizer_source *s = &op->source;
    struct rules *rules = &t->split.rules;
    rules->profile = op->o.profile;
    const bool guess = op->o.lowercase < 0 && s->lowercase < 0;
    rules->lowercase =
        choose(op->o.lowercase, s->lowercase, guess && guess_lowercase(&t->split.model.pieces));
    rules->bare_lowercase = s->bare_lowercase && op->o.lowercase != 0;
    rules->strip_accents = choose(op->o.strip_accents, s->strip_accents, rules->lowercase);
    rules->split_cjk = choose(op->o.split_cjk, s->split_cjk, true);
    rules->clean_text = rules->profile != BERT_PROFILE_HF_FAST || s->clean_text != 0;
    rules_settle(rules);
    t->split.model.max_word = rules->profile == BERT_PROFILE_GOOGLE    ? 200
                              : rules->profile == BERT_PROFILE_HF_SLOW ? 100
                              : s->has_json                            ? s->max_word
                                                                       : 100;
    t->keep_special = op->o.special_in_text == BERT_SPECIAL_AUTO
                          ? rules->profile != BERT_PROFILE_GOOGLE
                          : op->o.special_in_text == BERT_SPECIAL_KEEP;
    t->plain_join = s->plain_join;
    t->tighten = choose(-1, s->tighten, true);
    t->clean_spaces = choose(-1, s->clean_spaces, rules->profile == BERT_PROFILE_HF_SLOW);
    t->model_max_length = s->model_max_length;
}

// ------------------------------------------------------------------------------------------
// opening

// Takes the source's tables over.
static bert_status build(struct opening *op, bert_tokenizer *t)
{
    struct tokenizer_source *s = &op->source;
    TRY(default_names(op));
    t->split.model.pieces = s->pieces;
    pieces_init(&s->pieces);
    t->added = s->added;
    added_init(&s->added);
    t->prefix = s->decoder_prefix;
    buf_init(&s->decoder_prefix);
    t->goes_on = s->prefix;
    buf_init(&s->prefix);
    if (!pieces_index(&t->split.model.pieces, t->goes_on.data, t->goes_on.len)) {
        return fail_memory(op->err);
    }
    if (s->has_json && t->split.model.pieces.duplicates > 0) {
        return fail(op->err, BERT_FORMAT, "%s: the vocabulary has a piece twice", op->path);
    }
    t->split.model.matcher = matcher_new(&t->split.model.pieces);
    if (!t->split.model.matcher) return fail_memory(op->err);
    TRY(settle_special(op, t));
    settle_rules(op, t);
    if (!split_rules_settle(&t->split) || !added_index(&t->added, &t->split.rules)) {
        return fail_memory(op->err);
    }
    return BERT_OK;
}

static bert_status check_options(struct opening *op, const struct bert_tokenizer_options *options)
{
    static const struct bert_tokenizer_options defaults = BERT_TOKENIZER_DEFAULTS;
    op->o = defaults;
    if (options) {
        memcpy(&op->o, options, options->size < sizeof op->o ? options->size : sizeof op->o);
    }
    if ((unsigned)op->o.profile > BERT_PROFILE_HF_FAST ||
        (unsigned)op->o.special_in_text > BERT_SPECIAL_SPLIT) {
        return fail(op->err, BERT_INVALID,
                    "tokenizer options: there is no profile %d, or no way %d "
                    "with special tokens",
                    (int)op->o.profile, (int)op->o.special_in_text);
    }
    return BERT_OK;
}

// What the caller left open and the kind of folder decides.
static bert_status settle_options(struct opening *op)
{
    bool google;
    TRY(google_look(op->path, &google, op->err));
    if (op->o.profile == BERT_PROFILE_AUTO) {
        op->o.profile = google ? BERT_PROFILE_GOOGLE : BERT_PROFILE_HF_FAST;
    }
    if (!google || op->o.lowercase >= 0) return BERT_OK;
    char name[GOOGLE_NAME];
    google_name(op->path, name);
    op->o.lowercase = google_lowercase(name);
    return BERT_OK;
}

static bert_status open_tokenizer(struct opening *op, bert_tokenizer *t,
                                  const struct bert_tokenizer_options *options)
{
    TRY(check_options(op, options));
    TRY(enter(op));
    TRY(settle_options(op));
    TRY(read_path(op));
    return build(op, t);
}

bert_tokenizer *bert_tokenizer_open(const char *path, const struct bert_tokenizer_options *options,
                                    bert_error *err)
{
    bert_tokenizer *t = mem_zero(1, sizeof *t);
    if (!t) {
        fail_memory(err);
        return NULL;
    }
    struct opening op = {.path = path, .err = err};
    source_init(&op.source);
    const bert_status status = open_tokenizer(&op, t, options);
    source_release(&op.source);
    mem_free(op.inside);
    if (!status) return t;
    bert_tokenizer_free(t);
    return NULL;
}

void bert_tokenizer_free(bert_tokenizer *t)
{
    if (!t) return;
    matcher_free(t->split.model.matcher);
    pieces_release(&t->split.model.pieces);
    added_release(&t->added);
    buf_release(&t->prefix);
    buf_release(&t->goes_on);
    mem_free(t);
}

// --------------------------------------------------------------------------------------- questions

static size_t above(size_t n, int32_t id)
{
    return id >= 0 && (size_t)id >= n ? (size_t)id + 1 : n;
}

// Of all ids that may come: pieces, added tokens, what templates put round a text.
static size_t vocab_size(const bert_tokenizer *t)
{
    const struct template *const templates[] = {&t->single, &t->pair};
    size_t n = t->split.model.pieces.n;
    for (size_t i = 0; i < t->added.n; i++) n = above(n, t->added.tokens[i].id);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < templates[i]->n; k++) {
            const struct template_item *item = &templates[i]->items[k];
            if (item->kind == TEMPLATE_TOKEN) n = above(n, item->id);
        }
    }
    return n;
}

struct bert_tokenizer_info bert_tokenizer_info(const bert_tokenizer *t)
{
    const struct rules *rules = &t->split.rules;
    return (struct bert_tokenizer_info){
        .vocab_size = vocab_size(t),
        .profile = rules->profile,
        .lowercase = rules->lowercase || rules->bare_lowercase,
        .strip_accents = rules->strip_accents,
        .split_cjk = rules->split_cjk,
        .clean_text = rules->clean_text,
        .keep_special = t->keep_special,
        .max_word = t->split.model.max_word,
        .pad = t->pad,
        .unk = t->split.model.unk,
        .cls = t->cls,
        .sep = t->sep,
        .mask = t->mask,
        .model_max_length = t->model_max_length,
        .unicode = rules->profile == BERT_PROFILE_HF_FAST
                       ? "categories 8.0, decompositions 9.0, lower case 17.0"
                       : "14.0",
    };
}

struct bert_text tokenizer_piece(const bert_tokenizer *t, int32_t id)
{
    if (id < 0) return (struct bert_text){0};
    const struct pieces *pieces = &t->split.model.pieces;
    const char *piece = pieces_text(pieces, (uint32_t)id);
    if (piece) return (struct bert_text){piece, pieces->lengths[id]};
    const struct added_token *added = added_by_id(&t->added, id);
    if (!added) return (struct bert_text){0};
    return (struct bert_text){added_content(&t->added, added), added->content_len};
}

const char *bert_tokenizer_piece(const bert_tokenizer *t, int32_t id)
{
    return tokenizer_piece(t, id).data;
}
