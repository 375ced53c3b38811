package dev.quern.reference;

import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import java.util.List;

/// The arrays behind views.
final class Buffers {
    private Buffers() {}

    /// The elements that each view is a window on, read and stored as the view's own type.
    static Elements[] of(List<View> views, Elements[] buffers) {
        return of(0, views, buffers);
    }

    /// The same, after `free` slots left for the caller.
    static Elements[] of(int free, List<View> views, Elements[] buffers) {
        Elements[] found = new Elements[free + views.size()];
        for (int i = 0; i < views.size(); i++) {
            found[free + i] = of(views.get(i), buffers);
        }
        return found;
    }

    static Elements of(View view, Elements[] buffers) {
        Elements elements = buffers[view.buffer()];
        return elements.dtype() == view.dtype() ? elements : new Elements(view.dtype(), elements.array());
    }
}
