#!/usr/bin/env python3
"""Writes src/cpu/simd/gelu_table.h: gelu_table.py > src/cpu/simd/gelu_table.h

g(a) = a Phi(-a), Phi the normal distribution, for 0 <= a < 7.875, cut into 32 intervals of 1/4 around
n/4: a polynomial of degree 5 in r = a - n/4 that interpolates g at Chebyshev's nodes. For n = 0 it is
r times one of degree 4 that interpolates Phi(-r), so that the error is relative where g vanishes.
"""
import math

INTERVALS, WIDTH, DEGREE = 32, 0.25, 5


def phi(a):
    return 0.5 * math.erfc(a / math.sqrt(2))


def g(a):
    return a * phi(a)


def interpolate(f, low, high, centre, degree):
    """Coefficients in a - centre, lowest first, by Newton's divided differences."""
    n = degree + 1
    nodes = [(low + high) / 2 + (high - low) / 2 * math.cos(math.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    r = [a - centre for a in nodes]
    d = [f(a) for a in nodes]
    for j in range(1, n):
        for i in range(n - 1, j - 1, -1):
            d[i] = (d[i] - d[i - 1]) / (r[i] - r[i - j])
    p = [d[n - 1]]
    for i in range(n - 2, -1, -1):  # p (x - r[i]) + d[i]
        p = [(p[k - 1] if k else 0) - (p[k] * r[i] if k < len(p) else 0) for k in range(len(p) + 1)]
        p[0] += d[i]
    return p


def polynomial(n):
    if n == 0:
        return [0.0] + interpolate(phi, 0, WIDTH / 2, 0, DEGREE - 1)
    return interpolate(g, (n - 0.5) * WIDTH, (n + 0.5) * WIDTH, n * WIDTH, DEGREE)


def main():
    table = [polynomial(n) for n in range(INTERVALS)]
    print("// gelu_table.h: written by tools/gelu_table.py, which says what it holds.")
    print("#ifndef CPU_SIMD_GELU_TABLE_H\n#define CPU_SIMD_GELU_TABLE_H\n")
    print(f"// [power of r][interval]\nstatic const float gelu_table[{DEGREE + 1}][{INTERVALS}] = {{")
    for power in range(DEGREE + 1):
        numbers = [f"{table[n][power]:.9g}" for n in range(INTERVALS)]
        numbers = [(x if "." in x or "e" in x else x + ".0") + "f" for x in numbers]
        line = "    {"
        for i, x in enumerate(numbers):
            word = x + (", " if i + 1 < len(numbers) else "},")
            if len(line) + len(word.rstrip()) > 100:
                print(line.rstrip())
                line = "     "
            line += word
        print(line)
    print("};\n\n#endif")


main()
