#!/usr/bin/env python3
"""tf_checkpoint.py [ROOT]: small checkpoints as TensorFlow itself writes them, for the tests.

Writes below ROOT (default: tests)

    ckpt/tf/types.*     one tensor a dtype, a scalar, an empty tensor
    ckpt/tf/two.*       saved with sharded=True from two devices: two data files
    ckpt/tf/adam.*      a variable with the slots of Google's optimizer, and global_step
    ckpt/tf/sliced.*    a partitioned variable, which readers of whole tensors refuse
    model/google/uncased_L-2_H-8_A-2/   a random BERT as Google published them: bert_config.json,
                        vocab.txt, bert_model.ckpt.{index,data-00000-of-00001}, Adam slots included
    model/google/twin/  the same weights as transformers saves them, kernels transposed
    model/formats/google/  the model of model/formats (tools/torch_files.py, which runs first), with
                        everything that a training run leaves: two data files, global_step, the
                        slots of TensorFlow's own Adam and of Google's, .meta

Everything is saved by tf.compat.v1.train.Saver. The same seeds give the same files.

Needs: pip install tensorflow-cpu==2.21
"""

import json
import os
import struct
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1

# --------------------------------------------------------------------------------------- saving


def save(path, make, meta=False, **saver):
    """Runs make() in a graph of its own and saves all variables under the prefix path. What make()
    returns are values of variables, which do not stand in the graph."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(path.name + ".*"):
        old.unlink()
    with tf.Graph().as_default():
        values = make() or {}
        config = v1.ConfigProto(device_count={"CPU": 2})
        with v1.Session(config=config) as session:
            session.run(v1.global_variables_initializer())
            for variable, value in values.items():
                session.run(variable.initializer, {variable.initializer.inputs[1]: value})
            v1.train.Saver(v1.global_variables(), **saver).save(
                session, str(path), write_meta_graph=meta, write_state=False,
                strip_default_attrs=True)


def variable(name, value):
    return v1.Variable(value, name=name, use_resource=False)


# ------------------------------------------------------------------------------- the small cases


def types():
    values = [0, -1.5, 65504, 0.25]
    for dtype in (tf.float32, tf.float16, tf.bfloat16, tf.float64):
        variable("float/" + dtype.name, tf.constant(values, dtype=dtype))
    for dtype in (tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int32, tf.uint32, tf.int64, tf.uint64):
        variable("int/" + dtype.name, tf.constant([[1, 2, 3]], dtype=dtype))
    variable("other/bool", tf.constant([True, False]))
    variable("other/complex64", tf.constant([1 + 2j], dtype=tf.complex64))
    variable("other/string", tf.constant(["one", "", "three"]))
    variable("shape/scalar", tf.constant(7.0))
    variable("shape/empty", tf.zeros([0, 3]))
    variable("shape/deep", tf.reshape(tf.range(24, dtype=tf.float32), [2, 1, 3, 4]))


def two():
    with tf.device("/cpu:0"):
        variable("first/a", tf.constant([1.0, 2.0]))
        variable("first/b", tf.constant([3.0]))
    with tf.device("/cpu:1"):
        variable("second/c", tf.constant([[4.0], [5.0], [6.0]]))


def adam():
    variable("w", tf.constant([[1.0, 2.0]]))
    variable("w/adam_m", tf.constant([[3.0, 4.0]]))
    variable("w/adam_v", tf.constant([[5.0, 6.0]]))
    variable("global_step", tf.constant(1000, dtype=tf.int64))


def sliced():
    variable("whole", tf.constant([1.0]))
    v1.get_variable("cut", [4, 2], partitioner=v1.fixed_size_partitioner(2),
                    initializer=v1.zeros_initializer(), use_resource=False)


# ------------------------------------------------------------------------------------- a BERT

CONFIG = {
    "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
    "hidden_size": 8, "initializer_range": 0.02, "intermediate_size": 12,
    "max_position_embeddings": 24, "num_attention_heads": 2, "num_hidden_layers": 2,
    "type_vocab_size": 2,
}
PIECES = """[PAD] [UNK] [CLS] [SEP] [MASK] a b c d e o s t ##a ##b ##e ##s ##t . , ? the cat dog
         house river sat is on in ##ing play 東 京 ο ##δ ##ο ##ς ##σ""".split()


