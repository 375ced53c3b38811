package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.codegen.Task;
import dev.quern.gpu.driver.Convolutions;
import dev.quern.gpu.driver.TensorConvolution;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Large convolutions by cuDNN: which ones. `-Dquern.cuda.convolutions=own` leaves all to generated kernels.
final class LibraryConvolutions {
    private static final VendorAccess.Words WORDS =
            new VendorAccess.Words("convolutions", "cuDNN", "nvidia-cudnn-cu12");

    private final VendorAccess<TensorConvolution, Convolutions.Addresses> access;

    /// @param source finds the library
    /// @param least multiplications from which on it is asked
    LibraryConvolutions(CudaAccelerator device, Supplier<? extends Convolutions> source, long least) {
        this.access = new VendorAccess<>(device, WORDS, source, least);
    }

    LibraryConvolutions(CudaAccelerator device, Supplier<? extends Convolutions> source) {
        this(device, source, WORDS.least());
    }

    VendorAccess<TensorConvolution, Convolutions.Addresses> access() {
        return access;
    }

    /// What does the convolution, or nothing where generated kernels are to.
    Optional<List<Task>> of(Kernel.Convolve kernel, List<Buffer> buffers, ProductPrecision precision) {
        int outputs = Math.max(1, kernel.weights().dim(0));
        if (!access.isLarge((long) kernel.output().length() * (kernel.weights().length() / outputs))) {
            return Optional.empty();
        }
        return access.choose(ConvolutionForm.of(kernel, precision), ConvolutionForm::convolution)
                .map(choice -> tasks(choice, buffers));
    }

    private static List<Task> tasks(VendorAccess.Choice<ConvolutionForm> choice, List<Buffer> buffers) {
        ConvolutionForm form = choice.form();
        List<Task> tasks = new ArrayList<>();
        form.weightsCopy(buffers.size()).ifPresent(copy -> tasks.addAll(copied(form, copy, buffers)));
        tasks.add(ConvolutionCall.of(form, choice.algorithm()));
        form.rest().ifPresent(map -> tasks.addAll(KernelCode.of(map, buffers, Target.GPU)));
        return tasks;
    }

    /// Launches that copy the weights to where the call finds them.
    private static List<Launch> copied(ConvolutionForm form, Kernel.Map copy, List<Buffer> buffers) {
        int number = buffers.size();
        List<Buffer> more = new ArrayList<>(buffers);
        // in a slot of its own: buffers of one slot are one array
        more.add(new Buffer(form.w().dtype(), form.w().length(), new Buffer.Temporary(number)));
        return KernelCode.of(copy, more, Target.GPU).stream()
                .map(l -> new Launch(
                        l.function(),
                        l.text(),
                        l.group(),
                        l.arrays().stream()
                                .map(a -> a.equals(new Launch.OfBuffer(number)) ? form.weights() : a)
                                .toList(),
                        l.numbers(),
                        l.items(),
                        l.work()))
                .toList();
    }
}
