// test_files.c: what a tokenizer makes of its files: lines of vocab.txt in each profile, the parts
// of tokenizer.json, the files beside them; what is refused, and why. And texts that are out of
// proportion.
#include "support/check.h"

#include <sys/stat.h>

static char folder[256];

static char *path_of(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text)
{
    check_write(folder, name, text, strlen(text));
}

static bert_tokenizer *open_as(const char *name, bert_profile profile)
{
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    bert_error err = {0};
    o.profile = profile;
    bert_tokenizer *t = bert_tokenizer_open(name ? path_of(name) : folder, &o, &err);
    if (!t) fail_msg("%s", err.message);
    return t;
}

// The pieces of a text, with its offsets, as one line.
static void expect(const bert_tokenizer *t, const char *text, const char *want)
{
    char line[2000] = "";
    struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
    o.no_special = true;
    bert_encoding *e = bert_encoding_new(t, NULL);
    const struct bert_text in = {text, strlen(text)};
    assert_int_equal(bert_tokenize(e, in, (struct bert_text){0}, &o, NULL), BERT_OK);
    const struct bert_pieces p = bert_encoding_pieces(e, 0);
    for (size_t i = 0; i < p.n; i++) {
        const size_t at = strlen(line);
        snprintf(line + at, sizeof line - at, "%s%s:%u-%u", i ? " " : "",
                 bert_tokenizer_piece(t, p.ids[i]), p.offsets[i].start, p.offsets[i].end);
    }
    bert_encoding_free(e);
    assert_string_equal(line, want);
}

// ----------------------------------------------------------------------------------------
// vocab.txt

#define SPECIAL "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"

static void lines_lose_what_the_profile_strips(void **state)
{
    (void)state;
    static const struct {
        bert_profile profile;
        int32_t a, b, c, d;
    } want[] = {{BERT_PROFILE_GOOGLE, 5, 6, 7, -1},
                {BERT_PROFILE_HF_SLOW, -1, -1, 7, 9},
                {BERT_PROFILE_HF_FAST, -1, 6, 7, -1}};
    // " a", "b" U+00A0, "c" \r\n, "d" \r "e"
    write_text("vocab.txt", SPECIAL " a\nb\u00a0\nc\r\nx\nd\re");
    for (size_t i = 0; i < 3; i++) {
        bert_tokenizer *t = open_as("vocab.txt", want[i].profile);
        assert_int_equal(bert_tokenizer_id(t, "a", 1), want[i].a);
        assert_int_equal(bert_tokenizer_id(t, "b", 1), want[i].b);
        assert_int_equal(bert_tokenizer_id(t, "c", 1), want[i].c);
        assert_int_equal(bert_tokenizer_id(t, "d", 1), want[i].d);
        bert_tokenizer_free(t);
    }
}

static void lines_end_at_line_feeds_only(void **state)
{
    (void)state;
    write_text("vocab.txt", SPECIAL "a\u2028b\n##\u2029\nlast");
    bert_tokenizer *t = open_as("vocab.txt", BERT_PROFILE_HF_SLOW);
    assert_int_equal(bert_tokenizer_info(t).vocab_size, 8);
    assert_int_equal(bert_tokenizer_id(t, "a\u2028b", 5), 5);
    assert_int_equal(bert_tokenizer_id(t, "last", 4), 7);
    bert_tokenizer_free(t);
}

static void last_of_equal_lines_counts(void **state)
{
    (void)state;
    write_text("vocab.txt", SPECIAL "a\nb\na\nunaffable-long-piece\nunaffable-long-piece\n");
    bert_tokenizer *t = open_as("vocab.txt", BERT_PROFILE_HF_FAST);
    assert_int_equal(bert_tokenizer_id(t, "a", 1), 7);
    assert_int_equal(bert_tokenizer_id(t, "unaffable-long-piece", 20), 9);
    assert_null(bert_tokenizer_piece(t, 5));
    assert_string_equal(bert_tokenizer_piece(t, 7), "a");
    bert_tokenizer_free(t);
}

