// bench.h: one call of each kernel in a shape of BERT-base, timed; part of test_kernels.c. Rows of
// 768 (a tile's k too), feed-forward rows of 3072, 128 tokens. The best of many repetitions counts;
// GFLOP/s also as a share of the peak that the level has for that element type.
#ifndef TESTS_CPU_BENCH_H
#define TESTS_CPU_BENCH_H

#include <time.h>

enum { B_TOKENS = 128, B_HIDDEN = 768, B_WIDE = 3072 };

// What one call does; of the two the one that bounds it is printed.
struct work {
    double flops, bytes;
};

static float b_x[B_TOKENS * B_WIDE], b_y[B_TOKENS * B_WIDE], b_v[B_WIDE];
static _Alignas(64) float b_panel[B_WIDE * 64];

// A panel's worth of packing: NR rows of B_HIDDEN, or B_TOKENS rows of NR.
#define BENCH_PACK(name, ld, k_)                                                                   \
    static struct work bench_##name(const struct kernels *k)                                       \
    {                                                                                              \
        k->name(b_panel, b_x, ld, k->gemm_nr, k_);                                                 \
        return (struct work){0, 4.0 * (k_) * (double)k->gemm_nr};                                  \
    }
BENCH_PACK(pack_rows_f32, B_HIDDEN, B_HIDDEN)
BENCH_PACK(pack_rows_bf16, B_HIDDEN, B_HIDDEN)
BENCH_PACK(pack_rows_int8, B_HIDDEN, B_HIDDEN)
BENCH_PACK(pack_cols_f32, B_WIDE, B_TOKENS)
BENCH_PACK(pack_cols_bf16, B_WIDE, B_TOKENS)
BENCH_PACK(pack_cols_int8, B_WIDE, B_TOKENS)

#define BENCH_ROWS(name)                                                                           \
    static struct work bench_##name(const struct kernels *k)                                       \
    {                                                                                              \
        k->name(b_y, B_HIDDEN, b_x, B_HIDDEN, 8, B_HIDDEN);                                        \
        return (struct work){0, 4.0 * 8 * B_HIDDEN};                                               \
    }
BENCH_ROWS(rows_bf16)
BENCH_ROWS(rows_int8)

// One tile of 768 elements: k words of them.
#define BENCH_GEMM(name, mr, per_word)                                                             \
    static struct work bench_##name(const struct kernels *k)                                       \
    {                                                                                              \
        k->name(b_y, B_HIDDEN, b_x, B_HIDDEN, b_panel, B_HIDDEN / (per_word), k->mr, k->gemm_nr,   \
                false, (struct prefetch){0});                                                      \
        return (struct work){2.0 * B_HIDDEN * (double)(k->mr * k->gemm_nr), 0};                    \
    }
BENCH_GEMM(gemm_f32, f32_mr, 1)
BENCH_GEMM(gemm_bf16, bf16_mr, 2)
BENCH_GEMM(gemm_int8, int8_mr, 4)

#define BENCH_PEAK(name)                                                                           \
    static struct work bench_##name(const struct kernels *k)                                       \
    {                                                                                              \
        return (struct work){k->name(1), 0};                                                       \
    }
BENCH_PEAK(peak_f32)
BENCH_PEAK(peak_bf16)
BENCH_PEAK(peak_int8)

// A panel's columns of a row block.
#define BENCH_ACT(name)                                                                            \
    static struct work bench_act_##name##_fwd(const struct kernels *k)                             \
    {                                                                                              \
        const size_t nr = k->gemm_nr;                                                              \
        k->act_##name##_fwd(b_y, nr, b_x, nr, b_v, false, B_TOKENS, nr);                           \
        return (struct work){0, 8.0 * B_TOKENS * (double)nr};                                      \
    }
ACT_KERNELS(BENCH_ACT)

static struct work bench_layernorm_fwd(const struct kernels *k)
{
    k->layernorm_fwd(b_y, B_HIDDEN, b_x, B_HIDDEN, b_v, b_x, B_HIDDEN, b_v, b_v, 1e-12f, NULL, 0,
                     NULL, NULL, 8, B_HIDDEN);
    return (struct work){0, 12.0 * 8 * B_HIDDEN};
}

#define BENCH_SOFTMAX(name)                                                                        \
    static struct work bench_##name(const struct kernels *k)                                       \
    {                                                                                              \
        float sums[12];                                                                            \
        k->name(b_y, B_TOKENS, b_x, B_TOKENS, 0.125f, sums, NULL, 12, B_TOKENS);                   \
        return (struct work){0, 8.0 * 12 * B_TOKENS};                                              \
    }
