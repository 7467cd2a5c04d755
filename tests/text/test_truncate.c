// test_truncate.c: the arithmetic of parts, against going through all of them.
#include "support/check.h"

#include "text/truncate.h"

static void each_token_is_in_a_part(void **state)
{
    (void)state;
    for (size_t n = 1; n < 20; n++) {
        for (size_t most = 1; most <= n; most++) {
            for (size_t stride = 0; stride < most; stride++) {
                const struct cut cut = {n, most, stride, (n + most) % 2};
                const size_t parts = cut_parts(&cut);
                bool in[20] = {false};
                for (size_t i = 0; i < parts; i++) {
                    const struct bert_span part = cut_part(&cut, i);
                    assert_true(part.end <= n && part.end - part.start <= most);
                    for (size_t t = part.start; t < part.end; t++) in[t] = true;
                }
                for (size_t t = 0; t < n; t++) assert_true(in[t]);
            }
        }
    }
}

static long context(struct bert_span part, struct bert_span range)
{
    const long before = (long)range.start - part.start, behind = (long)part.end - range.end;
    return before < behind ? before : behind;
}

static void check_best(const struct cut *cut)
{
    for (uint32_t a = 0; a < cut->n; a++) {
        for (uint32_t b = a + 1; b <= cut->n; b++) {
            const struct bert_span range = {a, b};
            size_t best = 0;
            for (size_t i = 1; i < cut_parts(cut); i++) {
                if (context(cut_part(cut, i), range) > context(cut_part(cut, best), range))
                    best = i;
            }
            if (cut_best(cut, range) != best) {
                fail_msg("[%u,%u) of %zu in parts of %zu, %zu shared: %zu, not %zu", a, b, cut->n,
                         cut->most, cut->stride, cut_best(cut, range), best);
            }
        }
    }
}

static void the_best_part_is_found(void **state)
{
    (void)state;
    for (size_t n = 1; n < 24; n++) {
        for (size_t most = 1; most <= n + 1; most++) {
            for (size_t stride = 0; stride < most; stride++) {
                check_best(&(struct cut){n, most, stride, false});
                check_best(&(struct cut){n, most, stride, true});
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_token_is_in_a_part),
        cmocka_unit_test(the_best_part_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