static void case_is_guessed_from_the_vocabulary(void **state)
{
    (void)state;
    write_text("vocab.txt", SPECIAL "a\nb\n##c\n");
    bert_tokenizer *t = open_as("vocab.txt", BERT_PROFILE_AUTO);
    assert_true(bert_tokenizer_info(t).lowercase);
    bert_tokenizer_free(t);
    write_text("vocab.txt", SPECIAL "a\nB\n##C\n");
    t = open_as("vocab.txt", BERT_PROFILE_AUTO);
    assert_false(bert_tokenizer_info(t).lowercase);
    bert_tokenizer_free(t);
}

// -----------------------------------------------------------------------------------
// tokenizer.json

struct json_parts {
    const char *added, *normalizer, *post_processor, *decoder, *model;
};

#define BERT_NORMALIZER(clean, cjk, strip, lower)                                                  \
    "{\"type\":\"BertNormalizer\",\"clean_text\":" clean ",\"handle_chinese_chars\":" cjk          \
    ",\"strip_accents\":" strip ",\"lowercase\":" lower "}"
#define VOCAB                                                                                      \
    "{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":4,\"##a\":5,\"\\u00e9\":6,\"e\":7,"    \
    "\"i\":8,\"##\\u0307\":9,\"\\u4e2d\":10,\"##\\u4e2d\":11,\"day\":12,\"A\":13,\".\":14,"        \
    "\"un\":15,\"##able\":16,\"n\":17,\"##t\":18,\"##\U0001d165\":19}"
#define MODEL(max, vocab)                                                                          \
    "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","        \
    "\"max_input_chars_per_word\":" max ",\"vocab\":" vocab "}"

static const struct json_parts plain = {
    "[]", BERT_NORMALIZER("true", "true", "null", "true"),
    "{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",3],\"cls\":[\"[CLS]\",2]}",
    "{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}", MODEL("100", VOCAB)};

static void write_json(const struct json_parts *p)
{
    char text[8000];
    snprintf(text, sizeof text,
             "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":%s,"
             "\"normalizer\":%s,\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
             "\"post_processor\":%s,\"decoder\":%s,\"model\":%s}",
             p->added, p->normalizer, p->post_processor, p->decoder, p->model);
    write_text("tokenizer.json", text);
}

static bert_tokenizer *open_parts(struct json_parts p)
{
    write_json(&p);
    return open_as("tokenizer.json", BERT_PROFILE_AUTO);
}

