#!/usr/bin/env python3
"""reference.py MODEL TEXTS -o FILE: what transformers makes of texts, for `bert verify --against FILE`.

    pip install torch --index-url https://download.pytorch.org/whl/cpu
    pip install transformers sentence-transformers
    python tools/reference.py MODEL texts.txt -o reference.npz [-n 50] [--dtype float32|float64] [--compress]

MODEL is a folder or a name that transformers knows, TEXTS has a text a line. Texts are run one at a
time, without padding, cut where the model's own files say. FILE ends in .npz (or .jsonl: larger, to
look at) and holds the texts, their ids and types, the hidden states of every layer (0 is the
embedding output), the pooler where the model has one, and for a folder of sentence-transformers what
its encode gives.

The files of tests/cli/verify were made of its texts.txt: packed.npz (--compress) and lines.jsonl
(-n 1) by tests/golden/base, stored.npz by tests/golden/sentence_cls.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import torch
import transformers
from transformers import AutoModel, AutoTokenizer


def is_sentence_model(path):
    return Path(path, "modules.json").exists()


def has_pooler(info):
    return not any("pooler" in str(key) for key in info["missing_keys"])


@torch.no_grad()
def reference(path, texts, dtype):
    model, info = AutoModel.from_pretrained(path, dtype=dtype, attn_implementation="eager",
                                            output_loading_info=True)
    tokenizer = AutoTokenizer.from_pretrained(path)
    length = min(tokenizer.model_max_length, model.config.max_position_embeddings)
    sentences = None
    if is_sentence_model(path):
        from sentence_transformers import SentenceTransformer
        encoder = SentenceTransformer(path, device="cpu")
        length = min(length, encoder.max_seq_length or length)
        sentences = encoder.encode(texts)
    items = []
    for i, text in enumerate(texts):
        batch = tokenizer(text, truncation=True, max_length=length, return_tensors="pt")
        out = model.eval()(**batch, output_hidden_states=True)
        item = {"text": text, "ids": batch["input_ids"][0].numpy(),
                "types": batch["token_type_ids"][0].numpy(),
                "hidden": torch.cat(out.hidden_states).float().numpy()}
        if has_pooler(info):
            item["pooled"] = out.pooler_output[0].float().numpy()
        if sentences is not None:
            item["embedding"] = sentences[i]
        items.append(item)
    return items, length


def save_npz(path, items, length, compress):
    raw = [item["text"].encode() for item in items]
    arrays = {"text": np.frombuffer(b"".join(raw), np.uint8),
              "text_ends": np.cumsum([len(r) for r in raw]),
              "ids": np.concatenate([item["ids"] for item in items]).astype(np.int32),
              "types": np.concatenate([item["types"] for item in items]).astype(np.uint8),
              "lengths": np.array([len(item["ids"]) for item in items]),
              "hidden": np.concatenate([item["hidden"] for item in items], axis=1),
              "max_length": np.array(length)}
    for name, key in (("pooled", "pooled"), ("sentences", "embedding")):
        if key in items[0]:
            arrays[name] = np.stack([item[key] for item in items])
    (np.savez_compressed if compress else np.savez)(path, **arrays)


def save_jsonl(path, items):
    with open(path, "w", encoding="utf-8") as f:
        for item in items:
            f.write(json.dumps({key: value if isinstance(value, str) else value.tolist()
                                for key, value in item.items()}, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description="Writes reference outputs for bert verify.")
    parser.add_argument("model")
    parser.add_argument("texts")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("-n", type=int, default=50, help="how many texts (%(default)s)")
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("--compress", action="store_true", help="a smaller .npz")
    a = parser.parse_args()
    lines = Path(a.texts).read_text(encoding="utf-8-sig").split("\n")
    texts = [line for line in lines if line.strip()][:a.n]
    if not texts:
        sys.exit(f"reference.py: {a.texts}: no texts")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    items, length = reference(a.model, texts, getattr(torch, a.dtype))
    if a.output.endswith(".jsonl"):
        save_jsonl(a.output, items)
    else:
        save_npz(a.output, items, length, a.compress)


main()
