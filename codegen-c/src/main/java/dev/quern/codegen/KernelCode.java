package dev.quern.codegen;

import dev.quern.backend.ProductPrecision;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Kernels as launches of generated functions.
public final class KernelCode {
    private KernelCode() {}

    /// What runs `kernel`, in order, with products as exact as operands are; launches of no items are left out.
    ///
    /// @param buffers of the program that its views belong to
    /// @throws UnsupportedOperationException where [#refuses] says why
    public static List<Launch> of(Kernel kernel, List<Buffer> buffers, Target target) {
        return of(kernel, buffers, target, ProductPrecision.F32);
    }

    /// What runs `kernel`, in order; launches of no items are left out.
    ///
    /// @param buffers of the program that its views belong to
    /// @param precision for a GPU that is programmed in CUDA C++; `F32` for all others
    /// @throws UnsupportedOperationException where [#refuses] says why
    public static List<Launch> of(Kernel kernel, List<Buffer> buffers, Target target, ProductPrecision precision) {
        List<Launch> launches = switch (kernel) {
            case Kernel.Map k -> List.of(MapCode.of(k, buffers, target));
            case Kernel.Reduce k -> List.of(ReduceCode.of(k, buffers, target));
            case Kernel.Contract k -> ContractCode.of(k, buffers, target, precision);
            case Kernel.Convolve k -> ConvolveCode.of(k, buffers, target, precision);
            case Kernel.Window k -> List.of(WindowCode.of(k, buffers));
            case Kernel.Gather k -> List.of(TransferCode.gather(k, buffers));
            case Kernel.Scatter k -> TransferCode.scatter(k, buffers, target);
            case Kernel.Cumulate k -> List.of(OrderCode.cumulate(k, buffers));
            case Kernel.Sort k -> OrderCode.sort(k, buffers);
            case Kernel.Native k when k.op() instanceof Fused fused -> List.of(fused.launch(k, buffers));
            case Kernel.Native k -> throw new UnsupportedOperationException(k.name() + " has no generated code");
        };
        return launches.stream()
                .filter(l -> l.items() > 0)
                .map(l -> switch (target) {
                    case CPU -> l;
                    case GPU -> l.widened();
                    case FPGA -> SingleItem.of(l);
                })
                .toList();
    }

    /// Why there is no code for `kernel`, or nothing where there is.
    ///
    /// @param hasDoubles whether the device computes in `f64`
    public static Optional<String> refuses(Kernel kernel, boolean hasDoubles) {
        if (kernel instanceof Kernel.Native) {
            return Optional.of(kernel.name() + " has no generated code");
        }
        return types(kernel)
                .map(t -> refuses(t, hasDoubles))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /// Why there is no code for elements of `dtype`, or nothing where there is.
    ///
    /// @param hasDoubles whether the device computes in `f64`
    public static Optional<String> refuses(DType dtype, boolean hasDoubles) {
        if (!CTypes.has(dtype)) {
            return Optional.of("no generated code computes in " + dtype);
        }
        return dtype == DType.F64 && !hasDoubles ? Optional.of("the device does not compute in f64") : Optional.empty();
    }

    private static Stream<DType> types(Kernel kernel) {
        List<DType> types = new ArrayList<>();
        kernel.inputs().forEach(v -> types.add(v.dtype()));
        kernel.outputs().forEach(v -> types.add(v.dtype()));
        switch (kernel) {
            case Kernel.Map k -> k.exprs().forEach(e -> add(e, types));
            case Kernel.Reduce k -> {
                add(k.prologue(), types);
                k.epilogue().forEach(e -> add(e, types));
            }
            case Kernel.Contract k -> {
                types.add(k.accumulate());
                add(k.epilogue(), types);
            }
            case Kernel.Convolve k -> {
                types.add(k.accumulate());
                add(k.epilogue(), types);
            }
            case Kernel.Window ignored -> {}
            case Kernel.Gather ignored -> {}
            case Kernel.Scatter ignored -> {}
            case Kernel.Cumulate ignored -> {}
            case Kernel.Sort ignored -> {}
            case Kernel.Native ignored -> {}
        }
        return types.stream();
    }

    private static void add(Expr expr, List<DType> types) {
        StraightLine.of(expr).steps().forEach(s -> types.add(s.expr().dtype()));
    }
}