static void normalizer_options_are_independent(void **state)
{
    (void)state;
    static const struct {
        const char *normalizer, *text, *want;
    } cases[] = {
        {BERT_NORMALIZER("true", "true", "null", "true"), "\u00c9", "e:0-2"},
        {BERT_NORMALIZER("true", "true", "null", "false"), "\u00e9", "\u00e9:0-2"},
        {BERT_NORMALIZER("true", "true", "false", "true"), "\u00c9", "\u00e9:0-2"},
        {BERT_NORMALIZER("true", "true", "true", "false"), "\u00e9 A", "e:0-2 A:3-4"},
        // lower-casing alone does not decompose: U+0130 gives two characters of the same bytes
        {BERT_NORMALIZER("true", "true", "false", "true"), "\u0130", "i:0-2 ##\u0307:0-2"},
        {BERT_NORMALIZER("true", "true", "null", "true"), "a\u4e2d", "a:0-1 \u4e2d:1-4"},
        {BERT_NORMALIZER("true", "false", "null", "true"), "a\u4e2d", "a:0-1 ##\u4e2d:1-4"},
        {BERT_NORMALIZER("true", "true", "null", "true"), "a\u200ba", "a:0-1 ##a:4-5"},
        {BERT_NORMALIZER("false", "true", "null", "true"), "a\u200ba a", "[UNK]:0-5 a:6-7"},
        {BERT_NORMALIZER("false", "true", "null", "true"), "a\u00a0a", "a:0-1 a:3-4"},
        {"null", "A \u4e2da", "A:0-1 \u4e2d:2-5 ##a:5-6"},
        {"{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Lowercase\"}," BERT_NORMALIZER(
             "true", "true", "false", "false") "]}",
         "A \u00c9", "a:0-1 \u00e9:2-4"},
        // U+1D165 changes places with the dot that Lowercase left, and takes the dot's bytes
        {"{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Lowercase\"}," BERT_NORMALIZER(
             "true", "true", "true", "false") "]}",
         "\u0130\U0001d165", "i:0-2 ##\U0001d165:0-2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_parts p = plain;
        p.normalizer = cases[i].normalizer;
        bert_tokenizer *t = open_parts(p);
        expect(t, cases[i].text, cases[i].want);
        bert_tokenizer_free(t);
    }
}

static void longest_word_is_the_models(void **state)
{
    (void)state;
    struct json_parts p = plain;
    p.model = MODEL("3", VOCAB);
    bert_tokenizer *t = open_parts(p);
    expect(t, "aaa aaaa", "a:0-1 ##a:1-2 ##a:2-3 [UNK]:4-8");
    bert_tokenizer_free(t);
}

#define ADDED(content, flags)                                                                      \
    "[{\"id\":20,\"content\":\"" content "\",\"special\":false,\"normalized\":false," flags "}]"

static void added_tokens_have_flags(void **state)
{
    (void)state;
    static const struct {
        const char *added, *text, *want;
    } cases[] = {
        {ADDED("day", "\"single_word\":false"), "aday", "a:0-1 day:1-4"},
        {ADDED("day", "\"single_word\":true"), "aday day", "[UNK]:0-4 day:5-8"},
        // a letter of Unicode 16, a character of none
        {ADDED("day", "\"single_word\":true"), "\u1c89day", "[UNK]:0-6"},
        {ADDED("day", "\"single_word\":true"), "\u0378day", "[UNK]:0-2 day:2-5"},
        {ADDED("day", "\"lstrip\":true"), "a  day a", "a:0-1 day:1-6 a:7-8"},
        {ADDED("day", "\"rstrip\":true"), "a day\t a", "a:0-1 day:2-7 a:7-8"},
        {ADDED("Day", "\"rstrip\":false"), "Day day", "Day:0-3 day:4-7"},
        // the longest of those that begin first
        {"[{\"id\":20,\"content\":\"<a\"},{\"id\":21,\"content\":\"<a>\"},{\"id\":22,\"content\":"
         "\"a>.\"}]",
         "<a>. <aa", "<a>:0-3 .:3-4 <a:5-7 a:7-8"},
        // normalized: found in the normalised text, by its own normalised form
        {"[{\"id\":20,\"content\":\"\u00c9A\",\"special\":false,\"normalized\":true}]",
         "a e\u0301A \u00e9a", "a:0-1 \u00c9A:2-6 \u00c9A:7-10"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_parts p = plain;
        p.added = cases[i].added;
        bert_tokenizer *t = open_parts(p);
        expect(t, cases[i].text, cases[i].want);
        bert_tokenizer_free(t);
    }
}

static void special_tokens_can_be_ordinary_text(void **state)
{
    (void)state;
    struct json_parts p = plain;
    p.added = "[{\"id\":3,\"content\":\"<a>\",\"special\":true}]";
    p.model = MODEL("100", "{\"[UNK]\":1,\"<a>\":3,\"<\":4,\"a\":5,\">\":6}");
    write_json(&p);
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    o.special_in_text = BERT_SPECIAL_SPLIT;
    bert_tokenizer *t = bert_tokenizer_open(path_of("tokenizer.json"), &o, NULL);
    assert_non_null(t);
    expect(t, "a<a>", "a:0-1 <:1-2 a:2-3 >:3-4");
    bert_tokenizer_free(t);
}

static void templates_are_as_the_file_says(void **state)
{
    (void)state;
    struct json_parts p = plain;
    p.post_processor =
        "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"[CLS]\","
        "\"type_id\":2}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[{\"Sequence\":{"
        "\"id\":\"A\",\"type_id\":0}},{\"SpecialToken\":{\"id\":\"two\",\"type_id\":1}},{"
        "\"Sequence\":{\"id\":\"B\",\"type_id\":3}}],\"special_tokens\":{\"[CLS]\":{\"id\":"
        "\"[CLS]\",\"ids\":[2],\"tokens\":[\"[CLS]\"]},\"two\":{\"id\":\"two\",\"ids\":[3,14],"
        "\"tokens\":[\"[SEP]\",\".\"]}}}";
    bert_tokenizer *t = open_parts(p);
    bert_encoding *e = bert_encoding_new(t, NULL);
    const struct bert_text a = {"a a", 3}, none = {0};
    assert_int_equal(bert_tokenize(e, a, none, NULL, NULL), BERT_OK);
    struct bert_pieces pieces = bert_encoding_pieces(e, 0);
    assert_int_equal(pieces.n, 3);
    assert_int_equal(pieces.types[0], 2);
    assert_int_equal(bert_tokenize(e, a, a, NULL, NULL), BERT_OK);
    static const int32_t ids[] = {4, 4, 3, 14, 4, 4};
    static const uint8_t types[] = {0, 0, 1, 1, 3, 3};
    pieces = bert_encoding_pieces(e, 0);
    assert_int_equal(pieces.n, 6);
    assert_memory_equal(pieces.ids, ids, sizeof ids);
    assert_memory_equal(pieces.types, types, sizeof types);
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

// An array of vocab_size takes every id that comes.
static void templates_may_name_ids_beyond_the_vocabulary(void **state)
{
    (void)state;
    struct json_parts p = plain;
    p.post_processor = "{\"type\":\"BertProcessing\",\"sep\":[\"x\",30],\"cls\":[\"[CLS]\",2]}";
    bert_tokenizer *t = open_parts(p);
    assert_int_equal(bert_tokenizer_info(t).vocab_size, 31);
    assert_null(bert_tokenizer_piece(t, 30));
    bert_tokenizer_free(t);
}

static void decoders_are_as_the_file_says(void **state)
{
    (void)state;
    static const int32_t ids[] = {2, 15, 16, 14, 20}; // 20: no piece
    static const struct {
        const char *decoder, *want;
    } cases[] = {
        {"{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}", "unable."},
        {"{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":false}", "unable ."},
        {"null", "un ##able ."},
    };
    for (size_t i = 0; i < 3; i++) {
        struct json_parts p = plain;
        char out[64];
        p.added = "[{\"id\":2,\"content\":\"[CLS]\",\"special\":true}]";
        p.decoder = cases[i].decoder;
        bert_tokenizer *t = open_parts(p);
        bert_detokenize(t, ids, 5, true, out, sizeof out);
        assert_string_equal(out, cases[i].want);
        bert_tokenizer_free(t);
    }
}

// A vocabulary, an added token and a text may hold U+0000; cleaning drops it from the text.
static void nul_is_a_character(void **state)
{
    (void)state;
    static const struct bert_text text = {"a\0a x\0y", 7};
    static const struct {
        const char *normalizer;
        size_t n;
        int32_t ids[3];
        uint32_t ends[3];
    } cases[] = {
        {BERT_NORMALIZER("false", "true", "null", "true"), 3, {4, 6, 9}, {2, 3, 7}},
        {BERT_NORMALIZER("true", "true", "null", "true"), 2, {8, 9}, {3, 7}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct json_parts p = plain;
        p.normalizer = cases[i].normalizer;
        p.added = "[{\"id\":9,\"content\":\"x\\u0000y\"}]";
        p.model = MODEL("9", "{\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\\u0000\":4,\"a\":5,"
                             "\"##a\":6,\"aa\":8}");
        bert_tokenizer *t = open_parts(p);
        bert_encoding *e = bert_encoding_new(t, NULL);
        struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
        o.no_special = true;
        assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, &o, NULL), BERT_OK);
        const struct bert_pieces found = bert_encoding_pieces(e, 0);
        assert_int_equal(found.n, cases[i].n);
        for (size_t k = 0; k < found.n; k++) {
            assert_int_equal(found.ids[k], cases[i].ids[k]);
            assert_int_equal(found.offsets[k].end, cases[i].ends[k]);
        }
        char out[16];
        assert_int_equal(bert_detokenize(t, cases[0].ids, 2, false, out, sizeof out), 3);
        assert_memory_equal(out, "a\0a", 3);
        bert_encoding_free(e);
        bert_tokenizer_free(t);
    }
}

// As the tokenizers library has it: a special token that is normalized and looks otherwise then is
// not skipped.
static void special_tokens_are_skipped_by_their_text(void **state)
{
    (void)state;
    static const int32_t ids[] = {4, 20, 21};
    struct json_parts p = plain;
    char out[64];
    p.added = "[{\"id\":20,\"content\":\"<X>\",\"special\":true,\"normalized\":true},"
              "{\"id\":21,\"content\":\"<y>\",\"special\":true,\"normalized\":true}]";
    bert_tokenizer *t = open_parts(p);
    bert_detokenize(t, ids, 3, true, out, sizeof out);
    assert_string_equal(out, "a <x>");
    bert_detokenize(t, ids, 3, false, out, sizeof out);
    assert_string_equal(out, "a <x> <y>");
    bert_tokenizer_free(t);
}

// tokenizer_config.json decides whether "it ' s" becomes one word; where it does not, hf-fast says
// no (transformers 5) and hf-slow yes (transformers 4).
static void spaces_are_cleaned_as_the_file_says(void **state)
{
    (void)state;
    static const int32_t ids[] = {2, 5, 6, 7, 8, 3};
    static const struct {
        bert_profile profile;
        const char *config, *want;
    } cases[] = {
        {BERT_PROFILE_HF_FAST, "{}", "it ' s."},
        {BERT_PROFILE_HF_FAST, "{\"clean_up_tokenization_spaces\":true}", "it's."},
        {BERT_PROFILE_HF_SLOW, "{}", "it's."},
        {BERT_PROFILE_HF_SLOW, "{\"clean_up_tokenization_spaces\":false}", "it ' s ."},
    };
    check_folder_remove(folder);
    check_folder_make(folder);
    write_text("vocab.txt", SPECIAL "it\n'\ns\n.\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];
        write_text("tokenizer_config.json", cases[i].config);
        bert_tokenizer *t = open_as(NULL, cases[i].profile);
        bert_detokenize(t, ids, 6, true, out, sizeof out);
        assert_string_equal(out, cases[i].want);
        bert_tokenizer_free(t);
    }
}

static void expect_refused(const char *text, bert_status status, const char *part)
{
    bert_error err = {0};
    write_text("tokenizer.json", text);
    assert_null(bert_tokenizer_open(path_of("tokenizer.json"), NULL, &err));
    if (err.status != status || !strstr(err.message, part)) {
        fail_msg("status %d, \"%s\"; want %d, \"%s\"", err.status, err.message, status, part);
    }
}

static void other_tokenizers_are_refused(void **state)
{
    (void)state;
    const struct {
        struct json_parts parts;
        bert_status status;
        const char *message;
    } cases[] = {
        {{plain.added, "{\"type\":\"NFKC\"}", plain.post_processor, plain.decoder, plain.model},
         BERT_UNSUPPORTED,
         "NFKC"},
        {{plain.added, plain.normalizer, "{\"type\":\"RobertaProcessing\"}", plain.decoder,
          plain.model},
         BERT_UNSUPPORTED,
         "RobertaProcessing"},
        {{plain.added, plain.normalizer, plain.post_processor, "{\"type\":\"ByteLevel\"}",
          plain.model},
         BERT_UNSUPPORTED,
         "ByteLevel"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          "{\"type\":\"BPE\",\"vocab\":{}}"},
         BERT_UNSUPPORTED,
         "BPE"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          MODEL("100", "{\"a\":1,\"a\":2,\"[UNK]\":3}")},
         BERT_FORMAT,
         "twice"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          MODEL("100", "{\"a\":1,\"b\":1,\"[UNK]\":3}")},
         BERT_FORMAT,
         "same id"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          MODEL("100", "{\"a\":4294967296}")},
         BERT_FORMAT,
         "4294967296"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          MODEL("100", "{\"[UNK]\":1,\"a\":16000000}")}, // 128 MB of tables
         BERT_FORMAT,
         "id 16000000"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          MODEL("100", "{\"a\":1}")},
         BERT_FORMAT,
         "[UNK]"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          MODEL("100", "{\"\xff\":1}")},
         BERT_FORMAT,
         "UTF-8"},
        {{plain.added, plain.normalizer, plain.post_processor, plain.decoder,
          MODEL("100,\"vocab\":{}", VOCAB)},
         BERT_FORMAT,
         "twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bert_error err = {0};
        write_json(&cases[i].parts);
        assert_null(bert_tokenizer_open(path_of("tokenizer.json"), NULL, &err));
        if (err.status != cases[i].status || !strstr(err.message, cases[i].message)) {
            fail_msg("%zu: status %d, \"%s\"", i, err.status, err.message);
        }
    }
    expect_refused("{\"model\":null}", BERT_FORMAT, "want '{'");
    expect_refused("{\"version\":\"1.0\"}", BERT_FORMAT, "not a tokenizer.json");
    expect_refused("{\"a\":1", BERT_FORMAT, "line 1");
    expect_refused("{\"normalizer\":null,\"normalizer\":null}", BERT_FORMAT, "twice");
    char deep[300] = "{\"a\":";
    memset(deep + 5, '[', 200);
    expect_refused(deep, BERT_FORMAT, "deep");
}

