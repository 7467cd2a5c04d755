#!/usr/bin/env python3
"""dtype_loss.py BERT MODEL TEXTS [STSB.csv]: what --dtype bf16 and --dtype int8 lose.

Embeds the first 1,000 lines of TEXTS in each type and prints the mean and the least cosine to float32's
vectors. STSB.csv has rows of two sentences and a score: Spearman's correlation of the sentences' cosine
with the score, for each type. Needs numpy.
"""
import csv
import subprocess
import sys

import numpy as np

DTYPES = ["f32", "bf16", "int8"]
MOST = 1000  # lines of TEXTS


def embed(bert, model, dtype, texts):
    """[texts, columns] in float64, every row of length 1."""
    lines = "".join(f"{text}\n" for text in texts).encode()
    command = [bert, "embed", "-q", "-m", model, "--dtype", dtype, "--format", "f32", "-i", "-"]
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, check=True)
    rows = np.frombuffer(done.stdout, np.float32).astype(np.float64).reshape(len(texts), -1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def ranks(values):
    """From 0; equal values share the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count + 1) / 2)[place]


def spearman(a, b):
    return np.corrcoef(ranks(a), ranks(b))[0, 1]


def line(text):
    return " ".join(text.split())


def cosines(bert, model, path):
    with open(path, encoding="utf-8") as file:
        texts = [text for text in map(line, file) if text][:MOST]
    exact = embed(bert, model, "f32", texts)
    for dtype in DTYPES[1:]:
        c = (exact * embed(bert, model, dtype, texts)).sum(1)
        print(f"{dtype:5} {len(texts)} texts: cosine to f32 {c.mean():.7f} in the mean, {c.min():.7f} at the least")


def similarities(bert, model, path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = [(line(a), line(b), float(score)) for a, b, score in csv.reader(file)]
    scores = np.array([score for _, _, score in rows])
    texts = [text for a, b, _ in rows for text in (a, b)]
    for dtype in DTYPES:
        vectors = embed(bert, model, dtype, texts)
        c = (vectors[::2] * vectors[1::2]).sum(1)
        print(f"{dtype:5} {len(rows)} pairs: Spearman {100 * spearman(c, scores):.3f}")


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    cosines(*sys.argv[1:4])
    if len(sys.argv) == 5:
        similarities(*sys.argv[1:3], sys.argv[4])


if __name__ == "__main__":
    main()
