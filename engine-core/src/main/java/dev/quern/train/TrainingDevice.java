package dev.quern.train;

import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.Backends;
import dev.quern.session.ModelOptions;
import java.util.List;
import java.util.stream.Stream;

/// Where a replica of the model learns.
///
/// @param name as the user wrote it, for errors
record TrainingDevice(String name, Backend backend) {

    /// @throws BackendException where one is not available, or they are of several kinds
    static List<TrainingDevice> named(String... names) {
        return ofOneKind(Stream.of(names)
                .map(n -> new TrainingDevice(n, Backends.device(n)))
                .toList());
    }

    static List<TrainingDevice> of(List<Backend> backends) {
        return ofOneKind(
                backends.stream().map(b -> new TrainingDevice(b.name(), b)).toList());
    }

    /// Replicas that round differently would drift apart.
    private static List<TrainingDevice> ofOneKind(List<TrainingDevice> devices) {
        if (devices.isEmpty()) {
            throw new BackendException("a training needs at least one device");
        }
        List<String> kinds =
                devices.stream().map(d -> d.backend().name()).distinct().toList();
        if (kinds.size() > 1) {
            throw new BackendException("the devices of a training must be of one backend, whose bits are the same,"
                    + " not of " + String.join(" and ", kinds));
        }
        return devices;
    }

    /// What the programs of this device may use where `all` learn: its share of the threads.
    ModelOptions options(ModelOptions ofModel, List<TrainingDevice> all) {
        long here = all.stream().filter(d -> d.backend().equals(backend)).count();
        return ofModel.backend(backend).threads((int) Math.max(1, ofModel.threads() / here));
    }
}
