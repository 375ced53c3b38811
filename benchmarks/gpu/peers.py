"""PyTorch beside Quern on one GPU: kernels, models and steps of training in f32, and the table of aims.

Models are exported with random weights, Quern runs the exported files and its results are compared. Inputs and outputs
stay on the device, and both are timed by events of the device: medians. `--small` and `--device cpu` are for trials.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch

from networks import Classifier, Encoder, resnet

GEMM, CONVOLUTION, BANDWIDTH, EAGER, COMPILED = 0.95, 0.95, 0.85, 1.5, 1.0


def timed(call, seconds):
    """The median of device-timed calls, in milliseconds."""
    for _ in range(3):
        call()
    times, total = [], 0.0
    while total < 1000 * seconds and len(times) < 1000:
        if DEVICE == 'cpu':
            start = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - start))
        else:
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
    # as it is: with normalisations that can be trained
    torch.onnx.export(module.cpu(), tuple(i.cpu() for i in inputs), folder / 'model.onnx', dynamo=False,
                      opset_version=17, input_names=[f'x{i}' for i in range(len(inputs))], output_names=['y'],
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    module.to(DEVICE)
    for kind, tensors in (('input', inputs), ('output', outputs)):
        for i, t in enumerate(tensors):
            onnx.save_tensor(numpy_helper.from_array(t.detach().cpu().numpy()), data / f'{kind}_{i}.pb')


class Report:
    """All that was measured, written anew after each figure, so that a part that is stopped leaves what it had."""

    def __init__(self, out):
        self.out = out
        self.figures = {}
        self.troubles = []

    def add(self, name, measure):
        """A figure; what fails must not hide the others."""
        try:
            self.figures[name] = measure()
        except Exception as failed:
            self.troubles.append(f'{name}: {type(failed).__name__}: {failed}'[:300])
        self.write()

    def write(self):
        device = torch.cuda.get_device_name() if DEVICE != 'cpu' else 'cpu'
        (self.out / 'peers.json').write_text(json.dumps(
            {'device': device, 'torch': torch.__version__, 'figures': self.figures, 'troubles': self.troubles}, indent=1))

    def aim(self, name, quern, peer, least):
        """A line of the table: how many times as fast as the peer."""
        a, b = self.figures.get(quern), self.figures.get(peer)
        if not a or not b:
            return f'{name:44} {"-":>9} {"-":>9} {"-":>6}  {least:4.2f}  not measured'
        word = 'ok' if b / a >= least else 'missed'
        return f'{name:44} {a:9.4f} {b:9.4f} {b / a:6.2f}  {least:4.2f}  {word}'


def kernels(report, log, smaller, seconds):
    """Quern's are in the log of KernelTimes: name, milliseconds, GB/s, TFLOP/s."""
    if log.exists():
        for line in log.read_text().splitlines():
            parts = line.rsplit(None, 3)
            if len(parts) == 4 and parts[0] != 'kernel' and parts[1][:1].isdigit():
                report.figures[f'quern {parts[0]}'] = float(parts[1])
    x = torch.rand(65536 // smaller, 1024, device=DEVICE)
    y = torch.empty_like(x)
    report.add('torch copy', lambda: timed(lambda: y.copy_(x), seconds))
    for size in (512, 2048, 4096):
        n = size // smaller
        a, b = torch.rand(n, n, device=DEVICE), torch.rand(n, n, device=DEVICE)
        report.add(f'torch product {size}', lambda: timed(lambda: torch.matmul(a, b), seconds))
    for channels, side in ((64, 56), (256, 14)):
        c = max(1, channels // smaller)
        a, w = torch.rand(32, c, side, side, device=DEVICE), torch.rand(c, c, 3, 3, device=DEVICE)
        report.add(f'torch convolution {channels}x{side}x{side}',
                   lambda: timed(lambda: torch.nn.functional.conv2d(a, w, padding=1), seconds))


def models(small):
    """name, module, inputs of a batch"""
    side, length = (32, 8) if small else (224, 128)

    def images(batch):
        return (torch.rand(batch, 3, side, side, device=DEVICE),)

    def words(batch):
        return (torch.randint(0, 30000, (batch, length), device=DEVICE),)

    yield 'resnet50', resnet(50, first=4 if small else 64), images
    yield 'minilm', Encoder(24, 1, 12) if small else Encoder(384, 6, 12), words
    yield 'bert-base', Encoder(48, 1, 12) if small else Encoder(768, 12, 12), words


def model(report, name, module, inputs, options):
    with torch.inference_mode():
        outputs = [module(*inputs)]
        report.add(f'eager {name}', lambda: timed(lambda: module(*inputs), options.seconds))
        report.add(f'graph {name}', lambda: timed(replayed(module, inputs), options.seconds))
        compiled = torch.compile(module, mode='reduce-overhead')
        report.add(f'compiled {name}', lambda: timed(lambda: compiled(*inputs), options.seconds))
    folder = options.out / 'models' / name.replace(' ', '-')
    with torch.no_grad():
        report.add(f'exported {name}', lambda: export(module, inputs, outputs, folder) or True)
    path = str(folder / 'model.onnx')
    report.add(f'verified {name}', lambda: asked(options.quern, 'verify', path, '--backend', 'cuda') is not None)
    report.add(f'quern {name}', lambda: float(asked(options.timer, path, str(options.seconds)).split()[-1]))


def trainings(small):
    """name, module, inputs, classes"""
    batch, side, length = (2, 32, 8) if small else (32, 224, 128)
    images = (torch.rand(batch, 3, side, side, device=DEVICE),)
    words = (torch.randint(0, 30000, (batch, length), device=DEVICE),)
    yield 'train resnet18', resnet(18, 1000, 4 if small else 64), images, 1000
    encoder = Encoder(48, 1, 12) if small else Encoder(768, 12, 12)
    yield 'fine-tune bert-base', Classifier(encoder, 48 if small else 768, 2), words, 2


def training(report, name, module, inputs, classes, options):
    folder = options.out / 'models' / name.replace(' ', '-')
    with torch.no_grad():
        report.add(f'exported {name}', lambda: export(module.eval(), inputs, [module(*inputs)], folder) or True)
    module.train()
    labels = torch.arange(inputs[0].shape[0], device=DEVICE) % classes
    # all parameters by one kernel
    optimizer = torch.optim.AdamW(module.parameters(), 1e-4, fused=True)

    def step(of):
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(of(*inputs), labels).backward()
        optimizer.step()

    report.add(f'eager {name}', lambda: timed(lambda: step(module), options.seconds))
    compiled = torch.compile(module)
    report.add(f'compiled {name}', lambda: timed(lambda: step(compiled), options.seconds))
    report.add(f'quern {name}', lambda: float(asked(
        options.trainer, str(folder / 'model.onnx'), str(classes), str(options.steps)).split()[-1]))


def asked(command, *args):
    done = subprocess.run([*command.split(), *args], capture_output=True, text=True)
    sys.stderr.write(done.stderr[-2000:])
    if done.returncode != 0:
        raise RuntimeError(f'{args[0]}: {done.stdout[-200:]}{done.stderr[-200:]}')
    return done.stdout


def table(report):
    rows = [f'{"what":44} {"quern":>9} {"peer":>9} {"ratio":>6}  {"aim":>4}  (milliseconds, f32)']
    for size in (512, 2048, 4096):
        rows.append(report.aim(f'product {size} : PyTorch', f'quern product {size}', f'torch product {size}', GEMM))
    for shape in ('64x56x56', '256x14x14'):
        rows.append(report.aim(
            f'convolution {shape} : PyTorch', f'quern convolution {shape}', f'torch convolution {shape}', CONVOLUTION))
    for kernel in ('silu', 'gelu', 'softmax', 'layer normalisation'):
        rows.append(report.aim(f'{kernel} : copy', f'quern {kernel}', 'torch copy', BANDWIDTH))
    for name in ('resnet50', 'minilm', 'bert-base'):
        rows.append(report.aim(f'{name} 1 : eager', f'quern {name} 1', f'eager {name} 1', EAGER))
        rows.append(report.aim(f'{name} 1 : compiled, CUDA graph', f'quern {name} 1', f'compiled {name} 1', COMPILED))
        rows.append(report.aim(f'{name} 64 : compiled, CUDA graph', f'quern {name} 64', f'compiled {name} 64', COMPILED))
    for name in ('train resnet18', 'fine-tune bert-base'):
        peer = 'compiled' if f'compiled {name}' in report.figures else 'eager'
        rows.append(report.aim(f'{name} : {peer}', f'quern {name}', f'{peer} {name}', COMPILED))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--out', type=pathlib.Path, default=pathlib.Path('out'))
    parser.add_argument('--quern', required=True, help='the command quern')
    parser.add_argument('--timer', required=True, help='the command that times a model')
    parser.add_argument('--trainer', required=True, help='the command that times a training')
    parser.add_argument('--seconds', type=float, default=1)
    parser.add_argument('--steps', type=int, default=20)
    parser.add_argument('--small', action='store_true')
    parser.add_argument('--device', default='cuda')
    options = parser.parse_args()
    global DEVICE
    DEVICE = options.device
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    report = Report(options.out)
    kernels(report, options.out / 'kernels.log', 64 if options.small else 1, options.seconds)
    for name, module, draw in models(options.small):
        for batch in (1, 2) if options.small else (1, 64):
            module = module.to(DEVICE).eval()
            model(report, f'{name} {batch}', module, draw(batch), options)
    for name, module, inputs, classes in trainings(options.small):
        training(report, name, module.to(DEVICE), inputs, classes, options)
    rows = table(report)
    (options.out / 'peers.txt').write_text('\n'.join([*rows, *report.troubles]) + '\n')
    missed = sum(r.endswith('missed') for r in rows)
    print(f'{sum(r.endswith("ok") for r in rows)} aims met, {missed} missed, '
          f'{sum(r.endswith("not measured") for r in rows)} not measured, {len(report.troubles)} troubles')
    sys.exit(1 if report.troubles else 0)


DEVICE = 'cuda'
if __name__ == '__main__':
    main()
