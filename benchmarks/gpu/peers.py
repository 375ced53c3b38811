"""PyTorch beside Quern on one GPU: kernels, models and steps of training in f32.

`prepare` exports the models with random weights, has Quern run them and compares the results, and compiles PyTorch's;
`time` times. Inputs and outputs stay on the device, and both are timed by events of the device: medians, added to
figures.txt one by one, so that what is stopped leaves what it had. `--small` and `--device cpu` are for trials.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import time

import torch

from networks import Classifier, Encoder, resnet

LIMIT = 120  # seconds for a process of Quern


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
    """What was measured, and what failed, which must not hide the rest."""

    def __init__(self, out):
        self.file = out / 'figures.txt'
        self.figures = 0
        self.troubles = []

    def tried(self, name, action):
        try:
            return action()
        except Exception as failed:
            said = (str(failed).strip() or 'no message').splitlines()[0]
            self.troubles.append(f'{name}: {type(failed).__name__}: {said}'[:300])
            print(self.troubles[-1], flush=True)

    def add(self, name, measure):
        """A figure in milliseconds."""
        figure = self.tried(name, measure)
        if figure is not None:
            self.figures += 1
            with self.file.open('a') as file:
                file.write(f'{name}\t{figure:.4f}\n')


def kernels(report, options):
    """The counterparts of KernelTimes."""
    smaller = 64 if options.small else 1

    def copy():
        x = torch.rand(65536 // smaller, 1024, device=DEVICE)
        y = torch.empty_like(x)
        return timed(lambda: y.copy_(x), options.seconds)

    def product(n):
        a, b = torch.rand(n, n, device=DEVICE), torch.rand(n, n, device=DEVICE)
        return timed(lambda: torch.matmul(a, b), options.seconds)

    def convolution(c, side):
        a, w = torch.rand(32, c, side, side, device=DEVICE), torch.rand(c, c, 3, 3, device=DEVICE)
        return timed(lambda: torch.nn.functional.conv2d(a, w, padding=1), options.seconds)

    report.add('torch copy', copy)
    for size in (512, 2048, 4096):
        report.add(f'torch product {size}', lambda: product(size // smaller))
    for channels, side in ((64, 56), (256, 14)):
        report.add(f'torch convolution {channels}x{side}x{side}',
                   lambda: convolution(max(1, channels // smaller), side))


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


def compilation(module, **options):
    """For the shapes that come; of the compiler a trial has only its front."""
    torch.compiler.reset()
    return torch.compile(module, dynamic=False, **{'backend': 'eager'} if DEVICE == 'cpu' else options)


def model(report, name, module, inputs, options):
    compiled = compilation(module, mode='reduce-overhead')
    path = options.out / 'models' / name.replace(' ', '-') / 'model.onnx'
    with torch.inference_mode():
        if options.does == 'time':
            report.add(f'quern {name}', lambda: float(asked(options.timer, path, options.seconds).split()[-1]))
            report.add(f'eager {name}', lambda: timed(lambda: module(*inputs), options.seconds))
            report.add(f'compiled {name}', lambda: timed(lambda: compiled(*inputs), options.seconds))
            if DEVICE != 'cpu':
                report.add(f'graph {name}', lambda: timed(replayed(module, inputs), options.seconds))
            return
        outputs = report.tried(f'eager {name}', lambda: [module(*inputs)])
        report.tried(f'compiled {name}', lambda: compiled(*inputs))
    with torch.no_grad():
        report.tried(f'exported {name}', lambda: export(module, inputs, outputs, path.parent))
    report.tried(f'verified {name}', lambda: asked(options.quern, 'verify', path, '--backend', 'cuda'))


def trainings(small):
    """name, module, inputs, classes"""
    batch, side, length = (2, 32, 8) if small else (32, 224, 128)
    images = (torch.rand(batch, 3, side, side, device=DEVICE),)
    words = (torch.randint(0, 30000, (batch, length), device=DEVICE),)
    yield 'train resnet18', resnet(18, 1000, 4 if small else 64), images, 1000
    encoder = Encoder(48, 1, 12) if small else Encoder(768, 12, 12)
    yield 'fine-tune bert-base', Classifier(encoder, 48 if small else 768, 2), words, 2


def training(report, name, module, inputs, classes, options):
    path = options.out / 'models' / name.replace(' ', '-') / 'model.onnx'
    labels = torch.arange(inputs[0].shape[0], device=DEVICE) % classes
    compiled = compilation(module)
    # all parameters by one kernel
    optimizer = torch.optim.AdamW(module.parameters(), 1e-4, fused=True)

    def step(of):
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(of(*inputs), labels).backward()
        optimizer.step()

    if options.does == 'time':
        module.train()
        report.add(f'quern {name}', lambda: float(asked(
            options.trainer, path, classes, options.steps).split()[-1]))
        report.add(f'eager {name}', lambda: timed(lambda: step(module), options.seconds))
        report.add(f'compiled {name}', lambda: timed(lambda: step(compiled), options.seconds))
        return
    with torch.no_grad():
        report.tried(f'exported {name}', lambda: export(module.eval(), inputs, [module(*inputs)], path.parent))
    module.train()
    report.tried(f'compiled {name}', lambda: step(compiled))


def asked(command, *args):
    done = subprocess.run([*command.split(), *map(str, args)], capture_output=True, text=True, timeout=LIMIT)
    sys.stderr.write(done.stderr[-2000:])
    if done.returncode != 0:
        # what happened, not where
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip() and line[:8] != 'WARNING:']
        raise RuntimeError(said[0] if said else f'exit status {done.returncode}')
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('does', choices=('prepare', 'time'))
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
    if DEVICE != 'cpu' and not torch.cuda.is_available():
        sys.exit(f'peers.py: PyTorch {torch.__version__} sees no GPU here')
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    report = Report(options.out)
    print(f'PyTorch {torch.__version__} on {torch.cuda.get_device_name() if DEVICE != "cpu" else "the processor"}',
          flush=True)
    if options.does == 'time':
        kernels(report, options)
    for name, module, draw in models(options.small):
        for batch in (1, 64):
            inputs = draw(min(batch, 2) if options.small else batch)
            report.tried(f'{name} {batch}', lambda: model(
                report, f'{name} {batch}', module.to(DEVICE).eval(), inputs, options))
    for name, module, inputs, classes in trainings(options.small):
        report.tried(name, lambda: training(report, name, module.to(DEVICE), inputs, classes, options))
    print(f'{report.figures} figures, {len(report.troubles)} troubles')
    sys.exit(1 if report.troubles else 0)


DEVICE = 'cuda'
if __name__ == '__main__':
    main()
