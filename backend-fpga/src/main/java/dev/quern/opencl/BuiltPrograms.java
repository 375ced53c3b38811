package dev.quern.opencl;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Dialect;
import dev.quern.codegen.Hash;
import dev.quern.codegen.Launch;
import dev.quern.device.DiskCache;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_context;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/// The functions built so far for one device, by text. What a program lacks is built as one source, or taken from disk
/// where the same source was built before.
final class BuiltPrograms implements Programs {
    private final Device device;
    private final cl_context context;
    private final DiskCache disk;
    private final String options;
    private final Map<String, cl_program> byText = new HashMap<>();

    BuiltPrograms(Device device, cl_context context, DiskCache disk) {
        this.device = device;
        this.context = context;
        this.disk = disk;
        this.options = "-cl-std=CL1.2" + (device.dividesExactly() ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
    }

    /// Builds what is missing of these launches.
    ///
    /// @throws BackendException where the device's compiler fails
    @Override
    public synchronized void build(Collection<Launch> launches) {
        Map<String, String> missing = new LinkedHashMap<>();
        for (Launch l : launches) {
            if (!byText.containsKey(l.text())) {
                missing.put(l.text(), l.function());
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        cl_program program = program(Dialect.OPENCL.source(missing.keySet()));
        missing.keySet().forEach(text -> byText.put(text, program));
    }

    /// A kernel object of its own for a launch that is built.
    @Override
    public synchronized cl_kernel kernel(Launch launch) {
        return CL.clCreateKernel(byText.get(launch.text()), launch.function(), null);
    }

    private cl_program program(String source) {
        String key = Hash.of(device.name() + '\n' + device.version() + '\n' + options + '\n' + source);
        Optional<byte[]> stored = disk.get(key);
        if (stored.isPresent()) {
            Optional<cl_program> loaded = load(stored.get());
            if (loaded.isPresent()) {
                return loaded.get();
            }
        }
        cl_program built = fromSource(source);
        disk.put(key, Binaries.of(built));
        return built;
    }

    private cl_program fromSource(String source) {
        cl_program built = CL.clCreateProgramWithSource(context, 1, new String[] {source}, null, null);
        Binaries.build(built, device, options);
        return built;
    }

    /// What the device's compiler makes of a source.
    ///
    /// @throws BackendException where it fails
    byte[] binary(String source) {
        return Binaries.of(fromSource(source));
    }

    /// The program of a binary; nothing where the driver does not take it (any more).
    private Optional<cl_program> load(byte[] binary) {
        try {
            return Optional.of(Binaries.load(binary, context, device, options));
        } catch (CLException | BackendException refused) {
            return Optional.empty();
        }
    }
}
