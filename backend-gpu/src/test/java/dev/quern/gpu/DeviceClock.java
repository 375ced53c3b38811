package dev.quern.gpu;

import dev.quern.gpu.driver.CudaDriver;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;

/// How long a device works, by events that it records itself: from the last copy to it, or the first launch, until the
/// host waits. For one thread.
@SuppressWarnings("restricted")
final class DeviceClock {
    private static final String LIBRARY = "libcuda.so.1";

    private final CudaDriver driver;
    private final MethodHandle create;
    private final MethodHandle elapsed;
    private long start;
    private long end;
    private boolean isRunning;
    /// What is launched now is recorded, and does not run yet.
    private boolean isRecording;
    private double millis;

    /// @param driver what is timed; see [#driver()]
    DeviceClock(CudaDriver driver) {
        this.driver = driver;
        Path given = Path.of(System.getProperty("quern.cuda.libraries", "."), LIBRARY);
        SymbolLookup symbols = Files.exists(given)
                ? SymbolLookup.libraryLookup(given, Arena.global())
                : SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        this.create = bound(symbols, "cuEventCreate", ValueLayout.JAVA_INT);
        this.elapsed = bound(symbols, "cuEventElapsedTime", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    }

    private static MethodHandle bound(SymbolLookup symbols, String name, ValueLayout... after) {
        FunctionDescriptor type =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS).appendArgumentLayouts(after);
        return Linker.nativeLinker().downcallHandle(symbols.find(name).orElseThrow(), type);
    }

    /// The driver, watched.
    CudaDriver driver() {
        return (CudaDriver) Proxy.newProxyInstance(
                CudaDriver.class.getClassLoader(), new Class<?>[] {CudaDriver.class}, this::invoke);
    }

    /// Milliseconds of work since this was asked before.
    double take() {
        double all = millis;
        millis = 0;
        return all;
    }

    private Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "launch" -> startUnlessRunning((long) arguments[3]);
            case "launchGraph" -> startUnlessRunning((long) arguments[1]);
            case "synchronize" -> stop((long) arguments[0]);
            case "beginCapture" -> isRecording = true;
            case "endCapture" -> isRecording = false;
            default -> {}
        }
        Object result;
        try {
            result = method.invoke(driver, arguments);
        } catch (InvocationTargetException failed) {
            throw failed.getTargetException();
        }
        if (method.getName().equals("copyToDevice")) {
            start((long) arguments[3]);
        }
        return result;
    }

    private void startUnlessRunning(long stream) throws Throwable {
        if (!isRunning && !isRecording) {
            start(stream);
        }
    }

    private void start(long stream) throws Throwable {
        if (start == 0) {
            start = event();
            end = event();
        }
        driver.recordEvent(start, stream);
        isRunning = true;
    }

    private void stop(long stream) throws Throwable {
        if (!isRunning) {
            return;
        }
        isRunning = false;
        driver.recordEvent(end, stream);
        driver.synchronizeEvent(end);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_FLOAT);
            check((int) elapsed.invokeExact(out, start, end));
            millis += out.get(ValueLayout.JAVA_FLOAT, 0);
        }
    }

    /// One that keeps the time, which those of the driver do not.
    private long event() throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check((int) create.invokeExact(out, 0));
            return out.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    private static void check(int status) {
        if (status != 0) {
            throw new IllegalStateException("an event of the clock failed: " + status);
        }
    }
}
