#!/usr/bin/env python3
"""compare_sentence_transformers.py: random models as sentence-transformers folders, every pooling
and module, in the formats of versions 2 and 6, against SentenceTransformer.encode; and vectors in
every precision against quantize_embeddings.

    pip install torch sentence-transformers
    python tools/compare_sentence_transformers.py [--bert build/bert] [--make build/make_model]

Every folder is opened by both; the largest difference of a component is printed, absolute and over
the largest component. The exit status is 1 when one exceeds 2e-6 of the largest. Precisions are
compared byte by byte: what the program writes with --precision, and what quantize_embeddings makes
of the float32 vectors that it writes without.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import quantize_embeddings

from sentence_folders import cases

BOUND = 2e-6
TEXTS = ["I love Paris", "", "the bank of the river", "a", "The SEA, the river and the money!",
         " ".join(["the water of the sea"] * 40)]


def options(arguments):
    """Those of encode as the program's."""
    out = []
    for name, value in arguments.items():
        if name == "normalize_embeddings":
            out.append("--normalize")
        else:
            out += ["--dims" if name == "truncate_dim" else "--prompt", str(value)]
    return out


def embed(bert, model, source, out, *more):
    subprocess.run([bert, "embed", "-q", "-m", model, "-i", source, "--format", "npy", "-o", out,
                    *more], check=True)
    return np.load(out)


def ours(bert, folder, texts, more):
    out, source = folder.path / "out.npy", folder.path / "texts.txt"
    source.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return embed(bert, folder.path, source, out, *more)


def compare_precisions(bert, model, root):
    """Vectors of random texts; ranges from some of them, so that others lie outside. True: equal."""
    generator = np.random.default_rng(1)
    words = "the bank of a river and sea money water in she was to it rates".split()
    source, out, ranges = root / "random.txt", root / "out.npy", root / "ranges.npy"
    source.write_text("".join(" ".join(generator.choice(words, generator.integers(1, 30))) + "\n"
                              for _ in range(2000)))
    good = True
    for name, level in {"sentences": [], "the first 61": ["--dims", "61"],
                          "words of two layers": ["--level", "word", "--layers", "0,-1"],
                          "normalized tokens": ["--level", "token", "--normalize"]}.items():
        vectors = embed(bert, model, source, out, *level)
        some = vectors[::len(vectors) // 50]
        constant = some.copy()
        constant[:, ::3] = vectors[0, ::3]  # columns without a range
        calibrations = {"all": vectors, "some": some, "constant columns": constant,
                        "float64": some.astype(np.float64),
                        "two rows": np.stack([some.min(0), some.max(0)])}
        for precision in ("int8", "uint8", "binary", "ubinary"):
            for how, calibration in calibrations.items() if "int8" in precision else [("", None)]:
                arguments = ["--precision", precision]
                if calibration is None:
                    theirs = quantize_embeddings(vectors, precision)
                else:
                    np.save(ranges, calibration)
                    arguments += ["--ranges", ranges]
                    theirs = quantize_embeddings(vectors, precision,
                                                 calibration_embeddings=calibration)
                ours = embed(bert, model, source, out, *level, *arguments)
                same = (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
                same = same and bool((ours == theirs).all())
                good = good and same
                print(f"{precision} of {name}{', ranges from ' * bool(how)}{how}: {theirs.size} "
                      f"numbers, {'equal' if same else 'NOT EQUAL   FAILED'}")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bert", default="build/bert")
    parser.add_argument("--make", default="build/make_model")
    a = parser.parse_args()
    torch.manual_seed(1)
    good, worst, n = True, 0, 0
    with tempfile.TemporaryDirectory() as root:
        base = Path(root, "base")
        subprocess.run([a.make, base], check=True)
        for name, folder, arguments in cases(base, Path(root), 64):
            reference = SentenceTransformer(str(folder.path), device="cpu")
            theirs = reference.encode(TEXTS, **arguments)
            mine = ours(a.bert, folder, TEXTS, options(arguments))
            if mine.shape != theirs.shape:
                print(f"{name}: shape {mine.shape}, not {theirs.shape}   FAILED")
                good = False
                continue
            difference = np.abs(mine.astype(np.float64) - theirs).max()
            relative = difference / np.abs(theirs).max()
            bad = not relative <= BOUND
            good, worst, n = good and not bad, max(worst, relative), n + 1
            print(f"{name}: {difference:.1e}, relative {relative:.1e}{'   FAILED' if bad else ''}")
        good = compare_precisions(a.bert, base, Path(root)) and good
    print(f"{n} comparisons, worst relative difference {worst:.1e}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
