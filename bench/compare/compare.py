#!/usr/bin/env python3
"""Times libbert against its peers on the same work in the same run.

    compare.py rank --model FOLDER --work WORK --dtype DTYPE [...]   which peers are worth a run
    compare.py run  --model FOLDER --work WORK --dtype DTYPE [...]   rounds in turn with the best

Every engine is a process of its own; all but the one whose turn it is are stopped (SIGSTOP), so that
nobody's waiting threads take time from another. Before anybody is timed, each peer's vectors are
compared with ours. See README.md.
"""
import argparse
import atexit
import json
import math
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import tempfile

import numpy as np

import works

HERE = pathlib.Path(__file__).resolve().parent
OURS = "ours"
TURN = 0.12    # seconds of a turn, one call at least
NEAR = 1.25    # peers within this factor of the best one take part in a run
LEAST_COSINE = {"f32": 0.99999, "bf16": 0.99, "int8": 0.9}

# Which engines can run a type; "@N" is added where texts differ in length or streams share a batch.
PEERS = {
    "f32": ["openvino", "openvino-static", "openvino-streams", "onnxruntime", "torch",
            "torch-compiled"],
    "bf16": ["openvino", "openvino-static", "openvino-streams", "torch", "torch-compiled"],
    "int8": ["openvino", "openvino-static", "openvino-streams", "openvino+bf16",
             "openvino-static+bf16", "openvino-streams+bf16", "onnxruntime"],
}


