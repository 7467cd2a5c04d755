#!/usr/bin/env python3
"""golden.py [OUT [CASE...]]: small random BERT models and what the original implementation makes of them.

Writes one folder a case below OUT (default: tests/golden), in which

    config.json, model.safetensors, tokenizer files, modules.json ...   a model as people publish it
    golden.json         texts; ids, types, words and offsets in code points that the fast tokenizer
                        gives; how sentences are embedded; the errors of torch in float32
    golden.safetensors  F64: hidden.0 .. hidden.L [T, H] over the packed tokens of all texts (0 is
                        the embedding output); pooler [S, H]; embedding [S, H]

The case "modules" also has variants: sentence_folders.py's folders around its BERT, with what encode
makes of the texts. golden.json has the files of each, but for the folders with weights, which lie
beside it; golden.safetensors has variant.0 .. variant.N [S, columns].

The reference is transformers in float64 on the CPU with eager attention, one text at a time,
without padding. Weights are far larger than BERT's initial 0.02, so that each part of the network
(the form of GELU, epsilon, every bias) shows in the output. The pieces of the vocabulary are made
up here. The same seeds give the same files; torch's own errors and the last bits of float64 may
differ on another machine or version.

The yardstick of tests/golden is torch in float32 on the same texts: the largest error max|a-b| /
max|b|, and |a-b| / |b| in the Euclidean norm. The first is one draw of a random number (the largest
of a few thousand rounding errors): torch's own differs by a factor of up to 2 when its sums run in
another order, where the norm stays within some per cent. So torch runs with eager and with sdpa
attention, each with the hidden units in eight orders, and the worst of these sixteen counts.

Needs: pip install torch transformers sentence-transformers safetensors
"""

import json
import os
import re
import shutil
import sys
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import sentence_transformers
import torch
import transformers
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import (AutoModel, AutoTokenizer, BertConfig, BertForMaskedLM, BertForPreTraining,
                          BertModel, BertTokenizer)

from sentence_folders import cases as sentence_folders

# ---------------------------------------------------------------------------------- words and texts

SPECIALS = "[PAD] [unused0] [unused1] [UNK] [CLS] [SEP] [MASK]".split()
LOWER = "abcdefghijklmnopqrstuvwxyz"
PUNCTUATION = list("!\"'(),-.:;?|") + ["—", "…"]
WORDS = """the and is in of to a on does not yes no cat dog mat game house river play plays green
        blue walk long small tree stone under over letter""".split()
ENDINGS = "##s ##ed ##ing ##er ##able ##ly ##ness ##un ##ay".split()
OTHERS = """東 京 日 本 語 ο δ σ ς α ##ο ##δ ##σ ##ς ##α п р и в е т привет ##п ##р ##и ##в ##е ##т
         ü ø ##ø ß ##ß ﬁ € °""".split()
CASED = list("ABCDEGHMPSTWY") + "The Cat É é ##é ï ##ï ō Π Ο Σ П ##É".split()


def vocabulary(cased):
    """Pieces in the order of their ids; no piece twice."""
    pieces = SPECIALS + PUNCTUATION + list("0123456789") + ["##" + d for d in "0123"]
    pieces += list(LOWER) + ["##" + c for c in LOWER] + WORDS + ENDINGS + OTHERS
    return list(dict.fromkeys(pieces + (CASED if cased else [])))


# A pool; each case takes some. A pair is a tuple.
TEXTS = {
    "plain": "The cat sat on the mat.",
    "endings": "Playing, played; unplayable - she walked 12 games!",
    "empty": "",
    "accents": "Émile's café in Tōkyō: naïve?",
    "scripts": "ΟΔΟΣ привет 東京 ß",
    "long": "the small dog walks over a long river and under the green tree, " * 4,
    "pair": ("Does the cat play?", "Yes, in the blue house."),
    "long pair": ("a stone is under the letter " * 5, "not the small tree"),
    "half pair": ("is it long?", ""),
    "special": "x [MASK] of [SEP]y",
    "marks": "e\u0301\u0301 a\u200bb \u0001c\ufffd \ufb01sh",
    "unknown": "the " + "w" * 101 + " \U0001f600 한국",
    "blank": " \t\n\u00a0",
    "quotes": "(\u201cno\u201d) \u2026 over|under \u2014 3.10 \u20ac",
}

