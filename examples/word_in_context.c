// word_in_context.c: the vector of one word in several sentences, and how similar they are.
//
//     word_in_context MODEL WORD "a sentence with WORD" "another one" …
//
// BERT gives a word another vector in every context. This program embeds the sentences, picks the
// word out of each, and prints the cosine of every two: near 1 where the word means the same.
#include <bert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The row of `word` in a sequence: it is how many words come before it. -1: not there.
static long find_word(const bert_batch *batch, size_t sequence, const char *sentence,
                      const char *word)
{
    struct bert_word w;
    size_t at = 0;
    for (long row = 0; bert_batch_word(batch, sequence, &at, &w); row++) {
        const size_t len = w.bytes.end - w.bytes.start;
        if (len == strlen(word) && memcmp(sentence + w.bytes.start, word, len) == 0) return row;
    }
    return -1;
}

static size_t count_words(const bert_batch *batch, size_t sequence)
{
    struct bert_word w;
    size_t n = 0;
    for (size_t at = 0; bert_batch_word(batch, sequence, &at, &w);) n++;
    return n;
}

static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

// Embeds the words of all sentences, and prints the cosines of the rows where `word` is.
static bert_status compare(const bert_model *model, bert_session *session, bert_batch *batch,
                           const char *word, char **sentences, int n, bert_error *err)
{
    struct bert_embed_options options = BERT_EMBED_DEFAULTS;
    options.level = BERT_LEVEL_WORD;
    for (int i = 0; i < n; i++) {
        const struct bert_text text = {sentences[i], strlen(sentences[i])};
        const bert_status status = bert_batch_add(batch, text, (struct bert_text){0}, NULL, err);
        if (status) return status;
    }
    const size_t rows = bert_embed_rows(batch, &options), cols = bert_embed_cols(model, &options);
    float *vectors = malloc((rows * cols + 1) * sizeof *vectors);
    const float **of = malloc((size_t)n * sizeof *of); // the word's vector in each sentence
    bert_status status =
        vectors && of ? bert_embed(session, batch, &options, vectors, err) : BERT_MEMORY;
    size_t first = 0; // row of the sentence's first word
    for (int i = 0; !status && i < n; i++) {
        const long row = find_word(batch, (size_t)i, sentences[i], word);
        of[i] = row < 0 ? NULL : vectors + (first + (size_t)row) * cols;
        first += count_words(batch, (size_t)i);
    }
    for (int i = 0; !status && i < n; i++) {
        printf("%d ", i + 1);
        for (int j = 0; j < n; j++) {
            if (of[i] && of[j]) printf(" %6.3f", cosine(of[i], of[j], cols));
            else printf("      -");
        }
        printf("  %s\n", sentences[i]);
    }
    free(of);
    free(vectors);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: word_in_context MODEL WORD SENTENCE …\n");
        return 2;
    }
    bert_error err = {0};
    bert_model *model = bert_model_open(argv[1], NULL, &err);
    bert_session *session = model ? bert_session_new(model, NULL, &err) : NULL;
    bert_batch *batch = session ? bert_batch_new(model, &err) : NULL;
    if (batch) compare(model, session, batch, argv[2], argv + 3, argc - 3, &err);
    bert_batch_free(batch);
    bert_session_free(session);
    bert_model_free(model);
    if (err.status) fprintf(stderr, "word_in_context: %s\n", err.message);
    return err.status ? 1 : 0;
}
