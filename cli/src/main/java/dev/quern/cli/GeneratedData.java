package dev.quern.cli;

import dev.quern.backend.RunException;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import dev.quern.train.Dataset;
import dev.quern.train.Trainer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// One batch drawn by seed, to see whether and how fast a model trains: inputs as [SampleInputs] draws them, labels
/// that fit what the loss judges.
///
/// Dims along the first axis of an input, and those of the same name, count rows. What the file says of other open dims
/// is not enough to know which extents the model takes, so a few are tried, small ones first, and at last a single row.
///
/// @param rows the extent of open first dims
record GeneratedData(int rows, long seed) {
    /// Extents for dims that do not count rows.
    private static final List<Long> TRIED = List.of(8L, 32L, 64L, 256L, 512L, 1024L);

    /// How many open dims get extents of their own; further ones get that of the last of them.
    private static final int OWN_EXTENTS = 3;

    /// @param isClasses whether labels are class indices, else numbers of the judged value's shape
    /// @throws ModelException where the model takes none of the inputs that were tried; says what became of the
    ///     first
    Dataset of(Trainer trainer, boolean isClasses) {
        try (Model judging = trainer.judging()) {
            List<String> open = open(judging);
            List<List<Long>> choices = choices(Math.min(open.size(), OWN_EXTENTS));
            Optional<RuntimeException> first = Optional.empty();
            for (int count : rows == 1 ? new int[] {1} : new int[] {rows, 1}) {
                for (List<Long> extents : choices) {
                    Map<String, Long> chosen = new LinkedHashMap<>();
                    for (int i = 0; i < open.size(); i++) {
                        chosen.put(open.get(i), extents.get(Math.min(i, extents.size() - 1)));
                    }
                    try {
                        return drawn(judging, isClasses, count, chosen);
                    } catch (ShapeException | ModelException | RunException e) {
                        first = first.or(() -> Optional.of(e));
                    }
                }
            }
            RuntimeException why = first.orElseThrow();
            throw new ModelException(
                    "the model takes none of the batches that were generated: " + why.getMessage(), why);
        }
    }

    private Dataset drawn(Model judging, boolean isClasses, int count, Map<String, Long> chosen) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (Value v : judging.inputs()) {
            if (v.type() instanceof TensorType t && t.shape().isRanked()) {
                long[] extents = new long[t.shape().rank()];
                for (int axis = 0; axis < extents.length; axis++) {
                    Dim d = t.shape().dim(axis);
                    extents[axis] = d.isFixed() ? d.extent() : chosen.getOrDefault(key(v, axis), (long) count);
                }
                shapes.put(v.name(), extents);
            }
        }
        Map<String, Tensor> inputs = new SampleInputs(shapes, seed).missing(judging.graph(), Set.of());
        Tensor judged = judging.run(inputs).values().iterator().next().asTensor();
        return Dataset.ofBatches(List.of(new Dataset.Batch(inputs, isClasses ? classes(judged) : numbers(judged))));
    }

    /// Open dims that do not count rows: symbols by their names, others by their place.
    private static List<String> open(Model m) {
        Set<String> open = new LinkedHashSet<>();
        Set<String> ofRows = new HashSet<>();
        for (Value v : m.inputs()) {
            if (v.type() instanceof TensorType t && t.shape().isRanked()) {
                for (int axis = 0; axis < t.shape().rank(); axis++) {
                    if (!t.shape().dim(axis).isFixed()) {
                        (axis == 0 ? ofRows : open).add(key(v, axis));
                    }
                }
            }
        }
        open.removeAll(ofRows);
        return List.copyOf(open);
    }

    private static String key(Value input, int axis) {
        return input.shape().dim(axis) instanceof Dim.Symbol(String name) ? name : input.name() + "[" + axis + "]";
    }

    /// Every choice of extents for so many dims, those of small extents first.
    private List<List<Long>> choices(int dims) {
        List<Long> extents = new ArrayList<>(TRIED);
        if (!extents.contains((long) rows)) {
            extents.add(1, (long) rows);
        }
        List<List<Long>> choices = List.of(List.of());
        for (int i = 0; i < dims; i++) {
            choices = choices.stream()
                    .flatMap(before -> extents.stream()
                            .map(e ->
                                    Stream.concat(before.stream(), Stream.of(e)).toList()))
                    .toList();
        }
        return choices.stream()
                .sorted(Comparator.comparingInt(
                        c -> c.stream().mapToInt(extents::indexOf).max().orElse(0)))
                .toList();
    }

    private Tensor numbers(Tensor like) {
        SplittableRandom random = new SplittableRandom(seed);
        Tensor numbers = Tensor.zeros(like.dtype(), like.shape());
        for (int i = 0; i < numbers.length(); i++) {
            numbers.elements().set(i, random.nextDouble(-1, 1));
        }
        return numbers;
    }

    private Tensor classes(Tensor scores) {
        if (scores.rank() < 2) {
            throw new ModelException("cross-entropy needs scores [N, C, …], not " + scores.type());
        }
        long[] all = scores.shape().extents();
        long[] extents = new long[all.length - 1];
        extents[0] = all[0];
        System.arraycopy(all, 2, extents, 1, extents.length - 1);
        SplittableRandom random = new SplittableRandom(seed);
        Tensor classes = Tensor.zeros(DType.I64, extents);
        for (int i = 0; i < classes.length(); i++) {
            classes.elements().set(i, random.nextLong(all[1]));
        }
        return classes;
    }
}