// ------------------------------------------------------------------------------ files beside
// others

static void configuration_files_are_read(void **state)
{
    (void)state;
    check_folder_remove(folder);
    check_folder_make(folder);
    write_text("vocab.txt", "<unk>\n<s>\n</s>\n[MASK]\nA\na\n\u00e9\n<\ns\n>\n\u4e2d\n##\u4e2d\n");
    write_text("tokenizer_config.json",
               "{\"do_lower_case\":true,\"strip_accents\":false,\"tokenize_chinese_chars\":false,"
               "\"cls_token\":{\"content\":\"<s>\"},\"model_max_length\":"
               "1000000000000000019884624838656,\"tokenizer_class\":\"BertTokenizer\"}");
    write_text("special_tokens_map.json",
               "{\"unk_token\":\"<unk>\",\"sep_token\":\"</s>\",\"cls_token\":\"ignored\"}");
    write_text("added_tokens.json", "{\"<new>\":12}");
    bert_tokenizer *t = open_as(NULL, BERT_PROFILE_HF_FAST);
    const struct bert_tokenizer_info info = bert_tokenizer_info(t);
    assert_true(info.lowercase && !info.strip_accents && !info.split_cjk);
    assert_int_equal(info.unk, 0);
    assert_int_equal(info.cls, 1);
    assert_int_equal(info.sep, 2);
    assert_int_equal(info.mask, 3);
    assert_int_equal(info.pad, -1);
    assert_int_equal(info.vocab_size, 13);
    assert_int_equal(info.model_max_length, 0);
    expect(t, "\u00c9 A\u4e2d <new><s>", "\u00e9:0-2 a:3-4 ##\u4e2d:4-7 <new>:8-13 <s>:13-16");
    bert_tokenizer_free(t);
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    o.lowercase = 0;
    t = bert_tokenizer_open(folder, &o, NULL);
    assert_non_null(t);
    expect(t, "A", "A:0-1");
    bert_tokenizer_free(t);
}

