#!/usr/bin/env python3
"""Times bert and the tokenizers library on the same files, in turn, and prints MB/s and their ratio.

    bench_tokenizers.py --bert build/bert [--runs N] [--threads N] [--cased] [--hf-megabytes N]
        VOCAB.txt FILE…
    bench_tokenizers.py --make-unique FILE [--megabytes N]

Needs any Python with tokenizers 0.23. Each run is a new process without warm-up, on one core unless
--threads says otherwise; all of the work is timed (reading, normalising, splitting, WordPiece,
offsets), from the opened vocabulary on. bert is asked for --count; the library gets the file's lines
in batches (encode_batch), read before its clock starts, and with --hf-megabytes no more than the
file's first so many. The best and the median of the runs are
printed, since other work on the machine only ever slows a run down.

--make-unique writes a text in which no word ever repeats: lower-case words of random letters as
frequent as in English, 3 to 15 of them.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys

LETTERS = "etaoinshrdlcumwfgypbvkjxqz"
WEIGHTS = [12, 9, 8, 7.5, 7, 6.7, 6.3, 6.1, 6, 4.2, 4, 2.8, 2.7, 2.4, 2.4, 2.2, 2, 2, 1.9, 1.5, 1,
           .8, .15, .15, .1, .07]
LENGTHS = list(range(3, 16)), [3, 6, 9, 12, 14, 14, 12, 10, 8, 5, 3, 2, 1]

HF = """
import sys, time
from tokenizers import BertWordPieceTokenizer
vocab, path, cased, most = sys.argv[1:]
t = BertWordPieceTokenizer(vocab, lowercase=cased == "0")._tokenizer
lines = open(path, encoding="utf-8", errors="ignore", newline="\\n").read(int(most)).split("\\n")
size = sum(len(line.encode()) for line in lines)
began, n = time.time(), 0
for i in range(0, len(lines), 4096):
    n += sum(len(e.ids) for e in t.encode_batch(lines[i:i + 4096]))
print(size / (time.time() - began), n)
"""


def make_unique(path, size):
    rng, seen, written = random.Random(5), set(), 0
    with open(path, "w") as f:
        while written < size:
            line = []
            while len(line) < 80:
                length = rng.choices(*LENGTHS)[0]
                word = "".join(rng.choices(LETTERS, WEIGHTS, k=length))
                if word not in seen:
                    seen.add(word)
                    line.append(word)
            written += f.write(" ".join(line) + "\n")


def run_bert(args, path):
    command = [args.bert, "tokenize", "-m", args.vocab, "--tokenizer", "hf-fast", "--count",
               "--cased" if args.cased else "--uncased", "--threads", str(args.threads), "-i", path]
    totals = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return totals["bytes_per_second"], totals["tokens"]


def run_hf(args, path):
    one = args.threads == 1
    env = dict(os.environ, TOKENIZERS_PARALLELISM="false" if one else "true",
               RAYON_NUM_THREADS=str(args.threads))
    command = [sys.executable, "-c", HF, args.vocab, path, str(int(args.cased)),
               str(int(args.hf_megabytes * 1e6))]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=env).stdout.split()
    return float(out[0]), int(out[1])


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bert")
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--cased", action="store_true")
    p.add_argument("--hf-megabytes", type=float, default=1e6)
    p.add_argument("--make-unique")
    p.add_argument("--megabytes", type=float, default=60)
    p.add_argument("vocab", nargs="?")
    p.add_argument("files", nargs="*")
    args = p.parse_args()
    if args.make_unique:
        return make_unique(args.make_unique, args.megabytes * 1e6)
    if not args.bert or not args.files:
        p.error("--bert, a vocabulary and files are needed")
    print("%-24s %10s %10s %10s %10s %7s   (MB/s, %d runs, %d threads)" %
          ("file", "bert best", "median", "hf best", "median", "ratio", args.runs, args.threads))
    for path in args.files:
        ours, theirs = [], []
        for _ in range(args.runs):
            ours.append(run_bert(args, path))
            theirs.append(run_hf(args, path))
        a, b = [x / 1e6 for x, _ in ours], [x / 1e6 for x, _ in theirs]
        print("%-24s %10.1f %10.1f %10.1f %10.1f %7.1f" %
              (os.path.basename(path), max(a), statistics.median(a), max(b), statistics.median(b),
               max(a) / max(b)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