class Worker:
    """An engine's process. It is stopped but for the time of a question."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, cwd=HERE)
        atexit.register(self.process.kill)  # a stopped process would stay for ever
        self.stop()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, *words):
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: ended at '{words[0]}'")
        self.stop()
        return line.strip()

    def turn(self, seconds=TURN):
        return [float(t) for t in self.ask("run", seconds, 100000).split()]

    def vectors(self):
        with tempfile.NamedTemporaryFile() as file:
            cols = int(self.ask("out", file.name))
            return np.fromfile(file.name, np.float32).reshape(-1, cols)

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def open_worker(name, options, dtype=None):
    dtype = dtype or options.dtype
    threads = str(1 if options.work == "tokens" else options.threads)
    if name == OURS:
        command = [str(pathlib.Path(options.build).resolve() / "compare_ours"), options.model,
                   dtype, threads]
    else:
        command = [sys.executable, str(HERE / "engines.py"), name, options.model, options.cache,
                   dtype, threads]
    return Worker(name, command)


# -------------------------------------------------------------------------------- before the timing

def agreement(a, b):
    """The least cosine of two rows, and the largest difference against the largest value."""
    if a.shape != b.shape:
        return 0.0, math.inf
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(1) / length).min()), float(abs(a - b).max() / abs(a).max())


def start(names, options):
    """Workers that have the work and agree with ours, ours first; the others are named."""
    vocabulary = json.loads((pathlib.Path(options.model) / "config.json").read_text())["vocab_size"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write("\n".join(works.make(options.work, options.model, vocabulary, options.corpus)))
        file.flush()
        workers, checks, ours = [], {}, None
        for name in [OURS, *names]:
            worker = open_worker(name, options)
            try:
                worker.ask("work", file.name)
                first = worker.turn(0)[0]
                vectors = worker.vectors()
            except RuntimeError as problem:
                print(f"left out: {problem}", file=sys.stderr)
                continue
            ours = vectors if ours is None else ours
            checks[name] = agreement(ours, vectors)
            if checks[name][0] < LEAST_COSINE[options.dtype]:
                print(f"left out: {name}: cosine to ours {checks[name][0]:.6f}", file=sys.stderr)
                worker.close()
                continue
            worker.first = first
            workers.append(worker)
    return workers, checks


def peers(options):
    if options.work == "tokens":
        return ["tokenizers"]
    if options.work == "text":
        return ["sentence-transformers"]
    if options.work == "mixed":
        return [f"{name}@{size}" for name in PEERS[options.dtype] if "static" not in name
                for size in (1, 4, 8, 16, 32)]
    batch = int(options.work.split("x")[0])
    if batch == 1:
        return [name for name in PEERS[options.dtype] if "streams" not in name]
    return [f"{name}@{size}" if "streams" in name else name for name in PEERS[options.dtype]
            for size in ((1, batch // 2) if "streams" in name else (0,))]


# ---------------------------------------------------------------------------------------- rounds

def warm(worker, seconds):
    """A turn begins with a call that is not counted, where one is short."""
    if worker.first < 0.1:
        worker.turn(0)
    return statistics.median(worker.turn(seconds))


def rounds(workers, count):
    """times[name]: the median of a turn in each round. Who begins changes from round to round."""
    times = {worker.name: [] for worker in workers}
    for i in range(count):
        shift = i % len(workers)
        for worker in workers[shift:] + workers[:shift]:
            times[worker.name].append(warm(worker, TURN))
    return times


def interval(values):
    """Median, and the 95% interval of it from order statistics."""
    values = sorted(values)
    n = len(values)
    below, k = 0.0, -1
    while below + math.comb(n, k + 1) / 2**n <= 0.025:
        k += 1
        below += math.comb(n, k) / 2**n
    k = max(k, 0)
    return statistics.median(values), values[k], values[n - 1 - k]


def ranking(path):
    return json.loads(path.read_text()) if path.exists() else {}


def key(options):
    return f"{pathlib.Path(options.cache).name} {options.work} {options.dtype}"


def rank(options):
    """Runs all peers a few times and notes their best times in the cache."""
    path = pathlib.Path(options.cache) / "ranks.json"
    workers, _ = start(options.engines or peers(options), options)
    times = {}
    for _ in range(options.rounds):
        for worker in workers:
            times[worker.name] = min(times.get(worker.name, math.inf), min(worker.turn(TURN / 2)))
    for worker in workers:
        worker.close()
    times = dict(sorted(times.items(), key=lambda item: item[1]))
    for name, seconds in times.items():
        print(f"{key(options):24} {name:28} {seconds * 1e3:10.3f} ms")
    path.write_text(json.dumps({**ranking(path), key(options): times}, indent=1) + "\n")


def near_best(options):
    found = ranking(pathlib.Path(options.cache) / "ranks.json").get(key(options))
    if not found:
        return peers(options)
    found.pop(OURS, None)
    best = min(found.values())
    return [name for name, t in found.items() if t <= NEAR * best][:options.most]


# ---------------------------------------------------------------------------------------- results

def cpu():
    with open("/proc/cpuinfo") as file:
        return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))


def commit():
    return subprocess.run(["git", "-C", HERE, "rev-parse", "--short=12", "HEAD"],
                          capture_output=True, text=True).stdout.strip()


def versions(names):
    import importlib.metadata
    wanted = {name.split("@")[0].split("+")[0] for name in names} - {OURS}
    wanted = {"sentence-transformers" if name.startswith("sentence") else name.split("-")[0]
              for name in wanted}
    return {name: importlib.metadata.version(name) for name in sorted(wanted)}


def summary(options, times, checks, memory):
    ours = times[OURS]
    result = {"model": options.name, "work": options.work, "dtype": options.dtype,
              "threads": options.threads, "rounds": len(ours), "commit": commit(), "cpu": cpu(),
              "system": platform.release(), "versions": versions(times), "engines": {}}
    for name, values in times.items():
        ratio = interval([t / o for t, o in zip(values, ours)])
        result["engines"][name] = {
            "ms": round(statistics.median(values) * 1e3, 4),
            "ratio": [round(x, 4) for x in ratio], "peak_mb": round(memory[name] / 1e3, 1),
            "cosine": round(checks[name][0], 7), "difference": float(f"{checks[name][1]:.2g}")}
    return result


def write(result, path):
    with open(path, "a") if path else os.fdopen(os.dup(1), "w") as file:
        print(json.dumps(result), file=file)


def run(options):
    workers, checks = start(options.engines or near_best(options), options)
    if len(workers) < 2:
        sys.exit("compare.py: nobody to compare with")
    times = rounds(workers, options.rounds)
    memory = {worker.name: int(worker.ask("memory")) for worker in workers}
    for worker in workers:
        worker.close()
    write(summary(options, times, checks, memory), options.json)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["rank", "run"])
    parser.add_argument("--model", required=True, help="Hugging Face folder")
    parser.add_argument("--name", help="what the table calls the model")
    parser.add_argument("--cache", required=True, help="what export.py wrote")
    parser.add_argument("--work", required=True, help="BxN, mixed, text or tokens")
    parser.add_argument("--dtype", default="f32", choices=list(PEERS))
    parser.add_argument("--corpus", help="paragraphs, one a line, for mixed, text and tokens")
    parser.add_argument("--engines", type=lambda s: s.split(","), help="instead of the best")
    parser.add_argument("--most", type=int, default=3, help="peers of a run")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--build", default=HERE.parent.parent / "build")
    parser.add_argument("--json", help="append the result to this file")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options.name = options.name or pathlib.Path(options.model).name
    options.cache = str(pathlib.Path(options.cache).resolve())
    options.model = str(pathlib.Path(options.model).resolve())
    {"rank": rank, "run": run}[options.command](options)


if __name__ == "__main__":
    main()
