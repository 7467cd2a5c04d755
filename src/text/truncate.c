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

size_t cut_parts(const struct cut *cut)
{
    if (cut->most >= cut->n) return 1;
    const size_t step = cut->most - cut->stride;
    return 1 + (cut->n - cut->most + step - 1) / step;
}

// Between counting from the start and counting from the end, either way.
static struct bert_span mirrored(const struct cut *cut, struct bert_span range)
{
    const uint32_t n = (uint32_t)cut->n;
    return cut->left ? (struct bert_span){n - range.end, n - range.start} : range;
}

struct bert_span cut_part(const struct cut *cut, size_t i)
{
    const size_t start = cut->most >= cut->n ? 0 : i * (cut->most - cut->stride);
    const size_t end = least(start + cut->most, cut->n);
    return mirrored(cut, (struct bert_span){(uint32_t)start, (uint32_t)end});
}

// Tokens of context on the poorer side; negative: tokens that are lacking there.
static long long context(const struct cut *cut, size_t i, struct bert_span range)
{
    const struct bert_span part = mirrored(cut, cut_part(cut, i));
    const long long before = (long long)range.start - part.start;
    const long long behind = (long long)part.end - range.end;
    return before < behind ? before : behind;
}

// The context grows until a part's middle passes the range's and falls from there on, so the best
// part is one of the two around that.
size_t cut_best(const struct cut *cut, struct bert_span range)
{
    const size_t last = cut_parts(cut) - 1;
    range = mirrored(cut, range);
    const size_t twice = (size_t)range.start + range.end;
    if (last == 0 || twice <= cut->most) return 0;
    const size_t i = least((twice - cut->most) / 2 / (cut->most - cut->stride), last);
    return i < last && context(cut, i + 1, range) > context(cut, i, range) ? i + 1 : i;
}
