package dev.quern.gpu.driver;

/// A call of one of NVIDIA's libraries beside the driver failed.
public final class VendorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /// @param code the library's status
    /// @param function what was called
    /// @param said the library's words
    public VendorException(int code, String function, String said) {
        super(function + " said " + code + ", " + said);
        this.code = code;
    }

    /// The library's status.
    public int code() {
        return code;
    }
}