// A folder named `name` with these files beside vocab.txt (NULL: none): its profile and case.
static void check_folder_kind(const char *name, const char *file, const char *other,
                              bert_profile profile, bool lowercase)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    check_write(path, "vocab.txt", SPECIAL "a\n", strlen(SPECIAL "a\n"));
    if (file) check_write(path, file, "{}", 2);
    if (other) check_write(path, other, "{}", 2);
    bert_error err = {0};
    bert_tokenizer *t = bert_tokenizer_open(path, NULL, &err);
    if (!t) fail_msg("%s", err.message);
    assert_int_equal(bert_tokenizer_info(t).profile, profile);
    assert_int_equal(bert_tokenizer_info(t).lowercase, lowercase);
    bert_tokenizer_free(t);
    check_folder_remove(path);
}

static void folders_have_a_profile(void **state)
{
    (void)state;
    static const char google[] = "bert_config.json", hf[] = "config.json";
    check_folder_kind("cased_L-12", google, NULL, BERT_PROFILE_GOOGLE, false);
    check_folder_kind("uncased_L-12", google, NULL, BERT_PROFILE_GOOGLE, true);
    check_folder_kind("mine", google, NULL, BERT_PROFILE_GOOGLE, true); // as the vocabulary
    check_folder_kind("cased_L-12", google, hf, BERT_PROFILE_HF_FAST, true);
    check_folder_kind("cased_L-12", google, "tokenizer_config.json", BERT_PROFILE_HF_FAST, true);
    check_folder_kind("cased_L-12", hf, NULL, BERT_PROFILE_HF_FAST, true);
    check_folder_kind("cased_L-12", NULL, NULL, BERT_PROFILE_HF_FAST, true);
}

