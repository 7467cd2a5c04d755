// fuzz_tokenize.c: any bytes as a text, in every profile: as the profile has it, and with options
// that a hash of the bytes chooses. What must hold of tokens is held: they are the same again,
// offsets lie in the text, ascend, and are borders of characters.
#include "base/hash.h"
#include "fuzz/tokenizing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##a\n##b\n##c\ne\n##"
                                 "e\n.\n,\n[\n]\n中\nσ\nς\n##ς\n"
                                 "가\n\xE1\x84\x80\n##\xE1\x85\xA1\nabc\n##abc\nß\nı\n";

enum { WAYS = 3 * 3 * 3 * 3 }; // to open a profile: each option as the files say, and the others

// One way to open a profile, kept from text to text: its caches are fuzzed too.
struct opened {
    bert_tokenizer *tokenizer;
    bert_encoding *encodings[2];
};

static const struct opened *get(int profile, unsigned way)
{
    static struct opened all[BERT_PROFILE_HF_FAST + 1][WAYS];
    struct opened *o = &all[profile][way];
    if (o->tokenizer) return o;
    struct bert_tokenizer_options options = BERT_TOKENIZER_DEFAULTS;
    options.profile = (bert_profile)profile;
    options.lowercase = (int)(way % 3) - 1;
    options.strip_accents = (int)(way / 3 % 3) - 1;
    options.split_cjk = (int)(way / 9 % 3) - 1;
    options.special_in_text = (bert_special)(way / 27 % 3);
    o->tokenizer = open_bytes("vocab.txt", vocabulary, sizeof vocabulary - 1, &options);
    require(o->tokenizer != NULL);
    for (int i = 0; i < 2; i++) {
        o->encodings[i] = bert_encoding_new(o->tokenizer, NULL);
        require(o->encodings[i] != NULL);
    }
    return o;
}

static void tokenize(const struct opened *o, const struct input *in,
                     const struct bert_tokenize_options *options)
{
    const bert_encoding *e = o->encodings[0];
    if (!tokenize_twice(o->encodings[0], o->encodings[1], in, options)) return;
    for (size_t i = 0; i < bert_encoding_windows(e); i++) {
        check_pieces(o->tokenizer, bert_encoding_pieces(e, i), in);
        check_borders(bert_encoding_pieces(e, i), in);
    }
}

// Words that the caller split count their offsets from their own beginning.
static void tokenize_words(const struct opened *o, struct bert_text text)
{
    enum { MOST = 50 };
    struct bert_text words[MOST];
    size_t n = 0;
    for (const char *at = text.data, *end = at + text.len; at < end && n < MOST; n++) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        words[n] = (struct bert_text){at, (size_t)((space ? space : end) - at)};
        at += words[n].len + 1;
    }
    require(!bert_tokenize_words(o->encodings[0], words, n, NULL, 0, NULL, NULL));
    const struct bert_pieces p = bert_encoding_pieces(o->encodings[0], 0);
    for (size_t i = 0; i < p.n; i++) {
        if (p.words[i] < 0) continue;
        require((size_t)p.words[i] < n && p.offsets[i].start <= p.offsets[i].end);
        require(p.offsets[i].end <= words[p.words[i]].len);
    }
}

// Characters and UTF-16 units are no more than bytes, and ascend as those do.
static void convert(const struct opened *o, struct bert_text text)
{
    const struct bert_pieces p = bert_encoding_pieces(o->encodings[0], 0);
    struct bert_span *spans = malloc(p.n * sizeof *spans + 1);
    require(spans != NULL);
    for (int unit = BERT_UNIT_CHAR; unit <= BERT_UNIT_UTF16; unit++) {
        uint32_t last = 0;
        memcpy(spans, p.offsets, p.n * sizeof *spans);
        bert_spans_convert(text, (bert_unit)unit, spans, p.n);
        for (size_t i = 0; i < p.n; i++) {
            if (p.words[i] < 0) continue;
            require(spans[i].start >= last && spans[i].start <= spans[i].end);
            require(spans[i].start <= p.offsets[i].start && spans[i].end <= p.offsets[i].end);
            last = spans[i].start;
        }
    }
    free(spans);
}

// Without room the length is the most that it may be.
static void detokenize(const struct opened *o)
{
    const struct bert_pieces p = bert_encoding_pieces(o->encodings[0], 0);
    char none[1];
    const size_t n = bert_detokenize(o->tokenizer, p.ids, p.n, true, none, 0);
    char *out = malloc(n + 1);
    require(out != NULL);
    const size_t len = bert_detokenize(o->tokenizer, p.ids, p.n, true, out, n + 1);
    require(len <= n && strlen(out) == len);
    free(out);
}

static void explain(const struct opened *o, struct bert_text text)
{
    const struct bert_explained *list;
    size_t n;
    uint32_t last = 0;
    require(!bert_explain(o->encodings[1], text, &list, &n, NULL));
    for (size_t i = 0; i < n; i++) {
        require(list[i].bytes.start >= last && list[i].bytes.end >= list[i].bytes.start);
        require(list[i].bytes.end <= text.len && memchr(list[i].became, 0, sizeof list[i].became));
        last = list[i].bytes.end;
    }
}

// Lengths around those of short texts, every rule and direction.
static struct bert_tokenize_options choose(uint64_t bits)
{
    struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
    o.max_length = bits % 4 ? bits / 4 % 40 : 0;
    o.truncate = (bert_truncate)(bits >> 16 & 3) % 3;
    o.truncate_left = bits >> 18 & 1;
    o.no_special = bits >> 19 & 1;
    o.windows = bits >> 20 & 1;
    o.stride = (bits >> 21 & 1) * (bits >> 22 & 7);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bert_tokenize_options plain = BERT_TOKENIZE_DEFAULTS;
    const uint64_t bits = hash_bytes(0, data, size);
    const struct bert_tokenize_options chosen = choose(bits);
    const struct bert_text text = {(const char *)data, size};
    const size_t half = size / 2;
    const struct input alone = {.text = text},
                       pair = {{text.data, half}, {text.data + half, size - half}};
    for (int profile = BERT_PROFILE_GOOGLE; profile <= BERT_PROFILE_HF_FAST; profile++) {
        const struct opened *usual = get(profile, 0);
        tokenize(usual, &alone, &plain);
        convert(usual, text);
        detokenize(usual);
        explain(usual, text);
        const struct opened *other = get(profile, (unsigned)(bits >> 32) % WAYS);
        tokenize(other, bits >> 24 & 1 ? &pair : &alone, &chosen);
        tokenize_words(other, text);
    }
    return 0;
}
