package dev.quern.gpu.driver;

/// The compiler of CUDA C++.
public interface CudaCompiler {

    /// Its name and version: what built programs depend on.
    String name();

    /// Compiles a source for devices of a compute capability: to their machine code, or to PTX for the nearest
    /// older one where the compiler does not know them.
    ///
    /// @param capability 10 · major + minor: 90 for 9.0
    /// @return a cubin or PTX
    /// @throws CompilationException with the compiler's log
    byte[] compile(String source, int capability);

    /// A source does not compile.
    final class CompilationException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /// @param log the compiler's
        public CompilationException(String log) {
            super(log);
        }
    }
}
