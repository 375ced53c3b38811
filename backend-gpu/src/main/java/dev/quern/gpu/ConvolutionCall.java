package dev.quern.gpu;

import dev.quern.codegen.Launch;
import dev.quern.gpu.driver.Convolutions;
import dev.quern.gpu.driver.TensorConvolution;
import dev.quern.gpu.driver.VendorLibrary;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A convolution by cuDNN.
///
/// @param offsets bytes from the beginning of each array
/// @param arrays x, w and y, then z, the bias and a workspace where there are
record ConvolutionCall(
        TensorConvolution convolution, VendorLibrary.Algorithm algorithm, List<Long> offsets, List<Launch.Array> arrays)
        implements LibraryCall {

    ConvolutionCall {
        offsets = List.copyOf(offsets);
        arrays = List.copyOf(arrays);
    }

    static ConvolutionCall of(ConvolutionForm form, VendorLibrary.Algorithm algorithm) {
        List<Launch.Array> arrays = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        add(form.x(), arrays, offsets);
        arrays.add(form.weights());
        offsets.add(form.copiesWeights() ? 0 : offset(form.w()));
        add(form.y(), arrays, offsets);
        add(form.z(), arrays, offsets);
        add(form.bias(), arrays, offsets);
        if (algorithm.workspace() > 0) {
            arrays.add(new Launch.Workspace(algorithm.workspace()));
            offsets.add(0L);
        }
        return new ConvolutionCall(form.convolution(), algorithm, offsets, arrays);
    }

    private static void add(@Nullable View view, List<Launch.Array> arrays, List<Long> offsets) {
        if (view != null) {
            arrays.add(new Launch.OfBuffer(view.buffer()));
            offsets.add(offset(view));
        }
    }

    private static long offset(View view) {
        return (long) view.offset() * view.dtype().bytes();
    }

    private Convolutions.Addresses addresses(List<Long> at) {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < arrays.size(); i++) {
            all.add(at.get(i) + offsets.get(i));
        }
        long x = all.removeFirst();
        long w = all.removeFirst();
        long y = all.removeFirst();
        long z = convolution.addsZ() ? all.removeFirst() : 0;
        long bias = convolution.hasBias() ? all.removeFirst() : 0;
        return new Convolutions.Addresses(x, w, y, z, bias, all.isEmpty() ? 0 : all.getFirst());
    }

    @Override
    public ReadyCall prepare(VendorWork libraries, List<Long> at) {
        return libraries.convolutions().access().prepare(convolution, algorithm, addresses(at));
    }

    @Override
    public long work() {
        long multiplications = 1;
        for (int extent : convolution.y().dims()) {
            multiplications *= extent;
        }
        List<Integer> weights = convolution.weights();
        for (int extent : weights.subList(1, weights.size())) {
            multiplications *= extent;
        }
        return multiplications / FASTER;
    }
}
