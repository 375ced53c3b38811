package dev.quern.convert;

import dev.quern.session.ModelException;

/// What of the values that were seen integers have to cover: the less, the finer their steps are.
public sealed interface Clipping {

    /// All of it.
    record None() implements Clipping {
        @Override
        public Span of(Histogram seen) {
            return new Span(seen.least(), seen.largest());
        }
    }

    /// All but the outermost numbers, of which as many are left out below as above.
    ///
    /// @param percent how many of a hundred numbers stay, more than 50
    record Percentile(double percent) implements Clipping {
        public Percentile {
            if (!(percent > 50 && percent <= 100)) {
                throw new ModelException("a percentile lies above 50 and is at most 100, not " + percent);
            }
        }

        @Override
        public Span of(Histogram seen) {
            double tail = (1 - percent / 100) / 2;
            return new Span(seen.quantile(tail), seen.quantile(1 - tail));
        }
    }

    /// So much that the distribution of the integers tells most about that of the numbers: the least
    /// Kullback–Leibler divergence over all thresholds (S. Migacz, 8-bit inference with TensorRT, GTC 2017).
    record Entropy() implements Clipping {
        @Override
        public Span of(Histogram seen) {
            double threshold = Divergence.threshold(seen);
            return new Span(Math.max(seen.least(), -threshold), Math.min(seen.largest(), threshold));
        }
    }

    /// From the least to the largest number.
    record Span(double least, double largest) {}

    /// What is covered of the numbers that were seen.
    Span of(Histogram seen);

    /// `none`, `entropy`, or a percentage such as `99.99`.
    ///
    /// @throws ModelException for anything else
    static Clipping parse(String text) {
        return switch (text) {
            case "none" -> new None();
            case "entropy" -> new Entropy();
            default -> {
                try {
                    yield new Percentile(Double.parseDouble(text));
                } catch (NumberFormatException e) {
                    throw new ModelException("values are clipped by none, entropy or a percentage, not " + text, e);
                }
            }
        };
    }
}
