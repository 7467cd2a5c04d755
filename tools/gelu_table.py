#!/usr/bin/env python3
"""Writes src/cpu/simd/gelu_table.h: gelu_table.py > src/cpu/simd/gelu_table.h

What gelu takes from max(x, 0), g(a) = a Phi(-a) with a = |x| and Phi the normal distribution, from 0 on
cut into as many intervals as a look-up has entries: polynomials that interpolate at Chebyshev's nodes.

around: g around n width, n = 0, 1, ..., in r = a - n width. For n = 0 it is r times a polynomial that
    interpolates Phi(-r), so that the error is relative where g vanishes.
below: Phi(-a) below n width, n = 1, 2, ..., in s = n width - a. Towards that end Phi(-a) and its derivatives
    fall, so that all that counts is added and wide intervals do not cancel. The last one stands in place 0.
"""
import math


def phi(a):
    return 0.5 * math.erfc(a / math.sqrt(2))


def g(a):
    return a * phi(a)


def interpolate(f, low, high, degree):
    """Coefficients of f(x) for x from low to high, lowest first, by Newton's divided differences."""
    n = degree + 1
    x = [(low + high) / 2 + (high - low) / 2 * math.cos(math.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    d = [f(y) for y in x]
    for j in range(1, n):
        for i in range(n - 1, j - 1, -1):
            d[i] = (d[i] - d[i - 1]) / (x[i] - x[i - j])
    p = [d[n - 1]]
    for i in range(n - 2, -1, -1):  # p (x - x[i]) + d[i]
        p = [(p[k - 1] if k else 0) - (p[k] * x[i] if k < len(p) else 0) for k in range(len(p) + 1)]
        p[0] += d[i]
    return p


def around(n, intervals, width, degree):
    if n == 0:
        return [0.0] + interpolate(phi, 0, width / 2, degree - 1)
    return interpolate(lambda r: g(n * width + r), -width / 2, width / 2, degree)


def below(n, intervals, width, degree):
    return interpolate(lambda s: phi((n or intervals) * width - s), 0, width, degree)


# VEC_TABLE: name: polynomials, intervals, width, degree
TABLES = {
    8: {"gelu": (below, 8, 7 / 8, 8), "gelu_coarse": (around, 8, 4.25 / 7.5, 3)},
    32: {"gelu": (around, 32, 1 / 4, 5), "gelu_coarse": (around, 16, 4.25 / 15.5, 2)},
}


def write(name, polynomial, intervals, width, degree):
    table = [polynomial(n, intervals, width, degree) for n in range(intervals)]
    print(f"static const float {name}_width = {width:.9g}f;")
    print(f"static const float {name}_table[{degree + 1}][{intervals}] = {{")
    for power in range(degree + 1):
        numbers = [f"{table[n][power]:.9g}" for n in range(intervals)]
        numbers = [(x if "." in x or "e" in x else x + ".0") + "f" for x in numbers]
        line = "    {"
        for i, x in enumerate(numbers):
            word = x + (", " if i + 1 < len(numbers) else "},")
            if len(line) + len(word.rstrip()) > 100:
                print(line.rstrip())
                line = "     "
            line += word
        print(line)
    print("};")


def main():
    print("// gelu_table.h: written by tools/gelu_table.py, which says what it holds.")
    print("#ifndef CPU_SIMD_GELU_TABLE_H\n#define CPU_SIMD_GELU_TABLE_H\n")
    print("// All are [power][interval].")
    for i, size in enumerate(TABLES):
        print(f"#{'elif' if i else 'if'} VEC_TABLE == {size}")
        for name, table in TABLES[size].items():
            write(name, *table)
    print("#endif\n\n#endif")


main()
