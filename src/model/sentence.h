// sentence.h: what a sentence-transformers folder does with a pooled vector: dense layers, layer
// norms, division by the length, in the order of its modules.json.
#ifndef MODEL_SENTENCE_H
#define MODEL_SENTENCE_H

#include "model/sentence_config.h"
#include "nn/config.h"

struct sentence_step {
    enum sentence_module kind;
    size_t in, out;                   // columns
    struct matrix weight, residual;   // dense: [out, in]; residual.n 0: none, or the input itself
    bool adds_input;                  // dense: out += in, in == out
    const float *bias, *gamma, *beta; // NULL: none
    enum act act;
};

struct sentence {
    struct sentence_step steps[SENTENCE_STEPS];
    size_t n;
    size_t in, out, widest; // columns of what is pooled, of the result, of the widest step
    float *vectors;         // memory of biases and norms
    void *panels;           // of matrices
};

// Loads the steps' weights; `in` columns are pooled. FORMAT names a tensor that is missing or of
// another shape, or a step whose columns do not follow; IO, MEMORY.
bert_status sentence_load(struct sentence *s, const struct sentence_config *config, size_t in,
                          const struct device *device, struct pool *pool, bert_error *err);
void sentence_release(struct sentence *s);

// Runs the steps over rows x [n, in]; the result [n, out] is returned: x or y. x, y and spare hold
// n × widest each. normalize false: steps that divide by the length are left out.
float *sentence_forward(const struct sentence *s, const struct device *device,
                        struct stream *stream, float *x, float *y, float *spare, size_t n,
                        bool normalize);

#endif
