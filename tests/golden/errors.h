// errors.h: how far numbers are from float64's, in units of what torch's float32 is.
#ifndef TESTS_GOLDEN_ERRORS_H
#define TESTS_GOLDEN_ERRORS_H

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "ckpt/ckpt.h"

static const double errors_allowed = 1.5; // times those of torch

struct errors {
    double torch_largest, torch_norm; // as golden.json has them
    double largest, norm;             // ours, in units of those
};

// `ours` against a tensor of float64. NaN counts as infinity.
static inline struct errors errors_of(const struct ckpt_tensor *exact, const json *torch,
                                      const float *ours)
{
    double difference = 0, largest = 0, differences = 0, squares = 0;
    for (size_t i = 0; i < exact->count; i++) {
        double x;
        memcpy(&x, exact->data + i * sizeof x, sizeof x);
        const double d = isnan(ours[i]) ? INFINITY : fabs(ours[i] - x);
        difference = fmax(difference, d);
        largest = fmax(largest, fabs(x));
        differences += d * d;
        squares += x * x;
    }
    struct errors e = {json_number(json_get(torch, "largest")),
                       json_number(json_get(torch, "norm")), 0, 0};
    e.largest = difference / largest / e.torch_largest;
    e.norm = sqrt(differences / squares) / e.torch_norm;
    return e;
}

#endif
