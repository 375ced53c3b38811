package dev.quern.gpu.jcuda;

import dev.quern.backend.Availability;
import dev.quern.gpu.CudaProvider;

/// Prints what the provider finds, for a process of its own.
final class JcudaProbe {
    private JcudaProbe() {}

    public static void main(String[] args) {
        System.out.println(
                switch (new CudaProvider().probe()) {
                    case Availability.Available a -> "available: " + a.devices();
                    case Availability.Unavailable u -> "unavailable: " + u.reason() + " (" + u.remedy() + ")";
                });
    }
}
