package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.ImageDecoder;
import dev.quern.op.MelWeightMatrix;
import dev.quern.op.Spectra;
import dev.quern.op.Spectra.STFT.Given;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Spectra of signals, images from files.
final class SignalRows {
    private SignalRows() {}

    static List<Row> rows() {
        return List.of(
                row("DFT", 17, n -> dft(n, n.longs(n.integer("axis", 1)))),
                row("DFT", 20, n -> dft(n, n.has(2) ? n.in(2) : n.longs(-2))),
                row("STFT", 17, SignalRows::stft),
                row(
                        "MelWeightMatrix",
                        17,
                        n -> n.result(
                                new MelWeightMatrix(n.dtype("output_datatype").orElse(DType.F32)), n.all())),
                row("ImageDecoder", 20, SignalRows::image));
    }

    private static List<Value> dft(NodeImport n, Value axis) {
        Spectra.DFT op = new Spectra.DFT(n.flag("inverse", false), n.flag("onesided", false));
        return n.has(1) ? n.result(op, n.in(0), axis, n.in(1)) : n.result(op, n.in(0), axis);
    }

    private static List<Value> stft(NodeImport n) {
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1)));
        Set<Given> given = EnumSet.noneOf(Given.class);
        n.optional(2).ifPresent(window -> {
            given.add(Given.WINDOW);
            in.add(window);
        });
        n.optional(3).ifPresent(length -> {
            given.add(Given.LENGTH);
            in.add(length);
        });
        return n.result(new Spectra.STFT(n.flag("onesided", true), given), in);
    }

    private static List<Value> image(NodeImport n) {
        String format = n.text("pixel_format", "RGB").toUpperCase(Locale.ROOT);
        return n.result(new ImageDecoder(ImageDecoder.Pixels.valueOf(format)), n.in(0));
    }
}
