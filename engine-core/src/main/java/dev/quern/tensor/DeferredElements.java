package dev.quern.tensor;

import java.lang.ref.WeakReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Elements that are made when asked for. The collector may take them while nobody uses them, then they are made again.
final class DeferredElements implements Supplier<Elements> {
    private final Supplier<Object> array;
    private final Function<Object, Elements> over;
    private volatile WeakReference<Elements> last = new WeakReference<>(null);
    private volatile boolean keeps;
    private volatile @Nullable Elements kept;

    /// @param array makes the array
    /// @param over the elements over an array
    DeferredElements(Supplier<Object> array, Function<Object, Elements> over) {
        this.array = array;
        this.over = over;
    }

    Supplier<Object> array() {
        return array;
    }

    @Override
    public Elements get() {
        Elements elements = made();
        if (elements == null) {
            elements = make();
        } else if (keeps) {
            kept = elements;
        }
        return elements;
    }

    /// What has been made and not been forgotten.
    @Nullable
    Elements made() {
        Elements elements = kept;
        return elements != null ? elements : last.get();
    }

    private synchronized Elements make() {
        Elements elements = made();
        if (elements == null) {
            elements = over.apply(array.get());
            last = new WeakReference<>(elements);
        }
        if (keeps) {
            kept = elements;
        }
        return elements;
    }

    /// Holds, from the next time on, what is asked for.
    void keep() {
        keeps = true;
    }

    boolean keeps() {
        return keeps;
    }

    boolean isKept() {
        return kept != null;
    }
}
