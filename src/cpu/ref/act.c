// act.c: the activations. Where the textbook form cancels for negative x, an equal one stands here:
// 1 + erf(z) = erfc(-z), (1 + tanh u)/2 = 1/(1 + e^-2u).
#include "cpu/ref/ref.h"

static double act_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double act_gelu(double x)
{
    return x / 2 * erfc(-x / sqrt(2));
}

static double act_gelu_coarse(double x)
{
    return act_gelu(x);
}

static double act_gelu_tanh(double x)
{
    const double u = sqrt(8 / acos(-1)) / 2 * (x + 0.044715 * x * x * x);
    return x * act_sigmoid(2 * u);
}

static double act_quick_gelu(double x)
{
    return x * act_sigmoid(1.702 * x);
}

static double act_silu(double x)
{
    return x * act_sigmoid(x);
}

static double act_relu(double x)
{
    return x < 0 ? 0 : x;
}

static double act_tanh(double x)
{
    return tanh(x);
}

static double act_linear(double x)
{
    return x;
}

static void apply(double (*f)(double), float *y, size_t ldy, float *x, size_t ldx,
                  const float *bias, bool save, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) {
            const float v = bias ? x[i * ldx + j] + bias[j] : x[i * ldx + j];
            if (save) x[i * ldx + j] = v;
            y[i * ldy + j] = (float)f(v);
        }
    }
}

#define ACT_KERNEL(name)                                                                           \
    void KERNEL(act_##name##_fwd) ACT_ARGS                                                         \
    {                                                                                              \
        apply(act_##name, y, ldy, x, ldx, bias, save, rows, cols);                                 \
    }
ACT_KERNELS(ACT_KERNEL)
