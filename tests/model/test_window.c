// test_window.c: long texts in windows: their vectors against windows that are run one by one, each
// word and token from the one window where it has the most context, and the laws of a batch.
#include "support/check.h"

#include <math.h>

#include "base/mem.h"
#include "support/made_model.h"

static const struct made_model spec = {.layers = 2,
                                       .hidden = 24,
                                       .heads = 2,
                                       .intermediate = 40,
                                       .positions = 32,
                                       .seed = 9,
                                       .deviation = 0.2f};
enum { H = 24, MOST_ROWS = 400, LENGTH = 12 };

static char folder[256];
static bert_model *model;

// 33 tokens: words of one to four pieces, so that windows cut some of them.
static const char words[] = "the bank of a river, xyz abcd the sea rivers pqr a b c d the wxyz "
                            "money lent by banks is mno a hi";

static int open_model(void **state)
{
    (void)state;
    check_folder_make(folder);
    if (!made_model_write(folder, &spec)) return -1;
    model = check_open(folder);
    return 0;
}

static int close_model(void **state)
{
    (void)state;
    bert_model_free(model);
    check_folder_remove(folder);
    return 0;
}

static void need(bert_status status, const bert_error *err)
{
    if (status) fail_msg("%s", err->message);
}

static struct bert_text text_of(const char *text)
{
    return (struct bert_text){text, strlen(text)};
}

static struct bert_tokenize_options windows_of(size_t length, size_t stride)
{
    struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
    o.max_length = length;
    o.windows = true;
    o.stride = stride;
    return o;
}

static bert_batch *new_batch(void)
{
    bert_error err;
    bert_batch *batch = bert_batch_new(model, &err);
    if (!batch) fail_msg("%s", err.message);
    return batch;
}

static bert_batch *batch_of(const char *text, const struct bert_tokenize_options *o)
{
    bert_batch *batch = new_batch();
    bert_error err;
    need(bert_batch_add(batch, text_of(text), (struct bert_text){0}, o, &err), &err);
    return batch;
}

// The batch's rows, from mem_alloc, by a session of so many tokens and threads.
static float *embed(const bert_batch *batch, const struct bert_embed_options *o, size_t tokens,
                    int threads)
{
    const struct bert_session_options so = {sizeof so, tokens, threads};
    bert_error err;
    bert_session *session = bert_session_new(model, &so, &err);
    if (!session) fail_msg("%s", err.message);
    const size_t n = bert_embed_rows(batch, o) * bert_embed_cols(model, o);
    float *out = mem_alloc(n + 1, sizeof *out);
    out[n] = 12345; // nothing is written behind the rows
    need(bert_embed(session, batch, o, out, &err), &err);
    assert_true(out[n] == 12345);
    bert_session_free(session);
    return out;
}

static void assert_same(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(&a[i], &b[i], sizeof *a) != 0) fail_msg("%zu: %.9g, not %.9g", i, a[i], b[i]);
    }
}

// ------------------------------------------------------------------------------------- sentences

// Runs each window of a text as a batch of its own: rows [windows, cols].
static float *one_by_one(const char *text, const struct bert_tokenize_options *t,
                         const struct bert_embed_options *o, size_t *n)
{
    bert_error err;
    bert_encoding *e = bert_encoding_new(bert_model_tokenizer(model), &err);
    need(bert_tokenize(e, text_of(text), (struct bert_text){0}, t, &err), &err);
    *n = bert_encoding_windows(e);
    const size_t cols = bert_embed_cols(model, o);
    float *out = mem_alloc(*n * cols, sizeof *out);
    for (size_t i = 0; i < *n; i++) {
        const struct bert_pieces p = bert_encoding_pieces(e, i);
        bert_batch *batch = new_batch();
        need(bert_batch_add_ids(batch, p.ids, p.types, p.n, &err), &err);
        float *row = embed(batch, o, 0, 1);
        memcpy(out + i * cols, row, cols * sizeof *row);
        mem_free(row);
        bert_batch_free(batch);
    }
    bert_encoding_free(e);
    return out;
}

static void each_window_is_as_alone(void **state)
{
    (void)state;
    const struct bert_tokenize_options t = windows_of(LENGTH, 3);
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    o.windows = BERT_WINDOWS_EACH;
    bert_batch *batch = batch_of(words, &t);
    size_t n;
    float *want = one_by_one(words, &t, &o, &n), *have = embed(batch, &o, 0, 2);
    assert_true(n > 3);
    assert_int_equal(bert_embed_rows(batch, &o), n);
    assert_int_equal(bert_batch_items(batch), 1);
    assert_same(have, want, n * H);
    mem_free(want);
    mem_free(have);
    bert_batch_free(batch);
}

