// gemm.h: the checks of panels, left operands and GEMM tiles; part of test_kernels.c.
//
// Panels and left operands have the very words of ref, whose panels are narrower: a level's panel
// is read column by column. A tile is held against double arithmetic on the words it was given.
#ifndef TESTS_CPU_GEMM_H
#define TESTS_CPU_GEMM_H

// An element type: its kernels at this level and in ref, its layout, and what a word is worth.
struct element {
    const char *name;
    size_t mr, per_word, left_words, left_head, right_head;
    void(*pack_rows) PACK_ARGS, (*pack_cols)PACK_ARGS, (*rows)ROWS_ARGS, (*gemm)TILE_ARGS;
    void(*law_rows) PACK_ARGS, (*law_cols)PACK_ARGS, (*law_left)ROWS_ARGS;
};

static struct element f32_element(void)
{
    return (struct element){"f32",
                            t.k->f32_mr,
                            1,
                            1,
                            0,
                            0,
                            t.k->pack_rows_f32,
                            t.k->pack_cols_f32,
                            NULL,
                            t.k->gemm_f32,
                            t.ref.pack_rows_f32,
                            t.ref.pack_cols_f32,
                            NULL};
}

static struct element bf16_element(void)
{
    return (struct element){"bf16",
                            t.k->bf16_mr,
                            2,
                            t.k->bf16_left,
                            0,
                            0,
                            t.k->pack_rows_bf16,
                            t.k->pack_cols_bf16,
                            t.k->rows_bf16,
                            t.k->gemm_bf16,
                            t.ref.pack_rows_bf16,
                            t.ref.pack_cols_bf16,
                            t.ref.rows_bf16};
}

static struct element int8_element(void)
{
    return (struct element){"int8",
                            t.k->int8_mr,
                            4,
                            t.k->int8_left,
                            INT8_LEFT_HEAD,
                            INT8_RIGHT_HEAD,
                            t.k->pack_rows_int8,
                            t.k->pack_cols_int8,
                            t.k->rows_int8,
                            t.k->gemm_int8,
                            t.ref.pack_rows_int8,
                            t.ref.pack_cols_int8,
                            t.ref.rows_int8};
}

static size_t words_of(const struct element *e, size_t k)
{
    return (k + e->per_word - 1) / e->per_word;
}

static size_t panel_words(const struct element *e, size_t nr, size_t k)
{
    return (e->right_head + words_of(e, k)) * nr;
}

static void expect_words(const char *what, const struct element *e, size_t at, uint32_t got,
                         uint32_t want)
{
    if (got == want) return;
    fail_msg("%s %s_%s: word %zu is %08x, not %08x", t.level, what, e->name, at, got, want);
}

// ---------------------------------------------------------------------------------------- packing

// Column j of a panel against the law's panel that holds it.
static void check_column(const char *what, const struct element *e, const uint32_t *panel,
                         const uint32_t *law, size_t j, size_t k)
{
    const size_t nr = t.k->gemm_nr, ref_nr = t.ref.gemm_nr;
    for (size_t p = 0; p < e->right_head + words_of(e, k); p++) {
        const uint32_t *part = law + j / ref_nr * panel_words(e, ref_nr, k);
        expect_words(what, e, p, panel[p * nr + j], part[p * ref_nr + j % ref_nr]);
    }
}

static void check_pack(const struct element *e, bool rows)
{
    const size_t nr = t.k->gemm_nr, ref_nr = t.ref.gemm_nr;
    void(*const got) PACK_ARGS = rows ? e->pack_rows : e->pack_cols;
    void(*const want) PACK_ARGS = rows ? e->law_rows : e->law_cols;
    for (size_t n = 1; n <= nr; n++) {
        for (size_t k = 0; k <= 300; k += k < 20 ? 1 : 35) {
            guard_reset();
            const size_t ld = (rows ? k : n) + n % 3, ref_panel = panel_words(e, ref_nr, k);
            const float *src = guard_randoms(rows ? extent(n, ld, k) : extent(k, ld, n), 1);
            uint32_t *panel = guard_bytes(panel_words(e, nr, k) * sizeof *panel);
            uint32_t *law = guard_bytes((nr / ref_nr) * ref_panel * sizeof *law);
            got(panel, src, ld, n, k);
            for (size_t j = 0; j < nr; j += ref_nr) {
                const size_t left = j < n ? n - j : 0;
                want(law + j / ref_nr * ref_panel, src + (j < n ? j : 0) * (rows ? ld : 1), ld,
                     left < ref_nr ? left : ref_nr, k);
            }
            for (size_t j = 0; j < nr; j++) {
                check_column(rows ? "pack_rows" : "pack_cols", e, panel, law, j, k);
            }
        }
    }
}

