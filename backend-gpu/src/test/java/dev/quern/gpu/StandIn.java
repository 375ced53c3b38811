package dev.quern.gpu;

import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.CudaCompiler;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.Libraries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Libraries that stand in for `libcuda.so.1`, `libnvrtc.so.13`, `libcublasLt.so.13`, `libcudnn.so.9` and
/// `libnccl.so.2` (src/test/cpp): two devices whose memory is this process's and whose kernels are compiled for the
/// processor by g++. So the bindings, the host code and the CUDA C++ texts run for real where there is no GPU.
@SuppressWarnings("restricted")
final class StandIn {
    /// Products and convolutions of the suite stay with generated kernels.
    private static final long LARGE = 1L << 40;

    private static final @Nullable Path FOLDER = make();

    private StandIn() {}

    /// Whether there is a g++ that made them.
    static boolean isHere() {
        return FOLDER != null;
    }

    /// Whether JCuda's native library, which is tested with that for Linux on x86-64, can find them.
    static boolean isForJcuda() {
        return isHere() && System.getProperty("os.arch").equals("amd64");
    }

    static Path folder() {
        return Objects.requireNonNull(FOLDER);
    }

    static Libraries libraries() {
        return Libraries.in(List.of(folder()));
    }

    static CudaDriver driver() {
        return libraries().driver();
    }

    static CudaCompiler compiler() {
        return libraries().compiler();
    }

    /// A disk cache for this process.
    static DiskCache disk() {
        return new DiskCache(folder().resolve("cache"));
    }

    static CudaAccelerator accelerator() {
        return accelerator(LARGE);
    }

    /// @param least multiplications from which on products and convolutions are the libraries'
    static CudaAccelerator accelerator(long least) {
        return accelerator(0, least);
    }

    /// One of the two devices.
    static CudaAccelerator device(int number) {
        return accelerator(number, LARGE);
    }

    private static CudaAccelerator accelerator(int number, long least) {
        return new CudaAccelerator(driver(), number, compiler(), disk(), a -> work(a, libraries(), least));
    }

    /// @param least multiplications from which on products and convolutions are the libraries'
    static VendorWork work(CudaAccelerator device, Libraries libraries, long least) {
        return new VendorWork(
                new LibraryProducts(device, libraries::products, least),
                new LibraryConvolutions(device, libraries::convolutions, least));
    }

    /// A device is lost, until it is told to work with −1.
    static void lose(int device) {
        tell("libcuda.so.1", "standInLose", device);
    }

    /// The collectives fail from now on.
    ///
    /// @param function 0 none, 1 the version, 2 the making of communicators, 3 a sum, 4 a group that hangs
    static void failCollectives(int function) {
        tell("libnccl.so.2", "standInFail", function);
    }

    /// Communicators that were neither destroyed nor aborted.
    static int communicators() {
        return (int) tell("libnccl.so.2", "standInCommunicators", 0);
    }

    /// Sums that were made.
    static long sums() {
        return tell("libnccl.so.2", "standInSums", 0);
    }

    private static long tell(String library, String function, int value) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(folder().resolve(library), Arena.global());
        MethodHandle handle = Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(function).orElseThrow(),
                        FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        try {
            return (long) handle.invokeExact(value);
        } catch (Throwable failed) {
            throw new IllegalStateException(failed);
        }
    }

    /// How many arrays, pinned pieces, streams, events, modules, graphs and contexts are alive.
    static List<Long> alive() {
        return Arrays.stream(counts("libcuda.so.1", "standInAlive", 7)).boxed().toList();
    }

    /// How many handles, operations, layouts and preferences of products are alive.
    static long[] aliveInProducts() {
        return counts("libcublasLt.so.13", "standInProductsAlive", 4);
    }

    /// How many handles, tensors, filters, convolutions and activations are alive.
    static long[] aliveInConvolutions() {
        return counts("libcudnn.so.9", "standInConvolutionsAlive", 5);
    }

    private static long[] counts(String library, String function, int length) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(folder().resolve(library), Arena.global());
        MethodHandle alive = Linker.nativeLinker()
                .downcallHandle(symbols.find(function).orElseThrow(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment counts = arena.allocate(ValueLayout.JAVA_LONG, length);
            alive.invokeExact(counts);
            return counts.toArray(ValueLayout.JAVA_LONG);
        } catch (Throwable failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static @Nullable Path make() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return null;
        }
        try {
            Path folder = Files.createTempDirectory("quern-cuda-stand-in");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            boolean isMade = compile("libcuda", folder.resolve("libcuda.so.1"))
                    && compile("libnvrtc", folder.resolve("libnvrtc.so.13"))
                    && compile("libcublasLt", folder.resolve("libcublasLt.so.13"))
                    && compile("libcudnn", folder.resolve("libcudnn.so.9"))
                    && compile("libnccl", folder.resolve("libnccl.so.2"));
            return isMade ? folder : null;
        } catch (IOException noCompiler) {
            return null;
        }
    }

    private static boolean compile(String name, Path to) throws IOException {
        Path source = Path.of("src", "test", "cpp", name + ".cpp");
        Process process = new ProcessBuilder(
                        "g++",
                        "-std=c++17",
                        "-O1",
                        "-Wall",
                        "-Werror",
                        "-shared",
                        "-fPIC",
                        "-Wl,-soname," + to.getFileName(),
                        source.toString(),
                        "-o",
                        to.toString(),
                        "-ldl",
                        "-pthread")
                .inheritIO()
                .start();
        try {
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
