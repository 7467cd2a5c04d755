"""Writes a BERT folder as the peers want it: OpenVINO IR, ONNX with fused operators, int8 of both.

    export.py FOLDER CACHE [CORPUS]

The weights are those of FOLDER (a Hugging Face folder, as bert opens it). Every graph ends as ours
does for a sentence: the mean over the tokens, divided by its Euclidean length. Two graphs are made,
so that no peer is slowed by a mask where all texts are equally long:

    fixed   input_ids [batch, length]
    masked  input_ids and attention_mask; padding is left out of attention and of the mean

Sentences of CORPUS (a paragraph a line) calibrate nncf's int8; without it ids are random, which is
fair to the speed but not to the loss.
"""
import logging
import pathlib
import sys
import warnings

import numpy as np
import torch
from transformers import BertModel

import works

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

CALIBRATION = 64  # sequences


class Fixed(torch.nn.Module):
    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids):
        hidden = self.bert(input_ids=input_ids).last_hidden_state
        return torch.nn.functional.normalize(hidden.float().mean(1), dim=-1)


class Masked(Fixed):
    def forward(self, input_ids, attention_mask):
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weight = attention_mask.unsqueeze(-1).float()
        mean = (hidden.float() * weight).sum(1) / weight.sum(1)
        return torch.nn.functional.normalize(mean, dim=-1)


GRAPHS = {"fixed": Fixed, "masked": Masked}


def load(folder, attention="sdpa", dtype=torch.float32):
    return BertModel.from_pretrained(
        folder, add_pooling_layer=False, attn_implementation=attention, dtype=dtype).eval()


def example(graph):
    ids = torch.randint(1000, 2000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    return {"input_ids": ids, "attention_mask": mask} if graph == "masked" else {"input_ids": ids}


def calibration(folder, vocabulary, corpus):
    if corpus:
        rows = works.make("mixed", folder, vocabulary, corpus)[1:]
        return [np.array([row.split()], np.int64) for row in rows[-CALIBRATION:]]
    rng = np.random.default_rng(1)
    return [rng.integers(0, vocabulary, (1, 128), np.int64) for _ in range(CALIBRATION)]


def export_openvino(folder, cache, samples):
    import nncf
    import openvino
    bert = load(folder)
    for name, graph in GRAPHS.items():
        inputs = example(name)
        model = openvino.convert_model(graph(bert).eval(), example_input=inputs)
        openvino.save_model(model, cache / f"{name}.xml", compress_to_fp16=False)
        rows = [{k: ids if k == "input_ids" else np.ones_like(ids) for k in inputs}
                for ids in samples]
        small = nncf.quantize(model, nncf.Dataset(rows), subset_size=len(rows),
                              model_type=nncf.ModelType.TRANSFORMER)
        openvino.save_model(small, cache / f"{name}-int8.xml", compress_to_fp16=False)


def drop_mask(model):
    """The fused attention without its mask: no row of a batch is padded."""
    for node in model.graph.node:
        if node.op_type == "Attention":
            node.input[3] = ""
    return model


def export_onnx(folder, cache):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model
    bert = load(folder, "eager")  # the pattern that the optimizer knows
    inputs = example("masked")
    axes = {0: "batch", 1: "length"}
    raw, fused = cache / "raw.onnx", cache / "masked.onnx"
    torch.onnx.export(Masked(bert).eval(), tuple(inputs.values()), raw, input_names=list(inputs),
                      output_names=["embedding"], opset_version=17, dynamo=False,
                      dynamic_axes={**dict.fromkeys(inputs, axes), "embedding": {0: "batch"}})
    optimized = optimize_model(str(raw), model_type="bert", hidden_size=bert.config.hidden_size,
                               num_heads=bert.config.num_attention_heads)
    found = optimized.get_fused_operator_statistics()
    if found["Attention"] != bert.config.num_hidden_layers:
        sys.exit(f"export.py: the optimizer fused {found['Attention']} attentions of "
                 f"{bert.config.num_hidden_layers}: this torch exports another pattern")
    optimized.save_model_to_file(str(fused))
    raw.unlink()
    onnx.save(drop_mask(onnx.load(fused)), cache / "fixed.onnx")
    for name in GRAPHS:
        quantize_dynamic(cache / f"{name}.onnx", cache / f"{name}-int8.onnx", per_channel=True,
                         weight_type=QuantType.QInt8,
                         extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


def export(folder, cache, corpus=None):
    cache = pathlib.Path(cache)
    if (cache / "done").exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    vocabulary = load(folder).config.vocab_size
    export_onnx(folder, cache)
    export_openvino(folder, cache, calibration(folder, vocabulary, corpus))
    (cache / "done").touch()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    export(*sys.argv[1:])
