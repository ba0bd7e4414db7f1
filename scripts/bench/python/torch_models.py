"""The five architectures in PyTorch: timm's backbones with the head global average pool - Dense 1024 - Dense 14."""

import torch
from torch import nn

FINDINGS = 14
TIMM_NAMES = {"vgg": "vgg16", "res": "resnet50", "efficient": "efficientnet_b0", "mobile": "mobilenetv1_100"}


def import_timm():
    """timm imports torchvision, whose wheels for CUDA do not find their operators beside a CPU torch. Declaring the
    names of those operators is enough: the networks use none of them."""
    import importlib
    import re
    import sys

    library = torch.library.Library("torchvision", "FRAGMENT")
    _kept_alive.append(library)
    while True:
        try:
            importlib.import_module("torchvision")
            return importlib.import_module("timm")
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            library.define(missing.group(1) + "(Tensor a) -> Tensor")
            for name in [name for name in sys.modules if name.split(".")[0] in ("torchvision", "timm")]:
                del sys.modules[name]


_kept_alive = []


class Cnn(nn.Module):
    def __init__(self, size):
        super().__init__()
        side = (size - 2) // 2
        self.conv1 = nn.Conv2d(3, 32, 3)
        self.fc1 = nn.Linear(32 * side * side, 128)
        self.dropout = nn.Dropout(0.5)
        self.fc2 = nn.Linear(128, FINDINGS)

    def forward(self, images):
        x = torch.max_pool2d(torch.relu(self.conv1(images)), 2)
        return self.fc2(self.dropout(torch.relu(self.fc1(x.flatten(1)))))


class Classifier(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.fc1 = nn.Linear(backbone.num_features, 1024)
        self.fc2 = nn.Linear(1024, FINDINGS)

    def forward(self, images):
        features = self.backbone.forward_features(images).mean((2, 3))
        return self.fc2(torch.relu(self.fc1(features)))


def build(arch, size):
    """Logits of images [batch, 3, size, size]."""
    if arch == "cnn":
        return Cnn(size)
    backbone = import_timm().create_model(TIMM_NAMES[arch], num_classes=0)
    if arch == "vgg":
        # What timm puts in place of VGG's own dense layers; the pooled features are wanted.
        backbone.pre_logits = nn.Identity()
        backbone.num_features = 512
    return Classifier(backbone)
