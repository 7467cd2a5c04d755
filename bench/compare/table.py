#!/usr/bin/env python3
"""Prints the results of compare.py and start.py as a table.

    table.py RESULTS.jsonl ...

The last result of a work and a type counts. The ratio is the peer's time over ours, round by round:
above 1 we are faster. "met" is against what the project asks of itself.
"""
import json
import sys

WANTED = {  # (model, work): {dtype: ratio}
    ("BERT-base", "8x128"): {"f32": 1.05, "bf16": 1.05, "int8": 1.08},
    ("BERT-base", "1x128"): {"f32": 1.08, "bf16": 1.12, "int8": 1.2},
    ("BERT-base", "1x512"): {"f32": 1.08, "bf16": 1.12, "int8": 1.2},
    ("BERT-base", "1x16"): {"f32": 1.25, "bf16": 1.4, "int8": 1.5},
    ("MiniLM-L6", "8x128"): {"f32": 1.12, "bf16": 1.15, "int8": 1.3},
    ("MiniLM-L6", "1x128"): {"f32": 1.1, "bf16": 1.25, "int8": 1.4},
    ("MiniLM-L6", "1x16"): {"f32": 1.5, "bf16": 2, "int8": 2},
    ("BERT-tiny", "8x128"): {"f32": 1.25, "bf16": 1.4, "int8": 1.6},
    ("MiniLM-L6", "mixed"): {"f32": 1.3, "bf16": 1.4, "int8": 1.5},
    ("MiniLM-L6", "text"): {"f32": 2, "bf16": 3.5, "int8": 5},
}
NAMES = {"mixed": "mixed lengths", "text": "mixed lengths, texts, end to end",
         "start": "start of the process to the first vector", "tokens": "tokenizing, 1 thread"}


def best(result):
    """The peer with the least time."""
    peers = {name: e for name, e in result["engines"].items() if name != "ours"}
    name = min(peers, key=lambda name: peers[name]["ms"])
    return name, peers[name]


def row(result):
    ours, (name, peer) = result["engines"]["ours"], best(result)
    ratio, low, high = peer["ratio"]
    wanted = WANTED.get((result["model"], result["work"]), {}).get(result["dtype"])
    met = "–" if wanted is None else "met" if ratio >= wanted else "not met"
    work = NAMES.get(result["work"], result["work"].replace("x", " × "))
    return (f"| {result['model']} {work} | {result['dtype']} | {ours['ms']:.4g} | {peer['ms']:.4g} | "
            f"{name} | **{ratio:.2f}** ({low:.2f}–{high:.2f}) | {wanted or '–'} | {met} | "
            f"{ours['peak_mb']:.0f} / {peer['peak_mb']:.0f} |")


def main(paths):
    results = []
    for path in paths:
        with open(path) as file:
            results += [json.loads(line) for line in file]
    last = {(r["model"], r["work"], r["dtype"]): r for r in results}
    order = list(WANTED) + [(r["model"], r["work"]) for r in results]
    dtypes = ["f32", "bf16", "int8"]
    keys = sorted(last, key=lambda k: (order.index(k[:2]), dtypes.index(k[2])))
    print("| work | type | ours, ms | best peer, ms | peer | ratio (95% interval) | wanted | | "
          "peak MB, ours / peer |\n|---|---|---|---|---|---|---|---|---|")
    for k in keys:
        print(row(last[k]))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