static void folders_without_a_vocabulary_are_refused(void **state)
{
    (void)state;
    bert_error err = {0};
    check_folder_remove(folder);
    check_folder_make(folder);
    assert_null(bert_tokenizer_open(folder, NULL, &err));
    assert_int_equal(err.status, BERT_IO);
    write_text("vocab.txt", "a\nb\n");
    assert_null(bert_tokenizer_open(folder, NULL, &err));
    assert_int_equal(err.status, BERT_FORMAT);
    assert_non_null(strstr(err.message, "[UNK]"));
    write_text("vocab.txt", SPECIAL "\xff\n");
    assert_null(bert_tokenizer_open(folder, NULL, &err));
    assert_non_null(strstr(err.message, "line 6"));
}

// Lines and ids that can be nobody's, and names that are there twice.
static void absurd_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        {"added_tokens.json", "{\"<x>\": 16777214}", "no id that can be"},
        {"added_tokens.json", "{\"<x>\": -1}", "no id that can be"},
        {"added_tokens.json", "{\"<x>\": 7.5}", "no id that can be"},
        {"added_tokens.json", "{\"<x>\": 6, \"<x>\": 7}", "twice"},
        {"added_tokens.json", "{}", ""},
        {"special_tokens_map.json", "{\"unk_token\": \"a\", \"unk_token\": \"a\"}", "twice"},
        {"special_tokens_map.json", "{}", ""},
        {"tokenizer_config.json", "{\"do_lower_case\": 2}", "do_lower_case"},
        {"tokenizer_config.json",
         "{\"added_tokens_decoder\": {\"99999999999999999999\": {\"content\": \"<x>\"}}}",
         "no id that can be"},
    };
    enum { LONG = 1 << 16 };
    char *line = malloc(sizeof SPECIAL + LONG);
    assert_non_null(line);
    memcpy(line, SPECIAL, sizeof SPECIAL - 1);
    memset(line + sizeof SPECIAL - 1, 'x', LONG);
    bert_error err = {0};
    check_folder_remove(folder);
    check_folder_make(folder);
    check_write(folder, "vocab.txt", line, sizeof SPECIAL - 1 + LONG);
    assert_null(bert_tokenizer_open(folder, NULL, &err));
    assert_non_null(strstr(err.message, "line 6: no vocabulary is that large"));
    check_write(folder, "vocab.txt", line, sizeof SPECIAL + LONG - 2);
    free(line);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(cases[i].name, cases[i].text);
        bert_tokenizer *t = bert_tokenizer_open(folder, NULL, &err);
        const bool good = !cases[i].says[0];
        if (good == !t || (!good && !strstr(err.message, cases[i].says)))
            fail_msg("%s: %s", cases[i].text, t ? "opens" : err.message);
        if (!good) assert_non_null(strstr(err.message, cases[i].name));
        bert_tokenizer_free(t);
    }
}

