package dev.quern.train;

import dev.quern.graph.Glob;
import dev.quern.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which optimizer moves which parameter: that of the first group that has a step for it
/// and a pattern that matches its name.
record ParameterGroups(List<Group> groups) {
    ParameterGroups {
        groups = List.copyOf(groups);
    }

    /// @param patterns of names; `*` stands for any characters, `?` for one
    record Group(List<String> patterns, Optimizer optimizer) {}

    /// One optimizer for all parameters.
    static ParameterGroups of(Optimizer optimizer) {
        return new ParameterGroups(List.of(new Group(List.of("*"), optimizer)));
    }

    /// The same, but with another optimizer for all that no other group has.
    ParameterGroups otherwise(Optimizer optimizer) {
        List<Group> changed = new ArrayList<>(groups.subList(0, groups.size() - 1));
        changed.add(new Group(List.of("*"), optimizer));
        return new ParameterGroups(changed);
    }

    /// The same, with a group before that for all others.
    ParameterGroups with(Optimizer optimizer, List<String> patterns) {
        List<Group> changed = new ArrayList<>(groups);
        changed.add(groups.size() - 1, new Group(patterns, optimizer));
        return new ParameterGroups(changed);
    }

    /// The group of a parameter.
    ///
    /// @throws DataException where no group has a step for it
    int indexOf(Value parameter) {
        for (int i = 0; i < groups.size(); i++) {
            Group g = groups.get(i);
            if (g.optimizer().moves(parameter) && Glob.any(g.patterns()).test(parameter.name())) {
                return i;
            }
        }
        throw new DataException("no optimizer moves \"" + parameter.name() + "\", " + parameter.type() + ": "
                + groups.getLast().optimizer().getClass().getSimpleName()
                + " has no step for this shape; give it another optimizer by its name");
    }

    Optimizer optimizer(int group) {
        return groups.get(group).optimizer();
    }

    /// The factors of each group for a step.
    ///
    /// @param share of their learning rates, as a [Schedule] gives it
    double[][] factors(long step, double share) {
        return groups.stream()
                .map(Group::optimizer)
                .map(o -> o.factors(step, o.learningRate() * share))
                .toArray(double[][]::new);
    }

    /// The rate of the group for all parameters that no other has.
    double learningRate() {
        return groups.getLast().optimizer().learningRate();
    }

    /// All groups' factors, one after the other.
    static double[] joined(double[][] factors) {
        return Arrays.stream(factors).flatMapToDouble(Arrays::stream).toArray();
    }
}
