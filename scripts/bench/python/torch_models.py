"""The five architectures in PyTorch: timm's backbones with the head global average pool - Dense 1024 - Dense 14."""

import torch
from torch import nn
from torchvision_import import import_torchvision

FINDINGS = 14
TIMM_NAMES = {"vgg": "vgg16", "res": "resnet50", "efficient": "efficientnet_b0", "mobile": "mobilenetv1_100"}


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
    import_torchvision()
    import timm

    backbone = timm.create_model(TIMM_NAMES[arch], num_classes=0)
    if arch == "vgg":
        # What timm puts in place of VGG's own dense layers; the pooled features are wanted.
        backbone.pre_logits = nn.Identity()
        backbone.num_features = 512
    return Classifier(backbone)