static void check_pack_rows_f32(void)
{
    const struct element e = f32_element();
    check_pack(&e, true);
}

static void check_pack_cols_f32(void)
{
    const struct element e = f32_element();
    check_pack(&e, false);
}

static void check_pack_rows_bf16(void)
{
    const struct element e = bf16_element();
    check_pack(&e, true);
}

static void check_pack_cols_bf16(void)
{
    const struct element e = bf16_element();
    check_pack(&e, false);
}

static void check_pack_rows_int8(void)
{
    const struct element e = int8_element();
    check_pack(&e, true);
}

static void check_pack_cols_int8(void)
{
    const struct element e = int8_element();
    check_pack(&e, false);
}

// ----------------------------------------------------------------------------------- left operands

// The words between a row's head and its elements are nobody's.
static bool used_word(const struct element *e, size_t p)
{
    return p >= e->left_head || p < 2;
}

// Halves of subnormal value may have become 0.
static uint32_t without_subnormals(uint32_t word)
{
    const uint32_t low = word & 0x7F80 ? 0xFFFF : 0x8000;
    const uint32_t high = word & 0x7F800000 ? 0xFFFF0000u : 0x80000000u;
    return word & (low | high);
}

// A wide row of what the law says: floats as they were, or its bytes 0 and 2, 1 and 3.
static void widen(const struct element *e, uint32_t *wide, const uint32_t *law, const float *x,
                  size_t k)
{
    const size_t words = words_of(e, k);
    if (e->per_word == 2) {
        memset(wide, 0, 2 * words * sizeof *wide);
        memcpy(wide, x, k * sizeof *wide);
        return;
    }
    memcpy(wide, law, e->left_head * sizeof *wide);
    for (size_t p = 0; p < words; p++) {
        const uint32_t word = law[e->left_head + p];
        wide[e->left_head + 2 * p] = word & 0x00FF00FF;
        wide[e->left_head + 2 * p + 1] = word >> 8 & 0x00FF00FF;
    }
}

static void check_left_wide(const struct element *e, float spread, float offset)
{
    enum { ROWS = 3 };
    FOR_LENGTHS(k)
    {
        guard_reset();
        const size_t ld = k + 1, words = e->left_head + 2 * words_of(e, k), ldd = words + 1;
        float *src = guard_randoms(extent(ROWS, ld, k), spread);
        for (size_t i = 0; i < extent(ROWS, ld, k); i++) src[i] += offset;
        for (size_t j = 0; j < k; j++) src[ld + j] = 0; // a row of zeros
        uint32_t *got = (uint32_t *)guard_floats(extent(ROWS, ldd, words));
        uint32_t *law = guard_bytes(words * sizeof *law), *want = guard_bytes(words * sizeof *want);
        e->rows(got, ldd, src, ld, ROWS, k);
        for (size_t i = 0; i < ROWS; i++) {
            e->law_left(law, words, src + i * ld, ld, 1, k);
            widen(e, want, law, src + i * ld, k);
            for (size_t p = 0; p < words; p++) {
                if (used_word(e, p)) expect_words("rows", e, p, got[i * ldd + p], want[p]);
            }
        }
        expect_gaps("rows", (const float *)got, ldd, ROWS, words);
    }
}

static void check_left(const struct element *e, float spread, float offset)
{
    enum { ROWS = 3 };
    if (e->left_words == 2) {
        check_left_wide(e, spread, offset);
        return;
    }
    FOR_LENGTHS(k)
    {
        guard_reset();
        const size_t ld = k + 1, ldd = e->left_head + words_of(e, k) + 1;
        const size_t words = extent(ROWS, ldd, ldd - 1);
        float *src = guard_randoms(extent(ROWS, ld, k), spread);
        for (size_t i = 0; i < extent(ROWS, ld, k); i++) src[i] += offset;
        for (size_t j = 0; j < k; j++) src[ld + j] = 0; // a row of zeros
        uint32_t *got = (uint32_t *)guard_floats(words), *law = (uint32_t *)guard_floats(words);
        e->rows(got, ldd, src, ld, ROWS, k);
        e->law_left(law, ldd, src, ld, ROWS, k);
        for (size_t i = 0; i < words; i++) {
            if (i % ldd == ldd - 1 || !used_word(e, i % ldd) || got[i] == law[i]) continue;
            const bool halves = e->per_word == 2;
            expect_words("rows", e, i, got[i], halves ? without_subnormals(law[i]) : law[i]);
        }
        expect_gaps("rows", (const float *)got, ldd, ROWS, ldd - 1);
    }
}

