#!/usr/bin/env python3
"""Trains with PyTorch what `npm run bench:quality` trains with the engine: same images, split, batches, first weights,
optimiser and rate, in float32. Reads the plan's file, prints one JSON line a seed.

Needs torch (tested: 2.13.0), torchvision, timm (1.0.29) and safetensors."""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

import torch_models

FINDINGS = 14
HEADER_BYTES = 4096
WORD = 2**64 - 1


class SplitMix64:
    """The engine's generator (native/random.h), so that both see the same batches."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & WORD
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return z ^ (z >> 31)

    def below(self, bound):
        product = (self.next() >> 32) * bound
        while product % 2**32 < bound and product % 2**32 < 2**32 % bound:
            product = (self.next() >> 32) * bound
        return product >> 32


def shuffled(rows, seed, epoch):
    shuffle_stream = 2
    derived = seed
    for part in (shuffle_stream, epoch, 0):
        derived = SplitMix64(derived ^ SplitMix64(part).next()).next()
    random, rows = SplitMix64(derived), list(rows)
    for left in range(len(rows), 1, -1):
        other = random.below(left)
        rows[left - 1], rows[other] = rows[other], rows[left - 1]
    return rows


def batches(rows, size):
    """A last batch of one image joins the one before it: batch norm needs two."""
    starts = list(range(0, len(rows), size))
    if len(starts) > 1 and len(rows) - starts[-1] == 1:
        starts.pop()
    return [rows[a:b] for a, b in zip(starts, starts[1:] + [len(rows)])]


class PixelCache:
    def __init__(self, path, size, mean, std):
        data = np.memmap(path, np.uint8, "r")
        images = int.from_bytes(data[24:32].tobytes(), "little")
        end = HEADER_BYTES + images * size * size
        self.pixels = data[HEADER_BYTES:end].reshape(images, 1, size, size)
        bits = np.frombuffer(data[end : end + 2 * images].tobytes(), "<u2")
        self.labels = torch.from_numpy((bits[:, None] >> np.arange(FINDINGS) & 1).astype(np.float32))
        self.mean, self.std = (torch.tensor(values).view(-1, 1, 1) for values in (mean, std))

    def batch(self, rows):
        gray = torch.from_numpy(self.pixels[rows].astype(np.float32)) / 255
        images = (gray - self.mean) / self.std
        return images.contiguous(memory_format=torch.channels_last), self.labels[rows]


def network(architecture, options, weights):
    """timm's backbone with the head beside it: the names of the engine's files."""
    timm = torch_models.import_timm()
    if architecture == "res":
        net = timm.create_model(f"resnet{options['layers']}", num_classes=0)
    elif architecture == "mobile":
        from timm.models.efficientnet import _gen_mobilenet_v1

        net = _gen_mobilenet_v1("mobilenetv1_100", options["width"], num_classes=0)
    else:
        raise SystemExit(f"no network of PyTorch's for {architecture}")
    net.head = nn.Module()
    net.head.fc1 = nn.Linear(net.num_features, options["hidden"])
    net.head.fc2 = nn.Linear(options["hidden"], FINDINGS)
    missing, unexpected = net.load_state_dict(load_file(weights), strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"the weights do not fit: missing {missing}, unexpected {unexpected}")
    return net.to(memory_format=torch.channels_last)


def logits(net, images):
    pooled = net.forward_features(images).mean((2, 3))
    return net.head.fc2(torch.relu(net.head.fc1(pooled)))


def area_under_roc(scores, present):
    """By ranks, ties sharing theirs; None when all images have the finding or none has."""
    positives, negatives = int(present.sum()), int((1 - present).sum())
    if positives == 0 or negatives == 0:
        return None
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return (ranks[present == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)


def validate(net, cache, rows, size):
    net.eval()
    with torch.inference_mode():
        parts = [(logits(net, images), labels) for images, labels in (cache.batch(b) for b in batches(rows, size))]
    answers, labels = (torch.cat(part) for part in zip(*parts))
    areas = [area_under_roc(answers[:, i].numpy(), labels[:, i].numpy()) for i in range(FINDINGS)]
    defined = [area for area in areas if area is not None]
    loss = F.binary_cross_entropy_with_logits(answers.double(), labels.double()).item()
    return {"loss": loss, "meanAuroc": float(np.mean(defined))}


def train(plan, run):
    cache = PixelCache(plan["cachePath"], plan["imageSize"], plan["mean"], plan["std"])
    net = network(plan["architecture"], plan["options"], run["weightsPath"])
    optimizer = torch.optim.Adam(net.parameters(), lr=plan["learningRate"], eps=1e-7)
    epochs = []
    for epoch in range(plan["epochs"]):
        net.train()
        loss_sum = 0.0
        for rows in batches(shuffled(plan["train"], run["seed"], epoch), plan["batch"]):
            images, labels = cache.batch(rows)
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(logits(net, images), labels)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(rows)
        validation = validate(net, cache, plan["validation"], plan["batch"])
        epochs.append({"trainLoss": loss_sum / len(plan["train"]), **validation})
    return epochs


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    torch.set_num_threads(plan["threads"])
    for run in plan["runs"]:
        print(json.dumps({"who": "torch", "seed": run["seed"], "epochs": train(plan, run)}), flush=True)
