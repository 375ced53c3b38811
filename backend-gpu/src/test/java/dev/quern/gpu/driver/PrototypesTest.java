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
            "\\b(CUresult|nvrtcResult|cublasStatus_t|size_t|const char\\s*\\*)\\s+(?:CUDAAPI\\s+|CUBLASWINAPI\\s+)?(\\w+)"
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

    private static Optional<Path> header(String name) {
        Stream<Path> beside = Libraries.ofThisMachine().folders().stream().map(f -> f.resolveSibling("include"));
        return Stream.concat(beside, Stream.of(Path.of("/usr/include")))
                .map(f -> f.resolve(name))
                .filter(Files::exists)
                .findFirst();
    }

    /// The parameters that each exported name has in a header, in the letters of [ForeignFunction].
    private static Map<String, String> prototypes(String header) {
        String text;
        try {
            text = Files.readString(header(header).orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        text = text.replaceAll("(?s)/\\*.*?\\*/", " ").replaceAll("//[^\\n]*", " ");
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
                                        "cublasLtMatmulPreferenceAttributes_t" -> "i";
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
                                        "cublasLtMatmulPreference_t" -> "h";
                                default -> "(" + type + ")";
                            });
        }
        return letters.toString();
    }

    @ParameterizedTest
    @EnumSource(DriverFunction.class)
    @EnabledIf(value = "hasCudaHeader", disabledReason = "no cuda.h here: pip install nvidia-cuda-runtime")
    void theDriver(DriverFunction function) {
        assertDeclared("cuda.h", function);
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
        assertDeclared("nvrtc.h", function);
    }

    @ParameterizedTest
    @EnumSource(LtFunction.class)
    @EnabledIf(value = "hasProductsHeader", disabledReason = "no cublasLt.h here: pip install nvidia-cublas")
    void theProducts(LtFunction function) {
        assertDeclared("cublasLt.h", function);
    }

    @ParameterizedTest
    @EnumSource(LtCode.class)
    @EnabledIf(value = "hasProductsHeader", disabledReason = "no cublasLt.h here: pip install nvidia-cublas")
    void theNumbersOfProducts(LtCode code) throws IOException {
        String text = "";
        for (String name : List.of("cublasLt.h", "cublas_api.h", "library_types.h")) {
            text += Files.readString(header(name).orElseThrow());
        }
        assertThat(text).containsPattern("\\b" + code + "\\s*=\\s*" + code.code() + "\\b");
    }

    private static void assertDeclared(String header, ForeignFunction function) {
        String own = function.prototype().substring(function.prototype().indexOf('('));
        assertThat(prototypes(header)).containsEntry(function.symbol(), own);
    }
}
