#!/usr/bin/env python3
"""google_extract.py: runs extract_features.py of google-research/bert, as it is, under TensorFlow 2.

    git clone https://github.com/google-research/bert google-bert
    pip install tensorflow
    python tools/google_extract.py google-bert --input_file=TEXTS --output_file=OUT.jsonl \\
        --bert_config_file=MODEL/bert_config.json --init_checkpoint=MODEL/bert_model.ckpt \\
        --vocab_file=MODEL/vocab.txt [--do_lower_case=false] [--max_seq_length=128]
    python tools/compare_google.py --model MODEL --texts TEXTS --reference OUT.jsonl

The script was written for TensorFlow 1.11. What it uses is in tensorflow.compat.v1 still, but for
three things, which are here: dense layers, layer normalisation, and an estimator that predicts.
The options behind the folder are the script's own. (Its GELU is the form with tanh since February
2019: `--gelu tanh`; the first release, commit fe35475, has erf.)
"""

import os
import sys
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow.compat.v1 as tf


def dense(inputs, units, activation=None, name=None, kernel_initializer=None):
    with tf.variable_scope(name, default_name="dense"):
        kernel = tf.get_variable("kernel", [inputs.shape[-1], units], initializer=kernel_initializer)
        bias = tf.get_variable("bias", [units], initializer=tf.zeros_initializer())
        out = tf.nn.bias_add(tf.matmul(inputs, kernel), bias)
        return activation(out) if activation else out


def layer_norm(inputs, begin_norm_axis, begin_params_axis, scope=None):
    assert begin_norm_axis == begin_params_axis == -1
    with tf.variable_scope(scope, default_name="LayerNorm"):
        shape = [inputs.shape[-1]]
        beta = tf.get_variable("beta", shape, initializer=tf.zeros_initializer())
        gamma = tf.get_variable("gamma", shape, initializer=tf.ones_initializer())
        mean, variance = tf.nn.moments(inputs, [-1], keepdims=True)
        return tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, 1e-12)


class Estimator:
    def __init__(self, model_fn, predict_batch_size, **_):
        self.model_fn, self.batch_size = model_fn, predict_batch_size

    def predict(self, input_fn, yield_single_examples):
        assert yield_single_examples
        params = {"batch_size": self.batch_size}
        with tf.Graph().as_default(), tf.Session() as session:
            features = tf.data.make_one_shot_iterator(input_fn(params)).get_next()
            spec = self.model_fn(features, None, "infer", params)
            session.run(tf.global_variables_initializer())  # which read the checkpoint
            while True:
                try:
                    batch = session.run(spec.predictions)
                except tf.errors.OutOfRangeError:
                    return
                for i in range(len(batch["unique_id"])):
                    yield {name: values[i] for name, values in batch.items()}


def anything(**arguments):
    return types.SimpleNamespace(**arguments)


class TensorFlow1(types.ModuleType):
    layers = types.SimpleNamespace(dense=dense)
    estimator = types.SimpleNamespace(ModeKeys=types.SimpleNamespace(PREDICT="infer"))
    contrib = types.SimpleNamespace(
        layers=types.SimpleNamespace(layer_norm=layer_norm),
        tpu=types.SimpleNamespace(TPUEstimator=Estimator, TPUEstimatorSpec=anything,
                                  RunConfig=anything, TPUConfig=anything,
                                  InputPipelineConfig=types.SimpleNamespace(PER_HOST_V2=3)))

    def __getattr__(self, name):
        return getattr(tf, name)


def main():
    if len(sys.argv) < 2 or not os.path.isfile(os.path.join(sys.argv[1], "extract_features.py")):
        sys.exit(__doc__)
    sys.path.insert(0, sys.argv.pop(1))
    tf.disable_v2_behavior()
    sys.modules["tensorflow"] = TensorFlow1("tensorflow")
    import extract_features
    for name in ("input_file", "vocab_file", "bert_config_file", "init_checkpoint", "output_file"):
        tf.flags.mark_flag_as_required(name)
    tf.app.run(extract_features.main)


if __name__ == "__main__":
    main()