// The mean, weighted by the tokens that are new in each window: ten in the first, then ten less
// those that are shared, the rest in the last.
static void check_mean(const struct bert_embed_options *o, size_t stride, const float *have)
{
    const struct bert_tokenize_options t = windows_of(LENGTH, stride);
    const size_t cols = bert_embed_cols(model, o);
    struct bert_embed_options each = *o;
    each.windows = BERT_WINDOWS_EACH;
    size_t n;
    float *rows = one_by_one(words, &t, &each, &n);
    bert_batch *whole = batch_of(words, NULL);
    const size_t tokens = bert_batch_tokens(whole) + bert_batch_pieces(whole, 0).truncated - 2;
    const size_t room = LENGTH - 2;
    for (size_t c = 0; c < cols; c++) {
        double sum = 0, total = 0;
        for (size_t i = 0; i < n; i++) {
            const size_t before = i ? room + (i - 1) * (room - stride) : 0;
            const size_t reach = room + i * (room - stride);
            const double weight = (double)((reach < tokens ? reach : tokens) - before);
            sum += weight * rows[i * cols + c];
            total += weight;
        }
        assert_true(fabs(total - (double)tokens) < 0.5);
        if (fabs(have[c] - sum / total) > 1e-6)
            fail_msg("%zu: %g, not %g", c, have[c], sum / total);
    }
    bert_batch_free(whole);
    mem_free(rows);
}

static void windows_are_joined(void **state)
{
    (void)state;
    static const int two[] = {1, 2};
    struct bert_embed_options o[3] = {BERT_EMBED_DEFAULTS, BERT_EMBED_DEFAULTS,
                                      BERT_EMBED_DEFAULTS};
    o[1].pooling = BERT_POOLINGS(BERT_POOLING_CLS, BERT_POOLING_MAX);
    o[1].layers = two;
    o[1].n_layers = 2;
    o[2].pooling = BERT_POOLING_POOLER;
    for (size_t stride = 0; stride < 9; stride += 4) {
        const struct bert_tokenize_options t = windows_of(LENGTH, stride);
        bert_batch *batch = batch_of(words, &t);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(bert_embed_rows(batch, &o[i]), 1);
            float *have = embed(batch, &o[i], 0, 2);
            check_mean(&o[i], stride, have);
            mem_free(have);
        }
        bert_batch_free(batch);
    }
}

// A text that fits has the bits that it has without windows, beside long ones too; and a long one
// has the same bits alone, whatever the session holds at once and the number of threads.
static void neighbours_do_not_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {"the sea", words, "", "a bank", words + 4, "money"};
    enum { TEXTS = 6 };
    const struct bert_tokenize_options t = windows_of(LENGTH, 2);
    static const bert_level levels[] = {BERT_LEVEL_SENTENCE, BERT_LEVEL_WORD, BERT_LEVEL_TOKEN};
    bert_batch *batch = new_batch();
    bert_error err;
    for (int i = 0; i < TEXTS; i++) {
        need(bert_batch_add(batch, text_of(texts[i]), (struct bert_text){0}, &t, &err), &err);
    }
    assert_int_equal(bert_batch_items(batch), TEXTS);
    for (int l = 0; l < 3; l++) {
        struct bert_embed_options o = BERT_EMBED_DEFAULTS;
        o.level = levels[l];
        float *together = embed(batch, &o, 0, 2);
        const float *row = together;
        for (int i = 0; i < TEXTS; i++) {
            const bool fits = i != 1 && i != 4;
            bert_batch *alone = batch_of(texts[i], fits ? NULL : &t);
            const size_t n = bert_embed_rows(alone, &o) * H;
            float *rows = embed(alone, &o, 0, 1);
            assert_same(rows, row, n);
            row += n;
            mem_free(rows);
            bert_batch_free(alone);
        }
        assert_int_equal(row - together, bert_embed_rows(batch, &o) * H);
        for (size_t tokens = 12; tokens < 60; tokens += 9) {
            float *runs = embed(batch, &o, tokens, 1 + (int)tokens % 3);
            assert_same(runs, together, (size_t)(row - together));
            mem_free(runs);
        }
        mem_free(together);
    }
    bert_batch_free(batch);
}

// --------------------------------------------------------------------------------- words, tokens

