package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.onnx.Schema.Count;
import dev.quern.onnx.Schema.Formal;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The history of the standard's operators.
final class SchemasTest {
    @Test
    void formsAreFoundByVersion() {
        assertThat(Schemas.forms("", "Add")).extracting(Schema::since).containsExactly(14, 13, 7, 6, 1);
        assertThat(Schemas.at("", "Add", 12)).map(Schema::since).contains(7);
        assertThat(Schemas.at("", "Gelu", 19)).isEmpty();
        assertThat(Schemas.at("", "Gelu", 20).orElseThrow().function()).isTrue();
        assertThat(Schemas.at("", "Upsample", 10).orElseThrow().deprecated()).isTrue();
        assertThat(Schemas.forms("ai.onnx.ml", "TreeEnsembleRegressor")).hasSize(3);
        assertThat(Schemas.forms("com.microsoft", "QLinearConv")).hasSize(1);
        assertThat(Schemas.forms("", "Crop")).hasSize(2);
    }

    @Test
    void typesOfOperandsAreKnown() {
        Schema old = Schemas.at("", "Add", 13).orElseThrow();
        assertThat(old.elements(old.operands().getFirst()))
                .contains(DType.BF16, DType.I64)
                .doesNotContain(DType.I8, DType.BOOL);
        Schema insert = Schemas.at("", "SequenceInsert", 11).orElseThrow();
        Formal sequence = insert.operand(0).orElseThrow();
        Type floats = Type.tensor(DType.F32, Shape.UNRANKED);
        assertThat(insert.allows(sequence, new Type.SequenceType(floats))).isTrue();
        assertThat(insert.allows(sequence, floats)).isFalse();
        assertThat(insert.operand(2).orElseThrow()).isEqualTo(new Formal("position", "I", Count.OPTIONAL, true));
        assertThat(insert.operand(3)).isEmpty();
        Schema zip = Schemas.at("ai.onnx.ml", "ZipMap", 1).orElseThrow();
        Type map = new Type.MapType(DType.I64, Type.tensor(DType.F32));
        assertThat(zip.allows(zip.result(0).orElseThrow(), new Type.SequenceType(map)))
                .isTrue();
    }

    @Test
    void aVariadicOperandGoesOn() {
        Schema scan = Schemas.at("", "Scan", 9).orElseThrow();
        assertThat(scan.operand(5))
                .contains(new Formal("initial_state_and_scan_inputs", "V", Count.AT_LEAST_ONE, false));
        Schema loop = Schemas.at("", "Loop", 11).orElseThrow();
        assertThat(loop.operand(2).orElseThrow().count()).isEqualTo(Count.ANY);
    }

    @Test
    void attributesAreKnown() {
        Schema concat = Schemas.at("", "Concat", 4).orElseThrow();
        assertThat(concat.attributes().get("axis").required()).isTrue();
        Schema old = Schemas.at("", "Concat", 1).orElseThrow();
        assertThat(old.attributes().get("axis").required()).isFalse();
        Schema softmax = Schemas.at("", "Softmax", 11).orElseThrow();
        assertThat(softmax.attributes().get("axis").standard()).contains("1");
    }

    /// Older versions of ONNX Runtime's optimiser wrote these two into its own domain.
    @Test
    void everyRowIsOfAnOperatorThatExists() {
        List<Row> unknown = OperatorTable.rows().stream()
                .filter(r -> Schemas.forms(r.domain(), r.name()).isEmpty())
                .toList();
        assertThat(unknown)
                .extracting(r -> r.domain() + ":" + r.name())
                .containsExactlyInAnyOrder(
                        "com.microsoft:LayerNormalization", "com.microsoft:SimplifiedLayerNormalization");
    }
}
