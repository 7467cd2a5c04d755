#!/usr/bin/env python3
"""Writes src/cpu/simd/gelu_table.h: gelu_table.py > src/cpu/simd/gelu_table.h

g(a) = a Phi(-a), Phi the normal distribution, for 0 <= a < (intervals - 1/2) width, cut into intervals
around n width: polynomials in r = a - n width that interpolate g at Chebyshev's nodes. For n = 0 it is
r times one that interpolates Phi(-r), so that the error is relative where g vanishes.
"""
import math

FINE = 32, 0.25, 5  # intervals, their width, degree
COARSE_LIMIT, COARSE_END = 4.25, 4.249  # where g is 4.5e-5; what is surely in the last interval
COARSE = {8: 3, 16: 2}  # degree by a vector's lanes, one for each interval


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


def polynomial(n, width, degree):
    if n == 0:
        return [0.0] + interpolate(phi, 0, width / 2, 0, degree - 1)
    return interpolate(g, (n - 0.5) * width, (n + 0.5) * width, n * width, degree)


def write(name, intervals, width, degree):
    table = [polynomial(n, width, degree) for n in range(intervals)]
    print(f"static const float {name}[{degree + 1}][{intervals}] = {{")
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
    print("// All are [power of r][interval].\n#if defined(VEC_TABLE)")
    write("gelu_table", *FINE)
    print("#endif\n")
    print("// The same with fewer digits, an interval for each lane of a vector.")
    for i, (lanes, degree) in enumerate(COARSE.items()):
        width = COARSE_LIMIT / (lanes - 0.5)
        print(f"#{'elif' if i else 'if'} VEC_LOOKUP == {lanes}")
        print(f"static const float gelu_coarse_width = {width:.9g}f, gelu_coarse_end = {COARSE_END}f;")
        write("gelu_coarse_table", lanes, width, degree)
    print("#endif\n\n#endif")


main()
