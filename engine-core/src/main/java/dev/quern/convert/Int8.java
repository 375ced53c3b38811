package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Products and convolutions on integers of eight bits, as one asks for them: post-training quantisation with ranges
/// that are seen on typical inputs. [InsertQuantization] is what becomes of it once values were seen.
///
/// @param clipping what of a value's range its integers cover
/// @param perChannel whether each channel of weights has a scale of its own, or all of a tensor share one
/// @param sevenBitWeights whether weights stay within ±63, for processors that add two products of eight bits in
///     sixteen with saturation (x86 before VNNI, where ONNX Runtime does so)
/// @param keep patterns (`*`, `?`) of names or operators of nodes that stay in floats
public record Int8(Clipping clipping, boolean perChannel, boolean sevenBitWeights, List<String> keep) {
    public Int8 {
        keep = List.copyOf(keep);
    }

    /// All products and convolutions with constant weights, a scale a channel, nothing clipped.
    public static Int8 products() {
        return new Int8(new Clipping.None(), true, false, List.of());
    }

    /// With ranges cut so.
    public Int8 clipping(Clipping other) {
        return new Int8(other, perChannel, sevenBitWeights, keep);
    }

    /// With one scale for a tensor of weights.
    public Int8 perTensor() {
        return new Int8(clipping, false, sevenBitWeights, keep);
    }

    /// With weights within ±63.
    public Int8 withSevenBitWeights() {
        return new Int8(clipping, perChannel, true, keep);
    }

    /// But for nodes whose name or operator matches a pattern.
    public Int8 keeping(String... patterns) {
        List<String> all = new ArrayList<>(keep);
        all.addAll(List.of(patterns));
        return new Int8(clipping, perChannel, sevenBitWeights, all);
    }

    /// @throws ModelException without inputs to see values on, and where nothing can be quantised
    InsertQuantization transform(Graph graph, List<Map<String, Datum>> typical, ModelOptions options) {
        if (typical.isEmpty()) {
            throw new ModelException("int8 needs typical inputs, on which the ranges of values are seen:"
                    + " a hundred or so are enough (--calibrate DIR, in Java Conversion.calibratedOn)");
        }
        QuantizedPlaces places = QuantizedPlaces.of(graph, keep);
        if (places.products().isEmpty()) {
            throw new ModelException("nothing to quantise: the model has no Conv, Gemm or MatMul of f32 with constant"
                    + " weights" + (keep.isEmpty() ? "" : " but those that are to stay"));
        }
        return new InsertQuantization(
                this, Calibration.of(graph, typical, options).ranges(clipping));
    }
}