// ---------------------------------------------------------------------------- out of proportion

static void expect_one_unknown(const bert_tokenizer *t, const char *text, size_t len)
{
    bert_encoding *e = bert_encoding_new(t, NULL);
    const struct bert_text in = {text, len};
    assert_int_equal(bert_tokenize(e, in, (struct bert_text){0}, NULL, NULL), BERT_OK);
    const struct bert_pieces p = bert_encoding_pieces(e, 0);
    assert_int_equal(p.n, 3);
    assert_int_equal(p.ids[1], bert_tokenizer_info(t).unk);
    assert_int_equal(p.offsets[1].start, 0);
    assert_int_equal(p.offsets[1].end, len);
    bert_encoding_free(e);
}

// A word of a million characters is one [UNK]; a million marks on a letter are read once.
static void long_texts_take_linear_time(void **state)
{
    (void)state;
    enum { N = 1000000 };
    write_text("vocab.txt", SPECIAL "a\n##a\n");
    char *text = malloc(2 * N + 1);
    assert_non_null(text);
    for (int profile = BERT_PROFILE_GOOGLE; profile <= BERT_PROFILE_HF_FAST; profile++) {
        bert_tokenizer *t = open_as("vocab.txt", (bert_profile)profile);
        memset(text, 'a', N);
        expect_one_unknown(t, text, N);
        for (int i = 0; i < N; i++) memcpy(text + 2 * i, i % 2 ? "\u03b1" : "\u03a3", 2);
        expect_one_unknown(t, text, 2 * N);
        text[0] = 'a'; // then marks of two classes, in an order that is not the canonical one
        for (int i = 0; i < N / 2; i++) memcpy(text + 1 + 2 * i, i % 2 ? "\u0323" : "\u0301", 2);
        text[N + 1] = 'a';
        expect(t, "a", "a:0-1");
        bert_encoding *e = bert_encoding_new(t, NULL);
        const struct bert_text in = {text, N + 2};
        assert_int_equal(bert_tokenize(e, in, (struct bert_text){0}, NULL, NULL), BERT_OK);
        assert_int_equal(bert_encoding_pieces(e, 0).n, 4);
        assert_int_equal(bert_encoding_pieces(e, 0).offsets[2].end, N + 2);
        bert_encoding_free(e);
        bert_tokenizer_free(t);
    }
    free(text);
}

