// google.c: how extract_features.py reads its input and its flags.
#include "google.h"

#include <string.h>

#include "cli.h"
#include "input.h"

enum {
    LEAST_LENGTH = 5
}; // of a pair, with three tokens added: none of its texts is cut to nothing

bool google_options(struct options *o)
{
    const bool other = o->level == BERT_LEVEL_WORD || o->pooling || o->subwords || o->mix ||
                       o->prompt || o->normalize >= 0 || o->dims || o->precision || o->ranges ||
                       o->format || o->windows || o->words || o->span || (o->on_long && strcmp(o->on_long, "window") == 0);
    if (other) {
        say_error(
            "embed: --google has its own format, of tokens as they are: no --format, --level, "
            "--pool, --mix, --prompt, --subwords, --dims, --normalize or --precision, "
            "and no windows");
        return false;
    }
    if (o->max_length && o->max_length < LEAST_LENGTH) {
        say_error("embed: --google: --max-length must be at least %d", LEAST_LENGTH);
        return false;
    }
    o->format = "google";
    o->level = BERT_LEVEL_TOKEN;
    if (!o->profile) o->profile = BERT_PROFILE_GOOGLE;
    if (!o->layers) o->layers = "-1,-2,-3,-4";
    return true;
}

size_t google_max_length(const struct options *o, const bert_model *model)
{
    const size_t positions = (size_t)bert_model_config(model)->max_position_embeddings;
    if (o->max_length) return o->max_length;
    return positions < 128 ? positions : 128;
}

// Bytes of the white space at p that Python's str.strip() removes; 0: none.
static size_t space_at(const char *p, size_t left)
{
    static const char *const wide[] = {
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
        "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
        "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
    if (left == 0) return 0;
    if (*p == ' ' || (*p >= '\t' && *p <= '\r') || (*p >= 0x1C && *p <= 0x1F)) return 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        const size_t n = strlen(wide[i]);
        if (n <= left && memcmp(p, wide[i], n) == 0) return n;
    }
    return 0;
}

// The same for the white space that ends there.
static size_t space_before(const struct bert_text *text)
{
    for (size_t n = 1; n <= 3 && n <= text->len; n++) {
        if (space_at(text->data + text->len - n, n) == n) return n;
    }
    return 0;
}

static void strip(struct bert_text *text)
{
    for (size_t n; (n = space_at(text->data, text->len)); text->len -= n) text->data += n;
    for (size_t n; (n = space_before(text));) text->len -= n;
}

bert_status google_pair(bert_encoding *encoding, struct bert_text *item, struct bert_text *second,
                        bert_error *err)
{
    struct bert_tokenize_options alone = BERT_TOKENIZE_DEFAULTS;
    alone.no_special = true;
    strip(item);
    if (!second->data && !input_split(item, second, " ||| ")) return BERT_OK;
    const bert_status status = bert_tokenize(encoding, *second, (struct bert_text){0}, &alone, err);
    if (!status && bert_encoding_pieces(encoding, 0).n == 0) *second = (struct bert_text){0};
    return status;
}

bool google_layers(const bert_model *model, const int *index, size_t n, int *layers)
{
    const int L = (int)bert_model_config(model)->num_hidden_layers;
    for (size_t i = 0; i < n; i++) {
        if (index[i] < -L || index[i] >= L) {
            say_error("embed: --google: layer %d: must be from %d to %d (0 is the first encoder "
                      "layer); choose with --layers",
                      index[i], -L, L - 1);
            return false;
        }
        layers[i] = index[i] < 0 ? index[i] : index[i] + 1;
    }
    return true;
}
