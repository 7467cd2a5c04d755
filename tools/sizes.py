#!/usr/bin/env python3
"""Every configuration of BERT that is published, with random weights: opened and run by `bert` as a
Hugging Face folder and as a Google checkpoint, and compared with transformers.

    tools/sizes.py BERT [--only NAME] [--all]

BERT is the program, e.g. build/bert. Needs torch, transformers and numpy. --all takes large (1.3 GB)
too. Prints a row a model: the largest difference of any layer's hidden state from torch float32's, as
a part of that layer's largest number; and whether the Google checkpoint, which `bert convert` wrote,
gives the same output byte for byte. Leaves with 1 when a difference exceeds 1e-5 or bytes differ.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch
from transformers import BertConfig, BertModel

TEXT = "Unaffable naïve readers, 42 of them: the river bank lent 北京 money."
TOLERANCE = 1e-5

# name, layers, hidden, heads, vocabulary, lower case
SIZES = [(f"{l}/{h}", l, h, h // 64, 30522, True)
         for l in (2, 4, 6, 8, 10, 12) for h in (128, 256, 512, 768)]
SIZES += [("base cased", 12, 768, 12, 28996, False),
          ("multilingual cased", 12, 768, 12, 119547, False),
          ("multilingual uncased", 12, 768, 12, 105879, True),
          ("Chinese", 12, 768, 12, 21128, True),
          ("small: gte, e5, bge, arctic", 12, 384, 12, 30522, True),
          ("all-MiniLM-L6", 6, 384, 12, 30522, True)]
LARGE = [("large", 24, 1024, 16, 30522, True)]


def vocabulary(n):
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(c) for c in range(33, 127)] + ["ï", "北", "京"]
    pieces += letters + ["##" + c for c in letters if c.isalnum()]
    return pieces + [f"[unused{i}]" for i in range(n - len(pieces))]


def make(folder, layers, hidden, heads, vocab, lower):
    torch.manual_seed(layers * 10000 + hidden)
    config = BertConfig(vocab_size=vocab, hidden_size=hidden, num_hidden_layers=layers,
                        num_attention_heads=heads, intermediate_size=4 * hidden)
    model = BertModel(config).eval()
    model.save_pretrained(folder)
    with open(f"{folder}/vocab.txt", "w", encoding="utf-8") as f:
        f.write("\n".join(vocabulary(vocab)) + "\n")
    with open(f"{folder}/tokenizer_config.json", "w", encoding="utf-8") as f:
        json.dump({"do_lower_case": lower}, f)
    return model


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def embed(bert, folder):
    return run(bert, "embed", "-m", folder, "--level", "token", "--layers", "all", "--mix", "none",
               "--format", "jsonl", TEXT)


def difference(model, output):
    tokens = json.loads(output)["tokens"]
    ids = torch.tensor([[t["id"] for t in tokens]])
    with torch.no_grad():
        states = model(ids, output_hidden_states=True).hidden_states
    worst = 0.0
    for layer, want in enumerate(states):
        got = np.array([t["layers"][layer]["values"] for t in tokens], np.float32)
        want = want[0].numpy()
        worst = max(worst, float(np.abs(got - want).max() / np.abs(want).max()))
    return worst


def one(bert, size):
    name, layers, hidden, heads, vocab, lower = size
    work = tempfile.mkdtemp(prefix="bert-sizes-")
    try:
        model = make(f"{work}/hf", layers, hidden, heads, vocab, lower)
        output = embed(bert, f"{work}/hf")
        run(bert, "convert", "-m", f"{work}/hf", "--to", "google", "-o", f"{work}/google")
        same = embed(bert, f"{work}/google") == output
        worst = difference(model, output)
        millions = sum(p.numel() for p in model.parameters()) / 1e6
    finally:
        shutil.rmtree(work)
    print(f"| {name} | {layers} | {hidden} | {heads} | {vocab} | {'un' if lower else ''}cased "
          f"| {millions:.1f} | {worst:.1e} | {'same' if same else 'DIFFERENT'} |", flush=True)
    return same and worst <= TOLERANCE


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bert")
    parser.add_argument("--only")
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    bert = os.path.abspath(args.bert)
    sizes = [s for s in SIZES + (LARGE if args.all else []) if args.only in (None, s[0])]
    print("| model | L | H | A | V | letters | parameters (M) | hidden states | Google |")
    print("|---|---|---|---|---|---|---|---|---|")
    return 0 if all([one(bert, s) for s in sizes]) else 1


if __name__ == "__main__":
    sys.exit(main())