# -------------------------------------------------------------------------------------------- cases


@dataclass
class Case:
    name: str
    about: str
    H: int
    A: int
    L: int
    F: int
    act: str = "gelu"
    eps: float = 1e-12
    P: int = 20
    types: int = 2
    model: type = BertModel
    pooler: bool = True
    dtype: torch.dtype = torch.float32
    old_names: bool = False      # LayerNorm.gamma and .beta, and the position_ids buffer
    cased: bool = False
    tokenizer: str = "json"      # json: tokenizer.json and tokenizer_config.json; json only;
                                 # vocab: vocab.txt and tokenizer_config.json; vocab only
    sentence: str = ""           # a sentence-transformers folder, "old" or "new" in its format
    pooling: str = "mean"
    normalize: bool = False
    max_length: int = 0          # in sentence_bert_config.json; 0: no such limit
    variants: bool = False       # with every pooling and module around it
    texts: list = field(default_factory=list)


CORE = ["plain", "empty", "scripts", "long"]
CASES = [
    Case("base", "BertModel, as transformers 5 saves it",
         H=48, A=3, L=2, F=52,
         texts=CORE + ["endings", "accents", "long pair"]),
    Case("masked_lm", "BertForMaskedLM: bert. prefix, no pooler, vocab.txt",
         H=32, A=4, L=3, F=40, act="gelu_new", model=BertForMaskedLM, pooler=False,
         tokenizer="vocab",
         texts=CORE + ["special", "pair", "half pair", "unknown"]),
    Case("old_names", "BertForPreTraining with gamma and beta, vocab.txt alone",
         H=24, A=2, L=3, F=100, act="gelu_python", model=BertForPreTraining,
         old_names=True, tokenizer="vocab only",
         texts=CORE + ["marks", "quotes", "long pair", "blank"]),
    Case("cased_relu", "cased, no power of two anywhere",
         H=36, A=3, L=2, F=45, act="relu", eps=1e-5, P=19, cased=True,
         texts=CORE + ["accents", "marks", "pair"]),
    Case("f16_wide", "weights in F16, tokenizer.json alone; sums of 1,100 terms",
         H=32, A=1, L=1, F=1100, act="silu", P=17, dtype=torch.float16, tokenizer="json only",
         texts=CORE + ["special", "half pair", "accents"]),
    Case("bf16_quick", "weights in BF16, one token type, epsilon 1e-3",
         H=24, A=2, L=4, F=31, act="quick_gelu", eps=1e-3, types=1, P=30,
         dtype=torch.bfloat16, tokenizer="vocab",
         texts=CORE + ["endings", "special", "unknown", "quotes"]),
    Case("sentence_cls", "sentence-transformers 2: cls, normalised",
         H=64, A=1, L=1, F=72, tokenizer="vocab", sentence="old", pooling="cls",
         normalize=True, max_length=18,
         texts=CORE + ["special", "endings", "blank", "pair"]),
    Case("sentence_mean", "sentence-transformers 6: mean, normalised",
         H=40, A=5, L=2, F=33, act="gelu_pytorch_tanh", sentence="new", normalize=True,
         texts=CORE + ["quotes", "accents", "unknown", "half pair"]),
    Case("sentence_max", "sentence-transformers 2: max, as it is; no pooler",
         H=32, A=1, L=2, F=48, act="tanh", eps=1e-5, P=23, pooler=False, sentence="old",
         pooling="max", max_length=23,
         texts=CORE + ["marks", "endings", "accents", "long pair"]),
    Case("sentence_cased", "sentence-transformers 6: cls, as it is; cased; one head",
         H=16, A=1, L=3, F=20, cased=True, sentence="new", pooling="cls", P=24,
         max_length=20,
         texts=CORE + ["quotes", "marks", "pair", "endings"]),
    Case("modules", "sentence-transformers folders with every pooling and module, old and new",
         H=16, A=2, L=2, F=20, cased=True, sentence="new", P=100, variants=True,
         texts=CORE + ["quotes", "endings", "accents", "unknown"]),
]

