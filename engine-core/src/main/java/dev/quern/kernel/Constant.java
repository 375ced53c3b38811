package dev.quern.kernel;

import dev.quern.tensor.Tensor;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/// A tensor that never changes, shared by every program of a model, together with the forms that backends derived from
/// it (packed panels, device copies). Has identity; two constants with equal elements are two constants.
public final class Constant {
    private final Tensor tensor;
    private final ConcurrentMap<Object, Object> forms = new ConcurrentHashMap<>();

    /// A form that holds something outside the heap.
    public interface Held {
        /// Gives it back. Never throws: a device may be lost.
        void release();
    }

    public Constant(Tensor tensor) {
        this.tensor = tensor;
    }

    public Tensor tensor() {
        return tensor;
    }

    /// The derived form under `key`, made once. `key` must say everything that the form depends on besides the
    /// tensor, and its class must belong to the backend.
    @SuppressWarnings("unchecked")
    public <K, T> T form(K key, Function<K, T> make) {
        return (T) forms.computeIfAbsent(key, k -> make.apply((K) k));
    }

    /// Gives up all forms. No run may be under way that uses one.
    public void release() {
        forms.values().forEach(form -> {
            if (form instanceof Held held) {
                held.release();
            }
        });
        forms.clear();
    }
}