// How much context the word [start, end) of the text has in a window, found by its offsets; less
// than 0: pieces of it are lacking.
static long context(const struct bert_pieces *p, int32_t word, size_t pieces)
{
    size_t first = 0, n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (p->words[i] != word) continue;
        if (n++ == 0) first = i;
    }
    if (n < pieces) return -1;
    const long before = (long)first - 1, behind = (long)(p->n - 1) - (long)(first + n);
    return before < behind ? before : behind;
}

// Goes through the words of an item and checks that each is whole, there once, in order, and from
// the window with the most context.
static size_t check_words(const bert_batch *batch, const bert_batch *whole)
{
    struct bert_word have, want;
    size_t first, at_whole = 0, n = 0;
    const size_t windows = bert_batch_windows(batch, 0, &first);
    for (size_t s = first; s < first + windows; s++) {
        for (size_t at = 0; bert_batch_word(batch, s, &at, &have); n++) {
            assert_true(bert_batch_word(whole, 0, &at_whole, &want));
            assert_int_equal(have.bytes.start, want.bytes.start);
            assert_int_equal(have.bytes.end, want.bytes.end);
            assert_int_equal(have.n, want.n);
            const int32_t word = bert_batch_pieces(batch, s).words[have.first];
            const struct bert_pieces mine = bert_batch_pieces(batch, s);
            for (size_t k = first; k < first + windows; k++) {
                const struct bert_pieces other = bert_batch_pieces(batch, k);
                assert_true(context(&other, word, want.n) <= context(&mine, word, want.n));
            }
        }
    }
    assert_false(bert_batch_word(whole, 0, &at_whole, &want));
    return n;
}

static void words_have_the_most_context(void **state)
{
    (void)state;
    struct bert_tokenize_options all = BERT_TOKENIZE_DEFAULTS;
    all.max_length = 32;
    static const char text[] = "the sea rivers pqr a b c d the wxyz money by banks is mno a";
    bert_batch *whole = batch_of(text, &all);
    assert_int_equal(bert_batch_pieces(whole, 0).truncated, 0);
    for (int left = 0; left < 2; left++) {
        for (size_t stride = 3; stride < 10; stride++) {
            struct bert_tokenize_options t = windows_of(LENGTH, stride);
            t.truncate_left = left;
            bert_batch *batch = batch_of(text, &t);
            assert_int_equal(check_words(batch, whole), 16);
            bert_batch_free(batch);
        }
    }
    bert_batch_free(whole);
}

// A word's vector is that of its window alone, exactly.
static void words_are_of_their_window(void **state)
{
    (void)state;
    const struct bert_tokenize_options t = windows_of(LENGTH, 4);
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    o.level = BERT_LEVEL_TOKEN;
    bert_batch *batch = batch_of(words, &t);
    float *tokens = embed(batch, &o, 0, 1);
    size_t row = 0, token;
    for (size_t s = 0; s < bert_batch_sequences(batch); s++) {
        const struct bert_pieces p = bert_batch_pieces(batch, s);
        bert_batch *alone = new_batch();
        bert_error err;
        need(bert_batch_add_ids(alone, p.ids, p.types, p.n, &err), &err);
        float *all = embed(alone, &o, 0, 1);
        for (size_t at = 0; bert_batch_token(batch, s, &at, &token); row++) {
            assert_same(tokens + row * H, all + token * H, H);
        }
        mem_free(all);
        bert_batch_free(alone);
    }
    assert_int_equal(row, bert_embed_rows(batch, &o));
    mem_free(tokens);
    bert_batch_free(batch);
}

// Every token of the text once, in order, between one [CLS] and one [SEP], where windows cut words
// too.
static void each_token_is_there_once(void **state)
{
    (void)state;
    bert_error err;
    bert_encoding *e = bert_encoding_new(bert_model_tokenizer(model), &err);
    need(bert_tokenize(e, text_of(words), (struct bert_text){0}, NULL, &err), &err);
    const struct bert_pieces want = bert_encoding_pieces(e, 0);
    for (size_t length = 3; length < 20; length++) {
        for (size_t stride = 0; stride < length - 2; stride++) {
            struct bert_tokenize_options t = windows_of(length, stride);
            t.truncate_left = stride % 2;
            bert_batch *batch = batch_of(words, &t);
            size_t n = 0, token;
            for (size_t s = 0; s < bert_batch_sequences(batch); s++) {
                const struct bert_pieces p = bert_batch_pieces(batch, s);
                for (size_t at = 0; bert_batch_token(batch, s, &at, &token); n++) {
                    assert_true(n < want.n);
                    assert_int_equal(p.ids[token], want.ids[n]);
                    assert_int_equal(p.offsets[token].start, want.offsets[n].start);
                }
            }
            assert_int_equal(n, want.n);
            bert_batch_free(batch);
        }
    }
    bert_encoding_free(e);
}

