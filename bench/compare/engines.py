"""One peer in a process of its own, driven over stdin and stdout; see README.md for the protocol.

    engines.py ENGINE FOLDER CACHE DTYPE THREADS

ENGINE is openvino, openvino-static, openvino-streams, onnxruntime, torch, torch-compiled,
sentence-transformers or tokenizers. "+bf16" behind openvino's name computes in bf16 what an int8
graph leaves in float, "@N" cuts the work into batches of N texts, sorted by length.
"""
import os
import pathlib
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


class Batch:
    """Texts that go in together: their places in the work, ids and, if lengths differ, a mask."""

    def __init__(self, places, rows):
        length = max(len(row) for row in rows)
        self.places = places
        self.ids = np.zeros((len(rows), length), np.int64)
        self.mask = np.zeros_like(self.ids)
        for i, row in enumerate(rows):
            self.ids[i, :len(row)] = row
            self.mask[i, :len(row)] = 1

    def inputs(self, graph):
        fixed = {"input_ids": self.ids}
        return {**fixed, "attention_mask": self.mask} if graph == "masked" else fixed


def cut(rows, size):
    """Batches of `size` texts, the longest first."""
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    size = size or len(rows)
    parts = [order[i:i + size] for i in range(0, len(order), size)]
    return [Batch(part, [rows[i] for i in part]) for part in parts]


class Engine:
    """A peer that runs batches of ids."""

    def __init__(self, spec, folder, cache, dtype, threads):
        spec, _, size = spec.partition("@")
        self.name, _, self.rest = spec.partition("+")
        self.size = int(size or 0)
        self.folder, self.cache = folder, pathlib.Path(cache)
        self.dtype, self.threads = dtype, threads

    def work(self, kind, items):
        if kind != "ids":
            sys.exit(f"engines.py: {self.name} runs ids, not {kind}")
        rows = [[int(x) for x in item.split()] for item in items]
        self.graph = "fixed" if len({len(row) for row in rows}) == 1 else "masked"
        self.batches = cut(rows, self.size)
        self.result = [None] * len(rows)
        self.prepare()

    def keep(self, places, vectors):
        for place, vector in zip(places, vectors):
            self.result[place] = vector

    def call(self):
        for batch, inputs in zip(self.batches, self.inputs):
            self.keep(batch.places, self.infer(inputs))

    def out(self):
        return np.array(self.result, np.float32)

    def prepare(self):
        self.inputs = [batch.inputs(self.graph) for batch in self.batches]


class OpenVino(Engine):
    def prepare(self):
        import openvino
        super().prepare()
        suffix = "-int8" if self.dtype == "int8" else ""
        core = openvino.Core()
        model = core.read_model(self.cache / f"{self.graph}{suffix}.xml")
        if self.name.endswith("-static"):
            model.reshape({name: list(array.shape) for name, array in self.inputs[0].items()})
        streams = self.name.endswith("-streams")
        precision = self.rest or ("bf16" if self.dtype == "bf16" else "f32")
        options = {"INFERENCE_NUM_THREADS": self.threads, "INFERENCE_PRECISION_HINT": precision,
                   "PERFORMANCE_HINT": "THROUGHPUT" if streams else "LATENCY"}
        if streams:
            options["NUM_STREAMS"] = self.threads
        self.compiled = core.compile_model(model, "CPU", options)
        self.request = self.compiled.create_infer_request()
        self.queue = openvino.AsyncInferQueue(self.compiled, self.threads) if streams else None
        if streams:
            self.queue.set_callback(
                lambda request, places: self.keep(places, request.get_output_tensor().data.copy()))

    def call(self):
        if not self.queue:
            return super().call()
        for batch, inputs in zip(self.batches, self.inputs):
            self.queue.start_async(inputs, batch.places)
        self.queue.wait_all()

    def infer(self, inputs):
        return self.request.infer(inputs, share_inputs=True)[0]


class OnnxRuntime(Engine):
    def prepare(self):
        import onnxruntime
        super().prepare()
        suffix = "-int8" if self.dtype == "int8" else ""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        self.session = onnxruntime.InferenceSession(
            self.cache / f"{self.graph}{suffix}.onnx", options, ["CPUExecutionProvider"])
        wanted = {x.name for x in self.session.get_inputs()}
        self.inputs = [{k: v for k, v in batch.inputs("masked").items() if k in wanted}
                       for batch in self.batches]

    def infer(self, inputs):
        return self.session.run(None, inputs)[0]


class Torch(Engine):
    def prepare(self):
        import torch
        import export
        super().prepare()
        torch.set_num_threads(self.threads)
        dtype = torch.bfloat16 if self.dtype == "bf16" else torch.float32
        self.model = export.GRAPHS[self.graph](export.load(self.folder, dtype=dtype)).eval()
        if self.name.endswith("-compiled"):
            self.model = torch.compile(self.model, dynamic=True if self.graph == "masked" else None)
        self.inputs = [{k: torch.from_numpy(v) for k, v in inputs.items()}
                       for inputs in self.inputs]
        self.quiet = torch.inference_mode

    def infer(self, inputs):
        with self.quiet():
            return self.model(**inputs).numpy()


class SentenceTransformers(Engine):
    """As people run it: texts in, vectors out, all options left alone."""

    def work(self, kind, items):
        import torch
        from sentence_transformers import SentenceTransformer
        torch.set_num_threads(self.threads)
        self.model = SentenceTransformer(self.folder, device="cpu")
        self.texts = items

    def call(self):
        self.result = self.model.encode(self.texts)


class Tokenizers(Engine):
    def work(self, kind, items):
        os.environ["RAYON_NUM_THREADS"] = str(self.threads)
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(str(pathlib.Path(self.folder) / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.texts = items

    def call(self):
        self.encodings = self.tokenizer.encode_batch(self.texts)

    def out(self):
        """[texts, 2]: how many ids, and their sum."""
        return np.array([[len(e.ids), sum(e.ids) % 65521] for e in self.encodings], np.float32)


ENGINES = {"openvino": OpenVino, "onnxruntime": OnnxRuntime, "torch": Torch,
           "sentence": SentenceTransformers, "tokenizers": Tokenizers}


def peak_memory():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def run(engine, seconds, most):
    times, begin = [], time.perf_counter()
    while len(times) < most and (not times or time.perf_counter() - begin < seconds):
        start = time.perf_counter()
        engine.call()
        times.append(time.perf_counter() - start)
    return " ".join(f"{t:.9f}" for t in times)


def answer(engine, command, *arguments):
    if command == "work":
        with open(arguments[0], encoding="utf-8") as file:
            kind, *items = file.read().rstrip("\n").split("\n")
        engine.work(kind, items)
        return "ok"
    if command == "run":
        return run(engine, float(arguments[0]), int(arguments[1]))
    if command == "out":
        out = engine.out()
        out.tofile(arguments[0])
        return str(out.shape[1])
    if command == "memory":
        return str(peak_memory())
    sys.exit(f"engines.py: {command}: no such command")


def main(spec, folder, cache, dtype, threads):
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not get into the answers
    name = spec.split("@")[0].split("+")[0].split("-")[0]
    engine = ENGINES[name](spec, folder, cache, dtype, int(threads))
    for line in sys.stdin:
        print(answer(engine, *line.split()), file=pipe, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
