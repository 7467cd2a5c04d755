#!/usr/bin/env python3
"""What --dtype bf16 and --dtype int8 lose of a sentence model. Needs numpy.

    dtype_loss.py BERT MODEL TEXTS [--sts STSB.csv] [--paraphrases MRPC.tsv] [--classes TRAIN.tsv TEST.tsv]

TEXTS: the mean and the least cosine to float32's vectors, of the first 1,000 lines.
--sts, rows of two sentences and a score: Spearman's correlation of the sentences' cosine with the score.
--paraphrases, Microsoft's file (Quality, two ids, two strings; a first line names them): average precision of
the pairs ordered by cosine, and the accuracy of the best threshold.
--classes, rows of a sentence and 0 or 1 (a first line names them): accuracy on TEST of a linear classifier that
was fitted, by least squares with a ridge of 1, to the float32 vectors of the first 10,000 rows of TRAIN.
"""
import argparse
import csv
import subprocess

import numpy as np

DTYPES = ["f32", "bf16", "int8"]
MOST = 1000  # lines of TEXTS
FITTED = 10000  # rows of TRAIN


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


def pair_cosines(bert, model, dtype, pairs):
    vectors = embed(bert, model, dtype, [text for pair in pairs for text in pair])
    return (vectors[::2] * vectors[1::2]).sum(1)


def similarities(bert, model, path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = [(line(a), line(b), float(score)) for a, b, score in csv.reader(file)]
    scores = np.array([score for _, _, score in rows])
    for dtype in DTYPES:
        c = pair_cosines(bert, model, dtype, [row[:2] for row in rows])
        print(f"{dtype:5} {len(rows)} pairs: Spearman {100 * spearman(c, scores):.3f}")


def read_tsv(path):
    with open(path, encoding="utf-8-sig") as file:
        return [row.rstrip("\n").split("\t") for row in file][1:]


def paraphrases(bert, model, path):
    rows = read_tsv(path)
    same = np.array([row[0] == "1" for row in rows])
    for dtype in DTYPES:
        c = pair_cosines(bert, model, dtype, [(line(row[3]), line(row[4])) for row in rows])
        ordered = same[np.argsort(-c, kind="stable")]
        found = np.cumsum(ordered)
        precision = found / np.arange(1, len(rows) + 1)
        right = np.append((~same).sum(), found + (~same).sum() - np.cumsum(~ordered))
        print(f"{dtype:5} {len(rows)} pairs: average precision {100 * precision[ordered].mean():.3f}, "
              f"accuracy {100 * right.max() / len(rows):.2f}")


def classes(bert, model, train, test):
    fit, rows = read_tsv(train)[:FITTED], read_tsv(test)
    x = embed(bert, model, "f32", [line(row[0]) for row in fit])
    x = np.column_stack([x, np.ones(len(x))])
    y = np.array([1.0 if row[1] == "1" else -1.0 for row in fit])
    weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)
    positive = np.array([row[1] == "1" for row in rows])
    for dtype in DTYPES:
        v = embed(bert, model, dtype, [line(row[0]) for row in rows])
        right = ((v @ weights[:-1] + weights[-1] > 0) == positive).mean()
        print(f"{dtype:5} {len(rows)} sentences: accuracy {100 * right:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bert")
    parser.add_argument("model")
    parser.add_argument("texts")
    parser.add_argument("--sts")
    parser.add_argument("--paraphrases")
    parser.add_argument("--classes", nargs=2, metavar=("TRAIN", "TEST"))
    options = parser.parse_args()
    cosines(options.bert, options.model, options.texts)
    if options.sts:
        similarities(options.bert, options.model, options.sts)
    if options.paraphrases:
        paraphrases(options.bert, options.model, options.paraphrases)
    if options.classes:
        classes(options.bert, options.model, *options.classes)


if __name__ == "__main__":
    main()