// A word that every window cuts has one row still, of what the best window has of it.
static void cut_words_have_a_row(void **state)
{
    (void)state;
    const struct bert_tokenize_options t = windows_of(6, 0); // four tokens a window
    bert_batch *batch = batch_of("a b c xyz d", &t);         // a b c x | ##y ##z d
    struct bert_word word;
    size_t at = 0, n = 0;
    for (; bert_batch_word(batch, 0, &at, &word); n++) assert_int_equal(word.n, 1);
    assert_int_equal(n, 3);
    at = 0;
    assert_true(bert_batch_word(batch, 1, &at, &word));
    assert_int_equal(word.n, 2);
    assert_int_equal(word.bytes.start, 7);
    assert_int_equal(word.bytes.end, 9);
    assert_true(bert_batch_word(batch, 1, &at, &word));
    assert_false(bert_batch_word(batch, 1, &at, &word));
    bert_batch_free(batch);
}

// Both texts of a pair have every word once, whichever of them is cut.
static void pairs_have_windows(void **state)
{
    (void)state;
    static const bert_truncate rules[] = {BERT_TRUNCATE_ONLY_FIRST, BERT_TRUNCATE_ONLY_SECOND,
                                          BERT_TRUNCATE_LONGEST_FIRST};
    const struct bert_text a = text_of("a b c d e f g h"), b = text_of("the sea of a river bank");
    for (int r = 0; r < 3; r++) {
        struct bert_tokenize_options t = windows_of(14, 1);
        t.truncate = rules[r];
        bert_batch *batch = new_batch();
        bert_error err;
        need(bert_batch_add(batch, a, b, &t, &err), &err);
        assert_true(bert_batch_sequences(batch) > 1);
        int found[2][30] = {{0}};
        size_t token, n = 0;
        for (size_t s = 0; s < bert_batch_sequences(batch); s++) {
            struct bert_word word;
            for (size_t at = 0; bert_batch_word(batch, s, &at, &word);) {
                found[word.type][word.bytes.start]++;
            }
            for (size_t at = 0; bert_batch_token(batch, s, &at, &token);) n++;
        }
        for (size_t i = 0; i < a.len; i += 2) assert_int_equal(found[0][i], 1);
        for (size_t i = 0; i < b.len; i++) {
            const bool begins = i == 0 || b.data[i - 1] == ' ';
            assert_int_equal(found[1][i], begins);
        }
        assert_int_equal(n, 8 + 6 + 3);
        bert_batch_free(batch);
    }
}

// ----------------------------------------------------------------------------- split beforehand

static void split_words_are_rows(void **state)
{
    (void)state;
    const struct bert_text list[] = {text_of("rivers"), text_of("sea-bank"), text_of(" "),
                                     text_of("the"),    text_of("abcd"),     text_of("x,y")};
    bert_error err;
    const struct bert_tokenize_options cuts[] = {BERT_TOKENIZE_DEFAULTS, windows_of(9, 4)};
    for (int i = 0; i < 2; i++) {
        bert_batch *batch = new_batch();
        need(bert_batch_add_words(batch, list, 6, NULL, 0, &cuts[i], &err), &err);
        assert_int_equal(bert_batch_sequences(batch) > 1, i);
        static const int32_t want[] = {0, 1, 3, 4, 5}; // the third has no tokens
        size_t n = 0;
        for (size_t s = 0; s < bert_batch_sequences(batch); s++) {
            struct bert_word word;
            for (size_t at = 0; bert_batch_word(batch, s, &at, &word); n++) {
                assert_int_equal(bert_batch_pieces(batch, s).words[word.first], want[n]);
                assert_int_equal(word.bytes.start, 0);
                assert_int_equal(word.bytes.end, list[want[n]].len);
            }
        }
        assert_int_equal(n, 5);
        bert_batch_free(batch);
    }
}

