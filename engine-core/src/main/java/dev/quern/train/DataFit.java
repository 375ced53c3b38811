package dev.quern.train;

import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How the columns of a data set feed the inputs of a model.
///
/// @param columns the data set's column for each input of the model, in order
/// @param labelType the type of a batch's labels, with the batch's size open
record DataFit(List<String> columns, TensorType labelType) {

    /// @throws DataException where a column is missing or does not have the input's type
    static DataFit of(Model model, Dataset data) {
        List<Value> inputs = model.inputs();
        List<String> columns = new ArrayList<>();
        for (Value v : inputs) {
            columns.add(column(v, inputs.size(), data));
        }
        return new DataFit(columns, labelType(inputs.getFirst(), data));
    }

    private static String column(Value input, int inputs, Dataset data) {
        Map<String, Tensor> there = data.inputs();
        String name =
                inputs == 1 && there.size() == 1 ? there.keySet().iterator().next() : input.name();
        Tensor column = there.get(name);
        if (column == null) {
            throw new DataException("the data set has no input \"" + input.name() + "\", which the model takes; it has "
                    + there.keySet());
        }
        boolean fits = input.type() instanceof TensorType t
                && t.dtype() == column.dtype()
                && (!t.shape().isRanked() || rowsFit(t.shape(), column.shape(), data.isOfBatches() ? 0 : 1));
        if (!fits) {
            throw new DataException("input \"" + input.name() + "\" must be " + input.type() + ", the data set's \""
                    + name + "\" is " + column.type());
        }
        return name;
    }

    /// Whether rows have the declared shape from axis `first` on.
    private static boolean rowsFit(Shape declared, Shape came, int first) {
        if (declared.rank() != came.rank()) {
            return false;
        }
        for (int axis = first; axis < came.rank(); axis++) {
            if (declared.dim(axis) instanceof Dim.Fixed f && !f.equals(came.dim(axis))) {
                return false;
            }
        }
        return true;
    }

    private static TensorType labelType(Value firstInput, Dataset data) {
        Tensor label = data.label();
        if (data.isOfBatches()) {
            return Type.tensor(
                    label.dtype(), common(data.labels().map(Tensor::shape).toList()));
        }
        boolean ranked = firstInput.type() instanceof TensorType t
                && t.shape().isRanked()
                && t.shape().rank() > 0;
        Dim batch = ranked ? firstInput.shape().dim(0) : Dim.UNKNOWN;
        return Type.tensor(label.dtype(), label.shape().with(0, batch));
    }

    /// What shapes have in common: dims that differ are unknown.
    private static Shape common(List<Shape> shapes) {
        Shape common = shapes.getFirst();
        for (Shape s : shapes.subList(1, shapes.size())) {
            if (s.rank() != common.rank()) {
                throw new DataException("labels must have one rank, not the shapes " + common + " and " + s);
            }
            for (int axis = 0; axis < s.rank(); axis++) {
                if (!s.dim(axis).equals(common.dim(axis))) {
                    common = common.with(axis, Dim.UNKNOWN);
                }
            }
        }
        return common;
    }

    /// A batch's inputs in the model's order.
    List<Tensor> inputs(Dataset.Batch batch) {
        return columns.stream()
                .map(c -> java.util.Objects.requireNonNull(batch.inputs().get(c)))
                .toList();
    }
}
