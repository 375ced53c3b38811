package dev.quern.gpu.driver;

/// A call of the CUDA driver failed.
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /// @param code the `CUresult`
    /// @param function what was called
    /// @param said the driver's words
    public CudaException(int code, String function, String said) {
        super(function + " said " + code + ", " + said);
        this.code = code;
    }

    /// The `CUresult`.
    public int code() {
        return code;
    }

    /// What that means for the caller.
    public Kind kind() {
        return Kind.of(code);
    }

    /// What a failure means for the caller.
    public enum Kind {
        /// The device has no room.
        OUT_OF_MEMORY("the device has no room", "use smaller inputs or another backend"),
        /// The driver does not take the program.
        PROGRAM_REFUSED(
                "the driver does not take the program", "update the driver, or use an NVRTC that is not newer than it"),
        /// A kernel failed; nothing runs in this process's context any more.
        KERNEL_FAILED("a kernel failed on the device", "start the process anew; until then use another backend"),
        /// The device is gone, or hung.
        DEVICE_LOST("the device is lost", "look at it with nvidia-smi; until then use another backend"),
        /// The driver and its library do not fit.
        WRONG_VERSION("the driver's parts do not fit together", "install one version of driver and CUDA libraries"),
        /// No device, or none that this process may use.
        NO_DEVICE("no device may be used", "see nvidia-smi and CUDA_VISIBLE_DEVICES"),
        /// Anything else.
        OTHER("a call failed", "see the code in cuda.h");

        private final String meaning;
        private final String remedy;

        Kind(String meaning, String remedy) {
            this.meaning = meaning;
            this.remedy = remedy;
        }

        /// What happened.
        public String meaning() {
            return meaning;
        }

        /// What to do about it.
        public String remedy() {
            return remedy;
        }

        /// Whether the context is of no use any more.
        public boolean isFatal() {
            return this == KERNEL_FAILED || this == DEVICE_LOST;
        }

        static Kind of(int code) {
            return switch (code) {
                case 2 -> OUT_OF_MEMORY;
                case 200, 209, 218, 222, 223, 300, 301, 302, 303 -> PROGRAM_REFUSED;
                case 700, 702, 710, 714, 715, 716, 717, 718, 719 -> KERNEL_FAILED;
                case 4, 46, 214, 220, 226, 709, 999 -> DEVICE_LOST;
                case 34, 36, 221, 227, 803, 804 -> WRONG_VERSION;
                case 3, 100, 101, 102, 802 -> NO_DEVICE;
                default -> OTHER;
            };
        }
    }
}
