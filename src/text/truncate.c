// truncate.c: each reference's own arithmetic.
#include "text/truncate.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Google and hf-slow: the longer one loses a token until both fit; of equal ones the second.
static void drop_one_by_one(size_t room, size_t *a, size_t *b)
{
    if (*a > *b) *a -= least(*a - *b, *a + *b - room);
    if (*b > *a && *a + *b > room) *b -= least(*b - *a, *a + *b - room);
    if (*a + *b <= room) return;
    *a = room - room / 2; // equal: they lose in turn, the second first
    *b = room / 2;
}

// tokenizers/src/utils/truncation.rs, LongestFirst.
static void halve(size_t room, size_t *a, size_t *b)
{
    const bool swap = *a > *b;
    size_t n1 = least(*a, *b), n2;
    if (n1 > room) n2 = n1;
    else n2 = n1 > room - n1 ? n1 : room - n1;
    if (n1 + n2 > room) {
        n1 = room / 2;
        n2 = n1 + room % 2;
    }
    *a = swap ? n2 : n1;
    *b = swap ? n1 : n2;
}

bert_status truncate_pair(bert_profile profile, bert_truncate rule, bool has_pair, size_t room,
                          size_t *a, size_t *b, bert_error *err)
{
    if (*a + *b <= room) return BERT_OK;
    if (room == 0) {
        *a = *b = 0;
        return BERT_OK;
    }
    if (rule == BERT_TRUNCATE_LONGEST_FIRST) {
        if (!has_pair) *a = room;
        else if (profile == BERT_PROFILE_HF_FAST) halve(room, a, b);
        else drop_one_by_one(room, a, b);
        return BERT_OK;
    }
    if (rule == BERT_TRUNCATE_ONLY_SECOND && !has_pair) {
        return fail(err, BERT_INVALID, "only_second: there is no second text to truncate");
    }
    size_t *target = rule == BERT_TRUNCATE_ONLY_FIRST ? a : b;
    const size_t excess = *a + *b - room;
    if (*target <= excess) {
        return fail(err, BERT_INVALID,
                    "%s: %zu tokens are too many, and that text has only %zu; use longest_first",
                    rule == BERT_TRUNCATE_ONLY_FIRST ? "only_first" : "only_second", excess,
                    *target);
    }
    *target -= excess;
    return BERT_OK;
}

size_t truncate_windows(size_t n, size_t most, size_t stride)
{
    if (most >= n) return 1;
    const size_t step = most - stride;
    return 1 + (n - most + step - 1) / step;
}

struct bert_span truncate_window(size_t n, size_t most, size_t stride, bool left, size_t i)
{
    const size_t skip = most >= n ? 0 : i * (most - stride);
    const size_t end = least(skip + most, n);
    if (left) return (struct bert_span){(uint32_t)(n - end), (uint32_t)(n - skip)};
    return (struct bert_span){(uint32_t)skip, (uint32_t)end};
}
