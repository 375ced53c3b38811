package dev.quern.train;

import dev.quern.tensor.DType;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The dictionary at the head of a .npy file.
record NpyHeader(DType dtype, ByteOrder order, long[] extents) {
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\sL]*)\\)");

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
        return new NpyHeader(dtype(type, name), order, extents);
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
                        + "\" are not supported; there are f2, f4, f8, i1 to i8, u1 to u8, b1, c8 and c16");
        };
    }

    /// NumPy's name of an element type, little-endian.
    static String describe(DType dtype) {
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
            case BF16,
                    F8E4M3FN,
                    F8E4M3FNUZ,
                    F8E5M2,
                    F8E5M2FNUZ,
                    F8E8M0,
                    F6E2M3,
                    F6E3M2,
                    F4E2M1,
                    I2,
                    I4,
                    U2,
                    U4,
                    STRING -> throw new DataException("a .npy file cannot hold elements of type " + dtype);
        };
    }
}
