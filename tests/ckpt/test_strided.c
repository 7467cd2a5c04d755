// test_strided.c: views of every small shape, transposed, stepped and repeated, against an index
// computed for each element.
#include "support/check.h"

#include "ckpt/strided.h"

enum { MOST = 4096 };

// The k-th element of the view, its index taken apart.
static const unsigned char *element(const struct strided *v, size_t k)
{
    size_t offset = 0;
    for (size_t i = v->n_dims; i-- > 0;) {
        offset += k % v->dims[i] * v->strides[i];
        k /= v->dims[i];
    }
    return v->from + offset * v->element;
}

static void check_view(const struct strided *v)
{
    size_t count = 1;
    for (size_t i = 0; i < v->n_dims; i++) count *= v->dims[i];
    unsigned char *out = malloc(count * v->element + 1);
    assert_non_null(out);
    strided_copy(v, out);
    for (size_t k = 0; k < count; k++) {
        assert_memory_equal(out + k * v->element, element(v, k), v->element);
    }
    free(out);
}

// Strides of these dimensions in an array that holds them in reversed order, every `step`-th.
static void check_reversed(struct strided v, size_t step)
{
    size_t stride = step;
    for (size_t i = 0; i < v.n_dims; i++) {
        v.strides[i] = stride;
        stride *= v.dims[i];
    }
    assert_true(stride * v.element <= MOST * 16);
    check_view(&v);
    if (v.n_dims) v.strides[v.n_dims - 1] = 0; // the same again and again
    check_view(&v);
}

static void every_shape(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 4, 8, 16}, dims[] = {0, 1, 3, 16, 33};
    static unsigned char data[MOST * 16];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * 167 >> 3);
    for (size_t s = 0; s < 5; s++) {
        struct strided v = {.from = data, .element = sizes[s]};
        check_reversed(v, 1); // a scalar
        for (size_t k = 0; k < 5 * 5 * 4 * 3; k++) {
            const size_t d[] = {dims[k % 5], dims[k / 5 % 5], k / 25 % 4, k / 100};
            memcpy(v.dims, d, sizeof d);
            for (v.n_dims = 1; v.n_dims <= 3; v.n_dims++) {
                if (v.n_dims < 3 || d[0] * d[1] * d[2] <= MOST) check_reversed(v, 1);
            }
        }
        memcpy(v.dims, (size_t[]){2, 3, 1, 5, 1, 2, 2, 3}, 8 * sizeof(size_t));
        v.n_dims = CKPT_DIMS;
        check_reversed(v, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_shape)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
