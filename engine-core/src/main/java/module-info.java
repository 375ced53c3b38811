/// The engine: values, expressions, kernels, graphs, operators, gradients, compilation, sessions and training.
module dev.quern.core {
    requires static transitive org.jspecify;
    requires static java.desktop;

    exports dev.quern.backend;
    exports dev.quern.compile;
    exports dev.quern.convert;
    exports dev.quern.expr;
    exports dev.quern.gradient;
    exports dev.quern.graph;
    exports dev.quern.kernel;
    exports dev.quern.reference;
    exports dev.quern.op;
    exports dev.quern.rewrite;
    exports dev.quern.session;
    exports dev.quern.tensor;
    exports dev.quern.train;

    uses dev.quern.backend.BackendProvider;
    uses dev.quern.session.ModelFormat;

    provides dev.quern.backend.BackendProvider with
            dev.quern.reference.ReferenceProvider;
}
