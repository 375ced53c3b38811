package dev.quern.cpu.codegen;

/// Thrown while code is being generated: the kernel stays with the interpreter; the message says why.
public final class NotGenerated extends RuntimeException {
    private static final long serialVersionUID = 1;

    public NotGenerated(String reason) {
        super(reason, null, false, false);
    }
}
