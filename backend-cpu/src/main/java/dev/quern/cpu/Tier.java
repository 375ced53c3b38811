package dev.quern.cpu;

import java.util.Locale;

/// Which form of the hot loops runs. All forms give the same bits.
public enum Tier {
    /// Plain Java: always there.
    PLAIN,
    /// The Vector API: where `jdk.incubator.vector` is in the boot layer.
    VECTOR;

    /// The flag that a program on the class path needs for the vector kernels.
    public static final String FLAG = "--add-modules jdk.incubator.vector";

    /// The fastest tier of this Java virtual machine, or the one that the system property `quern.tier` (`plain` or
    /// `vector`) asks for; `quern.simd=off` is another way to ask for plain.
    ///
    /// @throws IllegalArgumentException where the property asks for a tier that is not there
    public static Tier best() {
        boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        String asked = System.getProperty("quern.tier", "");
        if (!asked.isEmpty()) {
            return switch (asked.toLowerCase(Locale.ROOT)) {
                case "plain" -> PLAIN;
                case "vector" -> {
                    if (!vector) {
                        throw new IllegalArgumentException("quern.tier=vector needs the flag " + FLAG);
                    }
                    yield VECTOR;
                }
                default -> throw new IllegalArgumentException("quern.tier must be plain or vector, not " + asked);
            };
        }
        return vector && !"off".equals(System.getProperty("quern.simd")) ? VECTOR : PLAIN;
    }
}
