#!/usr/bin/env python3
"""Speed of the same networks in PyTorch, on ready-made batches. Prints one JSON line.

Without options: as a user writes it (eager, float32, contiguous, default Adam). `--layout nhwc --dtype bf16` is
channels_last with autocast; `--opt compilefreeze` is torch.compile with inductor's freezing, for evaluation.

Needs torch (tested: 2.13.0), torchvision and timm (1.0.29)."""

import json
import time

import arguments
from clean_steps import CleanSteps, peak_rss_mib

parser = arguments.parser(__doc__)
parser.add_argument("--layout", default="nchw", choices=["nchw", "nhwc"])
parser.add_argument("--dtype", default="fp32", choices=["fp32", "bf16"])
parser.add_argument("--opt", default="none", choices=["none", "compilefreeze"])
args = parser.parse_args()

import torch
import torch.nn.functional as F

import torch_models

torch.set_num_threads(args.threads)
torch.manual_seed(0)
layout = torch.channels_last if args.layout == "nhwc" else torch.contiguous_format
net = torch_models.build(args.arch, args.size).to(memory_format=layout)


def random_batch():
    gray = torch.randint(0, 256, (args.batch, 1, args.size, args.size)).float() / 255
    labels = (torch.rand(args.batch, torch_models.FINDINGS) < 0.06).float()
    return gray.expand(-1, 3, -1, -1).contiguous(memory_format=layout), labels


def autocast():
    # A frozen graph keeps converted weights of its own.
    return torch.autocast("cpu", torch.bfloat16, args.dtype == "bf16", cache_enabled=args.opt == "none")


def train_step(images, labels):
    optimizer.zero_grad()
    with autocast():
        logits = forward(images)
    loss = F.binary_cross_entropy_with_logits(logits.float(), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def eval_step(images, labels):
    with torch.no_grad(), autocast():
        logits = forward(images)
    return F.binary_cross_entropy_with_logits(logits.float(), labels).item()


forward = net
step = train_step
if args.mode == "eval":
    net.eval()
    step = eval_step
    if args.opt == "compilefreeze":
        import torch._inductor.config

        torch._inductor.config.freezing = True
        forward = torch.compile(net)
else:
    if args.mode == "head":
        net.backbone.requires_grad_(False).eval()
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=1e-4, eps=1e-7)

batches = [random_batch(), random_batch()]
start = time.perf_counter()
for i in range(args.warmup):
    step(*batches[i % 2])
warmup_seconds = time.perf_counter() - start
timed = CleanSteps()
for i in range(args.steps):
    timed.begin()
    loss = step(*batches[i % 2])
    timed.end()

print(
    json.dumps(
        {
            "framework": f"torch {torch.__version__}",
            "arch": args.arch,
            "mode": args.mode,
            "batch": args.batch,
            "size": args.size,
            "layout": args.layout,
            "dtype": args.dtype,
            "opt": args.opt,
            "threads": args.threads,
            "params": sum(p.numel() for p in net.parameters()),
            **timed.report(args.batch),
            "warmup_s": round(warmup_seconds, 2),
            "loss": round(loss, 5),
            "peak_rss_mib": peak_rss_mib(),
        }
    )
)
