package dev.quern.gpu;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Dialect;
import dev.quern.codegen.Hash;
import dev.quern.codegen.Launch;
import dev.quern.device.DiskCache;
import dev.quern.gpu.driver.CudaCompiler;
import dev.quern.gpu.driver.CudaCompiler.CompilationException;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The functions built so far for one device, by text. What a program lacks is compiled as one source, or taken from
/// disk where the same source was compiled before.
final class BuiltModules implements AutoCloseable {
    private final CudaAccelerator device;
    private final CudaCompiler compiler;
    private final int capability;
    private final DiskCache disk;
    private final Map<String, Long> functions = new HashMap<>();
    private final List<Long> modules = new ArrayList<>();

    BuiltModules(CudaAccelerator device, CudaCompiler compiler, int capability, DiskCache disk) {
        this.device = device;
        this.compiler = compiler;
        this.capability = capability;
        this.disk = disk;
    }

    /// Builds what is missing of these launches.
    ///
    /// @throws BackendException where the compiler fails
    synchronized void build(Collection<Launch> launches) {
        Map<String, String> missing = new LinkedHashMap<>();
        for (Launch l : launches) {
            if (!functions.containsKey(l.text())) {
                missing.put(l.text(), l.function());
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        long module = module(Dialect.CUDA.source(missing.keySet()));
        modules.add(module);
        CudaDriver driver = device.current();
        missing.forEach((text, function) -> functions.put(text, driver.function(module, function)));
    }

    /// The function of a launch that is built.
    synchronized long function(Launch launch) {
        Long function = functions.get(launch.text());
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
        modules.forEach(m -> device.release(d -> d.unloadModule(m)));
        modules.clear();
        functions.clear();
    }
}
