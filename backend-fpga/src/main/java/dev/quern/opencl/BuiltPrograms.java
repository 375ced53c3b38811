package dev.quern.opencl;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Dialect;
import dev.quern.codegen.Hash;
import dev.quern.codegen.Launch;
import dev.quern.device.Accelerator;
import dev.quern.device.BuiltTexts;
import dev.quern.device.DiskCache;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_context;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/// The functions of one device. What a program lacks is built as one source, or taken from disk where the same source
/// was built before and the driver does not see to that itself.
final class BuiltPrograms implements Programs {
    private final Device device;
    private final cl_context context;
    private final Optional<DiskCache> disk;
    private final String options;
    private final BuiltTexts<cl_program> built = new BuiltTexts<>(BuiltPrograms::release);
    private final Set<String> waiting = ConcurrentHashMap.newKeySet();
    private final Object building = new Object();

    /// @param disk where binaries are kept; nothing where the driver keeps them itself
    BuiltPrograms(Device device, cl_context context, Optional<DiskCache> disk) {
        this.device = device;
        this.context = context;
        this.disk = disk;
        this.options = "-cl-std=CL1.2" + (device.dividesExactly() ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
    }

    /// Builds what is missing of these launches. Where the driver keeps what it built, that is one source for all
    /// who came while another source was being built: a source costs PoCL 0.17 s whatever is in it.
    ///
    /// @throws BackendException where the device's compiler fails
    @Override
    public Accelerator.Hold build(Collection<Launch> launches) {
        BuiltTexts<cl_program>.Held held = built.newHold();
        List<String> missing =
                held.take(launches.stream().map(Launch::text).distinct().toList());
        if (disk.isEmpty()) {
            waiting.addAll(missing);
        }
        boolean isBuilt = false;
        try {
            while (!missing.isEmpty()) {
                synchronized (building) {
                    missing = held.take(missing);
                    if (!missing.isEmpty()) {
                        buildWithOthers(new LinkedHashSet<>(missing));
                        missing = held.take(missing);
                    }
                }
            }
            isBuilt = true;
        } finally {
            if (!isBuilt) {
                held.close();
            }
        }
        return held;
    }

    private void buildWithOthers(Set<String> own) {
        Set<String> all = new LinkedHashSet<>(own);
        all.addAll(waiting);
        waiting.removeAll(all);
        all.removeIf(built::has);
        try {
            add(all);
        } catch (BackendException failed) {
            if (all.equals(own)) {
                throw failed;
            }
            add(own);
        }
    }

    private void add(Set<String> texts) {
        built.add(texts, program(Dialect.OPENCL.source(texts)));
    }

    private static void release(cl_program program) {
        try {
            CL.clReleaseProgram(program);
        } catch (CLException lost) {
            System.getLogger(BuiltPrograms.class.getName())
                    .log(System.Logger.Level.DEBUG, "a program was let go with: {0}", lost.getMessage());
        }
    }

    /// A kernel object of its own for a launch that is built.
    @Override
    public synchronized cl_kernel kernel(Launch launch) {
        cl_program program =
                Objects.requireNonNull(built.get(launch.text()), () -> launch.function() + " is not built");
        return CL.clCreateKernel(program, launch.function(), null);
    }

    private cl_program program(String source) {
        String key = Hash.of(device.name() + '\n' + device.version() + '\n' + options + '\n' + source);
        return disk.flatMap(d -> d.get(key)).flatMap(this::load).orElseGet(() -> {
            cl_program made = fromSource(source);
            disk.ifPresent(d -> d.put(key, Binaries.of(made)));
            return made;
        });
    }

    /// A source that is refused is tried once more: PoCL 3.1 now and then loses a temporary file of its own while
    /// other threads' kernels are compiled.
    private cl_program fromSource(String source) {
        try {
            return builtOnce(source);
        } catch (BackendException refused) {
            return builtOnce(source);
        }
    }

    private cl_program builtOnce(String source) {
        cl_program made = CL.clCreateProgramWithSource(context, 1, new String[] {source}, null, null);
        Binaries.build(made, device, options);
        return made;
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
