package dev.quern.compile;

import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A program while it is being made: buffers without slots yet, and steps that passes replace.
final class Draft {
    private final List<DType> dtypes = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    private final List<Buffer.@Nullable Role> roles = new ArrayList<>();
    private List<Program.Step> steps = new ArrayList<>();
    private List<View> outputs = new ArrayList<>();

    /// A new buffer; a temporary where `role` is null.
    int buffer(DType dtype, int length, Buffer.@Nullable Role role) {
        dtypes.add(dtype);
        lengths.add(length);
        roles.add(role);
        return roles.size() - 1;
    }

    View temporary(DType dtype, int... dims) {
        View shape = View.dense(0, dtype, dims);
        return shape.on(buffer(dtype, shape.length(), null));
    }

    int buffers() {
        return roles.size();
    }

    DType dtype(int buffer) {
        return dtypes.get(buffer);
    }

    int length(int buffer) {
        return lengths.get(buffer);
    }

    Buffer.@Nullable Role role(int buffer) {
        return roles.get(buffer);
    }

    void setRole(int buffer, Buffer.Role role) {
        roles.set(buffer, role);
    }

    boolean isTemporary(int buffer) {
        return roles.get(buffer) == null;
    }

    List<Program.Step> steps() {
        return steps;
    }

    void setSteps(List<Program.Step> steps) {
        this.steps = steps;
    }

    List<View> outputs() {
        return outputs;
    }

    void setOutputs(List<View> outputs) {
        this.outputs = outputs;
    }

    void emit(Kernel kernel, List<String> origins) {
        steps.add(new Program.Step(kernel, origins));
    }

    /// A step that copies elements, converting where the types differ.
    void copy(View from, View to, List<String> origins) {
        if (to.length() > 0) {
            Expr element = Expr.arg(0, from.dtype()).castTo(to.dtype());
            emit(new Kernel.Map(List.of(from), List.of(element), List.of(to)), origins);
        }
    }
}
