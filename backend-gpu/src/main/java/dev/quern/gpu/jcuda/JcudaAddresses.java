package dev.quern.gpu.jcuda;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/// Addresses as objects of JCuda, and back.
public final class JcudaAddresses {
    private static final MethodHandle ADDRESS = getter(NativePointerObject.class, "getNativePointer");
    private static final MethodHandle OFFSET = getter(Pointer.class, "getByteOffset");

    private JcudaAddresses() {}

    /// A device address of JCuda's kind, which its own constructors make of another one only.
    static final class DeviceAddress extends CUdeviceptr {
        DeviceAddress(long address) {
            super(new CUdeviceptr(), address);
        }
    }

    private static final class HostAddress extends Pointer {
        HostAddress(long address) {
            super(address);
        }
    }

    /// An address on the device.
    public static CUdeviceptr pointer(long address) {
        return new DeviceAddress(address);
    }

    /// An address of the host.
    static Pointer host(MemorySegment memory) {
        return new HostAddress(memory.address());
    }

    /// The address or handle that an object of JCuda stands for.
    public static long address(NativePointerObject object) {
        try {
            long base = (long) ADDRESS.invokeExact(object);
            return object instanceof Pointer pointer ? base + (long) OFFSET.invokeExact(pointer) : base;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a getter throws nothing checked", e);
        }
    }

    private static MethodHandle getter(Class<?> type, String name) {
        try {
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findVirtual(type, name, MethodType.methodType(long.class));
        } catch (ReflectiveOperationException other) {
            throw new LinkageError("this JCuda has no " + type.getSimpleName() + "." + name, other);
        }
    }
}
