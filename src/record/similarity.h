// similarity.h: how alike texts are, in every output format: pairs, rows of a matrix, and the hits
// of a search. A format is a row of the table in similarity.c.
#ifndef RECORD_SIMILARITY_H
#define RECORD_SIMILARITY_H

#include "base/buf.h"
#include "bert.h"

struct similar_pair {
    size_t index; // of the item, from 0
    struct bert_text text, pair;
    float similarity;
};

struct similar_row {
    size_t index;
    struct bert_text text;
    const float *similarities; // to each of the n texts
    size_t n;
};

struct search_hit {
    size_t line; // of the file, from 1
    float score;
    struct bert_text text;
};

struct search_result {
    size_t index;
    struct bert_text query;
    const struct search_hit *hits; // best first
    size_t n;
    bool name_query; // text: several queries are answered, say which
};

struct similarity_format {
    const char *name;
    // NULL where this format does not have such a record.
    void (*pair)(struct buf *out, const struct similar_pair *r);
    void (*row)(struct buf *out, const struct similar_row *r);
    void (*result)(struct buf *out, const struct search_result *r);
    bool header; // rows follow an npy header
};

// NULL when there is no such format.
const struct similarity_format *similarity_format(const char *name);

#endif