BENCH_SOFTMAX(softmax_f32)
BENCH_SOFTMAX(softmax_bf16)
BENCH_SOFTMAX(softmax_int8)

static struct work bench_divide_rows(const struct kernels *k)
{
    k->divide_rows(b_y, B_HIDDEN, b_v, 8, B_HIDDEN);
    return (struct work){0, 8.0 * 8 * B_HIDDEN};
}

static struct work bench_embed_fwd(const struct kernels *k)
{
    static int32_t ids[8], pos[8];
    static uint8_t types[8];
    k->embed_fwd(b_y, B_HIDDEN, b_x, b_x, b_x, ids, types, pos, 8, B_HIDDEN);
    return (struct work){0, 16.0 * 8 * B_HIDDEN};
}

static struct work bench_mean_rows(const struct kernels *k)
{
    k->mean_rows(b_y, b_x, B_HIDDEN, B_TOKENS, B_HIDDEN);
    return (struct work){0, 4.0 * B_TOKENS * B_HIDDEN};
}

static struct work bench_max_rows(const struct kernels *k)
{
    k->max_rows(b_y, b_x, B_HIDDEN, B_TOKENS, B_HIDDEN);
    return (struct work){0, 4.0 * B_TOKENS * B_HIDDEN};
}

#define BENCH_METRIC(name)                                                                         \
    static struct work bench_##name##_rows(const struct kernels *k)                                \
    {                                                                                              \
        k->name##_rows(b_y, b_x, B_HIDDEN, b_v, B_TOKENS, B_HIDDEN);                               \
        return (struct work){0, 4.0 * B_TOKENS * B_HIDDEN};                                        \
    }
METRICS(BENCH_METRIC)

static struct work bench_normalize_fwd(const struct kernels *k)
{
    memcpy(b_y, b_x, 8 * B_HIDDEN * sizeof *b_y);
    k->normalize_fwd(b_y, B_HIDDEN, 8, B_HIDDEN);
    return (struct work){0, 8.0 * 8 * B_HIDDEN};
}

static double now(void)
{
    struct timespec s;
    clock_gettime(CLOCK_MONOTONIC, &s);
    return (double)s.tv_sec + 1e-9 * (double)s.tv_nsec;
}

// Seconds of one call: the best of 30 rounds of about a millisecond.
static double seconds(struct work (*run)(const struct kernels *), const struct kernels *k,
                      struct work *work)
{
    double best = INFINITY;
    size_t calls = 1;
    for (int round = 0; round < 30; round++) {
        const double start = now();
        for (size_t i = 0; i < calls; i++) *work = run(k);
        const double each = (now() - start) / (double)calls;
        if (each < best) best = each;
        calls = 1 + (size_t)(1e-3 / best);
    }
    return best;
}

// Operations a second of the element type that a name ends with.
static double peak_of(const char *name, const struct kernels *k)
{
    struct work work;
    struct work (*run)(const struct kernels *) = bench_peak_f32;
    if (strstr(name, "bf16")) run = bench_peak_bf16;
    if (strstr(name, "int8")) run = bench_peak_int8;
    const double s = seconds(run, k, &work);
    return work.flops / s;
}

// Benches the kernels whose name contains `filter`.
static int bench(const char *filter)
{
    static const struct {
        const char *name;
        struct work (*run)(const struct kernels *);
    } benches[] = {
#define BENCH(name, args) {#name, bench_##name},
        BENCH(peak_f32, ) BENCH(peak_bf16, ) BENCH(peak_int8, ) KERNELS(BENCH)
#undef BENCH
    };
    for (size_t i = 0; i < B_TOKENS * B_WIDE; i++) b_x[i] = 4 * guard_random();
    for (size_t level = 0; cpu_levels()[level]; level++) {
        struct kernels k;
        struct work work;
        cpu_table(level, &k);
        for (size_t i = 0; i < sizeof benches / sizeof *benches; i++) {
            if (!strstr(benches[i].name, filter)) continue;
            const double s = seconds(benches[i].run, &k, &work);
            printf("%-10s %-20s %10.0f ns", cpu_levels()[level], benches[i].name, s * 1e9);
            if (work.flops > 0) {
                const double rate = work.flops / s;
                printf(" %8.1f GFLOP/s %5.1f%%\n", rate * 1e-9,
                       100 * rate / peak_of(benches[i].name, &k));
            } else {
                printf(" %8.1f GB/s\n", work.bytes / s * 1e-9);
            }
        }
    }
    return 0;
}

#endif
