package dev.quern.gpu;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Dialect;
import dev.quern.codegen.Hash;
import dev.quern.codegen.Launch;
import dev.quern.device.Accelerator;
import dev.quern.device.BuiltTexts;
import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.CudaCompiler;
import dev.quern.gpu.driver.CudaCompiler.CompilationException;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The functions of one device. What a program lacks is compiled as one source, or taken from disk where the same
/// source was compiled before.
final class BuiltModules implements AutoCloseable {
    private final CudaAccelerator device;
    private final CudaCompiler compiler;
    private final int capability;
    private final DiskCache disk;
    private final BuiltTexts<Loaded> built;

    BuiltModules(CudaAccelerator device, CudaCompiler compiler, int capability, DiskCache disk) {
        this.device = device;
        this.compiler = compiler;
        this.capability = capability;
        this.disk = disk;
        this.built = new BuiltTexts<>(m -> device.release(d -> d.unloadModule(m.handle())));
    }

    /// A loaded module and its functions by text.
    private record Loaded(long handle, Map<String, Long> functions) {}

    /// Builds what is missing of these launches.
    ///
    /// @throws BackendException where the compiler fails
    synchronized Accelerator.Hold build(Collection<Launch> launches) {
        Map<String, String> names = new LinkedHashMap<>();
        launches.forEach(l -> names.put(l.text(), l.function()));
        BuiltTexts<Loaded>.Held held = built.newHold();
        List<String> missing = held.take(names.keySet());
        boolean isBuilt = false;
        try {
            while (!missing.isEmpty()) {
                built.add(missing, load(missing, names));
                missing = held.take(missing);
            }
            isBuilt = true;
        } finally {
            if (!isBuilt) {
                held.close();
            }
        }
        return held;
    }

    private Loaded load(Collection<String> texts, Map<String, String> names) {
        long module = module(Dialect.CUDA.source(texts));
        CudaDriver driver = device.current();
        Map<String, Long> functions = new HashMap<>();
        texts.forEach(text -> functions.put(text, driver.function(module, names.getOrDefault(text, ""))));
        return new Loaded(module, functions);
    }

    /// The function of a launch that is built.
    long function(Launch launch) {
        Loaded module = built.get(launch.text());
        Long function = module == null ? null : module.functions().get(launch.text());
        if (function == null) {
            throw new IllegalStateException(launch.function() + " is not built");
        }
        return function;
    }

    private long module(String source) {
        String key = Hash.of(compiler.name() + '\n' + capability + '\n' + source);
        Optional<byte[]> stored = disk.get(key);
        if (stored.isPresent()) {
            try {
                return device.current().loadModule(stored.get());
            } catch (CudaException refused) {
                if (refused.kind() != CudaException.Kind.PROGRAM_REFUSED) {
                    throw refused;
                }
            }
        }
        byte[] image;
        try {
            image = compiler.compile(source, capability);
        } catch (CompilationException failed) {
            throw new BackendException("cuda: " + compiler.name() + " failed: " + failed.getMessage());
        }
        long module = device.current().loadModule(image);
        disk.put(key, image);
        return module;
    }

    @Override
    public synchronized void close() {
        built.clear();
    }
}
