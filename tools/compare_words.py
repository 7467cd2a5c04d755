#!/usr/bin/env python3
"""compare_words.py: words' vectors, for every mix of layers and every way to join a word's tokens,
against the same of transformers' hidden states.

    python tools/compare_words.py --texts FILE [-n 100] [--bert build/bert] [--model FOLDER]

What is needed and the default model are those of compare_hf.py, and so are the measures: the largest
error max|a-b| / max|b| and the error in the norm |a-b| / |b| against transformers in float64, beside
those of transformers in float32 (the worst of several runs, see golden.py); ours may be 1.5 times as
large. Words are those of the fast tokenizer's word_ids. Exit status 1 when a bound is broken.
"""

import sys

import torch
import transformers
from transformers import AutoModel, AutoTokenizer

from compare_hf import arguments, bert_embed, compare_layer, hidden_states, read_texts, singles_of

WEIGHTS = [0.1, 0.2, 0.3, 0.4]
MIXES = {
    "concat": lambda x: x.flatten(1),
    "sum": lambda x: x.sum(1),
    "mean": lambda x: x.mean(1),
    "max": lambda x: x.amax(1),
    "weights=" + ",".join(map(str, WEIGHTS)): lambda x: torch.einsum(
        "tlh,l->th", x, torch.tensor(WEIGHTS, dtype=x.dtype)),
}


class Words:
    """Which rows of all texts' tokens are which word's; and their rows as one, in each way."""

    def __init__(self, encodings):
        words, n = [], 0
        for e in encodings:
            words += [-1 if w is None else n + w for w in e.word_ids]
            n = max(n, *words) + 1
        of = torch.tensor(words)
        self.tokens = (of >= 0).nonzero()[:, 0]
        self.of, self.count = of[self.tokens].unique_consecutive(return_inverse=True,
                                                                 return_counts=True)[1:]
        self.ends = self.count.cumsum(0)

    def all(self, rows):
        x = rows[self.tokens]
        total = torch.zeros(len(self.count), x.shape[1], dtype=x.dtype).index_add(0, self.of, x)
        index = self.of[:, None].expand_as(x)
        return {"first": x[self.ends - self.count], "last": x[self.ends - 1],
                "mean": total / self.count[:, None], "sum": total,
                "max": torch.zeros_like(total).scatter_reduce(0, index, x, "amax",
                                                              include_self=False)}


def main():
    a = arguments()
    texts = read_texts(a.texts, a.n)
    torch.manual_seed(1)
    torch.set_num_threads(1)  # one text at a time has no work for more
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    config = transformers.AutoConfig.from_pretrained(a.model)
    tokenizer = AutoTokenizer.from_pretrained(a.model)
    good = True
    for chosen in (range(-4, 0), range(0, 4)):
        layers = [layer % (config.num_hidden_layers + 1) for layer in chosen]
        encodings = tokenizer(texts, truncation=True,
                              max_length=config.max_position_embeddings).encodings
        model = AutoModel.from_pretrained(a.model, dtype=torch.float32, attn_implementation="eager")
        exact = hidden_states(model.double().eval(), encodings, layers)
        singles = list(singles_of(a, encodings, layers, config.hidden_size))
        words = Words(encodings)
        for mix, mixed in MIXES.items():
            theirs, torchs = words.all(mixed(exact)), [words.all(mixed(x)) for x in singles]
            for subwords, rows in theirs.items():
                ours = bert_embed(a, texts, "--level", "word", "--mix", mix, "--subwords", subwords,
                                  "--layers", ",".join(map(str, layers)), "--max-length",
                                  str(config.max_position_embeddings))
                good &= compare_layer(f"layers {','.join(map(str, layers))} {mix}, {subwords}",
                                      torch.from_numpy(ours).double(), rows,
                                      [single[subwords] for single in torchs])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