// The rows that are kept are those that the whole has there.
static void a_span_keeps_its_words(void **state)
{
    (void)state;
    static const bert_level levels[] = {BERT_LEVEL_WORD, BERT_LEVEL_TOKEN};
    static const size_t rows[] = {2, 2}, skipped[] = {2, 4}; // river ##s bank from ##s on
    const struct bert_tokenize_options t = windows_of(6, 2);
    for (int l = 0; l < 2; l++) {
        for (int windows = 0; windows < 2; windows++) {
            struct bert_embed_options o = BERT_EMBED_DEFAULTS;
            o.level = levels[l];
            bert_batch *batch = batch_of("the sea rivers bank a b c", windows ? &t : NULL);
            float *all = embed(batch, &o, 0, 1);
            assert_int_equal(bert_batch_keep(batch, 0, (struct bert_span){13, 16}), 2);
            assert_int_equal(bert_embed_rows(batch, &o), rows[l]);
            float *kept = embed(batch, &o, 0, 1);
            assert_same(kept, all + skipped[l] * H, rows[l] * H);
            assert_int_equal(bert_batch_keep(batch, 0, (struct bert_span){100, 101}), 0);
            assert_int_equal(bert_embed_rows(batch, &o), 0);
            mem_free(kept);
            mem_free(all);
            bert_batch_free(batch);
        }
    }
}

// ------------------------------------------------------------------------- prompts and failures

static void prompts_are_in_each_window(void **state)
{
    (void)state;
    const struct bert_text prompt = text_of("the sea: "), text = text_of("a b c d e f g h i j");
    const struct bert_tokenize_options t = windows_of(10, 1); // [CLS] the sea : five tokens [SEP]
    static const char *const want[] = {"a b c d e", "e f g h i", "i j"};
    bert_batch *batch = new_batch();
    bert_error err;
    need(bert_batch_add_sentence(batch, prompt, text, &t, &err), &err);
    assert_int_equal(bert_batch_sequences(batch), 3);
    for (size_t s = 0; s < 3; s++) {
        const struct bert_pieces p = bert_batch_pieces(batch, s);
        char line[200] = "";
        for (size_t i = 1; i + 1 < p.n; i++) {
            snprintf(line + strlen(line), sizeof line - strlen(line), i > 1 ? " %s" : "%s",
                     bert_tokenizer_piece(bert_model_tokenizer(model), p.ids[i]));
        }
        char all[200];
        snprintf(all, sizeof all, "the sea : %s", want[s]);
        assert_string_equal(line, all);
    }
    // One that fits is as it is without windows.
    bert_batch *plain = new_batch();
    bert_batch_clear(batch);
    need(bert_batch_add_sentence(batch, prompt, text_of("a b c"), &t, &err), &err);
    need(bert_batch_add_sentence(plain, prompt, text_of("a b c"), NULL, &err), &err);
    assert_int_equal(bert_batch_sequences(batch), 1);
    assert_memory_equal(bert_batch_pieces(batch, 0).ids, bert_batch_pieces(plain, 0).ids,
                        bert_batch_tokens(plain) * sizeof(int32_t));
    bert_batch_free(plain);
    bert_batch_free(batch);
}

static void failures_leave_the_batch(void **state)
{
    (void)state;
    const struct bert_tokenize_options good = windows_of(LENGTH, 0),
                                       no_step = windows_of(LENGTH, 10), tight = windows_of(4, 0);
    bert_batch *batch = batch_of(words, &good);
    const size_t T = bert_batch_tokens(batch), S = bert_batch_sequences(batch);
    bert_error err;
    assert_int_equal(bert_batch_add(batch, text_of(words), (struct bert_text){0}, &no_step, &err),
                     BERT_INVALID);
    assert_non_null(strstr(err.message, "must go on by one"));
    assert_int_equal(
        bert_batch_add_sentence(batch, text_of("a b c d "), text_of(words), &tight, &err),
        BERT_INVALID);
    assert_non_null(strstr(err.message, "leaves no room"));
    assert_int_equal(bert_batch_tokens(batch), T);
    assert_int_equal(bert_batch_sequences(batch), S);
    assert_int_equal(bert_batch_items(batch), 1);
    bert_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_window_is_as_alone),    cmocka_unit_test(windows_are_joined),
        cmocka_unit_test(neighbours_do_not_matter),   cmocka_unit_test(words_have_the_most_context),
        cmocka_unit_test(words_are_of_their_window),  cmocka_unit_test(each_token_is_there_once),
        cmocka_unit_test(cut_words_have_a_row),       cmocka_unit_test(pairs_have_windows),
        cmocka_unit_test(split_words_are_rows),       cmocka_unit_test(a_span_keeps_its_words),
        cmocka_unit_test(prompts_are_in_each_window), cmocka_unit_test(failures_leave_the_batch),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
