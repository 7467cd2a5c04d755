// Which sequences run together: every one exactly once, none idle that could help.
#include "model/schedule.h"

#include "support/check.h"

#include "base/rng.h"

enum { MOST = 400 };

static const struct config config = {.L = 2, .H = 128, .A = 2, .D = 64, .F = 512, .P = 512};

// A schedule of sequences of these lengths; runs [MOST].
static struct schedule of(struct run *runs, const uint32_t *lengths, size_t S, int threads)
{
    uint32_t offs[MOST + 1] = {0};
    for (size_t i = 0; i < S; i++) offs[i + 1] = offs[i] + lengths[i];
    return schedule_batch(runs, &config, offs, S, 1024, threads);
}

static struct schedule of_equal(struct run *runs, uint32_t length, size_t S, int threads)
{
    uint32_t lengths[MOST];
    for (size_t i = 0; i < S; i++) lengths[i] = length;
    return of(runs, lengths, S, threads);
}

static void one_text_is_everybodys(void **state)
{
    (void)state;
    struct run runs[MOST];
    const struct schedule s = of_equal(runs, 512, 1, 4);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.together, 1);
}

static void equal_texts_are_shared_out(void **state)
{
    (void)state;
    struct run runs[MOST];
    const struct schedule s = of_equal(runs, 128, 8, 2);
    assert_int_equal(s.n, 8);
    assert_int_equal(s.together, 0);
}

static void the_odd_one_is_everybodys(void **state)
{
    (void)state;
    struct run runs[MOST];
    const struct schedule s = of_equal(runs, 128, 9, 2);
    assert_int_equal(s.n, 9);
    assert_int_equal(s.together, 1);
}

static void the_longest_is_everybodys(void **state)
{
    (void)state;
    struct run runs[MOST];
    const uint32_t lengths[] = {30, 40, 512, 40, 30};
    const struct schedule s = of(runs, lengths, 5, 2);
    assert_true(s.together >= 1);
    assert_int_equal(runs[0].first, 2);
    assert_int_equal(runs[0].end, 3);
}

static void few_short_texts_run_together(void **state)
{
    (void)state;
    struct run runs[MOST];
    const struct schedule s = of_equal(runs, 16, 6, 2);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.together, 1);
    assert_int_equal(runs[0].end, 6);
}

static void one_thread_takes_them_in_order(void **state)
{
    (void)state;
    struct run runs[MOST];
    const struct schedule s = of_equal(runs, 50, 5, 1);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.together, 0);
    for (size_t i = 0; i < 3; i++) assert_int_equal(runs[i].first, 2 * i);
}

static void every_text_runs_once(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        struct run runs[MOST];
        uint32_t lengths[MOST], random[4];
        rng_words(11, 1, round, 0, random);
        const size_t S = 1 + random[0] % MOST;
        const int threads = 1 + (int)(random[1] % 9);
        for (size_t i = 0; i < S; i++) {
            rng_words(11, 2, round, i, random);
            lengths[i] = 1 + random[0] % (random[1] % 4 ? 40 : 512);
        }
        const struct schedule s = of(runs, lengths, S, threads);
        int seen[MOST] = {0};
        assert_true(s.together <= s.n);
        for (size_t i = 0; i < s.n; i++) {
            size_t tokens = 0;
            for (size_t j = runs[i].first; j < runs[i].end; j++) {
                seen[j]++;
                tokens += lengths[j];
            }
            const bool single = runs[i].end == runs[i].first + 1;
            assert_true(single || tokens <= (s.together == s.n ? 1024 : RUN_TOKENS));
        }
        for (size_t i = 0; i < S; i++) assert_int_equal(seen[i], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_text_is_everybodys),
        cmocka_unit_test(equal_texts_are_shared_out),
        cmocka_unit_test(the_odd_one_is_everybodys),
        cmocka_unit_test(the_longest_is_everybodys),
        cmocka_unit_test(few_short_texts_run_together),
        cmocka_unit_test(one_thread_takes_them_in_order),
        cmocka_unit_test(every_text_runs_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
