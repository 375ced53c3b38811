package dev.quern.train;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The dictionary at the head of a .npy file.
///
/// @param width the bytes of an element
/// @param encoding of text, whose elements are filled up with zeros
record NpyHeader(DType dtype, int width, Optional<Charset> encoding, ByteOrder order, long[] extents) {
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\sL]*)\\)");
    private static final Pattern TEXT = Pattern.compile("[<>|=]?([US])([1-9]\\d{0,7})");
    private static final int BYTES_OF_U = 4;

    static NpyHeader parse(String text, String name) {
        Matcher descr = DESCR.matcher(text);
        Matcher fortran = FORTRAN.matcher(text);
        Matcher shape = SHAPE.matcher(text);
        if (!descr.find() || !fortran.find() || !shape.find()) {
            throw new DataException(name + ": the .npy header is damaged or of a structured type");
        }
        long[] extents = extents(shape.group(1), name);
        if (fortran.group(1).equals("True") && extents.length > 1) {
            throw new DataException(
                    name + ": is in column-major (Fortran) order; save it with numpy.ascontiguousarray(x) first");
        }
        String type = descr.group(1);
        ByteOrder order = type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        Matcher ofText = TEXT.matcher(type);
        if (ofText.matches()) {
            int width = Integer.parseInt(ofText.group(2));
            return ofText.group(1).equals("S")
                    ? new NpyHeader(DType.STRING, width, Optional.of(StandardCharsets.UTF_8), order, extents)
                    : new NpyHeader(DType.STRING, width * BYTES_OF_U, Optional.of(utf32(order)), order, extents);
        }
        DType dtype = dtype(type, name);
        return new NpyHeader(dtype, dtype.bytes(), Optional.empty(), order, extents);
    }

    /// How a tensor is written: little-endian, text by its code points, each element as wide as the longest.
    ///
    /// @throws DataException where the format has no name for the type
    static NpyHeader of(Tensor tensor) {
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        boolean isText = tensor.dtype() == DType.STRING;
        int width = isText
                ? Math.multiplyExact(longest(tensor), BYTES_OF_U)
                : tensor.dtype().bytes();
        return new NpyHeader(
                tensor.dtype(),
                width,
                isText ? Optional.of(utf32(order)) : Optional.empty(),
                order,
                tensor.shape().extents());
    }

    private static int longest(Tensor texts) {
        int longest = 1;
        for (int i = 0; i < texts.length(); i++) {
            String text = texts.getString(i);
            longest = Math.max(longest, text.codePointCount(0, text.length()));
        }
        return longest;
    }

    private static Charset utf32(ByteOrder order) {
        return order == ByteOrder.BIG_ENDIAN ? StandardCharsets.UTF_32BE : StandardCharsets.UTF_32LE;
    }

    private static long[] extents(String list, String name) {
        try {
            return Arrays.stream(list.split(","))
                    .map(String::strip)
                    .filter(d -> !d.isEmpty())
                    .mapToLong(d -> Long.parseLong(d.replace("L", "")))
                    .toArray();
        } catch (NumberFormatException e) {
            throw new DataException(name + ": the shape (" + list + ") in the .npy header is damaged", e);
        }
    }

    private static DType dtype(String descr, String name) {
        return switch (descr.isEmpty() ? "" : descr.substring(1)) {
            case "f2" -> DType.F16;
            case "f4" -> DType.F32;
            case "f8" -> DType.F64;
            case "i1" -> DType.I8;
            case "i2" -> DType.I16;
            case "i4" -> DType.I32;
            case "i8" -> DType.I64;
            case "u1" -> DType.U8;
            case "u2" -> DType.U16;
            case "u4" -> DType.U32;
            case "u8" -> DType.U64;
            case "b1" -> DType.BOOL;
            case "c8" -> DType.C64;
            case "c16" -> DType.C128;
            default ->
                throw new DataException(name + ": elements of NumPy type \"" + descr
                        + "\" are not supported; there are f2, f4, f8, i1 to i8, u1 to u8, b1, c8, c16, U and S");
        };
    }

    /// NumPy's name of the element type, little-endian.
    String describe() {
        return switch (dtype) {
            case F16 -> "<f2";
            case F32 -> "<f4";
            case F64 -> "<f8";
            case I8 -> "|i1";
            case I16 -> "<i2";
            case I32 -> "<i4";
            case I64 -> "<i8";
            case U8 -> "|u1";
            case U16 -> "<u2";
            case U32 -> "<u4";
            case U64 -> "<u8";
            case BOOL -> "|b1";
            case C64 -> "<c8";
            case C128 -> "<c16";
            case STRING -> "<U" + width / BYTES_OF_U;
            case BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1, I2, I4, U2, U4 ->
                throw new DataException("a .npy file cannot hold elements of type " + dtype);
        };
    }
}