# ------------------------------------------------------------------------------------------- models


def randomise(model):
    """Every parameter drawn anew. q.k / sqrt(D) and the feed-forward's inputs get a spread of about
    1.5: attention looks somewhere, and GELU meets values where its forms differ."""
    for name, p in model.named_parameters():
        noise = torch.randn_like(p)
        if name.endswith("LayerNorm.weight"):
            p.data = 1 + 0.2 * noise
        elif name.endswith(".bias"):
            p.data = 0.2 * noise
        elif "embeddings" in name:
            p.data = 0.3 * noise
        else:
            p.data = 1.3 / p.shape[1] ** 0.5 * noise


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def write_tokenizer(folder, case):
    pieces = vocabulary(case.cased)
    if case.tokenizer.startswith("json"):
        tokenizer = BertTokenizer(vocab={p: i for i, p in enumerate(pieces)},
                                  do_lower_case=not case.cased)  # and no limit: 10^30 in the file
        tokenizer.save_pretrained(folder)
    else:
        (folder / "vocab.txt").write_text("".join(p + "\n" for p in pieces))
        write_json(folder / "tokenizer_config.json",
                   {"do_lower_case": not case.cased, "unk_token": "[UNK]", "sep_token": "[SEP]",
                    "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
                    "tokenize_chinese_chars": True, "strip_accents": None,
                    "tokenizer_class": "BertTokenizer", "model_max_length": case.P})
    if case.tokenizer.endswith("only"):
        (folder / "tokenizer_config.json").unlink()


