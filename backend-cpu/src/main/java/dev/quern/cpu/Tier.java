package dev.quern.cpu;

import dev.quern.cpu.machine.MachineCode;
import java.util.Locale;
import java.util.Optional;

/// Which form of the hot loops runs. All forms give the same bits.
public enum Tier {
    /// Plain Java: always there.
    PLAIN,
    /// The Vector API: where `jdk.incubator.vector` is in the boot layer.
    VECTOR,
    /// Machine code for matrix products, where [MachineCode] allows it; the other loops as in the tier below it that
    /// this Java virtual machine has.
    MACHINE;

    /// The flag that a program on the class path needs for the vector kernels.
    public static final String FLAG = "--add-modules jdk.incubator.vector";

    /// Whether the system property asks for vector kernels from the first call on, warm or not.
    static boolean isVectorForced() {
        return "vector".equalsIgnoreCase(System.getProperty("quern.tier"));
    }

    /// The fastest tier of this Java virtual machine, or the one that the system property `quern.tier` (`plain`,
    /// `vector` or `machine`) asks for; `quern.simd=off` is another way to ask for plain.
    ///
    /// @throws IllegalArgumentException where the property asks for a tier that is not there
    public static Tier best() {
        String asked = System.getProperty("quern.tier", "");
        if (asked.isEmpty()) {
            if ("off".equals(System.getProperty("quern.simd"))) {
                return PLAIN;
            }
            return MACHINE.obstacle().isEmpty() ? MACHINE : VECTOR.obstacle().isEmpty() ? VECTOR : PLAIN;
        }
        Tier tier = switch (asked.toLowerCase(Locale.ROOT)) {
            case "plain" -> PLAIN;
            case "vector" -> VECTOR;
            case "machine" -> MACHINE;
            default -> throw new IllegalArgumentException("quern.tier must be plain, vector or machine, not " + asked);
        };
        tier.obstacle().ifPresent(why -> {
            throw new IllegalArgumentException("quern.tier=" + asked + ": " + why);
        });
        return tier;
    }

    /// Why this tier is not there, and what to do about it; empty where it is.
    public Optional<String> obstacle() {
        return switch (this) {
            case PLAIN -> Optional.empty();
            case VECTOR ->
                hasVectorModule() ? Optional.empty() : Optional.of("the vector kernels need the flag " + FLAG);
            case MACHINE -> MachineCode.obstacle();
        };
    }

    /// Whether loops may be written with the Vector API.
    public boolean vectors() {
        return this != PLAIN && hasVectorModule();
    }

    private static boolean hasVectorModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }
}
