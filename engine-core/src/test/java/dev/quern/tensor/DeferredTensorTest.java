package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Tensors whose arrays are made when asked for.
final class DeferredTensorTest {
    private final AtomicInteger made = new AtomicInteger();

    private final Tensor tensor = Tensor.deferred(DType.F32, Shape.of(2, 2), () -> {
        made.incrementAndGet();
        return new float[] {1, 2, 3, 4.25f};
    });

    @Test
    void isNotMadeBeforeItIsLookedAt() {
        Tensor half = tensor.as(DType.F16).reshape(4);
        assertThat(half.type()).isEqualTo(Type.tensor(DType.F16, 4));
        assertThat(half.isDeferred()).isTrue();
        assertThat(made).hasValue(0);
        assertThat(half.getDouble(3)).isEqualTo(4.25);
        assertThat(made).hasValue(1);
    }

    @Test
    void isMadeOnceWhereItIsKept() {
        tensor.keep();
        assertThat(tensor.isDeferred()).isTrue();
        assertThat(made).hasValue(0);
        assertThat(tensor.array()).isSameAs(tensor.array());
        assertThat(tensor.toFloats()).containsExactly(1, 2, 3, 4.25f);
        assertThat(tensor.isDeferred()).isFalse();
        assertThat(made).hasValue(1);
    }

    @Test
    void isCopiedWithoutAnArrayOfItsOwn() {
        AtomicInteger copies = new AtomicInteger();
        Tensor stored = Tensor.deferred(DType.F32, Shape.of(2), new StoredArray() {
                    @Override
                    public Object get() {
                        throw new AssertionError("no array is needed");
                    }

                    @Override
                    public void copyTo(float[] target) {
                        copies.incrementAndGet();
                        target[0] = 5;
                        target[1] = 6;
                    }
                })
                .keep();
        float[] target = new float[3];
        stored.copyTo(target);
        assertThat(target).containsExactly(5, 6, 0);
        assertThat(copies).hasValue(1);
        assertThat(stored.isDeferred()).isTrue();
    }

    @Test
    void whatIsMadeOfAKeptOneIsKeptToo() {
        Tensor flat = tensor.keep().reshape(4);
        assertThat(flat.array()).isSameAs(flat.array());
        assertThat(flat.isDeferred()).isFalse();
    }

    @Test
    void refusesAnArrayOfAnotherLength() {
        Tensor wrong = Tensor.deferred(DType.F32, Shape.of(3), () -> new float[2]);
        assertThatThrownBy(wrong::array).isInstanceOf(ShapeException.class).hasMessageContaining("needs 3 elements");
    }
}
