package dev.quern.codegen;

import dev.quern.codegen.ContractCode.Accumulator;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// [Fused.Form#GATES] while it is written: a group has some columns of one row in each gate, an item a sum. The gates
/// meet
/// in local memory, where the items of the first gate do the maps.
final class GatesCode {
    /// Columns of a gate that a group has.
    private static final int COLUMNS = 32;
    /// Steps of `k` whose elements an item has at a time.
    private static final int STEPS = 16;
    /// Items of a group at least.
    private static final int LEAST_ITEMS = 64;

    private static final Accumulator SUM = new Accumulator(DType.F32);

    private final Fused fused;
    private final Kernel.Contract product;
    private final List<Kernel.Map> maps;
    private final List<Integer> offsets;
    private final int[] space;
    private final int columns;
    private final int items;
    private final KernelText text;
    private final List<String> extents;
    private final List<String> row;
    /// Results of maps by buffer, each a variable.
    private final Map<Integer, String> results = new HashMap<>();

    GatesCode(Fused fused, List<Buffer> buffers) {
        this.fused = fused;
        this.product = fused.products().getFirst();
        this.maps = fused.steps().stream()
                .filter(Kernel.Map.class::isInstance)
                .map(Kernel.Map.class::cast)
                .toList();
        this.offsets = offsets(product, maps);
        this.space = maps.getFirst().extent();
        this.columns = Math.max(COLUMNS, LEAST_ITEMS / offsets.size());
        this.items = columns * offsets.size();
        this.text = new KernelText("gates", items, buffers);
        text.line("LOCAL float gates[%s];", items);
        this.extents = text.extents(space);
        int last = space.length - 1;
        List<String> parts = new ArrayList<>(extents.subList(0, last));
        parts.add(text.number(Math.ceilDiv(space[last], columns)));
        text.line("int part = item / %s;", items);
        List<String> lead = text.positions("part", parts);
        this.row = lead.subList(0, last);
        text.line("int gate = LOCAL_ITEM / %s;", columns);
        text.line("int j = %s * %s + LOCAL_ITEM %% %s;", lead.getLast(), columns, columns);
    }

    /// Where the gates begin among the columns of the product.
    static List<Integer> offsets(Kernel.Contract product, List<Kernel.Map> maps) {
        return maps.stream()
                .flatMap(m -> m.inputs().stream())
                .filter(v -> v.buffer() == product.output().buffer())
                .map(View::offset)
                .distinct()
                .sorted()
                .toList();
    }

    Launch launch() {
        sums();
        text.line("BARRIER;");
        text.open("if (gate == 0 && j < %s) {", extents.getLast());
        maps.forEach(this::map);
        text.close();
        int rows = Arrays.stream(space).limit(space.length - 1L).reduce(1, (x, y) -> x * y);
        int groups = rows * Math.ceilDiv(space[space.length - 1], columns);
        return text.launch(Math.multiplyExact(groups, items), 2 * fused.multiplications());
    }

    private void sums() {
        int last = space.length - 1;
        String offset = text.structural(offsets.getLast());
        for (int g = offsets.size() - 2; g >= 0; g--) {
            offset = "gate == " + g + " ? " + text.structural(offsets.get(g)) + " : " + offset;
        }
        text.line("int column = (j < %s ? j : %s - 1) + (%s);", extents.getLast(), extents.getLast(), offset);
        List<String> batch = row.subList(0, last - 1);
        String depth = text.number(product.a().dim(last));
        String line = row.get(last - 1);
        SumTile.Element a = ContractCode.rows(SUM, product).element();
        SumTile.Element b = ContractCode.columns(SUM, product).element();
        text.line("float sum = 0;");
        text.line("int k0 = 0;");
        // what a step needs is asked for before its sums, which wait for one another
        text.open("for (; k0 + %s <= %s; k0 += %s) {", STEPS, depth, STEPS);
        text.line("float x[%s], y[%s];", STEPS, STEPS);
        text.line("UNROLL");
        text.open("for (int kk = 0; kk < %s; kk++) {", STEPS);
        text.line("x[kk] = %s;", a.value(text, batch, line, "(k0 + kk)"));
        text.line("y[kk] = %s;", b.value(text, batch, "column", "(k0 + kk)"));
        text.close();
        text.line("UNROLL");
        text.line("for (int kk = 0; kk < %s; kk++) sum = %s;", STEPS, SUM.multiplyAdd("x[kk]", "y[kk]", "sum"));
        text.close();
        text.open("for (int k = k0; k < %s; k++) {", depth);
        text.line("float x = %s;", a.value(text, batch, line, "k"));
        text.line("float y = %s;", b.value(text, batch, "column", "k"));
        text.line("sum = %s;", SUM.multiplyAdd("x", "y", "sum"));
        text.close();
        List<String> at = GroupProduct.position(row, "column");
        Scalars.Operands operands = Scalars.Operands.at(
                at,
                List.of(),
                index -> index == 0
                        ? "sum"
                        : text.load(product.epilogueOperands().get(index - 1), at));
        String value =
                Scalars.write(text, List.of(product.epilogue()), operands).getFirst();
        text.line("gates[LOCAL_ITEM] = %s;", CTypes.reloaded(product.output().dtype(), value));
    }

    private void map(Kernel.Map map) {
        List<String> at = GroupProduct.position(row, "j");
        List<String> values = Scalars.write(
                text,
                map.exprs(),
                Scalars.Operands.at(at, extents, index -> operand(map.inputs().get(index), at)));
        for (int i = 0; i < values.size(); i++) {
            View to = map.outputs().get(i);
            text.store(to, at, values.get(i));
            results.put(to.buffer(), text.variable(to.dtype(), CTypes.reloaded(to.dtype(), values.get(i))));
        }
    }

    private String operand(View view, List<String> at) {
        if (view.buffer() == product.output().buffer()) {
            return "gates[" + columns * offsets.indexOf(view.offset()) + " + LOCAL_ITEM]";
        }
        String result = results.get(view.buffer());
        return result != null ? result : text.load(view, at);
    }
}
