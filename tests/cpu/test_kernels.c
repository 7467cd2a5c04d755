// test_kernels.c: every kernel of every level against ref: all tails, unaligned, beside guard
// pages, with extremes; and the laws: a row's bits depend neither on the other rows nor on where it
// lies. With --bench [NAME] it measures them instead (bench.h); packing and GEMM are checked in
// gemm.h, softmax in softmax.h. Cases and benches come from the KERNELS list: a kernel without its
// check_… and its bench_… does not compile.
//
// Tolerances are bounds from error analysis; u = 2^-24 is float32's rounding error. A sum of n
// terms in any order is off by less than n u sum|terms|; here a lane adds at most n/4 of them, then
// comes a tree (CHAIN below). The result of ref has its own rounding, u|y|.
#include "support/check.h"

#include <float.h>
#include <math.h>

#include "cpu/cpu.h"
#include "guard.h"

static const double u = 0x1p-24;
static const double smallest = FLT_MIN * 1.01; // what is below may have become 0

static struct {
    const char *level;
    const struct kernels *k;
    struct kernels ref;
} t;

// 1 to 70, then some that end just before, at and behind whole vectors.
static size_t next_length(size_t n)
{
    static const size_t longer[] = {95, 96, 97, 127, 128, 129, 255, 312, 768, 1025};
    if (n < 70) return n + 1;
    size_t i = 0;
    while (i < sizeof longer / sizeof *longer && longer[i] <= n) i++;
    return i < sizeof longer / sizeof *longer ? longer[i] : SIZE_MAX;
}
#define FOR_LENGTHS(n) for (size_t n = 1; n != SIZE_MAX; n = next_length(n))
#define CHAIN(n) ((double)(n) / 4 + 8)

// ------------------------------------------------------------------------------------ comparisons

// |got - want| in units of the tolerance; equal values (infinities) and two NaNs agree.
static double excess(float got, double want, double tolerance)
{
    if ((double)got == want || (isnan(got) && isnan(want))) return 0;
    const double distance = fabs(got - want);
    return isnan(distance) ? INFINITY : distance / tolerance;
}

static void expect_close(const char *what, size_t n, size_t at, float got, double want,
                         double tolerance)
{
    if (excess(got, want, tolerance) <= 1) return;
    fail_msg("%s %s, length %zu, element %zu: %.9g instead of %.9g, tolerance %.3g", t.level, what,
             n, at, got, want, tolerance);
}

static void expect_same(const char *what, size_t n, const float *got, const float *want,
                        size_t floats)
{
    for (size_t i = 0; i < floats; i++) {
        if (memcmp(got + i, want + i, sizeof *got) == 0) continue;
        fail_msg("%s %s, length %zu: element %zu is %.9g, not %.9g bit for bit", t.level, what, n,
                 i, got[i], want[i]);
    }
}

// The floats between rows are as they were.
static void expect_gaps(const char *what, const float *p, size_t ld, size_t rows, size_t cols)
{
    for (size_t i = 0; i + 1 < rows; i++) {
        for (size_t j = cols; j < ld; j++) {
            if (guard_is_canary(p[i * ld + j])) continue;
            fail_msg("%s %s wrote row %zu, column %zu of %zu", t.level, what, i, j, cols);
        }
    }
}

// Floats from the first of `rows` rows to the last one's end.
static size_t extent(size_t rows, size_t ld, size_t cols)
{
    return rows ? (rows - 1) * ld + cols : 0;
}

static float *copy_of(const float *p, size_t n)
{
    float *q = guard_bytes(n * sizeof *q);
    memcpy(q, p, n * sizeof *q);
    return q;
}

#include "gemm.h"
#include "softmax.h"

// ------------------------------------------------------------------------------------ activations

