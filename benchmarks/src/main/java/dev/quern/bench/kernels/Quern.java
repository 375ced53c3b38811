package dev.quern.bench.kernels;

import dev.quern.cpu.CpuBackend;
import dev.quern.cpu.Tier;
import dev.quern.session.BoundRun;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A tier of Quern's processor backend, through bound runs.
record Quern(String name, Tier tier) implements Engine {
    /// The tier of that name; `best` is the fastest one of this machine.
    static Optional<Engine> tier(String name) {
        if (name.equals("best")) {
            return Optional.of(new Quern(name, Tier.best()));
        }
        return Arrays.stream(Tier.values())
                .filter(t -> t.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .map(t -> new Quern(name, t));
    }

    @Override
    public Run prepare(Work work, int threads) throws InterruptedException {
        tier.obstacle().ifPresent(why -> {
            throw new IllegalArgumentException("engine " + name + ": " + why);
        });
        CpuBackend backend = new CpuBackend(tier, threads);
        Model model =
                Model.of(work.graph(), ModelOptions.defaults().backend(backend).threads(threads));
        Map<String, long[]> shapes = new HashMap<>();
        work.inputs().forEach((input, t) -> shapes.put(input, t.shape().extents()));
        model.warmUp(shapes);
        List<Tensor> results = work.results().stream()
                .map(t -> Tensor.zeros(t.dtype(), t.shape()))
                .toList();
        Map<String, Tensor> outputs = new HashMap<>();
        for (int i = 0; i < results.size(); i++) {
            outputs.put(model.outputNames().get(i), results.get(i));
        }
        return new Bound(backend, model, model.bind(work.inputs(), outputs), results);
    }

    private record Bound(CpuBackend backend, Model model, BoundRun bound, List<Tensor> results) implements Run {
        @Override
        public Object run() {
            bound.run();
            return results;
        }

        @Override
        public void close() {
            model.close();
            backend.close();
        }
    }
}
