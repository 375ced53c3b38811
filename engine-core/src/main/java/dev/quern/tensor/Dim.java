package dev.quern.tensor;

/// One extent of a shape: fixed, a symbol that a binding fixes (`N`, `seq`), or unknown until the run.
///
/// Arithmetic on dims is exact where both sides are fixed, keeps a symbol under the neutral element, and is unknown
/// otherwise.
public sealed interface Dim {

    /// An extent known now; never negative.
    record Fixed(long extent) implements Dim {
        public Fixed {
            if (extent < 0) {
                throw new ShapeException("a dimension must be at least 0, not " + extent);
            }
        }

        @Override
        public String toString() {
            return Long.toString(extent);
        }
    }

    /// An extent with a name; the same name is the same extent within one model.
    record Symbol(String name) implements Dim {
        @Override
        public String toString() {
            return name;
        }
    }

    /// An extent that nothing is known of; two unknown dims are not known to be equal.
    record Unknown() implements Dim {
        @Override
        public String toString() {
            return "?";
        }
    }

    /// The one unknown dim; being made only here, it cannot deadlock with the initialisation of this interface.
    @SuppressWarnings("ClassInitializationDeadlock")
    Dim UNKNOWN = new Unknown();

    static Dim of(long extent) {
        return new Fixed(extent);
    }

    static Dim symbol(String name) {
        return new Symbol(name);
    }

    default boolean isFixed() {
        return this instanceof Fixed;
    }

    /// Whether this dim is fixed at `extent`.
    default boolean is(long extent) {
        return this instanceof Fixed f && f.extent() == extent;
    }

    /// The extent; fails where the dim is not fixed.
    default long extent() {
        if (this instanceof Fixed(long extent)) {
            return extent;
        }
        throw new ShapeException("dimension " + this + " is not fixed yet");
    }

    default Dim plus(Dim other) {
        if (other.is(0)) {
            return this;
        }
        if (is(0)) {
            return other;
        }
        return isFixed() && other.isFixed() ? of(Math.addExact(extent(), other.extent())) : UNKNOWN;
    }

    default Dim plus(long n) {
        return n == 0 ? this : isFixed() ? of(Math.addExact(extent(), n)) : UNKNOWN;
    }

    default Dim times(Dim other) {
        if (other.is(1) || is(0)) {
            return this;
        }
        if (is(1) || other.is(0)) {
            return other;
        }
        return isFixed() && other.isFixed() ? of(Math.multiplyExact(extent(), other.extent())) : UNKNOWN;
    }

    default Dim times(long n) {
        return times(of(n));
    }

    /// The dim divided by `n`, rounded down.
    default Dim dividedBy(long n) {
        return n == 1 ? this : isFixed() ? of(Math.floorDiv(extent(), n)) : UNKNOWN;
    }

    /// What both dims are if they must be equal, or `null`-free failure: fixed beats symbol beats unknown.
    ///
    /// @throws ShapeException where both are fixed and differ
    default Dim unify(Dim other) {
        if (isFixed() && other.isFixed() && extent() != other.extent()) {
            throw new ShapeException("dimension " + this + " must equal " + other);
        }
        return isFixed() || other instanceof Unknown ? this : other.isFixed() || this instanceof Unknown ? other : this;
    }

    /// The dim of an element-wise result over this and `other` by the broadcast rule of ONNX and NumPy.
    ///
    /// @throws ShapeException where both are fixed, differ, and none is 1
    default Dim broadcast(Dim other) {
        if (is(1)) {
            return other;
        }
        if (other.is(1)) {
            return this;
        }
        return unify(other);
    }
}
