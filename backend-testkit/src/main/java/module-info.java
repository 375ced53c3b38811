/// The conformance suite that a backend's own tests run.
module dev.quern.testkit {
    requires transitive dev.quern.core;
    requires transitive org.junit.jupiter.api;
    requires org.assertj.core;
    requires static transitive org.jspecify;

    exports dev.quern.testkit;
}
