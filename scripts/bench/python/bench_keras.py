#!/usr/bin/env python3
"""Speed of the Keras models that this subnet's first miner trained, on ready-made batches. Prints one JSON line.

The models: `cnn` is Conv2D 32 3x3 - MaxPooling2D 2 - Flatten - Dense 128 - Dropout 0.5 - Dense 14; the others are
keras.applications' VGG16, ResNet50, EfficientNetB0 and MobileNet without their top, then GlobalAveragePooling2D -
Dense 1024 - Dense 14. Sigmoid outputs, binary cross-entropy, Adam, `model.fit` and `model.evaluate`, float32. Weights
start at random instead of ImageNet's: speed does not depend on them, and nothing is downloaded.

Needs tensorflow-cpu (tested: 2.21.0) and keras (3.15.1)."""

import json
import os
import time

import arguments
from clean_steps import CleanSteps, peak_rss_mib

args = arguments.parser(__doc__).parse_args()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
from keras import applications, layers

tf.config.threading.set_intra_op_parallelism_threads(args.threads)
keras.utils.set_random_seed(0)

FINDINGS = 14
SHAPE = (args.size, args.size, 3)
BACKBONES = {
    "vgg": applications.VGG16,
    "res": applications.ResNet50,
    "efficient": applications.EfficientNetB0,
    "mobile": applications.MobileNet,
}


def build():
    if args.arch == "cnn":
        model = keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dropout(0.5),
                layers.Dense(FINDINGS, activation="sigmoid"),
            ]
        )
        optimizer = keras.optimizers.Adam()
    else:
        backbone = BACKBONES[args.arch](weights=None, include_top=False, input_shape=SHAPE)
        backbone.trainable = args.mode != "head"
        x = layers.GlobalAveragePooling2D()(backbone.output)
        x = layers.Dense(1024, activation="relu")(x)
        model = keras.Model(backbone.input, layers.Dense(FINDINGS, activation="sigmoid")(x))
        optimizer = keras.optimizers.Adam(learning_rate=1e-4)
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return model


def random_batch(random):
    gray = random.integers(0, 256, (args.batch, args.size, args.size, 1)).astype("float32") / 255
    return gray.repeat(3, -1), (random.random((args.batch, FINDINGS)) < 0.06).astype("int64")


class TimedSteps(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        timed.begin()

    def on_train_batch_end(self, batch, logs=None):
        timed.end()


model = build()
random = np.random.default_rng(1)
batches = [random_batch(random), random_batch(random)]
timed = CleanSteps()
start = time.perf_counter()
if args.mode == "eval":
    images, labels = (np.concatenate([batches[i % 2][part] for i in range(args.steps)]) for part in (0, 1))
    first = slice(0, args.batch * min(2, args.steps))
    model.evaluate(images[first], labels[first], batch_size=args.batch, verbose=0)
    warmup_seconds = time.perf_counter() - start
    for _ in range(3):
        timed.begin()
        loss = model.evaluate(images, labels, batch_size=args.batch, verbose=0)[0]
        timed.end(args.steps)
else:

    def endless():
        while True:
            yield from batches

    model.fit(endless(), steps_per_epoch=args.warmup, epochs=1, verbose=0)
    warmup_seconds = time.perf_counter() - start
    history = model.fit(endless(), steps_per_epoch=args.steps, epochs=1, verbose=0, callbacks=[TimedSteps()])
    loss = history.history["loss"][-1]

print(
    json.dumps(
        {
            "framework": f"keras {keras.__version__}, tensorflow {tf.__version__}",
            "arch": args.arch,
            "mode": args.mode,
            "batch": args.batch,
            "size": args.size,
            "layout": "nhwc",
            "dtype": "fp32",
            "threads": args.threads,
            "params": model.count_params(),
            **timed.report(args.batch),
            "warmup_s": round(warmup_seconds, 2),
            "loss": round(float(loss), 5),
            "peak_rss_mib": peak_rss_mib(),
        }
    )
)
