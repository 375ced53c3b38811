package dev.quern.codegen;

import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Matrix products of any types and strides: an item is a stretch of a row of the output, whose accumulators take one
/// row of `b` after another. [TiledProduct] is the fast form for floats.
final class ContractCode {
    private static final int STRETCH = 64;

    private ContractCode() {}

    static List<Launch> of(Kernel.Contract kernel, List<Buffer> buffers, Target target, ProductPrecision precision) {
        if (target == Target.CPU && TiledProduct.fits(kernel, buffers)) {
            return TiledProduct.of(kernel, buffers);
        }
        View out = kernel.output();
        int axes = out.rank() - 2;
        return target == Target.GPU && GroupProduct.pays(out.dim(axes), out.dim(axes + 1))
                ? List.of(grouped(kernel, buffers).launch(isRounded(kernel) ? precision : ProductPrecision.F32))
                : List.of(plain(kernel, buffers, target));
    }

    /// Whether the operands are floats that may lose bits.
    private static boolean isRounded(Kernel.Contract kernel) {
        return kernel.accumulate() == DType.F32
                && kernel.a().dtype().computeType() == DType.F32
                && kernel.b().dtype().computeType() == DType.F32
                && kernel.aZero() == null
                && kernel.bZero() == null;
    }

    private static GroupProduct grouped(Kernel.Contract kernel, List<Buffer> buffers) {
        Accumulator sum = new Accumulator(kernel.accumulate());
        int last = kernel.output().rank() - 1;
        return new GroupProduct(
                buffers,
                sum,
                kernel.a().dim(last),
                rows(sum, kernel),
                columns(sum, kernel),
                new Finish(kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(kernel.output())));
    }

    /// The rows of `a`.
    static SumTile.Operand rows(Accumulator sum, Kernel.Contract kernel) {
        View a = kernel.a();
        return new SumTile.Operand(
                a.stride(a.rank() - 1) == 1,
                (text, batch, row, k) -> sum.operand(text, a, kernel.aZero(), GroupProduct.position(batch, row, k)));
    }

    /// The columns of `b`.
    static SumTile.Operand columns(Accumulator sum, Kernel.Contract kernel) {
        View b = kernel.b();
        return new SumTile.Operand(
                b.stride(b.rank() - 2) == 1,
                (text, batch, column, k) ->
                        sum.operand(text, b, kernel.bZero(), GroupProduct.position(batch, k, column)));
    }

    private static Launch plain(Kernel.Contract kernel, List<Buffer> buffers, Target target) {
        View out = kernel.output();
        int axes = out.rank() - 2;
        int m = out.dim(axes);
        int n = out.dim(axes + 1);
        int k = kernel.a().dim(axes + 1);
        int stretch = target == Target.CPU ? Math.max(1, Math.min(n, STRETCH)) : 1;
        KernelText text = new KernelText("contract", target == Target.CPU ? 1 : 64, buffers);
        List<String> extents = text.extents(out.dims());
        String depth = text.number(k);
        List<String> parts = new ArrayList<>(extents.subList(0, axes + 1));
        parts.add(text.number(Math.ceilDiv(n, stretch)));
        List<String> lead = text.positions("item", parts);
        String first = text.fresh("j");
        text.line("int %s = %s * %s;", first, lead.getLast(), stretch);
        String count = text.fresh("c");
        text.line("int %s = %s - %s;", count, extents.getLast(), first);
        text.line("if (%s > %s) %s = %s;", count, stretch, count, stretch);
        Accumulator sum = new Accumulator(kernel.accumulate());
        text.line("%s acc[%s];", sum.type(), stretch);
        text.line("for (int j = 0; j < %s; j++) acc[j] = 0;", count);
        List<String> batch = lead.subList(0, axes);
        List<String> row = new ArrayList<>(lead.subList(0, axes + 1));
        row.add("k");
        List<String> column = new ArrayList<>(batch);
        column.add("k");
        column.add("(" + first + " + j)");
        text.open("for (int k = 0; k < %s; k++) {", depth);
        text.line("%s x = %s;", sum.type(), sum.operand(text, kernel.a(), kernel.aZero(), row));
        text.open("for (int j = 0; j < %s; j++) {", count);
        text.line("%s y = %s;", sum.type(), sum.operand(text, kernel.b(), kernel.bZero(), column));
        text.line("acc[j] = %s;", sum.multiplyAdd("x", "y", "acc[j]"));
        text.close();
        text.close();
        text.open("for (int j = 0; j < %s; j++) {", count);
        List<String> at = new ArrayList<>(lead.subList(0, axes + 1));
        at.add("(" + first + " + j)");
        String state = text.variable(kernel.accumulate(), sum.value("acc[j]"));
        new Finish(kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(out))
                .write(text, List.of(state), at, extents);
        text.close();
        int batches = Arrays.stream(out.dims()).limit(axes).reduce(1, (x, y) -> x * y);
        return text.launch(batches * m * Math.ceilDiv(n, stretch), (long) (k + 4) * out.length());
    }

    /// How a product is accumulated: floats fused, integers wrapping in their width.
    record Accumulator(DType dtype) {

        String type() {
            return switch (dtype) {
                case F32 -> "float";
                case F64 -> "double";
                default -> dtype.bits() == 32 ? "u32" : "u64";
            };
        }

        /// The element of `view` at a position, converted, less its zero point.
        String operand(KernelText text, View view, @Nullable View zero, List<String> at) {
            String x = converted(text, view, at);
            return zero == null ? x : "(" + x + " - " + converted(text, zero.expand(view.dims()), at) + ")";
        }

        private String converted(KernelText text, View view, List<String> at) {
            String x = text.load(view, at);
            return "((" + type() + ") " + (view.dtype() == dtype ? x : Scalars.cast(view.dtype(), dtype, x)) + ")";
        }

        String multiplyAdd(String x, String y, String sum) {
            return dtype.isFloat() ? "fma(" + x + ", " + y + ", " + sum + ")" : x + " * " + y + " + " + sum;
        }

        /// The sum as a variable of the accumulate type.
        String value(String sum) {
            return dtype.isFloat() ? sum : Scalars.wrap(dtype, sum);
        }
    }
}
