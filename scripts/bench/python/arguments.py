"""The arguments that both baselines understand."""

import argparse

ARCHITECTURES = ["cnn", "vgg", "res", "efficient", "mobile"]


def parser(description):
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--arch", required=True, choices=ARCHITECTURES)
    p.add_argument("--mode", default="train", choices=["train", "eval", "head"], help="head: the backbone is frozen")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--size", type=int, default=224, help="side of the images in pixels")
    p.add_argument("--steps", type=int, default=8)
    p.add_argument("--warmup", type=int, default=3)
    p.add_argument("--threads", type=int, default=2)
    return p
