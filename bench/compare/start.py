#!/usr/bin/env python3
"""From the start of a process to its first vector, and its peak memory, ours and peers in turn.

    start.py --model FOLDER --cache CACHE [--dtype DTYPE] [--ours FOLDER] [--engines A,B] [--rounds N] [--json FILE]

Each round starts every program once, page cache warm; time runs until the process has ended, with
the vector written. ours is `bert embed`, on --ours (what `bert quantize` made of the model) where that
is given. Peers run `start.py --one ENGINE`: tokenizer.json through
tokenizers, the graph of export.py through onnxruntime or openvino (with its model cache); and
sentence-transformers, three rounds only.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TEXT = "The quick brown fox jumps over the lazy dog."


def one(engine, options):
    suffix = "-int8" if options.dtype == "int8" else ""
    if engine == "sentence-transformers":
        from sentence_transformers import SentenceTransformer
        vector = SentenceTransformer(options.model, device="cpu").encode([TEXT])
    else:
        import numpy as np
        from tokenizers import Tokenizer
        ids = Tokenizer.from_file(f"{options.model}/tokenizer.json").encode(TEXT).ids
        ids = np.array([[i for i in ids if i]], np.int64)
        if engine == "openvino":
            import openvino
            core = openvino.Core()
            core.set_property({"CACHE_DIR": f"{options.cache}/openvino-{options.dtype}"})
            precision = {"INFERENCE_PRECISION_HINT": "bf16" if options.dtype == "bf16" else "f32"}
            model = core.compile_model(f"{options.cache}/fixed{suffix}.xml", "CPU", precision)
            vector = model({"input_ids": ids})[0]
        else:
            import onnxruntime
            session = onnxruntime.InferenceSession(f"{options.cache}/fixed{suffix}.onnx")
            inputs = {i.name: ids if i.name == "input_ids" else np.ones_like(ids)
                      for i in session.get_inputs()}
            vector = session.run(None, inputs)[0]
    sys.stdout.buffer.write(vector.astype("float32").tobytes())


def command(engine, options):
    if engine == "ours":
        return [str(pathlib.Path(options.build).resolve() / "bert"), "embed", "-m",
                options.ours or options.model,
                "--format", "f32", *([] if options.dtype == "f32" else ["--dtype", options.dtype]),
                TEXT]
    return [sys.executable, str(HERE / "start.py"), "--one", engine, "--model", options.model,
            "--cache", options.cache, "--dtype", options.dtype]


def start(engine, options):
    """Seconds, kilobytes, bytes written."""
    begin = time.perf_counter()
    process = subprocess.Popen(command(engine, options), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status:
        sys.exit(f"start.py: {engine} failed")
    return seconds, usage.ru_maxrss, out


def compare(options):
    import compare
    import numpy as np
    names = ["ours", "onnxruntime", "openvino", "sentence-transformers"]
    if options.dtype == "bf16":
        names.remove("onnxruntime")
    if options.dtype != "f32":
        names.remove("sentence-transformers")
    if options.engines:
        names = options.engines.split(",")
    times, memory, vectors = {}, {}, {}
    for name in names:
        start(name, options)  # fills the page cache and openvino's own
    for i in range(options.rounds):
        for name in names:
            if name.startswith("sentence") and i >= 3:
                continue
            seconds, kilobytes, out = start(name, options)
            times.setdefault(name, []).append(seconds)
            memory[name] = max(memory.get(name, 0), kilobytes)
            vectors[name] = np.frombuffer(out, np.float32)[None]
    checks = {name: compare.agreement(vectors["ours"], v) for name, v in vectors.items()}
    options.work = "start"
    compare.write(compare.summary(options, times, checks, memory), options.json)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--name", default="MiniLM-L6")
    parser.add_argument("--dtype", default="f32")
    parser.add_argument("--ours", help="folder that ours opens instead")
    parser.add_argument("--engines", help="these only; ours is one of them")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--build", default=HERE.parent.parent / "build")
    parser.add_argument("--json", help="append the result to this file")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.model = str(pathlib.Path(options.model).resolve())
    options.cache = str(pathlib.Path(options.cache).resolve())
    if options.one:
        one(options.one, options)
    else:
        compare(options)


if __name__ == "__main__":
    main()