// Relative errors in u. Of vec_exp: r is off by 1.1 (two roundings of |r| <= 0.35 each, and `low`),
// r + r² P by 0.45, the last sum by 1: E = 2.6. A result below 2^-126 is 0 or has few bits.
//   sigmoid: e/(1 + e): E, the sum 1, the division 1, ref 1: 5.6.   x sigmoid: one more.
//   argument z = g(x) rounded by d: e is off by d|z| more, of which 1 - sigmoid(z) counts: |z| for
//     z < 0, at most 0.28 for z > 0. d: 2 for 1.702x; for gelu_tanh x², a multiply-add of two
//     roundings, a product and two constants: 6.
//   gelu: E, N and D by Horner with terms of one sign: two roundings (level c) in each of 4 and 5
//     steps, the fit 0.3, division 1, the products 2, the last sum 1, ref 1: 26.
//     From a table: the fit 0.5 (avx512) or 1.4 (avx2), multiply-adds whose terms have one sign or
//     shrink, ref 1: less. Beyond 3.6 the fit is off by 6e-11 at most.
//     coarse: 8.2e-5 (16 intervals) and 4.6e-5 (8) between 0 and 4.25, 4.5e-5 beyond; 1e-4 of |x|
//     in the first interval, which is 0 at 0.
//   tanh: below 0.625 x + x³P: the sum 1, ref 1, and 8% of x³P's 8; above it e <= 0.29 counts with
//     its share 0.6 of E, then 3 roundings and ref: 5.6.

static double flush(double x)
{
    return smallest * fmax(1, fabs(x));
}

static double sigmoid_tolerance(double z, double d, double y)
{
    return (6.6 + d * (z < 0 ? -z : 0.28)) * u * fabs(y);
}

static double tol_gelu(double x, double y)
{
    return 26 * u * fabs(y) + (fabs(x) > 3.6 ? 6e-11 : flush(x));
}

static double tol_gelu_coarse(double x, double y)
{
    return fmin(1e-4, 1e-3 * fabs(x)) + tol_gelu(x, y);
}

static double tol_gelu_tanh(double x, double y)
{
    return sigmoid_tolerance(1.5957691 * (x + 0.044715 * x * x * x), 6, y) + flush(x);
}

static double tol_quick_gelu(double x, double y)
{
    return sigmoid_tolerance(1.702 * x, 2, y) + flush(x);
}

static double tol_silu(double x, double y)
{
    return sigmoid_tolerance(x, 0, y) + flush(x);
}

static double tol_relu(double x, double y)
{
    return 0 * (x + y);
}

static double tol_tanh(double x, double y)
{
    (void)x;
    return 5.6 * u * fabs(y) + 0x1p-149;
}

static double tol_sigmoid(double x, double y)
{
    return 5.6 * u * fabs(y) + flush(0 * x);
}

static double tol_linear(double x, double y)
{
    return 0 * (x + y);
}

typedef void act_fn ACT_ARGS;

// Every length, with and without bias and save, in place and not.
static void check_act_lengths(const char *what, act_fn *got, act_fn *want,
                              double (*tolerance)(double, double))
{
    FOR_LENGTHS(n)
    {
        for (int variant = 0; variant < 4; variant++) {
            enum { ROWS = 3 };
            guard_reset();
            const bool save = variant & 1;
            const size_t ldx = n + 2, ldy = n + 1;
            float *bias = guard_randoms(n, 1), *x = guard_randoms(extent(ROWS, ldx, n), 8);
            float *law_x = copy_of(x, extent(ROWS, ldx, n)), *same = copy_of(law_x, n);
            float *y = guard_floats(extent(ROWS, ldy, n)), *law = guard_floats(ROWS * n);
            if (variant & 2) bias = NULL;
            got(y, ldy, x, ldx, bias, save, ROWS, n);
            want(law, n, law_x, ldx, bias, true, ROWS, n);
            for (size_t i = 0; i < ROWS * n; i++) {
                const double w = law[i];
                expect_close(what, n, i, y[i / n * ldy + i % n], w,
                             tolerance(law_x[i / n * ldx + i % n], w));
            }
            for (size_t i = 0; save && i < ROWS; i++) {
                expect_same("saved pre-activation", n, x + i * ldx, law_x + i * ldx, n);
            }
            expect_gaps(what, y, ldy, ROWS, n);
            got(same, n, same, n, bias, false, 1, n);
            expect_same("activation of one row in place", n, same, y, n);
        }
    }
}

