package dev.quern.gpu.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.gpu.driver.CudaDriver.DeviceAttribute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Compares how functions are called with what NVIDIA's headers say of them.
class PrototypesTest {
    private static final Pattern PROTOTYPE = Pattern.compile(
            "\\b(CUresult|nvrtcResult|cublasStatus_t|cudnnStatus_t|size_t|const char\\s*\\*)(?:\\s+|(?<=\\*))"
                    + "(?:CUDAAPI\\s+|CUBLASWINAPI\\s+|CUDNNWINAPI\\s+)?(\\w+)"
                    + "\\s*\\(([^;{]*?)\\)\\s*;");
    private static final Pattern RENAMED =
            Pattern.compile("#define\\s+(cu\\w+)\\s+(?:__CUDA_API_PT\\w+\\()?(cu\\w+)\\)?[ \\t]*\\n");

    static boolean hasCudaHeader() {
        return header("cuda.h").isPresent();
    }

    static boolean hasNvrtcHeader() {
        return header("nvrtc.h").isPresent();
    }

    static boolean hasProductsHeader() {
        return header("cublasLt.h").isPresent() && header("library_types.h").isPresent();
    }

    /// Those of version 9, then those of 8.
    private static final List<String> CONVOLUTIONS =
            List.of("cudnn_graph.h", "cudnn_ops.h", "cudnn_cnn.h", "cudnn_ops_infer.h", "cudnn_cnn_infer.h");

    static boolean hasConvolutionsHeader() {
        return CONVOLUTIONS.stream().anyMatch(name -> header(name).isPresent());
    }

    private static Optional<Path> header(String name) {
        Stream<Path> beside = Libraries.ofThisMachine().folders().stream().map(f -> f.resolveSibling("include"));
        return Stream.concat(beside, Stream.of(Path.of("/usr/include")))
                .map(f -> f.resolve(name))
                .filter(Files::exists)
                .findFirst();
    }

