package dev.quern.opencl;

/// One half of the suite.
class OpenClConformanceTest extends DeviceConformance {
    OpenClConformanceTest() {
        super(0);
    }
}