// Every 10007th float of all, subnormal and huge ones included; alone an element has the same bits.
static void check_act_values(const char *what, act_fn *got, act_fn *want,
                             double (*tolerance)(double, double))
{
    enum { N = 997 };
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        guard_reset();
        float *x = guard_floats(N), *y = guard_floats(N), *law = guard_floats(N);
        float *alone = guard_floats(1);
        for (size_t i = 0; i < N; i++, bits += 10007) {
            const uint32_t b = bits <= UINT32_MAX ? (uint32_t)bits : 0;
            memcpy(x + i, &b, sizeof b);
        }
        got(y, N, x, N, NULL, false, 1, N);
        want(law, N, x, N, NULL, false, 1, N);
        for (size_t i = 0; i < N; i++) {
            if (isinf(x[i])) continue;
            expect_close(what, N, i, y[i], law[i], tolerance(x[i], law[i]));
            got(alone, 1, x + i, 1, NULL, false, 1, 1);
            if (!isnan(x[i])) expect_same("activation alone", N, alone, y + i, 1);
        }
    }
}

// Signed zeros, infinities where the definition has a limit, NaN; `off`: how far a limit may be.
static void check_act_extremes(const char *what, act_fn *got, act_fn *want, double off)
{
    const float values[] = {0, -0.0f, INFINITY, -INFINITY, NAN, FLT_MAX, -FLT_MAX};
    enum { N = sizeof values / sizeof *values };
    float x[N], y[N], law[N];
    memcpy(x, values, sizeof x);
    got(y, N, x, N, NULL, false, 1, N);
    want(law, N, x, N, NULL, false, 1, N);
    for (size_t i = 0; i < N; i++) {
        if (isnan(law[i]) && !isnan(x[i])) continue;
        expect_close(what, N, i, y[i], law[i], off);
        if (x[i] == 0 && law[i] == 0 && !signbit(law[i]) != !signbit(y[i])) {
            fail_msg("%s %s(%g) is %g", t.level, what, x[i], y[i]);
        }
    }
}

