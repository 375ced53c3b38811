package dev.quern.opencl;

/// The other half of the suite, in a process of its own.
class OpenClConformanceOtherHalfTest extends DeviceConformance {
    OpenClConformanceOtherHalfTest() {
        super(1);
    }
}
