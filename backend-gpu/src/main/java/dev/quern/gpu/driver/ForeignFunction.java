package dev.quern.gpu.driver;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;

/// A function of a C library, most of which return a status.
public interface ForeignFunction {

    /// The name under which the library exports it, then in parentheses a letter for each parameter: `i` 32-bit
    /// integer or enum, `l` 64-bit integer or device address, `d` 64-bit float, `h` handle, `p` pointer. A letter
    /// after them is what it returns, where that is no status or other `i`.
    String prototype();

    /// The name under which the library exports it.
    default String symbol() {
        return prototype().substring(0, prototype().indexOf('('));
    }

    /// The letters of the parameters.
    default String parameters() {
        return prototype().substring(prototype().indexOf('(') + 1, prototype().indexOf(')'));
    }

    /// The letter of what it returns.
    default char result() {
        int end = prototype().indexOf(')') + 1;
        return end == prototype().length() ? 'i' : prototype().charAt(end);
    }

    /// How it is called.
    default FunctionDescriptor descriptor() {
        return FunctionDescriptor.of(
                layout(result()),
                parameters().chars().mapToObj(ForeignFunction::layout).toArray(MemoryLayout[]::new));
    }

    private static MemoryLayout layout(int letter) {
        return switch (letter) {
            case 'i' -> ValueLayout.JAVA_INT;
            case 'l', 'h' -> ValueLayout.JAVA_LONG;
            case 'd' -> ValueLayout.JAVA_DOUBLE;
            case 'p' -> ValueLayout.ADDRESS;
            default -> throw new IllegalArgumentException("no parameter is called " + (char) letter);
        };
    }
}