def encoder_shapes(c, V):
    """Google's name -> (shape, transformers' name without prefix); [in, out] is transposed."""
    H, F = c["hidden_size"], c["intermediate_size"]
    out = {}

    def norm(google, hf):
        out[google + "/LayerNorm/gamma"] = ([H], hf + ".LayerNorm.weight")
        out[google + "/LayerNorm/beta"] = ([H], hf + ".LayerNorm.bias")

    def dense(google, hf, n_in, n_out):
        out[google + "/kernel"] = ([n_in, n_out], hf + ".weight")
        out[google + "/bias"] = ([n_out], hf + ".bias")

    for name, rows in (("word", V), ("position", c["max_position_embeddings"]),
                       ("token_type", c["type_vocab_size"])):
        out[f"bert/embeddings/{name}_embeddings"] = (
            [rows, H], f"embeddings.{name}_embeddings.weight")
    norm("bert/embeddings", "embeddings")
    for i in range(c["num_hidden_layers"]):
        g, h = f"bert/encoder/layer_{i}", f"encoder.layer.{i}"
        for part in ("query", "key", "value"):
            dense(f"{g}/attention/self/{part}", f"{h}.attention.self.{part}", H, H)
        dense(f"{g}/attention/output/dense", f"{h}.attention.output.dense", H, H)
        norm(f"{g}/attention/output", f"{h}.attention.output")
        dense(f"{g}/intermediate/dense", f"{h}.intermediate.dense", H, F)
        dense(f"{g}/output/dense", f"{h}.output.dense", F, H)
        norm(f"{g}/output", f"{h}.output")
    dense("bert/pooler/dense", "pooler.dense", H, H)
    return out


def head_shapes(c, V):
    H = c["hidden_size"]
    return {"cls/predictions/transform/dense/kernel": [H, H],
            "cls/predictions/transform/dense/bias": [H],
            "cls/predictions/transform/LayerNorm/gamma": [H],
            "cls/predictions/transform/LayerNorm/beta": [H],
            "cls/predictions/output_bias": [V],
            "cls/seq_relationship/output_weights": [2, H],
            "cls/seq_relationship/output_bias": [2]}


def save_safetensors(path, tensors):
    header, data = {}, b""
    for name, array in tensors.items():
        raw = np.ascontiguousarray(array, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_bert(folder, twin):
    V = len(PIECES)
    config = dict(CONFIG, vocab_size=V)
    shapes = encoder_shapes(config, V)
    random = np.random.default_rng(7)
    values = {name: random.normal(1.0 if name.endswith("gamma") else 0.0, 0.3, shape)
              .astype(np.float32)
              for name, shape in [(n, s) for n, (s, _) in shapes.items()]
              + list(head_shapes(config, V).items())}

    def make():
        for name, value in values.items():
            variable(name, value)
            for slot in ("adam_m", "adam_v"):
                variable(f"{name}/{slot}", np.zeros_like(value[:1]))
        variable("global_step", tf.constant(20, dtype=tf.int64))

    save(folder / "bert_model.ckpt", make)
    twin.mkdir(parents=True, exist_ok=True)
    save_safetensors(twin / "model.safetensors", {
        hf: values[name].T if name.endswith("/kernel") else values[name]
        for name, (_, hf) in shapes.items()})
    for out, name in ((folder, "bert_config.json"), (twin, "config.json")):
        (out / name).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
        (out / "vocab.txt").write_text("\n".join(PIECES) + "\n")


def read_safetensors(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + size]), raw[8 + size:]
    return {name: np.frombuffer(data[slice(*t["data_offsets"])], "<f4").reshape(t["shape"])
            for name, t in header.items() if name != "__metadata__"}


def write_twin(folder):
    """The model of a folder of transformers' as a training run of TensorFlow keeps it."""
    config = json.loads((folder / "config.json").read_text())
    stored = read_safetensors(folder / "model.safetensors")
    shapes = encoder_shapes(config, config["vocab_size"])

    def make():
        values, slots = {}, []
        for i, (name, (shape, hf)) in enumerate(shapes.items()):
            with tf.device(f"/cpu:{i % 2}"):
                v = v1.get_variable(name, shape, initializer=v1.zeros_initializer(),
                                    use_resource=False)
            values[v.ref()] = stored[hf].T if name.endswith("/kernel") else stored[hf]
            if name.endswith("word_embeddings") or "layer_1/output/dense" in name:
                slots.append(v)
                with tf.device("/cpu:1"):
                    for slot in ("adam_m", "adam_v"):
                        variable(f"{name}/{slot}", tf.ones(shape))
        with tf.device("/cpu:0"):
            step = v1.train.get_or_create_global_step()
            v1.train.AdamOptimizer().apply_gradients([(tf.ones_like(v), v) for v in slots], step)
        return {ref.deref(): value for ref, value in values.items()}

    save(folder / "google/bert_model.ckpt", make, meta=True, sharded=True)
    known = dict(CONFIG, **{k: config[k] for k in ("vocab_size", *CONFIG) if k in config})
    (folder / "google/bert_config.json").write_text(json.dumps(known, indent=2, sort_keys=True)
                                                    + "\n")
    (folder / "google/vocab.txt").write_text((folder / "vocab.txt").read_text())


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "tests")
    for make, options in ((types, {}), (two, {"sharded": True}), (adam, {}), (sliced, {})):
        save(root / "ckpt/tf" / make.__name__, make, **options)
    write_bert(root / "model/google/uncased_L-2_H-8_A-2", root / "model/google/twin")
    write_twin(root / "model/formats")


main()
