#!/usr/bin/env python3
"""compare_similar.py BERT MODEL TEXTS [N]: bert similar and bert search against sentence-transformers.

Takes the first N (200) lines of the file TEXTS. Every metric, as pairs (neighbouring lines) and as a
matrix, must be that of util.pairwise_*_sim and util.*_sim (in float64, from the vectors of encode) to
within 2e-5 of the largest value; the ten nearest lines of every tenth text must be those of
util.semantic_search, but for scores that differ by less than 1e-6. Needs sentence-transformers.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
from sentence_transformers import SentenceTransformer, util

PAIRWISE = {"cosine": util.pairwise_cos_sim, "dot": util.pairwise_dot_score,
            "euclidean": util.pairwise_euclidean_sim, "manhattan": util.pairwise_manhattan_sim}


def run(*command, text=""):
    return subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout


def worst(got, want):
    return float(np.abs(got - want).max() / np.abs(want).max())


def main():
    bert, folder, path = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    with open(path, encoding="utf-8") as lines:
        texts = [line.rstrip("\r\n").replace("\t", " ") for line in lines][:count]
    model = SentenceTransformer(folder, device="cpu")
    vectors = torch.from_numpy(model.encode(texts).astype(np.float64))
    bad = 0
    for metric, pairwise in PAIRWISE.items():
        pairs = "".join(f"{a}\t{b}\n" for a, b in zip(texts, texts[1:]))
        got = np.frombuffer(run(bert, "similar", "-q", "-m", folder, "--metric", metric, "--format", "f32",
                                text=pairs), np.float32)
        errors = [worst(got, pairwise(vectors[:-1], vectors[1:]).numpy())]
        got = np.frombuffer(run(bert, "similar", "-q", "-m", folder, "--metric", metric, "--matrix",
                                "--format", "f32", text="\n".join(texts) + "\n"), np.float32)
        want = np.stack([pairwise(vectors, vectors[i].expand_as(vectors)).numpy() for i in range(len(texts))])
        errors.append(worst(got.reshape(want.shape), want))
        print(f"{metric:10} pairs {errors[0]:.1e}  matrix {errors[1]:.1e}")
        bad += max(errors) > 2e-5
    with tempfile.TemporaryDirectory() as work:
        file = os.path.join(work, "texts.txt")
        with open(file, "w", encoding="utf-8") as out:
            out.write("\n".join(texts) + "\n")
        queries = texts[::10]
        results = run(bert, "search", "-q", "-m", folder, "--in", file, "--metric", "cosine", "--format", "jsonl",
                      text="\n".join(queries) + "\n").decode().splitlines()
    hits = util.semantic_search(vectors[::10].float(), vectors.float(), top_k=10)
    swapped = 0
    for result, want in zip(results, hits, strict=True):
        got = [(hit["line"] - 1, hit["score"]) for hit in json.loads(result)["hits"]]
        for (line, score), reference in zip(got, want, strict=True):
            bad += abs(score - reference["score"]) > 1e-6
            swapped += line != reference["corpus_id"]
    print(f"search     {len(queries)} queries, ten hits each: {swapped} in another order (equal scores)")
    print("FAILED" if bad else "all good")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
