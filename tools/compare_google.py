#!/usr/bin/env python3
"""compare_google.py: bert embed --google against what Google's extract_features.py prints.

    python tools/compare_google.py --model FOLDER --texts FILE [--bert build/bert] [-n 200]
                                   [--reference FILE] [--gelu tanh]

FILE is what the script printed of these texts (google_extract.py runs it). Without it, its output
is recomputed here from the hidden states of transformers (float32) and its own rules: strip, split
at the last " ||| ", cut to --max-length, layers -1,-2,-3,-4, round(float(x), 6), json.dumps. Tokens
come from BertTokenizer then, so take texts in which it is no other than Google's
(docs/TOKENIZER.md has the differences). Held to be equal: every byte that is not a digit of a value, and every value within 2e-5; each line must also be what
json.dumps makes of it. Exit status 1 when something differs.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

LAYERS = [-1, -2, -3, -4]
MOST_DIFFERENCE = 2e-5  # float32 on both sides, states of size 1 to 10, and the rounding


def truncate_pair(a, b, most):
    while len(a) + len(b) > most:
        (a if len(a) > len(b) else b).pop()


def tokens_of(line, tokenizer, length):
    line = line.strip()
    match = re.match(r"^(.*) \|\|\| (.*)$", line)
    a = tokenizer.tokenize(match.group(1) if match else line)
    b = tokenizer.tokenize(match.group(2)) if match else []
    if b:
        truncate_pair(a, b, length - 3)
    else:
        a = a[:length - 2]
    tokens = ["[CLS]"] + a + ["[SEP]"]
    return tokens + (b + ["[SEP]"] if b else []), [0] * len(tokens) + [1] * (len(b) + 1 if b else 0)


def recompute(lines, folder, length):
    """The records, from transformers."""
    from transformers import AutoModel, AutoTokenizer
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    return [record(i, line, tokenizer, model, length) for i, line in enumerate(lines)]


def record(index, line, tokenizer, model, length):
    import torch
    tokens, types = tokens_of(line, tokenizer, length)
    ids = tokenizer.convert_tokens_to_ids(tokens)
    with torch.no_grad():
        states = model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types]),
                       output_hidden_states=True).hidden_states[1:]
    return {"linex_index": index, "features": [
        {"token": token, "layers": [
            {"index": k, "values": [round(float(x), 6) for x in states[k][0, i]]} for k in LAYERS]}
        for i, token in enumerate(tokens)]}


def take_values(record):
    """Removes the values from a record and returns them."""
    values = []
    for feature in record["features"]:
        for layer in feature["layers"]:
            values += layer["values"]
            layer["values"] = len(layer["values"])
    return values


def main():
    parser = argparse.ArgumentParser(description="Compares bert embed --google with extract_features.")
    parser.add_argument("--bert", default="build/bert", help="the program (%(default)s)")
    parser.add_argument("--model", required=True, help="a model folder")
    parser.add_argument("--texts", required=True, help="a file with an item a line")
    parser.add_argument("--reference", help="what extract_features.py printed")
    parser.add_argument("--gelu", choices=["erf", "tanh"], default="erf",
                        help="tanh: as the script since February 2019 (%(default)s)")
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("-n", type=int, default=200, help="how many lines (%(default)s)")
    a = parser.parse_args()
    with open(a.texts, encoding="utf-8", newline="\n") as f:
        lines = [line for _, line in zip(range(a.n), f)]
    if a.reference:
        with open(a.reference, encoding="ascii") as f:
            wanted = [json.loads(line) for line in f][:len(lines)]
    else:
        wanted = recompute(lines, a.model, a.max_length)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n") as f:
        f.writelines(lines)
        f.flush()
        ours = subprocess.run([a.bert, "embed", "-m", a.model, "--google", "-q", "-i", f.name,
                               "--gelu", a.gelu, "--max-length", str(a.max_length)], check=True, capture_output=True).stdout
    ours = ours.decode("ascii").splitlines()
    bad, same, all_values, largest = 0, 0, 0, 0.0
    for i in range(min(len(ours), len(wanted))):
        want = wanted[i]
        got = json.loads(ours[i])
        formatted = json.dumps(got) == ours[i]
        x, y = take_values(want), take_values(got)
        alike = json.dumps(want) == json.dumps(got)
        differences = [abs(p - q) for p, q in zip(x, y)]
        largest = max([largest] + differences)
        same += sum(d == 0 for d in differences)
        all_values += len(x)
        if not formatted or not alike or max(differences) > MOST_DIFFERENCE:
            bad += 1
            print(f"line {i}: {'' if formatted else 'not as json.dumps writes it; '}"
                  f"{'' if alike else 'other tokens or layers; '}largest difference {max(differences):.1e}")
    print(f"{len(lines)} lines, {len(ours)} records, {all_values} values: {100 * same / all_values:.2f} % the "
          f"same digits, largest difference {largest:.1e}; {bad} lines differ")
    return 1 if bad or not len(ours) == len(wanted) == len(lines) else 0


if __name__ == "__main__":
    sys.exit(main())
