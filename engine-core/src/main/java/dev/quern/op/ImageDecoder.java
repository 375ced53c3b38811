package dev.quern.op;

import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;

/// The image in a file, `u8[bytes]`, as `u8[height,width,channels]`; an empty one where the file is broken. ONNX
/// ImageDecoder, opset 20.
///
/// Formats: PBM, PGM and PPM, and, where the module java.desktop is there, what the JDK reads: BMP, GIF, JPEG, PNG,
/// TIFF. WebP and JPEG 2000 are read where a plug-in of the JDK's ImageIO is there for them, and else fail with a
/// message
/// that names them.
public record ImageDecoder(Pixels pixels) implements HostOp {

    /// What the channels of the result are.
    public enum Pixels {
        RGB(3),
        BGR(3),
        /// Luma of ITU-R BT.601.
        GRAYSCALE(1);

        private final int channels;

        Pixels(int channels) {
            this.channels = channels;
        }

        /// Writes what stands for a colour from element `at` on.
        void put(int red, int green, int blue, byte[] out, int at) {
            switch (this) {
                case RGB -> {
                    out[at] = (byte) red;
                    out[at + 1] = (byte) green;
                    out[at + 2] = (byte) blue;
                }
                case BGR -> RGB.put(blue, green, red, out, at);
                case GRAYSCALE -> out[at] = (byte) Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
            }
        }
    }

    /// Colours, 0xRRGGBB, row by row.
    record Image(int height, int width, int[] colours) {
        static final Image EMPTY = new Image(0, 0, new int[0]);
    }

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(1, 1);
        in.require(0, DType.U8);
        if (in.shape(0).isRanked() && in.shape(0).rank() != 1) {
            throw new ShapeException("a file is a vector of bytes, not " + in.tensor(0));
        }
        return List.of(Type.tensor(DType.U8, Shape.of(Dim.UNKNOWN, Dim.UNKNOWN, Dim.of(pixels.channels))));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        byte[] file = (byte[]) in.getFirst().asTensor().array();
        Image image = decode(file);
        byte[] out = new byte[image.colours.length * pixels.channels];
        for (int i = 0; i < image.colours.length; i++) {
            int c = image.colours[i];
            pixels.put(c >> 16 & 255, c >> 8 & 255, c & 255, out, i * pixels.channels);
        }
        return List.of(Tensor.wrap(DType.U8, out, image.height, image.width, pixels.channels));
    }

    private static Image decode(byte[] file) {
        if (PortableImage.is(file)) {
            return PortableImage.read(file);
        }
        boolean hasDesktop = ModuleLayer.boot().findModule("java.desktop").isPresent();
        Optional<String> foreign = foreign(file);
        if (foreign.isPresent() && !(hasDesktop && DesktopImage.reads(foreign.get()))) {
            throw new ShapeException("ImageDecoder cannot read " + foreign.get()
                    + ": add an ImageIO plug-in for it to the class path, or use PNG or JPEG");
        }
        if (!hasDesktop) {
            throw new ShapeException("ImageDecoder needs the module java.desktop for this format: add it with"
                    + " --add-modules java.desktop");
        }
        return DesktopImage.read(file);
    }

    /// The name of a format that is known but that the JDK alone does not read.
    private static Optional<String> foreign(byte[] file) {
        if (starts(file, 0, "RIFF") && starts(file, 8, "WEBP")) {
            return Optional.of("WebP");
        }
        boolean boxed = starts(file, 4, "jP  ");
        boolean bare = starts(file, 0, "\u00ffO\u00ffQ");
        return boxed || bare ? Optional.of("JPEG 2000") : Optional.empty();
    }

    private static boolean starts(byte[] file, int from, String mark) {
        for (int i = 0; i < mark.length(); i++) {
            if (from + i >= file.length || (file[from + i] & 255) != mark.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
