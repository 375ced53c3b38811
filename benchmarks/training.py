"""Measures one work in PyTorch: WORK THREADS SECONDS, the works of Work.java, `optimizer` and `optimizer-fused`.

Prints `median milliseconds a step, least, peak resident MB, last loss`, as TrainingRun.java does.
"""
import math
import resource
import sys
import time

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.way = nn.Sequential(
            nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
            nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
        same = i == o and stride == 1
        self.past = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return torch.relu(self.way(x) + self.past(x))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, 256, batch_first=True)
        self.head = nn.Linear(256, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0].mean(1))


class Block(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.a, self.b = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)
        self.wide, self.narrow = nn.Linear(width, inner), nn.Linear(inner, width)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x):
        mixed = nn.functional.scaled_dot_product_attention(
            self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x)))
        x = self.a(self.o(mixed.transpose(1, 2).flatten(2)) + x)
        return self.b(self.narrow(nn.functional.gelu(self.wide(x))) + x)


class MiniLm(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(30522, 384), nn.Parameter(torch.rand(128, 384) * 0.1)
        self.norm = nn.LayerNorm(384, 1e-12)
        self.blocks = nn.Sequential(*(Block(384, 12, 1536) for _ in range(6)))
        self.head = nn.Linear(384, 2)

    def forward(self, x):
        return self.head(self.blocks(self.norm(self.words(x) + self.positions))[:, 0])


def resnet():
    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    i = 64
    for o in (64, 128, 256, 512):
        layers += [Residual(i, o, 1 if o == 64 else 2), Residual(o, o, 1)]
        i = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


NETWORKS = {
    'mlp': lambda: nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)),
    'cnn': lambda: nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10)),
    'resnet18': resnet, 'lstm': Lstm, 'minilm': MiniLm}
ROWS = {'mlp': (128, 784), 'cnn': (64, 1, 28, 28), 'resnet18': (32, 3, 32, 32), 'lstm': (32, 64, 128),
        'minilm': (16, 128)}


def training(work):
    torch.manual_seed(1)
    model = NETWORKS[work]()
    batches = []
    for _ in range(4):
        x = torch.randint(30522, ROWS[work]) if work == 'minilm' else torch.rand(ROWS[work])
        batches.append((x, torch.randint(2 if work == 'minilm' else 10, ROWS[work][:1])))
    if work == 'resnet18':
        optimizer = torch.optim.SGD(model.parameters(), 0.01, 0.9)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), 1e-4 if work == 'minilm' else 1e-3)
    while True:
        for x, y in batches:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            yield loss.item()


def optimizer_alone(fused):
    shapes = [(1024, 1024)] * 24 + [(1024,)] * 24
    parameters = [nn.Parameter(torch.zeros(s)) for s in shapes]
    for p in parameters:
        p.grad = torch.full_like(p, 0.01)
    optimizer = torch.optim.AdamW(parameters, 1e-3, fused=True) if fused else torch.optim.AdamW(parameters, 1e-3)
    while True:
        optimizer.step()
        yield math.nan


def main():
    work, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    torch.set_num_threads(threads)
    steps = optimizer_alone(work.endswith('fused')) if work.startswith('optimizer') else training(work)
    begin = time.perf_counter()
    ends = []
    while time.perf_counter() - begin < seconds:
        loss = next(steps)
        ends.append(time.perf_counter())
    half = [1000 * (b - a) for a, b in zip(ends, ends[1:])][len(ends) // 2:]
    half = sorted(half) or [1000 * (ends[-1] - begin)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f'{half[len(half) // 2]:.4f} {half[0]:.4f} {peak:.1f} {loss:.6f}')


main()
