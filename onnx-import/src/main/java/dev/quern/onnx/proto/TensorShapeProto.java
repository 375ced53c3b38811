package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// A declared shape; an empty list is the shape of a scalar.
public record TensorShapeProto(List<Dimension> dims, Extras extras) {
    private static final int DIM = 1;

    /// Keeps an unmodifiable copy of the list.
    public TensorShapeProto {
        dims = List.copyOf(dims);
    }

    /// A shape made in memory.
    public static TensorShapeProto of(List<Dimension> dims) {
        return new TensorShapeProto(dims, Extras.NONE);
    }

    static TensorShapeProto read(ProtoReader in) {
        List<Dimension> dims = new ArrayList<>();
        while (in.next()) {
            switch (in.field()) {
                case DIM -> in.addMessage("dim", dims, Dimension::read);
                default -> in.unknown();
            }
        }
        return new TensorShapeProto(dims, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(DIM, dims, Dimension::write);
    }

    /// What is known of one extent.
    public sealed interface Extent {
        /// A number. Files hold 0 and negative ones too: it is for the importer to judge.
        record Fixed(long size) implements Extent {}

        /// A name; equal names mean equal extents.
        record Symbol(String name) implements Extent {}

        /// Nothing.
        record Unknown() implements Extent {}
    }

    /// One dimension of a shape.
    ///
    /// @param denotation what the dimension means (`DATA_BATCH` …); usually empty
    public record Dimension(Extent extent, String denotation, Extras extras) {
        private static final int DIM_VALUE = 1;
        private static final int DIM_PARAM = 2;
        private static final int DENOTATION = 3;

        /// A dimension made in memory.
        public static Dimension of(Extent extent) {
            return new Dimension(extent, "", Extras.NONE);
        }

        static Dimension read(ProtoReader in) {
            Extent extent = new Extent.Unknown();
            String denotation = "";
            while (in.next()) {
                switch (in.field()) {
                    case DIM_VALUE -> extent = new Extent.Fixed(in.int64("dim_value"));
                    case DIM_PARAM -> extent = new Extent.Symbol(in.string("dim_param"));
                    case DENOTATION -> denotation = in.string("denotation");
                    default -> in.unknown();
                }
            }
            return new Dimension(extent, denotation, in.extras());
        }

        void write(ProtoWriter out) {
            out.unknown(extras);
            out.string(DENOTATION, denotation, extras);
            switch (extent) {
                case Extent.Fixed fixed -> out.int64(DIM_VALUE, fixed.size());
                case Extent.Symbol symbol -> out.string(DIM_PARAM, symbol.name());
                case Extent.Unknown _ -> {}
            }
        }
    }
}
