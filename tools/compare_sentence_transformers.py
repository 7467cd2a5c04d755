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
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import quantize_embeddings

BOUND = 2e-6
OLD = {"cls": "cls_token", "max": "max_tokens", "mean": "mean_tokens",
       "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
       "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}
TEXTS = ["I love Paris", "", "the bank of the river", "a", "The SEA, the river and the money!",
         " ".join(["the water of the sea"] * 40)]


def write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))


class Folder:
    """A sentence-transformers folder around a random BERT of width 64."""

    def __init__(self, base, path, new):
        self.path, self.new, self.modules = Path(path), new, []
        self.path.mkdir()
        for name in base.iterdir():
            os.link(name, self.path / name.name)
        self.add("Transformer", "")
        write(self.path / "sentence_bert_config.json",
              {"max_seq_length": 100, "do_lower_case": False})

    def add(self, kind, path):
        old = f"sentence_transformers.models.{kind}"
        new = (f"sentence_transformers.base.modules.{kind.lower()}.{kind}"
               if kind in ("Transformer", "Dense", "Normalize") else
               f"sentence_transformers.sentence_transformer.modules."
               f"{'layer_norm' if kind == 'LayerNorm' else kind.lower()}.{kind}")
        n = len(self.modules)
        self.modules.append({"idx": n, "name": str(n), "path": path,
                             "type": new if self.new else old})

    def pooling(self, modes, include_prompt=True):
        self.add("Pooling", "1_Pooling")
        if self.new:
            config = {"embedding_dimension": 64, "include_prompt": include_prompt,
                      "pooling_mode": modes[0] if len(modes) == 1 else modes}
        else:
            config = {"word_embedding_dimension": 64, "include_prompt": include_prompt}
            config |= {f"pooling_mode_{flag}": mode in modes for mode, flag in OLD.items()}
        write(self.path / "1_Pooling" / "config.json", config)

    def dense(self, n_in, n_out, activation, bias=True, residual=False):
        folder = self.path / f"{len(self.modules)}_Dense"
        self.add("Dense", folder.name)
        config = {"in_features": n_in, "out_features": n_out, "bias": bias,
                  "activation_function": f"torch.nn.modules.{activation}"}
        if residual:
            config["use_residual"] = True
        write(folder / "config.json", config)
        tensors = {"linear.weight": torch.randn(n_out, n_in) / n_in ** 0.5}
        if bias:
            tensors["linear.bias"] = torch.randn(n_out) / 4
        if residual and n_in != n_out:
            tensors["residual.weight"] = torch.randn(n_out, n_in) / n_in ** 0.5
        self.save(tensors, folder)

    def norm(self, n):
        folder = self.path / f"{len(self.modules)}_LayerNorm"
        self.add("LayerNorm", folder.name)
        write(folder / "config.json", {"dimension": n})
        self.save({"norm.weight": 1 + torch.randn(n) / 4, "norm.bias": torch.randn(n) / 4}, folder)

    def save(self, tensors, folder):
        if self.new:
            save_file(tensors, folder / "model.safetensors")
        else:
            torch.save(tensors, folder / "pytorch_model.bin")

    def normalize(self):
        self.add("Normalize", f"{len(self.modules)}_Normalize")
        (self.path / self.modules[-1]["path"]).mkdir()

    def finish(self, prompts=None, default=None):
        write(self.path / "modules.json", self.modules)
        config = {"__version__": {"sentence_transformers": "6.0.0" if self.new else "2.2.0"},
                  "prompts": prompts or {}, "default_prompt_name": default}
        write(self.path / "config_sentence_transformers.json", config)


def cases(base, root):
    """Yields name, folder, the program's options, encode's arguments."""
    count = 0

    def folder(new):
        nonlocal count
        count += 1
        return Folder(base, root / str(count), new)

    for new in (False, True):
        age = "new" if new else "old"
        for mode in OLD:
            f = folder(new)
            f.pooling([mode])
            f.finish()
            yield f"{age} {mode}", f, [], {}
        for modes in (["cls", "mean"], ["cls", "max", "mean", "lasttoken"], list(OLD)):
            f = folder(new)
            f.pooling(modes[::-1] if new else modes)
            f.normalize()
            f.finish()
            yield f"{age} {'+'.join(modes)} normalize", f, [], {}
        for activation in ("activation.Tanh", "linear.Identity", "activation.ReLU",
                           "activation.GELU", "activation.SiLU", "activation.Sigmoid"):
            f = folder(new)
            f.pooling(["mean"])
            f.dense(64, 48, activation, bias=activation != "linear.Identity")
            f.finish()
            yield f"{age} mean dense {activation}", f, [], {}
        f = folder(new)
        f.pooling(["cls", "mean"])
        f.dense(128, 96, "activation.Tanh")
        f.norm(96)
        f.dense(96, 32, "linear.Identity")
        f.normalize()
        f.finish()
        yield f"{age} cls+mean dense norm dense normalize", f, [], {}
        for mode in OLD:
            f = folder(new)
            f.pooling([mode], include_prompt=False)
            f.finish({"query": "query: ", "passage": "passage: "}, "query")
            yield f"{age} {mode} default prompt left out", f, [], {}
            yield f"{age} {mode} prompt by name", f, ["--prompt", "passage"], {
                "prompt_name": "passage"}
            yield f"{age} {mode} prompt as text", f, ["--prompt", "find the river: "], {
                "prompt": "find the river: "}
        f = folder(new)
        f.pooling(["mean"])
        f.normalize()
        f.finish({"query": "query: "}, "query")
        yield f"{age} default prompt counted in", f, [], {}
        f = folder(new)
        f.pooling(["mean"])
        f.finish()
        yield f"{age} normalize asked for", f, ["--normalize"], {"normalize_embeddings": True}
    for n_out in (64, 40):
        f = folder(True)
        f.pooling(["mean"])
        f.dense(64, n_out, "activation.Tanh", residual=True)
        f.finish()
        yield f"new dense residual {n_out}", f, [], {}


def embed(bert, model, source, out, *options):
    subprocess.run([bert, "embed", "-q", "-m", model, "-i", source, "--format", "npy", "-o", out,
                    *options], check=True)
    return np.load(out)


def ours(bert, folder, texts, options):
    out, source = folder.path / "out.npy", folder.path / "texts.txt"
    source.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return embed(bert, folder.path, source, out, *options)


def compare_precisions(bert, model, root):
    """Vectors of random texts; ranges from some of them, so that others lie outside. True: equal."""
    generator = np.random.default_rng(1)
    words = "the bank of a river and sea money water in she was to it rates".split()
    source, out, ranges = root / "random.txt", root / "out.npy", root / "ranges.npy"
    source.write_text("".join(" ".join(generator.choice(words, generator.integers(1, 30))) + "\n"
                              for _ in range(2000)))
    good = True
    for name, options in {"sentences": [], "the first 61": ["--dims", "61"],
                          "words of two layers": ["--level", "word", "--layers", "0,-1"],
                          "normalized tokens": ["--level", "token", "--normalize"]}.items():
        vectors = embed(bert, model, source, out, *options)
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
                ours = embed(bert, model, source, out, *options, *arguments)
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
        for name, folder, options, arguments in cases(base, Path(root)):
            reference = SentenceTransformer(str(folder.path), device="cpu")
            theirs = reference.encode(TEXTS, **arguments)
            mine = ours(a.bert, folder, TEXTS, options)
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
