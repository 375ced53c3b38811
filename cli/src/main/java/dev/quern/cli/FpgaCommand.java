package dev.quern.cli;

import dev.quern.graph.Graph;
import dev.quern.opencl.FpgaBundle;
import dev.quern.session.Model;
import dev.quern.session.SampleInputs;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern fpga`.
@Command(
        name = "fpga",
        mixinStandardHelpOptions = true,
        description = "Bundles of kernels for FPGA cards, which cannot compile. Name one in QUERN_FPGA_BUNDLE and run"
                + " with --backend fpga.")
final class FpgaCommand {

    @Command(
            name = "bundle",
            mixinStandardHelpOptions = true,
            description = "Writes kernels, weights, manifest and build recipe of a model for inputs of fixed shapes;"
                    + " placement.txt says which nodes are for the card.")
    int bundle(
            @Parameters(paramLabel = "MODEL", description = "an ONNX file, best one of quern convert --dtype int8")
                    Path model,
            @Option(
                            names = {"-o", "--output"},
                            required = true,
                            paramLabel = "DIR",
                            description = "the folder to write")
                    Path folder,
            @Option(
                            names = "--shape",
                            paramLabel = "NAME=1x3x224x224",
                            description = "extents of an input; symbols are 1 by default")
                    List<String> shapes,
            @Option(
                            names = "--build",
                            description = "also build the kernels, for an OpenCL device of this machine that compiles")
                    boolean builds) {
        Graph graph = Model.read(model).graph();
        int kernels = FpgaBundle.write(
                graph,
                Optional.of(model),
                SampleInputs.parse(graph, shapes == null ? List.of() : shapes),
                folder,
                builds);
        System.out.println(kernels + " kernels in " + folder
                + (builds ? ", built and sealed" : "; BUILD.md there says how they are built"));
        return 0;
    }

    @Command(
            name = "seal",
            mixinStandardHelpOptions = true,
            description = "Takes the binary that a card's compiler made into a bundle, with its hash.")
    int seal(
            @Parameters(index = "0", paramLabel = "DIR", description = "the bundle") Path folder,
            @Parameters(index = "1", paramLabel = "BINARY", description = "an .xclbin, .aocx …") Path binary) {
        FpgaBundle.seal(folder, binary);
        System.out.println(binary.getFileName() + " is sealed into " + folder);
        return 0;
    }
}