def write_sentence_files(folder, case):
    """What sentence-transformers adds. The new format comes from its own save, the old one is
    what its version 2 wrote."""
    if case.sentence == "new":
        limit = {"max_seq_length": case.max_length} if case.max_length else {}
        modules = [Transformer(str(folder), **limit), Pooling(case.H, pooling_mode=case.pooling)]
        modules += [Normalize()] if case.normalize else []
        SentenceTransformer(modules=modules).save(str(folder), create_model_card=False)
        return
    names = ["Transformer", "Pooling"] + (["Normalize"] if case.normalize else [])
    write_json(folder / "modules.json",
               [{"idx": i, "name": str(i), "path": f"{i}_{name}" if i else "",
                 "type": f"sentence_transformers.models.{name}"} for i, name in enumerate(names)])
    write_json(folder / "sentence_bert_config.json",
               {"max_seq_length": case.max_length, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    modes = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens"}
    write_json(folder / "1_Pooling" / "config.json",
               {"word_embedding_dimension": case.H}
               | {f"pooling_mode_{mode}": mode == modes[case.pooling]
                  for mode in [*modes.values(), "mean_sqrt_len_tokens"]})


def write_model(folder, case, seed):
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=len(vocabulary(case.cased)), hidden_size=case.H,
                        num_hidden_layers=case.L, num_attention_heads=case.A,
                        intermediate_size=case.F, hidden_act=case.act, layer_norm_eps=case.eps,
                        max_position_embeddings=case.P, type_vocab_size=case.types)
    head = {} if case.model is not BertModel else {"add_pooling_layer": case.pooler}
    model = case.model(config, **head)
    with torch.no_grad():
        randomise(model)
    model.to(case.dtype).save_pretrained(folder)
    if case.old_names:
        tensors = {name.replace("LayerNorm.weight", "LayerNorm.gamma")
                   .replace("LayerNorm.bias", "LayerNorm.beta"): tensor
                   for name, tensor in load_file(folder / "model.safetensors").items()}
        tensors["bert.embeddings.position_ids"] = torch.arange(case.P).reshape(1, -1)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_tokenizer(folder, case)
    if case.sentence:
        write_sentence_files(folder, case)


# --------------------------------------------------------------------------------------- references


def tokenize(tokenizer, text, limit):
    first, second = text if isinstance(text, tuple) else (text, None)
    both = [first], None if second is None else [second]  # lists: an empty second text stays one
    whole = tokenizer(*both)[0]
    cut = tokenizer(*both, truncation=True, max_length=limit)[0]
    return {"text": first, "pair": second, "ids": cut.ids, "types": cut.type_ids,
            "offsets": cut.offsets, "words": [-1 if w is None else w for w in cut.word_ids],
            "truncated": len(whole.ids) - len(cut.ids)}


def renumber(module, order):
    """The same network with its hidden units in another order: the same values, other sums."""
    for name, p in module.named_parameters():
        if p.dim() == 2 and re.search(r"embeddings|query|key|value|intermediate|pooler", name):
            p.data = p.data[:, order]  # takes hidden units
        if re.search(r"LayerNorm|output\.dense|pooler", name):
            p.data = p.data[order]     # gives hidden units


@torch.no_grad()
def run(folder, items, dtype, attention, order):
    """The outputs over all items, one at a time: hidden.0 .. hidden.L, embedding, pooler."""
    options = {"dtype": torch.float32, "attn_implementation": attention}
    model = AutoModel.from_pretrained(folder, **options).to(dtype).eval()
    sentence = SentenceTransformer(str(folder), device="cpu", model_kwargs=options).to(dtype).eval()
    renumber(model, order)
    renumber(sentence, order)
    hidden, pooler, embedding = [], [], []
    for item in items:
        ids = torch.tensor([item["ids"]])
        types = torch.tensor([item["types"]])
        out = model(input_ids=ids, token_type_ids=types, output_hidden_states=True)
        hidden.append(torch.stack(out.hidden_states)[:, 0])
        pooler.append(out.pooler_output[0])
        features = {"input_ids": ids, "token_type_ids": types,
                    "attention_mask": torch.ones_like(ids)}
        for module in sentence:
            features = module(features)
        embedding.append(features["sentence_embedding"][0])
        if item["pair"] is None:  # the way that people call it, from the text
            encoded = sentence.encode(item["text"], convert_to_tensor=True)
            assert torch.equal(encoded, embedding[-1]), f"{folder}: {item['text']!r}"
    outputs = {f"hidden.{i}": h for i, h in enumerate(torch.cat(hidden, 1))}
    outputs |= {"embedding": torch.stack(embedding), "pooler": torch.stack(pooler)}
    return {name: x[:, order.argsort()].contiguous() for name, x in outputs.items()}


@torch.no_grad()
def encode(sentence, texts, arguments, order):
    """The sentence vectors, one at a time, with BERT's hidden units and the inputs of the dense
    layers in another order (`sentence` is changed)."""
    renumber(sentence[0], order)
    sentence[0].register_forward_hook(lambda module, _, out: out | {
        "token_embeddings": out["token_embeddings"][..., order.argsort()]})
    for linear in [module.linear for module in sentence if hasattr(module, "linear")]:
        inputs = order.repeat(-(-linear.in_features // len(order))).argsort(stable=True)
        inputs = inputs[inputs < linear.in_features]
        linear.weight.data = linear.weight.data[:, inputs]
        linear.register_forward_pre_hook(lambda _, x, inputs=inputs: (x[0][..., inputs],))
    return torch.stack([sentence.encode(text, convert_to_tensor=True, **arguments)
                        for text in texts])


def write_variant(folder, made, arguments, texts, orders):
    """The entry in golden.json and the vectors; folders with weights are copied."""
    options = {"dtype": torch.float32, "attn_implementation": "eager"}
    open_it = lambda **more: SentenceTransformer(str(made.path), device="cpu",
                                                 model_kwargs=options | more).eval()
    exact = encode(open_it().to(torch.float64), texts, arguments, orders[0])
    assert exact.dtype == torch.float64
    singles = []
    for attention in ("eager", "sdpa"):
        sentence = open_it(attn_implementation=attention)
        singles += [encode(deepcopy(sentence), texts, arguments, order).double()
                    for order in orders]
    files = {}
    for path in sorted(made.path.rglob("*.json")):
        if path.parent != made.path and len(list(path.parent.iterdir())) > 1:  # with weights
            shutil.copytree(path.parent, folder / path.parent.name, dirs_exist_ok=True)
        elif path.stat().st_nlink == 1:  # not the BERT's
            files[str(path.relative_to(made.path))] = path.read_text()
    return {"encode": arguments, "files": files,
            "torch_error": {"largest": max(largest_error(single, exact) for single in singles),
                            "norm": max(norm_error(single, exact) for single in singles)}}, exact


def write_variants(folder, case):
    """Yields entries and vectors of sentence_folders.py's cases around this BERT."""
    texts = [TEXTS[name] for name in case.texts]
    orders = [torch.arange(case.H)] + [torch.randperm(case.H) for _ in range(7)]
    with tempfile.TemporaryDirectory(dir=folder.parent) as root:
        base = Path(root, "base")
        base.mkdir()
        for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            os.link(folder / name, base / name)
        for name, made, arguments in sentence_folders(base, Path(root), case.H):
            entry, vectors = write_variant(folder, made, arguments, texts, orders)
            yield {"name": name} | entry, vectors


def largest_error(a, b):
    return float((a - b).abs().max() / b.abs().max())


def norm_error(a, b):
    return float((a - b).norm() / b.norm())


def write_golden(folder, case):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    limit = case.max_length or case.P
    items = [tokenize(tokenizer, TEXTS[name], limit) for name in case.texts]
    exact = run(folder, items, torch.float64, "eager", torch.arange(case.H))
    if not case.pooler:
        del exact["pooler"]  # transformers made one up
    orders = [torch.arange(case.H)] + [torch.randperm(case.H) for _ in range(7)]
    singles = [run(folder, items, torch.float32, attention, order)
               for order in orders for attention in ("eager", "sdpa")]
    errors = {name: {key: max(measure(single[name].double(), exact[name]) for single in singles)
                     for key, measure in (("largest", largest_error), ("norm", norm_error))}
              for name in exact}
    variants = list(write_variants(folder, case)) if case.variants else []
    exact |= {f"variant.{i}": vectors for i, (_, vectors) in enumerate(variants)}
    save_file(exact, folder / "golden.safetensors")
    head = {"about": case.about,
            "made_by": {"torch": torch.__version__.split("+")[0],
                        "transformers": transformers.__version__,
                        "sentence-transformers": sentence_transformers.__version__},
            "layers": case.L, "max_length": limit, "pooling": case.pooling,
            "normalize": case.normalize, "pooler": case.pooler,
            "torch_error": errors}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, rows in {"texts": items, "variants": [entry for entry, _ in variants]}.items():
        if rows:
            lines.append(f' "{key}": [\n  ' + ",\n  ".join(map(json.dumps, rows)) + "\n ]")
    (folder / "golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return errors


def main():
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "tests/golden")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for seed, case in enumerate(CASES, 1):
        if sys.argv[2:] and case.name not in sys.argv[2:]:
            continue
        folder = out / case.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_model(folder, case, seed)
        errors = write_golden(folder, case)
        size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
        print(f"{case.name:15}{size / 1024:6.0f} KB  "
              + "  ".join(f"{name} {e['largest']:.2e} {e['norm']:.2e}"
                          for name, e in errors.items()))


if __name__ == "__main__":
    main()
