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
import java.util.Optional;
import java.util.Set;

/// Spectra of signals, images from files.
final class SignalRows {
    private SignalRows() {}

    static List<Row> rows() {
        return List.of(
                row("DFT", 17, n -> dft(n, n.longs(n.integer("axis", 1))))
                        .writes(Spectra.DFT.class, SignalRows::dftByAttribute),
                row("DFT", 20, n -> dft(n, n.has(2) ? n.in(2) : n.longs(-2)))
                        .writes(Spectra.DFT.class, SignalRows::dft),
                row("STFT", 17, SignalRows::stft).writes(Spectra.STFT.class, SignalRows::stft),
                row(
                                "MelWeightMatrix",
                                17,
                                n -> n.result(
                                        new MelWeightMatrix(
                                                n.dtype("output_datatype").orElse(DType.F32)),
                                        n.all()))
                        .writes(MelWeightMatrix.class, (op, n) -> n.dtype("output_datatype", op.dtype())),
                row("ImageDecoder", 20, SignalRows::image).writes(ImageDecoder.class, SignalRows::image));
    }

    private static void dft(Spectra.DFT op, NodeExport n) {
        Value axis = n.in(1);
        Value scalar = axis.rank() == 0
                ? axis
                : axis.constant()
                        .map(t -> n.constant(t.reshape(new long[0])))
                        .orElseThrow(() -> n.unwritable("the axis must be a scalar, not " + axis.type()));
        n.operands(List.of(Optional.of(n.in(0)), n.from(2).stream().findFirst(), Optional.of(scalar)))
                .flag("inverse", op.inverse())
                .flag("onesided", op.onesided());
    }

    /// Before opset 20 the axis was an attribute.
    private static void dftByAttribute(Spectra.DFT op, NodeExport n) {
        n.axis("axis", Math.toIntExact(n.requireConstant(1).getLong(0)))
                .operands(
                        n.from(2).isEmpty()
                                ? List.of(Optional.of(n.in(0)))
                                : List.of(Optional.of(n.in(0)), Optional.of(n.in(2))))
                .flag("inverse", op.inverse())
                .flag("onesided", op.onesided());
    }

    private static void stft(Spectra.STFT op, NodeExport n) {
        boolean window = op.given().contains(Given.WINDOW);
        boolean length = op.given().contains(Given.LENGTH);
        n.operands(List.of(
                        Optional.of(n.in(0)),
                        Optional.of(n.in(1)),
                        window ? Optional.of(n.in(2)) : Optional.empty(),
                        length ? Optional.of(n.in(window ? 3 : 2)) : Optional.empty()))
                .flag("onesided", op.onesided());
    }

    private static void image(ImageDecoder op, NodeExport n) {
        String name = op.pixels().name();
        boolean grey = op.pixels() == ImageDecoder.Pixels.GRAYSCALE;
        n.text("pixel_format", grey ? "Grayscale" : name);
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
