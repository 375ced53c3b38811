package dev.quern.cli;

import dev.quern.session.ModelException;
import dev.quern.train.Adagrad;
import dev.quern.train.Adam;
import dev.quern.train.AdamW;
import dev.quern.train.LAMB;
import dev.quern.train.LBFGS;
import dev.quern.train.Lion;
import dev.quern.train.Muon;
import dev.quern.train.Optimizer;
import dev.quern.train.RMSProp;
import dev.quern.train.SGD;
import dev.quern.train.Trainer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a training moves parameters.
final class OptimizerOptions {
    private static final String KINDS = "adamw, adam, sgd, rmsprop, adagrad, lion, lamb, lbfgs or muon";

    @Option(
            names = "--optimizer",
            paramLabel = "O",
            description = "adamw, adam, sgd (with --momentum, --nesterov), rmsprop, adagrad, lion, lamb, lbfgs (large"
                    + " batches), muon (matrices; adamw the rest); default ${DEFAULT-VALUE}")
    String optimizer = "adamw";

    @Option(names = "--lr", paramLabel = "X", description = "learning rate; default ${DEFAULT-VALUE}")
    double learningRate = 1e-3;

    @Option(
            names = "--momentum",
            paramLabel = "M",
            description = "momentum of sgd and rmsprop; default ${DEFAULT-VALUE}")
    double momentum;

    @Option(names = "--nesterov", description = "Nesterov's momentum for sgd")
    boolean nesterov;

    @Option(
            names = "--weight-decay",
            paramLabel = "W",
            description = "default 0.01 for adamw and lamb, 0.1 for muon, else 0")
    @Nullable
    Double weightDecay;

    @Option(
            names = "--group",
            paramLabel = "GLOB:lr=X,weight-decay=W",
            description = "another learning rate or weight decay for parameters with such names; the first group that"
                    + " matches counts")
    List<String> groups = List.of();

    @Option(
            names = "--clip",
            paramLabel = "X",
            description = "shorten the gradient of all parameters to this length where it is longer")
    @Nullable
    Double clip;

    @Option(names = "--accumulate", paramLabel = "N", description = "batches a step; default ${DEFAULT-VALUE}")
    int accumulate = 1;

    @Option(
            names = "--average",
            paramLabel = "D",
            description = "write moving averages of the parameters, of this decay (such as 0.999)")
    @Nullable
    Double average;

    void applyTo(Trainer trainer) {
        // muon has no step for vectors: those go on to the rule behind it
        List<String> kinds = optimizer.equals("muon") ? List.of("muon", "adamw") : List.of(optimizer);
        for (String group : groups) {
            int colon = group.lastIndexOf(':');
            if (colon < 1) {
                throw new ModelException("--group must be GLOB:lr=X,weight-decay=W, not " + group);
            }
            String[] settings = group.substring(colon + 1).split(",");
            kinds.forEach(kind -> trainer.optimizer(inGroup(kind, group, settings), group.substring(0, colon)));
        }
        trainer.optimizer(of(kinds.getFirst(), learningRate, weightDecay), "*");
        trainer.optimizer(of(kinds.getLast(), learningRate, weightDecay));
        if (clip != null) {
            trainer.clipNorm(clip);
        }
        if (average != null) {
            trainer.average(average);
        }
        trainer.accumulate(accumulate);
    }

    private Optimizer inGroup(String kind, String group, String... settings) {
        double rate = learningRate;
        Double decay = weightDecay;
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            try {
                double value = Double.parseDouble(parts[parts.length - 1]);
                switch (parts[0]) {
                    case "lr" -> rate = value;
                    case "weight-decay" -> decay = value;
                    default -> throw new NumberFormatException();
                }
            } catch (NumberFormatException e) {
                throw new ModelException(
                        "--group sets lr=X and weight-decay=W, not \"" + setting + "\" as in " + group, e);
            }
        }
        return of(kind, rate, decay);
    }

    private Optimizer of(String kind, double rate, @Nullable Double weightDecay) {
        double decay = weightDecay == null ? 0 : weightDecay;
        return switch (kind) {
            case "adamw" -> new AdamW(rate, 0.9, 0.999, 1e-8, weightDecay == null ? 0.01 : decay);
            case "adam" -> new Adam(rate, 0.9, 0.999, 1e-8, decay);
            case "sgd" -> new SGD(rate, momentum, nesterov, decay);
            case "rmsprop" -> new RMSProp(rate, 0.99, 1e-8, decay, momentum, false);
            case "adagrad" -> new Adagrad(rate, 0, decay, 1e-10);
            case "lion" -> new Lion(rate, 0.9, 0.99, decay);
            case "lamb" -> new LAMB(rate, 0.9, 0.999, 1e-6, weightDecay == null ? 0.01 : decay);
            case "lbfgs" -> new LBFGS(rate);
            case "muon" -> new Muon(rate, 0.95, true, weightDecay == null ? 0.1 : decay, 5);
            default -> throw new ModelException("--optimizer must be " + KINDS + ", not " + kind);
        };
    }
}
