package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Reduce;
import dev.quern.op.Sliding;
import dev.quern.op.Softmaxes.Softmax;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// The way from a graph to a result, taken once by a tiny model while the first model of a process is read: what the
/// Java virtual machine loads and links on that way, it then has for the real one.
final class Rehearsal {
    private static final Logger LOG = System.getLogger(Rehearsal.class.getName());
    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private static final int CHANNELS = 16;
    private static final int EXTENT = 6;

    private Rehearsal() {}

    /// Runs the model on `backend`, where that takes no longer than the reading; the first time only, and without any
    /// error.
    static void once(Backend backend) {
        if (!backend.compilesInPassing() || !BEGUN.compareAndSet(false, true)) {
            return;
        }
        try (Model model =
                Model.of(graph(), ModelOptions.defaults().backend(backend).threads(1))) {
            model.run(zeros());
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "a rehearsal failed", e);
        }
    }

    /// A convolution of one tap, one of each channel, their means, a product, shares.
    static Graph graph() {
        GraphBuilder b = new GraphBuilder("rehearsal");
        Value x = b.input("x", Type.tensor(DType.F32, 1, CHANNELS, EXTENT, EXTENT));
        Value one = b.apply(new Conv(), x, zeros(b, CHANNELS, CHANNELS, 1, 1), zeros(b, CHANNELS));
        Sliding padded = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(), List.of());
        Value each = b.apply(
                new Conv(padded, CHANNELS),
                b.apply(Activations.RELU, one),
                zeros(b, CHANNELS, 1, 3, 3),
                zeros(b, CHANNELS));
        Value means =
                b.apply(new Reduce(Reduce.Kind.MEAN, false, false), b.apply(Activations.RELU, each), b.longs(2, 3));
        Value shares = b.apply(new Softmax(-1), b.apply(new MatMul(), means, zeros(b, CHANNELS, CHANNELS)));
        b.output("y", shares);
        return b.build();
    }

    /// What it is run on.
    static Tensor zeros() {
        return Tensor.zeros(DType.F32, 1, CHANNELS, EXTENT, EXTENT);
    }

    private static Value zeros(GraphBuilder b, long... extents) {
        return b.constant(Tensor.zeros(DType.F32, extents));
    }
}
