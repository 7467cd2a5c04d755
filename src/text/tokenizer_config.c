// tokenizer_config.c: the small files beside a vocabulary. tokenizer_config.json says how it was
// trained to be used; special_tokens_map.json and added_tokens.json name tokens beyond it.
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/store.h"
#include "text/source.h"

// A token is a string or an object with a "content".
static const char *content_of(const json *token)
{
    const char *text = json_text(token);
    return text ? text : json_text(json_get(token, "content"));
}

// ------------------------------------------------------------------------------- the special names

static bert_status read_name(struct buf *out, const json *file, const char *key, const char *where,
                             bert_error *err)
{
    const json *value = json_get(file, key);
    if (!value) return BERT_OK;
    const char *text = content_of(value);
    if (!text) return fail(err, BERT_FORMAT, "%s: \"%s\" is no token", where, key);
    if (out->len > 0) return BERT_OK; // a file that was read earlier has said it
    return source_set(out, text, strlen(text)) ? BERT_OK : fail_memory(err);
}

static bert_status read_names(struct tokenizer_source *s, const json *file, const char *where,
                              bert_error *err)
{
    TRY(read_name(&s->unk, file, "unk_token", where, err));
    TRY(read_name(&s->pad, file, "pad_token", where, err));
    TRY(read_name(&s->cls, file, "cls_token", where, err));
    TRY(read_name(&s->sep, file, "sep_token", where, err));
    return read_name(&s->mask, file, "mask_token", where, err);
}

// ------------------------------------------------------------------------------------ added tokens

static bert_status put_token(struct tokenizer_source *s, const char *content, double id,
                             struct added_flags flags, const char *where, bert_error *err)
{
    if (!(id >= 0 && id < PIECES_ID_LIMIT) || id != (double)(int32_t)id) {
        return fail(err, BERT_FORMAT, "%s: token \"%s\" has no id that can be", where, content);
    }
    const size_t len = strlen(content);
    if (added_by_content(&s->added, content, len)) return BERT_OK; // as tokenizer.json has it
    return added_put(&s->added, content, len, (int32_t)id, flags) ? BERT_OK : fail_memory(err);
}

// "added_tokens_decoder": {"103": {"content": "[MASK]", …}, …}
static bert_status read_decoder(struct tokenizer_source *s, const json *file, const char *where,
                                bert_error *err)
{
    const json *tokens = json_get(file, "added_tokens_decoder");
    for (size_t i = 0; i < json_count(tokens); i++) {
        const char *key, *content;
        char *end;
        const json *token = json_member(tokens, i, &key);
        const unsigned long id = key ? strtoul(key, &end, 10) : 0;
        if (!key || *end || end == key || !(content = content_of(token))) {
            return fail(err, BERT_FORMAT, "%s: added_tokens_decoder: \"%s\" is no token", where,
                        key ? key : "");
        }
        struct added_flags flags;
        TRY(source_added_flags(token, &flags, where, err));
        TRY(put_token(s, content, (double)id, flags, where, err));
    }
    return BERT_OK;
}

// {"[NEW]": 30522, …}: tokens that a user added, not special.
static bert_status read_added_tokens(struct tokenizer_source *s, const json *file,
                                     const char *where, bert_error *err)
{
    for (size_t i = 0; json_is_object(file) && i < json_count(file); i++) {
        const char *content;
        const json *id = json_member(file, i, &content);
        if (!json_is_number(id)) {
            return fail(err, BERT_FORMAT, "%s: token \"%s\" has no id", where, content);
        }
        const struct added_flags flags = {.normalized = true};
        TRY(put_token(s, content, json_number(id), flags, where, err));
    }
    return BERT_OK;
}

// ----------------------------------------------------------------------------
// tokenizer_config.json

static bert_status check_class(const json *file, const char *where, bert_error *err)
{
    const char *class = json_text(json_get(file, "tokenizer_class"));
    if (class && strstr(class, "Japanese")) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: tokenizer_class %s needs a morphological analyser, which this program has "
                    "not; give it text that is split already, and a plain BertTokenizer",
                    where, class);
    }
    return BERT_OK;
}

// Only the slow tokenizer has these two.
static bert_status check_slow(const json *file, bert_profile profile, const char *where,
                              bert_error *err)
{
    int basic;
    TRY(source_flag(file, "do_basic_tokenize", &basic, where, err));
    if (profile != BERT_PROFILE_HF_SLOW) return BERT_OK;
    if (basic == 0 || json_count(json_get(file, "never_split")) > 0) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: do_basic_tokenize false and never_split are not supported by hf-slow; use "
                    "--tokenizer hf-fast",
                    where);
    }
    return BERT_OK;
}

// A flag that tokenizer_config.json states is what BertTokenizerFast uses, whatever tokenizer.json
// says.
static bert_status read_flag(const json *file, const char *key, int *out, const char *where,
                             bert_error *err)
{
    int flag;
    TRY(source_flag(file, key, &flag, where, err));
    if (flag >= 0) *out = flag;
    return BERT_OK;
}

static bert_status read_config(struct tokenizer_source *s, const json *file, bert_profile profile,
                               const char *where, bert_error *err)
{
    TRY(check_class(file, where, err));
    TRY(check_slow(file, profile, where, err));
    TRY(read_flag(file, "do_lower_case", &s->lowercase, where, err));
    TRY(read_flag(file, "strip_accents", &s->strip_accents, where, err));
    TRY(read_flag(file, "tokenize_chinese_chars", &s->split_cjk, where, err));
    TRY(read_flag(file, "clean_up_tokenization_spaces", &s->clean_spaces, where, err));
    const double length = json_number(json_get(file, "model_max_length"));
    if (length >= 1 && length < 1e9) s->model_max_length = (size_t)length; // 1e30: no limit
    TRY(read_decoder(s, file, where, err));
    return read_names(s, file, where, err);
}

static bert_status read_map(struct tokenizer_source *s, const json *file, bert_profile profile,
                            const char *where, bert_error *err)
{
    (void)profile;
    return read_names(s, file, where, err);
}

static bert_status read_added(struct tokenizer_source *s, const json *file, bert_profile profile,
                              const char *where, bert_error *err)
{
    (void)profile;
    return read_added_tokens(s, file, where, err);
}

// ------------------------------------------------------------------------------------------- files

static const struct {
    const char *name;
    bert_status (*read)(struct tokenizer_source *s, const json *file, bert_profile profile,
                        const char *where, bert_error *err);
} files[] = {
    {"tokenizer_config.json", read_config},
    {"special_tokens_map.json", read_map},
    {"added_tokens.json", read_added},
};

bert_status tokenizer_config_read(struct tokenizer_source *s, bert_profile profile,
                                  const char *folder, bert_error *err)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = os_join(folder, files[i].name);
        if (!path) return fail_memory(err);
        bool there;
        bert_status status = store_is_file(path, &there, err);
        if (there) {
            bert_error mine = {0};
            json *file = json_open(path, &mine);
            status = file ? files[i].read(s, file, profile, path, err)
                          : fail(err, mine.status, "%s", mine.message);
            json_free(file);
        }
        mem_free(path);
        if (status) return status;
    }
    return BERT_OK;
}
