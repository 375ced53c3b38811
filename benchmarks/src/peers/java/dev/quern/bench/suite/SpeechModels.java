package dev.quern.bench.suite;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Convolutions;
import dev.quern.op.Formula;
import dev.quern.op.Padding;
import dev.quern.op.Recurrent;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Set;

/// Models of sound as it is sampled.
final class SpeechModels {
    private SpeechModels() {}

    /// Whether somebody speaks, in the manner of Silero's detector: 512 samples and the 64 before them, a Fourier
    /// transform in windows as a convolution, four convolutions over its magnitudes, a step of an LSTM whose state
    /// comes in and goes out.
    static Graph voiceActivity() {
        GraphBuilder g = new GraphBuilder("voice-activity");
        Layers l = Layers.in(g);
        Formula f = l.f();
        Value samples = l.input("samples", DType.F32, 64 + 512);
        int width = 128;
        Value state = l.input("state", DType.F32, width);
        Value cell = l.input("cell", DType.F32, width);
        Value padded =
                g.apply(new Padding.Pad(Padding.Mode.REFLECT), samples, g.longs(0, 0, 0, 64), g.scalar(DType.F32, 0));
        int window = 256;
        int bins = window / 2 + 1;
        Value waves = conv(l, f.unsqueeze(padded, 1), 1, 2 * bins, window, window / 2, 0);
        Value real = f.slice(waves, 1, 0, bins);
        Value imaginary = f.slice(waves, 1, bins, 2L * bins);
        Value x = g.apply(Arithmetic.SQRT, f.add(f.mul(real, real), f.mul(imaginary, imaginary)));
        x = l.relu(conv(l, x, bins, width, 3, 1, 1));
        x = l.relu(conv(l, x, width, 64, 3, 2, 1));
        x = l.relu(conv(l, x, 64, 64, 3, 2, 1));
        x = l.relu(conv(l, x, 64, width, 3, 1, 1));
        Recurrent op = Recurrent.of(
                Recurrent.Cell.LSTM,
                Recurrent.Direction.FORWARD,
                Set.of(Recurrent.Given.BIAS, Recurrent.Given.STATE, Recurrent.Given.CELL_STATE));
        List<Value> step = g.apply(
                op,
                List.of(
                        f.transpose(x, 2, 0, 1),
                        l.weights(6L * width, 1, 4L * width, width),
                        l.weights(6L * width, 1, 4L * width, width),
                        l.weights(100, 1, 8L * width),
                        f.unsqueeze(state, 0),
                        f.unsqueeze(cell, 0)));
        Value next = f.squeeze(step.get(1), 0);
        g.output("speech", g.apply(Activations.SIGMOID, conv(l, l.relu(f.unsqueeze(next, 2)), width, 1, 1, 1, 0)));
        g.output("next_state", next);
        g.output("next_cell", f.squeeze(step.get(2), 0));
        return g.build();
    }

    /// A convolution of [N, in, positions] with a bias.
    private static Value conv(Layers l, Value x, int in, int out, int taps, int stride, int pad) {
        Sliding sliding = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(pad, pad), List.of(stride), List.of(1));
        Value w = l.weights((long) in * taps, out, in, taps);
        return l.f().g().apply(new Convolutions.Conv(sliding, 1), x, w, l.weights(100, out));
    }
}
