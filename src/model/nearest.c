// nearest.c: the rows of a table that are most similar to queries.
//
// Blocks of rows small enough to stay in a cache are compared with every query in turn, and each
// query keeps its best k in a heap whose root is the worst of them. Similarities do not depend on
// the blocks, and equal ones are ordered by row, so the answer is the same with any number of
// threads and whatever else is asked for.
#include <math.h>

#include "model/session.h"

// Is a a worse hit than b? Rows are distinct, so this is a strict order; NaN is the worst score.
static bool worse(struct bert_hit a, struct bert_hit b)
{
    if (isnan(a.score) || isnan(b.score)) {
        if (isnan(a.score) && isnan(b.score)) return a.row > b.row;
        return isnan(a.score);
    }
    return a.score < b.score || (a.score == b.score && a.row > b.row);
}

static void swap(struct bert_hit *a, struct bert_hit *b)
{
    const struct bert_hit t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(struct bert_hit *heap, size_t i)
{
    for (; i > 0 && worse(heap[i], heap[(i - 1) / 2]); i = (i - 1) / 2) {
        swap(&heap[i], &heap[(i - 1) / 2]);
    }
}

static void sift_down(struct bert_hit *heap, size_t i, size_t n)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && worse(heap[child + 1], heap[child])) child++;
        if (!worse(heap[child], heap[i])) return;
        swap(&heap[child], &heap[i]);
    }
}

// Offers rows [first, first + n) to a heap of at most k hits that has seen `first` rows.
static void offer(struct bert_hit *heap, size_t k, const float *scores, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct bert_hit hit = {first + i, scores[i]};
        if (hit.row < k) {
            heap[hit.row] = hit;
            sift_up(heap, hit.row);
        } else if (worse(heap[0], hit)) {
            heap[0] = hit;
            sift_down(heap, 0, k);
        }
    }
}

// A heap with its worst at the root becomes a list with its best first.
static void sort_hits(struct bert_hit *heap, size_t n)
{
    while (n > 1) {
        swap(&heap[0], &heap[--n]);
        sift_down(heap, 0, n);
    }
}

static bert_status check_metric(bert_metric metric, bert_error *err)
{
    if ((int)metric >= 0 && metric <= BERT_METRIC_MANHATTAN) return BERT_OK;
    return fail(err, BERT_INVALID, "metric %d: there is none such", (int)metric);
}

bert_status bert_similarities(bert_session *s, const float *query, const float *rows, size_t n,
                              size_t cols, bert_metric metric, float *out, bert_error *err)
{
    TRY(check_metric(metric, err));
    s->model->device->compare(s->all.stream, out, rows, n, query, cols, metric);
    return BERT_OK;
}

bert_status bert_nearest(bert_session *s, const float *queries, size_t n_queries, const float *rows,
                         size_t n, size_t cols, bert_metric metric, size_t k, struct bert_hit *hits,
                         bert_error *err)
{
    TRY(check_metric(metric, err));
    if (k == 0) return BERT_OK;
    for (size_t first = 0; first < n; first += NEAREST_BLOCK) {
        const size_t block = n - first < NEAREST_BLOCK ? n - first : NEAREST_BLOCK;
        for (size_t q = 0; q < n_queries; q++) {
            s->model->device->compare(s->all.stream, s->scores, rows + first * cols, block,
                                      queries + q * cols, cols, metric);
            offer(hits + q * k, k, s->scores, first, block);
        }
    }
    for (size_t q = 0; q < n_queries; q++) sort_hits(hits + q * k, n < k ? n : k);
    return BERT_OK;
}