#define CHECK_ACT_WITHIN(name, off)                                                                \
    static void check_act_##name##_fwd(void)                                                       \
    {                                                                                              \
        act_fn *got = t.k->act_##name##_fwd, *want = t.ref.act_##name##_fwd;                       \
        check_act_lengths("act_" #name, got, want, tol_##name);                                    \
        check_act_values("act_" #name, got, want, tol_##name);                                     \
        check_act_extremes("act_" #name, got, want, off);                                          \
    }
#define CHECK_ACT(name) CHECK_ACT_WITHIN(name, smallest)
ACTIVATIONS(CHECK_ACT)
CHECK_ACT_WITHIN(gelu_coarse, 1e-4)

// Negative control: the tanh approximation is not gelu.
static void check_gelu_control(void)
{
    guard_reset();
    float *x = guard_randoms(1000, 4), *y = guard_floats(1000), *law = guard_floats(1000);
    t.k->act_gelu_tanh_fwd(y, 1000, x, 1000, NULL, false, 1, 1000);
    t.ref.act_gelu_fwd(law, 1000, x, 1000, NULL, false, 1, 1000);
    size_t beyond = 0;
    for (size_t i = 0; i < 1000; i++) beyond += excess(y[i], law[i], tol_gelu(x[i], law[i])) > 1;
    assert_true(beyond > 900);
}

// -------------------------------------------------------------------------------------- layernorm

// A row v with its exact statistics: how far may y, mean and rstd be off? The mean by its sum's
// error; the variance (relatively) by its sum's and by (mean's error)²/variance, since the sum of
// v - mean is 0; rstd by half of that and 2 roundings; y by all, with 3 roundings of its own.
struct norm_bound {
    double mean, rstd, y_fixed, y_relative;
};

static struct norm_bound norm_bound(const float *v, double eps, size_t n)
{
    double sum = 0, magnitude = 0, square = 0;
    for (size_t j = 0; j < n; j++) sum += v[j], magnitude += fabs(v[j]);
    const double mean = sum / (double)n;
    for (size_t j = 0; j < n; j++) square += (v[j] - mean) * (v[j] - mean);
    const double variance = square / (double)n + eps, rstd = 1 / sqrt(variance);
    const double off = (CHAIN(n) + 1) * u * magnitude / (double)n;
    const double relative = (CHAIN(n) + 4) * u / 2 + off * off / variance / 2 + 2 * u;
    return (struct norm_bound){off + u * fabs(mean), (relative + u) * rstd, off * rstd, relative};
}

static void expect_norm(const float *y, const float *law, const float *v, const float *gamma,
                        const float *beta, double eps, size_t n)
{
    const struct norm_bound bound = norm_bound(v, eps, n);
    for (size_t j = 0; j < n; j++) {
        const double scaled = fabs((double)law[j] - beta[j]) + u * fabs(beta[j]);
        expect_close("layernorm_fwd", n, j, y[j], law[j],
                     fabs(gamma[j]) * bound.y_fixed + scaled * (bound.y_relative + 3 * u) +
                         2 * u * fabs(law[j]));
    }
}

enum { NORM_ROWS = 3, NORM_BIAS = 1, NORM_RESIDUAL = 2, NORM_SAVE = 4 };

static void check_norm(size_t n, int variant, float offset, float eps)
{
    guard_reset();
    const size_t ldx = n + 1, ldr = n + 2, ldy = n + 3;
    float *x = guard_randoms(extent(NORM_ROWS, ldx, n), 2), *bias = guard_randoms(n, 1);
    float *residual = guard_randoms(extent(NORM_ROWS, ldr, n), 1);
    const float *gamma = guard_randoms(n, 1), *beta = guard_randoms(n, 1);
    for (size_t i = 0; i < extent(NORM_ROWS, ldx, n); i++) x[i] += offset;
    float *y = guard_floats(extent(NORM_ROWS, ldy, n)), *law = guard_floats(NORM_ROWS * n);
    float *v = guard_floats(NORM_ROWS * n), *law_v = guard_floats(NORM_ROWS * n);
    float *mean = guard_floats(NORM_ROWS), *rstd = guard_floats(NORM_ROWS);
    float *law_mean = guard_floats(NORM_ROWS), *law_rstd = guard_floats(NORM_ROWS);
    if (!(variant & NORM_BIAS)) bias = NULL;
    if (!(variant & NORM_RESIDUAL)) residual = NULL;
    const bool save = variant & NORM_SAVE;
    t.k->layernorm_fwd(y, ldy, x, ldx, bias, residual, ldr, gamma, beta, eps, save ? v : NULL, n,
                       save ? mean : NULL, save ? rstd : NULL, NORM_ROWS, n);
    t.ref.layernorm_fwd(law, n, x, ldx, bias, residual, ldr, gamma, beta, eps, law_v, n, law_mean,
                        law_rstd, NORM_ROWS, n);
    for (size_t i = 0; i < NORM_ROWS; i++) {
        expect_norm(y + i * ldy, law + i * n, law_v + i * n, gamma, beta, eps, n);
        const struct norm_bound bound = norm_bound(law_v + i * n, eps, n);
        if (save) {
            expect_close("mean", n, i, mean[i], law_mean[i], bound.mean);
            expect_close("rstd", n, i, rstd[i], law_rstd[i], bound.rstd);
        }
    }
    if (save) expect_same("sum before the norm", n, v, law_v, NORM_ROWS * n);
    expect_gaps("layernorm_fwd", y, ldy, NORM_ROWS, n);
    // The last row alone, over its residual or over itself.
    float *last = residual ? residual + 2 * ldr : x + 2 * ldx;
    t.k->layernorm_fwd(last, n, x + 2 * ldx, ldx, bias, residual ? last : NULL, ldr, gamma, beta,
                       eps, NULL, 0, NULL, NULL, 1, n);
    expect_same("layernorm_fwd alone in place", n, last, y + 2 * ldy, n);
}

static void check_layernorm_fwd(void)
{
    FOR_LENGTHS(n)
    {
        for (int variant = 0; variant < 8; variant++) check_norm(n, variant, 0, 1e-12f);
        check_norm(n, NORM_SAVE, 100, 1e-12f); // a mean far from 0
        check_norm(n, NORM_SAVE, 0, 1e-5f);
    }
}

// Negative control: eps 1e-5 is not 1e-12, already at a variance of 1/3.
static void check_layernorm_control(void)
{
    enum { N = 768 };
    guard_reset();
    float *x = guard_randoms(N, 1), *one = guard_floats(N), *zero = guard_floats(N);
    for (size_t j = 0; j < N; j++) one[j] = 1, zero[j] = 0;
    float *y = guard_floats(N), *law = guard_floats(N);
    t.k->layernorm_fwd(y, N, x, N, NULL, NULL, 0, one, zero, 1e-5f, NULL, 0, NULL, NULL, 1, N);
    t.ref.layernorm_fwd(law, N, x, N, NULL, NULL, 0, one, zero, 1e-12f, NULL, 0, NULL, NULL, 1, N);
    const struct norm_bound bound = norm_bound(x, 1e-12, N);
    size_t beyond = 0;
    for (size_t j = 0; j < N; j++) {
        const double tolerance = bound.y_fixed + fabs(law[j]) * (bound.y_relative + 5 * u);
        beyond += excess(y[j], law[j], tolerance) > 1;
    }
    assert_true(beyond > 0);
}

// ------------------------------------------------------------------------------------------- rows

static void check_divide_rows(void)
{
    FOR_LENGTHS(n)
    {
        enum { ROWS = 3 };
        guard_reset();
        const size_t ld = n + 1;
        float *y = guard_randoms(extent(ROWS, ld, n), 4), *divisors = guard_randoms(ROWS, 3);
        float *law = copy_of(y, extent(ROWS, ld, n));
        t.k->divide_rows(y, ld, divisors, ROWS, n);
        t.ref.divide_rows(law, ld, divisors, ROWS, n);
        for (size_t i = 0; i < ROWS; i++) {
            expect_same("divide_rows", n, y + i * ld, law + i * ld, n);
        }
    }
}

static void check_embed_fwd(void)
{
    enum { ROWS = 5, WORDS = 7, POSITIONS = 6 };
    FOR_LENGTHS(n)
    {
        guard_reset();
        const size_t ld = n + 1;
        const float *word = guard_randoms(WORDS * n, 1), *type = guard_randoms(2 * n, 1);
        const float *position = guard_randoms(POSITIONS * n, 1);
        int32_t *ids = guard_bytes(ROWS * sizeof *ids), *pos = guard_bytes(ROWS * sizeof *pos);
        uint8_t *types = guard_bytes(ROWS);
        for (int i = 0; i < ROWS; i++) {
            ids[i] = (WORDS - 1) * (i + 1) % WORDS;
            types[i] = i % 2;
            pos[i] = POSITIONS - 1 - i;
        }
        float *y = guard_floats(extent(ROWS, ld, n)), *law = guard_floats(extent(ROWS, ld, n));
        t.k->embed_fwd(y, ld, word, type, position, ids, types, pos, ROWS, n);
        t.ref.embed_fwd(law, ld, word, type, position, ids, types, pos, ROWS, n);
        expect_same("embed_fwd", n, y, law, extent(ROWS, ld, n));
    }
}

static void check_mean_rows(void)
{
    FOR_LENGTHS(n)
    {
        for (size_t rows = 1; rows <= 40; rows += 13) {
            guard_reset();
            const size_t ld = n + 1;
            const float *x = guard_randoms(extent(rows, ld, n), 1);
            float *y = guard_floats(n), *law = guard_floats(n);
            t.k->mean_rows(y, x, ld, rows, n);
            t.ref.mean_rows(law, x, ld, rows, n);
            for (size_t j = 0; j < n; j++) { // terms are below 1
                expect_close("mean_rows", n, j, y[j], law[j], (double)(rows + 1) * u);
            }
        }
    }
}

static void check_max_rows(void)
{
    FOR_LENGTHS(n)
    {
        for (size_t rows = 1; rows <= 40; rows += 13) {
            guard_reset();
            const size_t ld = n + 1;
            const float *x = guard_randoms(extent(rows, ld, n), 1);
            float *y = guard_floats(n), *law = guard_floats(n);
            t.k->max_rows(y, x, ld, rows, n);
            t.ref.max_rows(law, x, ld, rows, n);
            expect_same("max_rows", n, y, law, n);
        }
    }
}

// A similarity's sum is off by CHAIN(n) u of its terms' magnitudes, whose own roundings are below 3
// u; ref and what follows the sum by 4 u of the result. What cosine divides by adds a sum's half
// each.
static double dot_tolerance(const float *x, const float *q, size_t n, double y)
{
    double magnitude = 0;
    for (size_t j = 0; j < n; j++) magnitude += fabs((double)x[j] * q[j]);
    return u * ((CHAIN(n) + 3) * magnitude + 4 * fabs(y));
}

static double cosine_tolerance(const float *x, const float *q, size_t n, double y)
{
    double xx = 0, qq = 0;
    for (size_t j = 0; j < n; j++) xx += (double)x[j] * x[j], qq += (double)q[j] * q[j];
    const double lengths = fmax(sqrt(xx), 1e-12) * fmax(sqrt(qq), 1e-12);
    return dot_tolerance(x, q, n, y * lengths) / lengths + (CHAIN(n) + 8) * u * fabs(y);
}

// All terms have one sign.
static double euclidean_tolerance(const float *x, const float *q, size_t n, double y)
{
    (void)x, (void)q;
    return (CHAIN(n) / 2 + 8) * u * fabs(y);
}

static double manhattan_tolerance(const float *x, const float *q, size_t n, double y)
{
    (void)x, (void)q;
    return (CHAIN(n) + 6) * u * fabs(y);
}

typedef void metric_fn METRIC_ARGS;

// Among the rows are q itself and one of zeros. Alone a row has the same bits.
static void check_metric_rows(const char *what, metric_fn *got, metric_fn *want,
                              double (*tolerance)(const float *, const float *, size_t, double),
                              size_t rows, size_t n)
{
    guard_reset();
    const size_t ld = n + 1;
    float *x = guard_randoms(extent(rows, ld, n), 2), *q = guard_randoms(n, 1);
    float *y = guard_floats(rows), *law = guard_floats(rows), *alone = guard_floats(rows);
    memcpy(x, q, n * sizeof *q);
    for (size_t j = 0; rows > 1 && j < n; j++) x[ld + j] = 0;
    got(y, x, ld, q, rows, n);
    want(law, x, ld, q, rows, n);
    for (size_t i = 0; i < rows; i++) {
        expect_close(what, n, i, y[i], law[i], tolerance(x + i * ld, q, n, law[i]));
        got(alone + i, x + i * ld, ld, q, 1, n);
    }
    expect_same(what, n, alone, y, rows);
}

static void check_metric(const char *what, metric_fn *got, metric_fn *want,
                         double (*tolerance)(const float *, const float *, size_t, double))
{
    FOR_LENGTHS(n)
    {
        for (size_t rows = 1; rows <= 6; rows++) {
            check_metric_rows(what, got, want, tolerance, rows, n);
        }
    }
}

#define CHECK_METRIC(name)                                                                         \
    static void check_##name##_rows(void)                                                          \
    {                                                                                              \
        check_metric(#name "_rows", t.k->name##_rows, t.ref.name##_rows, name##_tolerance);        \
    }
METRICS(CHECK_METRIC)

// The length is off by half its sum's error and a rounding, the quotient by one, ref by one. The
// second row is all zeros, the third shorter than 1e-12.
static void check_normalize_fwd(void)
{
    enum { ROWS = 4 };
    FOR_LENGTHS(n)
    {
        guard_reset();
        const size_t ld = n + 1, size = extent(ROWS, ld, n);
        float *x = guard_randoms(size, 1), *y = guard_floats(size), *law = copy_of(x, size);
        for (size_t j = 0; j < n; j++) {
            law[ld + j] = 0;
            law[2 * ld + j] *= 1e-17f;
        }
        for (size_t i = 0; i < ROWS; i++) memcpy(y + i * ld, law + i * ld, n * sizeof *y);
        memcpy(x, y + 3 * ld, n * sizeof *x);
        t.k->normalize_fwd(y, ld, ROWS, n);
        t.ref.normalize_fwd(law, ld, ROWS, n);
        for (size_t i = 0; i < ROWS * n; i++) {
            const size_t at = i / n * ld + i % n;
            expect_close("normalize_fwd", n, i, y[at], law[at],
                         (CHAIN(n) / 2 + 4) * u * fabs(law[at]));
        }
        expect_gaps("normalize_fwd", y, ld, ROWS, n);
        t.k->normalize_fwd(x, n, 1, n);
        expect_same("normalize_fwd alone", n, x, y + 3 * ld, n);
    }
}

// ----------------------------------------------------------------------------------------- levels

// The peak's loops do what they say: more work, proportionally more operations.
static void check_peaks(void)
{
    double (*const loops[])(size_t) = {t.k->peak_f32, t.k->peak_bf16, t.k->peak_int8};
    for (size_t i = 0; i < 3; i++) {
        const double once = (double)(2 << i) * 1e6;
        assert_true(loops[i](1) > 0.95 * once && loops[i](1) <= once);
        assert_true(loops[i](2) > 1.95 * once && loops[i](2) <= 2 * once);
    }
}

static const struct test_case {
    const char *name;
    void (*check)(void);
} cases[] = {{"control: gemm misses a word", check_gemm_control},
             {"control: tanh for erf", check_gelu_control},
             {"control: eps 1e-5 for 1e-12", check_layernorm_control},
             {"peaks", check_peaks},
#define CASE(name, args) {#name, check_##name},
             KERNELS(CASE)
#undef CASE
};
enum { CASES = sizeof cases / sizeof *cases, LEVELS = 16 };

struct test {
    const struct test_case *c;
    const char *level;
    struct kernels k;
    char name[80];
};

static void run_case(void **state)
{
    const struct test *test = *state;
    t.level = test->level;
    t.k = &test->k;
    cpu_table(0, &t.ref);
    for (int at_end = 0; at_end < 2; at_end++) {
        guard.at_end = at_end;
        test->c->check();
    }
}

#include "bench.h"

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--bench") == 0) return bench(argc > 2 ? argv[2] : "");
    if (!guard_open()) return 1;
    static struct test tests[LEVELS * CASES];
    static struct CMUnitTest units[LEVELS * CASES];
    size_t n = 0;
    for (size_t level = 0; cpu_levels()[level]; level++) {
        for (size_t i = 0; i < CASES; i++, n++) {
            struct test *test = &tests[n];
            test->c = &cases[i];
            test->level = cpu_levels()[level];
            cpu_table(level, &test->k);
            snprintf(test->name, sizeof test->name, "%s %s", test->level, cases[i].name);
            units[n] = (struct CMUnitTest){test->name, run_case, NULL, NULL, test};
        }
    }
    return _cmocka_run_group_tests("cpu kernels", units, n, NULL, NULL);
}
