"""PyTorch beside Quern on one GPU: exports models with random weights, times PyTorch eager, compiled and as a CUDA graph,
lets Quern run the exported files, and compares the results.

Inputs and outputs stay on the device. PyTorch is timed by events of the device, Quern by the clock of the host around a
run that is waited for.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

import torch


def models():
    """name, batches, module, inputs of a batch"""
    import torchvision

    def images(batch):
        return (torch.rand(batch, 3, 224, 224, device=DEVICE),)

    def words(batch):
        return (torch.randint(0, 30000, (batch, 128), device=DEVICE),)

    yield 'mlp', (1, 64), torch.nn.Sequential(
        torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)), lambda b: (torch.rand(b, 784, device=DEVICE),)
    yield 'resnet50', (1, 64), torchvision.models.resnet50(weights=None), images
    for name, width, layers, heads in (('minilm', 384, 6, 12), ('bert-base', 768, 12, 12)):
        yield name, (1, 64), Encoder(width, layers, heads), words


class Encoder(torch.nn.Module):
    """BERT's encoder, in the words that export well."""

    def __init__(self, width, layers, heads):
        super().__init__()
        self.words = torch.nn.Embedding(30522, width)
        self.positions = torch.nn.Parameter(torch.rand(128, width) * 0.1)
        self.norm = torch.nn.LayerNorm(width)
        self.blocks = torch.nn.Sequential(*(Block(width, heads) for _ in range(layers)))

    def forward(self, x):
        return self.blocks(self.norm(self.words(x) + self.positions))


class Block(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (torch.nn.Linear(width, width) for _ in range(4))
        self.a, self.b = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.wide, self.narrow = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x):
        mixed = torch.nn.functional.scaled_dot_product_attention(
            self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x)))
        x = self.a(self.o(mixed.transpose(1, 2).flatten(2)) + x)
        return self.b(self.narrow(torch.nn.functional.gelu(self.wide(x))) + x)


def timed(call, seconds):
    """The median of device-timed calls, in milliseconds."""
    for _ in range(3):
        call()
    torch.cuda.synchronize()
    times, total = [], 0.0
    while total < 1000 * seconds and len(times) < 1000:
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
        total += times[-1]
    return statistics.median(times)


def replayed(module, inputs):
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            module(*inputs)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        module(*inputs)
    return graph.replay


def export(module, inputs, outputs, folder):
    import onnx
    from onnx import numpy_helper

    data = folder / 'test_data_set_0'
    data.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(module.cpu(), tuple(i.cpu() for i in inputs), folder / 'model.onnx', dynamo=False,
                      opset_version=17, input_names=[f'x{i}' for i in range(len(inputs))], output_names=['y'])
    module.to(DEVICE)
    for kind, tensors in (('input', inputs), ('output', outputs)):
        for i, t in enumerate(tensors):
            onnx.save_tensor(numpy_helper.from_array(t.detach().cpu().numpy()), data / f'{kind}_{i}.pb')


def quern(command, *args):
    done = subprocess.run([*command, *args, '--backend', 'cuda'], capture_output=True, text=True)
    sys.stderr.write(done.stderr[-2000:])
    return done


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--out', default='out')
    parser.add_argument('--quern', required=True, help='the command quern')
    parser.add_argument('--timer', required=True, help='the command that times a model')
    parser.add_argument('--seconds', type=float, default=2)
    options = parser.parse_args()
    command = options.quern.split()
    out = pathlib.Path(options.out)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    rows = []
    for name, batches, module, draw in models():
        module = module.to(DEVICE).eval()
        for batch in batches:
            row = {'model': name, 'batch': batch}
            try:
                with torch.inference_mode():
                    inputs = draw(batch)
                    outputs = [module(*inputs)]
                    row['eager_ms'] = timed(lambda: module(*inputs), options.seconds)
                    row['graph_ms'] = timed(replayed(module, inputs), options.seconds)
                    compiled = torch.compile(module)
                    row['compiled_ms'] = timed(lambda: compiled(*inputs), options.seconds)
                folder = out / 'models' / f'{name}-{batch}'
                with torch.no_grad():
                    export(module, inputs, outputs, folder)
                row['verified'] = quern(command, 'verify', str(folder / 'model.onnx')).returncode == 0
                timer = subprocess.run([*options.timer.split(), str(folder / 'model.onnx'), str(options.seconds)],
                                       capture_output=True, text=True)
                sys.stderr.write(timer.stderr[-2000:])
                if timer.returncode == 0:
                    row['quern_ms'] = float(timer.stdout.split()[-1])
            except Exception as failed:  # one model that fails must not hide the others
                row['failed'] = f'{type(failed).__name__}: {failed}'[:200]
            rows.append(row)
            (out / 'peers.json').write_text(json.dumps({'device': torch.cuda.get_device_name(), 'rows': rows}, indent=1))
    lines = [f'{"model":12} {"batch":>5} {"eager":>9} {"compiled":>9} {"graph":>9} {"quern":>9}  right']
    for r in rows:
        cells = ' '.join(f'{r[k]:9.3f}' if k in r else f'{"-":>9}' for k in ('eager_ms', 'compiled_ms', 'graph_ms', 'quern_ms'))
        lines.append(f'{r["model"]:12} {r["batch"]:5} {cells}  {r.get("verified", r.get("failed", ""))}')
    (out / 'peers.txt').write_text('\n'.join(lines) + '\n')
    print(lines[-1])
    sys.exit(0 if all(r.get('verified') for r in rows) else 1)


DEVICE = 'cuda'
if __name__ == '__main__':
    main()
