"""The networks that PyTorch and Quern are compared on, in the words that export well."""
import torch
from torch import nn


def normalised(i, o, taps, stride=1):
    return nn.Sequential(nn.Conv2d(i, o, taps, stride, taps // 2, bias=False), nn.BatchNorm2d(o))


class Residual(nn.Module):
    """He et al. 2015: two convolutions, or three with a narrow middle."""

    def __init__(self, i, width, stride, is_narrow):
        super().__init__()
        o = 4 * width if is_narrow else width
        self.way = nn.Sequential(
            normalised(i, width, 1), nn.ReLU(), normalised(width, width, 3, stride), nn.ReLU(), normalised(width, o, 1),
        ) if is_narrow else nn.Sequential(normalised(i, width, 3, stride), nn.ReLU(), normalised(width, o, 3))
        self.past = nn.Identity() if i == o and stride == 1 else normalised(i, o, 1, stride)

    def forward(self, x):
        return torch.relu(self.way(x) + self.past(x))


def resnet(layers, classes=1000, first=64):
    counts, is_narrow = {18: ((2, 2, 2, 2), False), 50: ((3, 4, 6, 3), True)}[layers]
    parts = [normalised(3, first, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = first
    for stage, count in enumerate(counts):
        width = first << stage
        for block in range(count):
            parts.append(Residual(channels, width, 2 if block == 0 and stage > 0 else 1, is_narrow))
            channels = 4 * width if is_narrow else width
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


class Encoder(nn.Module):
    """BERT's."""

    def __init__(self, width, layers, heads):
        super().__init__()
        self.words = nn.Embedding(30522, width)
        self.positions = nn.Parameter(torch.rand(128, width) * 0.1)
        self.norm = nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))

    def forward(self, x):
        return self.blocks(self.norm(self.words(x) + self.positions[:x.shape[1]]))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.a, self.b = nn.LayerNorm(width), nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x):
        mixed = nn.functional.scaled_dot_product_attention(
            self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x)))
        x = self.a(self.o(mixed.transpose(1, 2).flatten(2)) + x)
        return self.b(self.narrow(nn.functional.gelu(self.wide(x))) + x)


class Classifier(nn.Module):
    """An encoder whose first row decides."""

    def __init__(self, encoder, width, classes):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.encoder(x)[:, 0])
