"""sentence_folders.py: sentence-transformers folders around a BERT, with every pooling and module, in
the formats of versions 2 and 6. golden.py and compare_sentence_transformers.py make their cases of
them; weights are torch's random numbers of the moment.
"""

import json
import os
from pathlib import Path

import torch
from safetensors.torch import save_file

OLD = {"cls": "cls_token", "max": "max_tokens", "mean": "mean_tokens",
       "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
       "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}


class Folder:
    """Links to the files of `base`, a BERT of this width, with modules beside them."""

    def __init__(self, base, path, width, new):
        self.path, self.width, self.new, self.modules = Path(path), width, new, []
        self.path.mkdir()
        for file in base.iterdir():
            if file.is_file():
                os.link(file, self.path / file.name)
        self.add("Transformer", "")
        self.limit(100)

    def write(self, name, value):
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)  # not through the link
        path.write_text(json.dumps(value))

    def limit(self, tokens, lower=False):
        self.write("sentence_bert_config.json", {"max_seq_length": tokens, "do_lower_case": lower})

    def add(self, kind, path):
        old = f"sentence_transformers.models.{kind}"
        new = (f"sentence_transformers.base.modules.{kind.lower()}.{kind}"
               if kind in ("Transformer", "Dense", "Normalize") else
               f"sentence_transformers.sentence_transformer.modules."
               f"{'layer_norm' if kind == 'LayerNorm' else kind.lower()}.{kind}")
        n = len(self.modules)
        self.modules.append({"idx": n, "name": str(n), "path": path,
                             "type": new if self.new else old})

    def pooling(self, modes, include_prompt=True):
        self.add("Pooling", "1_Pooling")
        if self.new:
            config = {"embedding_dimension": self.width, "include_prompt": include_prompt,
                      "pooling_mode": modes[0] if len(modes) == 1 else modes}
        else:
            config = {"word_embedding_dimension": self.width, "include_prompt": include_prompt}
            config |= {f"pooling_mode_{flag}": mode in modes for mode, flag in OLD.items()}
        self.write("1_Pooling/config.json", config)

    def dense(self, n_in, n_out, activation, bias=True, residual=False):
        folder = self.weights("Dense")
        config = {"in_features": n_in, "out_features": n_out, "bias": bias,
                  "activation_function": f"torch.nn.modules.{activation}"}
        if residual:
            config["use_residual"] = True
        self.write(f"{folder}/config.json", config)
        tensors = {"linear.weight": torch.randn(n_out, n_in) / n_in ** 0.5}
        if bias:
            tensors["linear.bias"] = torch.randn(n_out) / 4
        if residual and n_in != n_out:
            tensors["residual.weight"] = torch.randn(n_out, n_in) / n_in ** 0.5
        self.save(tensors, folder)

    def norm(self, n):
        folder = self.weights("LayerNorm")
        self.write(f"{folder}/config.json", {"dimension": n})
        self.save({"norm.weight": 1 + torch.randn(n) / 4, "norm.bias": torch.randn(n) / 4}, folder)

    def weights(self, kind):
        """Adds a module whose folder has the same name in no other case."""
        folder = f"{self.path.name}_{len(self.modules)}_{kind}"
        self.add(kind, folder)
        return folder

    def save(self, tensors, folder):
        if self.new:
            save_file(tensors, self.path / folder / "model.safetensors")
        else:
            torch.save(tensors, self.path / folder / "pytorch_model.bin")

    def normalize(self):
        self.add("Normalize", f"{len(self.modules)}_Normalize")
        (self.path / self.modules[-1]["path"]).mkdir()

    def finish(self, prompts=None, default=None):
        self.write("modules.json", self.modules)
        config = {"__version__": {"sentence_transformers": "6.0.0" if self.new else "2.2.0"},
                  "prompts": prompts or {}, "default_prompt_name": default}
        self.write("config_sentence_transformers.json", config)


def cases(base, root, width):
    """Yields name, folder, and the arguments of encode."""
    count = 0

    def folder(new):
        nonlocal count
        count += 1
        return Folder(base, root / str(count), width, new)

    prompts = {"query": "query: ", "passage": "passage: "}
    for new in (False, True):
        age = "new" if new else "old"
        for mode in OLD:
            f = folder(new)
            f.pooling([mode])
            f.finish()
            yield f"{age} {mode}", f, {}
        for modes in (["cls", "mean"], ["cls", "max", "mean", "lasttoken"], list(OLD)):
            f = folder(new)
            f.pooling(modes[::-1] if new else modes)
            f.normalize()
            f.finish()
            yield f"{age} {'+'.join(modes)} normalize", f, {}
        for activation in ("activation.Tanh", "linear.Identity", "activation.ReLU",
                           "activation.GELU", "activation.SiLU", "activation.Sigmoid"):
            f = folder(new)
            f.pooling(["mean"])
            f.dense(width, width * 3 // 4, activation, bias=activation != "linear.Identity")
            f.finish()
            yield f"{age} mean dense {activation}", f, {}
        f = folder(new)
        f.pooling(["cls", "mean"])
        f.dense(width * 2, width * 3 // 2, "activation.Tanh")
        f.norm(width * 3 // 2)
        f.dense(width * 3 // 2, width // 2, "linear.Identity")
        f.normalize()
        f.finish()
        yield f"{age} cls+mean dense norm dense normalize", f, {}
        for mode in OLD:
            f = folder(new)
            f.pooling([mode], include_prompt=False)
            f.finish(prompts, "query")
            yield f"{age} {mode} default prompt left out", f, {}
            yield f"{age} {mode} prompt by name", f, {"prompt_name": "passage"}
            yield f"{age} {mode} prompt as text", f, {"prompt": "find the river: "}
        f = folder(new)
        f.pooling(["mean"])
        f.normalize()
        f.finish(prompts, "query")
        yield f"{age} default prompt counted in", f, {}
        f = folder(new)
        f.pooling(["mean"])
        f.finish()
        yield f"{age} normalize asked for", f, {"normalize_embeddings": True}
        yield f"{age} first numbers", f, {"truncate_dim": width // 3}
        yield f"{age} first numbers, normalize asked for", f, {
            "truncate_dim": width // 3, "normalize_embeddings": True}
        f = folder(new)
        f.pooling(["mean"])
        f.limit(9, lower=True)
        f.finish()
        yield f"{age} nine tokens, lower case", f, {}
    for n_out in (width, width * 5 // 8):
        f = folder(True)
        f.pooling(["mean"])
        f.dense(width, n_out, "activation.Tanh", residual=True)
        f.finish()
        yield f"new dense residual {n_out}", f, {}