static void check_rows_bf16(void)
{
    const struct element e = bf16_element();
    check_left(&e, 1, 0);
    check_left(&e, 1e-39f, 0); // subnormal
    if (e.left_words == 2) return;
    const float special[] = {NAN, INFINITY, -INFINITY, FLT_MAX, 1.00390625f, 1.01171875f, -0.0f, 1};
    uint32_t got[4], law[4];
    e.rows(got, 4, special, 8, 1, 8);
    e.law_left(law, 4, special, 8, 1, 8);
    assert_true((got[0] & 0x7FFF) > 0x7F80); // NaN, of whatever bits
    for (size_t i = 0; i < 4; i++)
        expect_words("rows", &e, i, got[i] | (i ? 0 : 0xFFFF), law[i] | (i ? 0 : 0xFFFF));
}

static void check_rows_int8(void)
{
    const struct element e = int8_element();
    check_left(&e, 1, 0);
    check_left(&e, 100, 20);
    check_left(&e, 1, 5); // all above 0
}

// ------------------------------------------------------------------------------------------- gemm

static const struct prefetch no_prefetch;

// The operands of one tile and its exact result with the sum of absolute products.
struct tile {
    size_t k, ldl; // in words
    uint32_t *left, *right;
    double *exact, *magnitude; // [MR, NR]
};