static void characters_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *became;
        unsigned changes;
    } want[] = {{"e", BERT_CHANGE_LOWERED | BERT_CHANGE_STRIPPED},
                {"", BERT_CHANGE_DROPPED},
                {" ", BERT_CHANGE_SPACE},
                {"\u4e2d", BERT_CHANGE_IDEOGRAPH},
                {".", BERT_CHANGE_PUNCTUATION},
                {"", BERT_CHANGE_INVALID}};
    static const char text[] = "\u00c9\u200b \u4e2d.\xff";
    write_text("vocab.txt", SPECIAL "a\n");
    bert_tokenizer *t = open_as("vocab.txt", BERT_PROFILE_HF_FAST);
    bert_encoding *e = bert_encoding_new(t, NULL);
    const struct bert_explained *x;
    size_t n;
    const struct bert_text in = {text, sizeof text - 1};
    assert_int_equal(bert_explain(e, in, &x, &n, NULL), BERT_OK);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(x[i].became, want[i].became);
        assert_int_equal(x[i].changes, want[i].changes);
    }
    assert_int_equal(x[5].bytes.end, sizeof text - 1);
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

static int make(void **state)
{
    (void)state;
    check_folder_make(folder);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    check_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_lose_what_the_profile_strips),
        cmocka_unit_test(lines_end_at_line_feeds_only),
        cmocka_unit_test(last_of_equal_lines_counts),
        cmocka_unit_test(case_is_guessed_from_the_vocabulary),
        cmocka_unit_test(normalizer_options_are_independent),
        cmocka_unit_test(longest_word_is_the_models),
        cmocka_unit_test(added_tokens_have_flags),
        cmocka_unit_test(nul_is_a_character),
        cmocka_unit_test(special_tokens_are_skipped_by_their_text),
        cmocka_unit_test(spaces_are_cleaned_as_the_file_says),
        cmocka_unit_test(special_tokens_can_be_ordinary_text),
        cmocka_unit_test(templates_are_as_the_file_says),
        cmocka_unit_test(templates_may_name_ids_beyond_the_vocabulary),
        cmocka_unit_test(decoders_are_as_the_file_says),
        cmocka_unit_test(other_tokenizers_are_refused),
        cmocka_unit_test(configuration_files_are_read),
        cmocka_unit_test(folders_have_a_profile),
        cmocka_unit_test(folders_without_a_vocabulary_are_refused),
        cmocka_unit_test(absurd_files_are_refused),
        cmocka_unit_test(long_texts_take_linear_time),
        cmocka_unit_test(characters_are_explained),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
