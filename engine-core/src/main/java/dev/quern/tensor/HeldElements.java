package dev.quern.tensor;

import java.util.function.Supplier;

/// Elements that are there.
record HeldElements(Elements elements) implements Supplier<Elements> {
    @Override
    public Elements get() {
        return elements;
    }
}