static float from_half(uint32_t half)
{
    const uint32_t bits = half << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float from_word(uint32_t word)
{
    float x;
    memcpy(&x, &word, sizeof x);
    return x;
}

// Element q of a word, as a number: bytes without their scale.
static double element_of(const struct element *e, uint32_t word, size_t q, bool is_left)
{
    if (e->per_word == 1) return from_word(word);
    if (e->per_word == 2) return from_half(word >> 16 * q & 0xFFFF);
    const uint8_t byte = (uint8_t)(word >> 8 * q);
    return is_left ? byte : (int8_t)byte;
}

// Element q of word p of a left row's words.
static double left_element(const struct element *e, const uint32_t *row, size_t p, size_t q)
{
    const uint32_t *words = row + e->left_head + p * e->left_words;
    if (e->left_words == 1) return element_of(e, words[0], q, true);
    if (e->per_word == 2) return from_word(words[q]);
    return words[q % 2] >> 16 * (q / 2) & 0xFFFF;
}

// Of a byte row: what its zero stands for; of others nothing.
static double zero_of(const struct element *e, const uint32_t *row)
{
    int32_t zero = 0;
    if (e->left_head) memcpy(&zero, row + 1, sizeof zero);
    return zero;
}

static double scale_of(const struct element *e, const uint32_t *row, const uint32_t *column)
{
    float a = 1, b = 1;
    if (e->left_head) {
        memcpy(&a, row, sizeof a);
        memcpy(&b, column, sizeof b);
    }
    return (double)a * b;
}

static void tile_exact(const struct element *e, struct tile *s, size_t i, size_t j)
{
    const size_t nr = t.k->gemm_nr;
    const uint32_t *row = s->left + i * s->ldl, *column = s->right + j;
    const double zero = zero_of(e, row), scale = scale_of(e, row, column);
    double sum = 0, magnitude = 0;
    for (size_t p = 0; p < s->k; p++) {
        for (size_t q = 0; q < e->per_word; q++) {
            const double a = left_element(e, row, p, q) - zero;
            const double b = element_of(e, column[(e->right_head + p) * nr], q, false);
            sum += a * b;
            magnitude += fabs(a * b);
        }
    }
    s->exact[i * nr + j] = sum * scale;
    s->magnitude[i * nr + j] = magnitude * scale;
}

static struct tile tile_make(const struct element *e, size_t k)
{
    const size_t mr = e->mr, nr = t.k->gemm_nr, elements = k * e->per_word;
    struct tile s = {.k = k, .ldl = e->left_head + k * e->left_words + 3};
    const float *x = guard_randoms(mr * elements, 1), *w = guard_randoms(nr * elements, 1);
    s.left = guard_bytes(mr * s.ldl * sizeof *s.left);
    s.right = guard_bytes(panel_words(e, nr, elements) * sizeof *s.right);
    s.exact = guard_bytes(mr * nr * sizeof *s.exact);
    s.magnitude = guard_bytes(mr * nr * sizeof *s.magnitude);
    e->pack_rows(s.right, w, elements, nr, elements);
    if (e->rows) e->rows(s.left, s.ldl, x, elements, mr, elements);
    for (size_t i = 0; !e->rows && i < mr; i++) {
        memcpy(s.left + i * s.ldl, x + i * k, k * sizeof *s.left);
    }
    for (size_t i = 0; i < mr * nr; i++) tile_exact(e, &s, i / nr, i % nr);
    return s;
}

// A chain of multiply-adds of two roundings each, of which the first begins at 0. Products of bytes
// are exact, then two scales and a conversion round.
static double gemm_tolerance(const struct element *e, size_t k, double magnitude, double exact)
{
    if (e->per_word == 4) return 4 * u * fabs(exact);
    return (double)(k * e->per_word + 2) * u * magnitude + 0x1p-126;
}

// Every number of rows and columns gives the whole tile's bits and writes nothing else.
static void check_tile_parts(const struct element *e, const struct tile *s, const float *whole)
{
    const size_t mr = e->mr, nr = t.k->gemm_nr, slots = guard.used;
    for (size_t rows = 0; rows <= mr; rows++) {
        for (size_t cols = 0; cols <= nr; cols++) {
            const size_t ldc = cols + 1 + cols % 3;
            guard.used = slots;
            float *c = guard_floats(extent(rows, ldc, cols));
            e->gemm(c, ldc, s->left, s->ldl, s->right, s->k, rows, cols, false,
                    (struct prefetch){s->right, 64 * rows});
            for (size_t i = 0; i < rows; i++) {
                expect_same("gemm in part", cols, c + i * ldc, whole + i * nr, cols);
            }
            expect_gaps("gemm", c, ldc, rows, cols);
        }
    }
    guard.used = slots;
}

// Adding to c gives the bits of c + the sum alone, whatever the rows and columns.
static void check_tile_add(const struct element *e, const struct tile *s, const float *whole)
{
    const size_t mr = e->mr, nr = t.k->gemm_nr, slots = guard.used;
    for (size_t rows = 1; rows <= mr; rows++) {
        for (size_t cols = 1; cols <= nr; cols++) {
            guard.used = slots;
            float *c = guard_floats(extent(rows, nr, cols));
            float *want = guard_floats(extent(rows, nr, cols));
            for (size_t i = 0; i < rows; i++) {
                for (size_t j = 0; j < cols; j++) {
                    c[i * nr + j] = 0.37f * (float)(i + 1) - 0.11f * (float)j;
                    want[i * nr + j] = c[i * nr + j] + whole[i * nr + j];
                }
            }
            e->gemm(c, nr, s->left, s->ldl, s->right, s->k, rows, cols, true, no_prefetch);
            for (size_t i = 0; i < rows; i++) {
                expect_same("gemm added", cols, c + i * nr, want + i * nr, cols);
            }
        }
    }
    guard.used = slots;
}

static void check_gemm(struct element e)
{
    static const size_t depths[] = {0, 1, 2, 3, 5, 16, 33, 64, 768};
    const size_t mr = e.mr, nr = t.k->gemm_nr;
    for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
        guard_reset();
        const struct tile s = tile_make(&e, depths[d]);
        float *whole = guard_floats(mr * nr);
        e.gemm(whole, nr, s.left, s.ldl, s.right, s.k, mr, nr, false, no_prefetch);
        for (size_t i = 0; i < mr * nr; i++) {
            expect_close(e.name, s.k, i, whole[i], s.exact[i],
                         gemm_tolerance(&e, s.k, s.magnitude[i], s.exact[i]));
        }
        check_tile_parts(&e, &s, whole);
        check_tile_add(&e, &s, whole);
    }
}

static void check_gemm_f32(void)
{
    check_gemm(f32_element());
}

static void check_gemm_bf16(void)
{
    check_gemm(bf16_element());
}

static void check_gemm_int8(void)
{
    check_gemm(int8_element());
}

// Negative control: a chain that misses one of its 768 words is seen, in every type.
static void check_gemm_control(void)
{
    const size_t nr = t.k->gemm_nr;
    const struct element elements[] = {f32_element(), bf16_element(), int8_element()};
    for (size_t e = 0; e < 3; e++) {
        guard_reset();
        const size_t mr = elements[e].mr;
        const struct tile s = tile_make(&elements[e], 768);
        float *c = guard_floats(mr * nr);
        elements[e].gemm(c, nr, s.left, s.ldl, s.right, s.k - 1, mr, nr, false, no_prefetch);
        double worst = 0;
        for (size_t i = 0; i < mr * nr; i++) {
            const double tolerance = gemm_tolerance(&elements[e], s.k, s.magnitude[i], s.exact[i]);
            worst = fmax(worst, excess(c[i], s.exact[i], tolerance));
        }
        assert_true(worst > 10);
    }
}

#endif
