package dev.quern.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// Devices by their numbers.
class DeviceNumbersTest {
    private static final OpenClProvider PROVIDER = new OpenClProvider();

    static boolean isHere() {
        return PROVIDER.probe() instanceof Availability.Available;
    }

    private static Backend backend(Availability found) {
        return ((Availability.Available) found).backend();
    }

    /// One of the numbers is that of the device which serves unless another is asked for, by the same backend.
    @Test
    @EnabledIf(value = "isHere", disabledReason = "no OpenCL device here")
    void aDeviceHasOneBackend() {
        assertThat(backend(PROVIDER.probe(0))).isSameAs(backend(PROVIDER.probe(0)));
        boolean isAmongThem = false;
        for (int i = 0; PROVIDER.probe(i) instanceof Availability.Available(Backend one, var devices); i++) {
            assertThat(devices).isNotEmpty();
            isAmongThem |= one.equals(backend(PROVIDER.probe()));
        }
        assertThat(isAmongThem).isTrue();
    }

    @Test
    @EnabledIf(value = "isHere", disabledReason = "no OpenCL device here")
    void aNumberThatNoneHas() {
        assertThat(PROVIDER.probe(99))
                .isInstanceOfSatisfying(
                        Availability.Unavailable.class,
                        u -> assertThat(u.reason() + u.remedy()).contains("no OpenCL device 99", "opencl:0"));
    }
}
