#!/usr/bin/env python3
"""torch_files.py: small files that torch.save wrote, for the tests of src/ckpt.

Writes into tests/ckpt/data

    zip.bin, legacy.bin   one state dict in both formats: every dtype, scalars, empty tensors, tied
                          weights, views into a storage, transposed and strided ones, a Parameter
    protocol4.bin, protocol5.bin
                          a state dict pickled so, in the zip and in the legacy format
    protocol.safetensors  the same tensors
    plain.bin             a plain dict, zip format, with values that are no tensors
    wrapped.bin           a state dict as a training script keeps it, beside an optimizer's
    model.bin             a whole module, not a state dict: to be refused
    same.safetensors      the tensors of the state dict, as they must be read

and into tests/model/formats one tiny BERT (random weights) with its config and vocabulary:
model.safetensors, pytorch_model.bin, legacy.bin (dense matrices transposed in storage, as those of
checkpoints that came from TensorFlow), and split in two as *-of-00002.* with their index.json.

Needs: pip install torch safetensors numpy
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

TESTS = Path(__file__).resolve().parent.parent / "tests"
LEGACY = {"_use_new_zipfile_serialization": False}


def save(value, path, **how):
    """torch.save under a fixed name in the archive, whatever the file is called."""
    if how:
        torch.save(value, path, **how)
        return
    with open(path, "wb") as file:  # a file object: the folder is called "archive"
        torch.save(value, file)


# ------------------------------------------------------------------------------ tests/ckpt/data


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = torch.nn.Linear(3, 2)
        self.norm = torch.nn.LayerNorm(3)


def state_dict(legacy):
    """With _metadata, as modules give it."""
    sd = Tiny().state_dict()
    sd["tied.weight"] = sd["dense.weight"]
    sd["transposed"] = sd["dense.weight"].t()
    big = torch.arange(48.0).reshape(2, 3, 8)
    sd["view"] = big[1]
    sd["strided"] = big[:, 1:, ::2]
    sd["permuted"] = big.permute(2, 0, 1)
    sd["expanded"] = torch.tensor([1.0, 2.0]).reshape(2, 1).expand(2, 3)
    sd["parameter"] = torch.nn.Parameter(torch.linspace(-1, 1, 5, dtype=torch.float16))
    sd["bf16"] = torch.linspace(-2, 2, 6).to(torch.bfloat16).reshape(2, 3)
    sd["bf16.t"] = sd["bf16"].t()
    sd["f64"] = torch.linspace(0, 1, 3, dtype=torch.float64)
    sd["scalar"] = torch.tensor(7, dtype=torch.int64)
    sd["empty"] = torch.zeros(0, 5)
    for name in "int8 uint8 int16 int32 bool".split():
        sd[name] = torch.tensor([0, 1, 2]).to(getattr(torch, name))
    for name in [] if legacy else "uint16 uint32 uint64".split():
        sd[name] = torch.tensor([3, 4]).to(getattr(torch, name))
    sd["complex"] = torch.tensor([1 + 2j])
    return sd


def write_data(folder):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    sd = state_dict(legacy=False)
    save(sd, folder / "zip.bin")
    torch.manual_seed(1)
    save(state_dict(legacy=True), folder / "legacy.bin", **LEGACY)
    save_file({k: v.detach().clone().contiguous() for k, v in sd.items()},
              folder / "same.safetensors")
    save({"weight": torch.tensor([1.0, 2.0]), "epoch": 3, "loss": 0.5, "name": "x", "none": None,
          "done": True}, folder / "plain.bin")
    save(torch.nn.Linear(1, 1), folder / "model.bin")
    few = Tiny().state_dict()
    few["tied.weight"] = few["dense.weight"]
    few["parameter"] = torch.nn.Parameter(torch.linspace(-1, 1, 5, dtype=torch.float16))
    with open(folder / "protocol4.bin", "wb") as file:
        torch.save(few, file, pickle_protocol=4)
    save(few, folder / "protocol5.bin", pickle_protocol=5, **LEGACY)
    trained = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.AdamW([trained])
    trained.sum().backward()
    optimizer.step()
    save({"epoch": 3, "model_state_dict": few, "optimizer_state_dict": optimizer.state_dict()},
         folder / "wrapped.bin")
    save_file({k: v.detach().clone() for k, v in few.items()}, folder / "protocol.safetensors")


# --------------------------------------------------------------------------- tests/model/formats

WORDS = """[PAD] [UNK] [CLS] [SEP] [MASK] the river bank of a ##s ##ing walk play . ,""".split()
CONFIG = dict(model_type="bert", vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=2,
              num_attention_heads=2, intermediate_size=12, max_position_embeddings=12,
              type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12)


def tiny_bert():
    H, F = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    shapes = {"embeddings.word_embeddings.weight": (len(WORDS), H),
              "embeddings.position_embeddings.weight": (CONFIG["max_position_embeddings"], H),
              "embeddings.token_type_embeddings.weight": (2, H),
              "embeddings.LayerNorm.weight": (H,), "embeddings.LayerNorm.bias": (H,)}
    for i in range(CONFIG["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        for name, out, into in [("attention.self.query", H, H), ("attention.self.key", H, H),
                                ("attention.self.value", H, H), ("attention.output.dense", H, H),
                                ("intermediate.dense", F, H), ("output.dense", H, F)]:
            shapes[f"{layer}{name}.weight"] = (out, into)
            shapes[f"{layer}{name}.bias"] = (out,)
        for name in "attention.output.LayerNorm", "output.LayerNorm":
            shapes[f"{layer}{name}.weight"] = shapes[f"{layer}{name}.bias"] = (H,)
    shapes["pooler.dense.weight"], shapes["pooler.dense.bias"] = (H, H), (H,)
    torch.manual_seed(2)
    return OrderedDict((name, 0.5 * torch.randn(shape)) for name, shape in shapes.items())


def write_shards(sd, folder, form, suffix, write):
    names, files = list(sd), [f"{form}-{i:05}-of-00002{suffix}" for i in (1, 2)]
    parts = [names[: len(names) // 2], names[len(names) // 2 :]]
    for file, part in zip(files, parts):
        write({name: sd[name] for name in part}, folder / file)
    index = {"metadata": {"total_size": sum(4 * x.numel() for x in sd.values())},
             "weight_map": {name: file for file, part in zip(files, parts) for name in part}}
    (folder / f"{form}{suffix}.index.json").write_text(json.dumps(index, indent=2) + "\n")


def write_model(folder):
    folder.mkdir(parents=True, exist_ok=True)
    sd = tiny_bert()
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    save_file(sd, folder / "model.safetensors")
    save(sd, folder / "pytorch_model.bin")
    save({name: x.t().contiguous().t() if ".dense.weight" in name or ".self." in name else x
          for name, x in sd.items()}, folder / "legacy.bin", **LEGACY)
    write_shards(sd, folder, "model", ".safetensors", save_file)
    write_shards(sd, folder, "pytorch_model", ".bin", save)


write_data(TESTS / "ckpt" / "data")
write_model(TESTS / "model" / "formats")
