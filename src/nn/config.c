// config.c: bounds of the shapes that are accepted.
#include "nn/config.h"

// Far beyond any published BERT, and small enough that no product of a few of them overflows
// size_t: 2^24 words × 2^16 wide × 4 bytes = 2^42.
enum { MOST_WORDS = 1 << 24, MOST_WIDE = 1 << 16, MOST_LAYERS = 1 << 10, MOST_POSITIONS = 1 << 20 };

bert_status config_check(struct config *c, const char *where, bert_error *err)
{
    const struct {
        const char *name;
        size_t value, most;
    } sizes[] = {
        {"vocab_size", c->V, MOST_WORDS},
        {"max_position_embeddings", c->P, MOST_POSITIONS},
        {"type_vocab_size", c->Y, 256},
        {"num_hidden_layers", c->L, MOST_LAYERS},
        {"hidden_size", c->H, MOST_WIDE},
        {"num_attention_heads", c->A, MOST_WIDE},
        {"intermediate_size", c->F, MOST_WIDE * 4},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i].value < 1 || sizes[i].value > sizes[i].most) {
            return fail(err, BERT_FORMAT, "%s: %s is %zu, not between 1 and %zu", where,
                        sizes[i].name, sizes[i].value, sizes[i].most);
        }
    }
    if (c->H % c->A) {
        return fail(err, BERT_FORMAT,
                    "%s: hidden_size %zu is not a multiple of num_attention_heads %zu", where, c->H,
                    c->A);
    }
    if (!(c->eps >= 0 && c->eps < 1)) {
        return fail(err, BERT_FORMAT, "%s: layer_norm_eps is not between 0 and 1", where);
    }
    c->D = c->H / c->A;
    return BERT_OK;
}
