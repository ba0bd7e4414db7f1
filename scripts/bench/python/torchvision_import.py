"""torchvision beside a torch of another build."""

import importlib
import re
import sys

import torch

_declared = []


def import_torchvision():
    """torchvision's models are plain Python, but a wheel built for CUDA refuses to load beside a CPU torch, for want of its
    operators: naming those is enough."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    _declared.append(library)
    for _ in range(40):
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            library.define(missing.group(1) + "(Tensor a) -> Tensor")
            for name in [name for name in sys.modules if name.startswith("torchvision")]:
                del sys.modules[name]
    raise RuntimeError("torchvision cannot be imported")
