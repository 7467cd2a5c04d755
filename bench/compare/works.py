"""The works that all engines are given: files of one line a text, the first line saying what it is.

    ids     ids of a sequence        one call gives a vector a line
    text    a text                   the same, tokenizing included
    tokens  a text                   one call tokenizes every line

A work is named BxN (B texts of N tokens), mixed (sentences of a corpus as ids, 5 to 512 tokens),
text (the same as text) or tokens.
"""
import random
import re

LEAST, MOST = 5, 512  # tokens of a mixed text
MIXED = 300           # texts


def fixed(name, vocabulary):
    batch, length = (int(x) for x in name.split("x"))
    rng = random.Random(length)
    rows = [[rng.randrange(vocabulary // 30, vocabulary) for _ in range(length)]
            for _ in range(batch)]
    return ["ids"] + [" ".join(map(str, row)) for row in rows]


def texts(path, count):
    """Sentences and, every tenth, a paragraph of a corpus (a paragraph a line), evenly spread."""
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file if len(line) > 40]
    step = max(1, len(lines) // count)
    chosen = []
    for i, line in enumerate(lines[::step][:count]):
        sentences = re.split(r"(?<=[.!?]) +", line)
        chosen.append(line if i % 10 == 9 else sentences[i % len(sentences)])
    return chosen


def mixed(folder, path, kind):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST)
    chosen = []
    for text in texts(path, 2 * MIXED):
        ids = tokenizer.encode(text).ids
        if len(ids) >= LEAST:
            chosen.append(" ".join(map(str, ids)) if kind == "ids" else text)
    return [kind] + chosen[:MIXED]


def make(name, folder, vocabulary, corpus):
    """The lines of a work's file."""
    if name[0].isdigit():
        return fixed(name, vocabulary)
    if name == "tokens":
        return ["tokens"] + texts(corpus, 4000)
    return mixed(folder, corpus, "ids" if name == "mixed" else "text")