    /// The headers that are here of these, without their comments.
    private static String text(List<String> headers) {
        StringBuilder all = new StringBuilder();
        try {
            for (String name : headers) {
                Optional<Path> file = header(name);
                if (file.isPresent()) {
                    all.append(Files.readString(file.get()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toString().replaceAll("(?s)/\\*.*?\\*/", " ").replaceAll("//[^\\n]*", " ");
    }

    /// The parameters that each exported name has in headers, in the letters of [ForeignFunction].
    private static Map<String, String> prototypes(List<String> headers) {
        String text = text(headers);
        Map<String, String> byName = new HashMap<>();
        for (Matcher m = PROTOTYPE.matcher(text); m.find(); ) {
            byName.putIfAbsent(m.group(2), "(" + letters(m.group(3)) + ")" + result(m.group(1)));
        }
        Map<String, String> exported = new HashMap<>();
        for (Matcher m = RENAMED.matcher(text); m.find(); ) {
            String parameters = byName.get(m.group(1));
            if (parameters != null) {
                exported.putIfAbsent(m.group(2), parameters);
            }
        }
        byName.forEach(exported::putIfAbsent);
        return exported;
    }

    private static String result(String type) {
        return type.contains("*") ? "p" : type.equals("size_t") ? "l" : "";
    }

    private static String letters(String parameters) {
        StringBuilder letters = new StringBuilder();
        if (parameters.strip().equals("void")) {
            return "";
        }
        for (String p : parameters.split(",")) {
            String type = p.strip()
                    .replaceAll("\\s*\\b\\w+$", "")
                    .replace("const", "")
                    .strip();
            letters.append(
                    p.contains("*") || p.contains("[")
                            ? "p"
                            : switch (type) {
                                case "size_t",
                                        "CUdeviceptr",
                                        "unsigned long long",
                                        "cuuint64_t",
                                        "uint64_t",
                                        "int64_t" -> "l";
                                case "double" -> "d";
                                case "int",
                                        "unsigned int",
                                        "unsigned",
                                        "CUdevice",
                                        "CUresult",
                                        "CUdevice_attribute",
                                        "CUfunction_attribute",
                                        "CUstreamCaptureMode",
                                        "cublasStatus_t",
                                        "cublasComputeType_t",
                                        "cudaDataType",
                                        "cudaDataType_t",
                                        "cublasLtMatmulDescAttributes_t",
                                        "cublasLtMatrixLayoutAttribute_t",
                                        "cublasLtMatmulPreferenceAttributes_t",
                                        "cudnnStatus_t",
                                        "cudnnDataType_t",
                                        "cudnnTensorFormat_t",
                                        "cudnnConvolutionMode_t",
                                        "cudnnConvolutionFwdAlgo_t",
                                        "cudnnConvolutionBwdDataAlgo_t",
                                        "cudnnConvolutionBwdFilterAlgo_t",
                                        "cudnnMathType_t",
                                        "cudnnActivationMode_t",
                                        "cudnnNanPropagation_t" -> "i";
                                case "CUstream",
                                        "CUevent",
                                        "CUcontext",
                                        "CUmodule",
                                        "CUfunction",
                                        "CUgraph",
                                        "CUgraphExec",
                                        "nvrtcProgram",
                                        "cudaStream_t",
                                        "cublasLtHandle_t",
                                        "cublasLtMatmulDesc_t",
                                        "cublasLtMatrixLayout_t",
                                        "cublasLtMatmulPreference_t",
                                        "cudnnHandle_t",
                                        "cudnnTensorDescriptor_t",
                                        "cudnnFilterDescriptor_t",
                                        "cudnnConvolutionDescriptor_t",
                                        "cudnnActivationDescriptor_t" -> "h";
                                default -> "(" + type + ")";
                            });
        }
        return letters.toString();
    }

    @ParameterizedTest
    @EnumSource(DriverFunction.class)
    @EnabledIf(value = "hasCudaHeader", disabledReason = "no cuda.h here: pip install nvidia-cuda-runtime")
    void theDriver(DriverFunction function) {
        assertDeclared(List.of("cuda.h"), function);
    }

    /// The numbers of what is asked of devices.
    @Test
    @EnabledIf(value = "hasCudaHeader", disabledReason = "no cuda.h here: pip install nvidia-cuda-runtime")
    void numbers() throws IOException {
        String text = Files.readString(header("cuda.h").orElseThrow());
        Map<String, Integer> ours = Map.of(
                "CU_DEVICE_ATTRIBUTE_CLOCK_RATE", DeviceAttribute.CLOCK_KHZ.code(),
                "CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT", DeviceAttribute.MULTIPROCESSORS.code(),
                "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR", DeviceAttribute.CAPABILITY_MAJOR.code(),
                "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR", DeviceAttribute.CAPABILITY_MINOR.code());
        ours.forEach((name, code) -> assertThat(text).containsPattern("\\b" + name + "\\s*=\\s*" + code + "\\b"));
    }

    @ParameterizedTest
    @EnumSource(NvrtcFunction.class)
    @EnabledIf(value = "hasNvrtcHeader", disabledReason = "no nvrtc.h here: pip install nvidia-cuda-nvrtc")
    void theCompiler(NvrtcFunction function) {
        assertDeclared(List.of("nvrtc.h"), function);
    }

    @ParameterizedTest
    @EnumSource(LtFunction.class)
    @EnabledIf(value = "hasProductsHeader", disabledReason = "no cublasLt.h here: pip install nvidia-cublas")
    void theProducts(LtFunction function) {
        assertDeclared(List.of("cublasLt.h"), function);
    }

    @ParameterizedTest
    @EnumSource(LtCode.class)
    @EnabledIf(value = "hasProductsHeader", disabledReason = "no cublasLt.h here: pip install nvidia-cublas")
    void theNumbersOfProducts(LtCode code) {
        assertNumbered(List.of("cublasLt.h", "cublas_api.h", "library_types.h"), code, code.code());
    }

    @ParameterizedTest
    @EnumSource(DnnFunction.class)
    @EnabledIf(value = "hasConvolutionsHeader", disabledReason = "no cudnn.h here: pip install nvidia-cudnn-cu12")
    void theConvolutions(DnnFunction function) {
        assertDeclared(CONVOLUTIONS, function);
    }

    @ParameterizedTest
    @EnumSource(DnnCode.class)
    @EnabledIf(value = "hasConvolutionsHeader", disabledReason = "no cudnn.h here: pip install nvidia-cudnn-cu12")
    void theNumbersOfConvolutions(DnnCode code) {
        assertNumbered(CONVOLUTIONS, code, code.code());
    }

    /// [Cudnn] reads them by where they lie.
    @Test
    @EnabledIf(value = "hasConvolutionsHeader", disabledReason = "no cudnn.h here: pip install nvidia-cudnn-cu12")
    void theMembersOfWhatAnAlgorithmIs() {
        assertThat(text(CONVOLUTIONS).replaceAll("\\s+", " "))
                .contains("{ cudnnConvolutionFwdAlgo_t algo; cudnnStatus_t status; float time; size_t memory;"
                        + " cudnnDeterminism_t determinism; cudnnMathType_t mathType; int reserved[3]; }"
                        + " cudnnConvolutionFwdAlgoPerf_t");
    }

    private static void assertNumbered(List<String> headers, Enum<?> name, int number) {
        assertThat(text(headers))
                .containsPattern("\\b" + name + "(?:\\s+CUDNN_DEPRECATED_ENUM)?\\s*=\\s*" + number + "\\b");
    }

    private static void assertDeclared(List<String> headers, ForeignFunction function) {
        String own = function.prototype().substring(function.prototype().indexOf('('));
        assertThat(prototypes(headers)).containsEntry(function.symbol(), own);
    }
}
