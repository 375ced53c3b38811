/// The host side of a device that runs [launches][dev.quern.codegen.Launch], the same for every driver.
///
/// A backend offers an [Accelerator][dev.quern.device.Accelerator]: arrays, a queue of copies and calls, functions
/// built from texts. On it [DeviceExecutable][dev.quern.device.DeviceExecutable] runs a program: a frame holds the
/// arrays and the calls with their arguments set, cut into batches between which it asks whether to stop. Constants
/// live on the device once a model ([DeviceConstants][dev.quern.device.DeviceConstants]), freed arrays are kept for the
/// next of their size ([DeviceMemory][dev.quern.device.DeviceMemory]), and built functions on disk
/// ([DiskCache][dev.quern.device.DiskCache]).
@NullMarked
package dev.quern.device;

import org.jspecify.annotations.NullMarked;
