package dev.quern.gpu.driver;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Where libraries of CUDA are looked for: in the folder that `-Dquern.cuda.libraries` names; below `CUDA_HOME`,
/// `CUDA_PATH` and `/usr/local/cuda`; where containers and WSL mount the driver; in the `nvidia` packages of the
/// Pythons on the path; and where the system's loader looks. Version 13 goes before 12.
@SuppressWarnings("restricted") // the provider asks first whether this JVM grants native access
public final class Libraries {
    private static final boolean IS_WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    private final List<Path> folders;
    private final boolean asksLoader;

    private Libraries(List<Path> folders, boolean asksLoader) {
        this.folders = List.copyOf(folders);
        this.asksLoader = asksLoader;
    }

    /// These folders and nothing else.
    public static Libraries in(List<Path> folders) {
        return new Libraries(folders, false);
    }

    /// The folders, in the order in which they are looked into.
    public List<Path> folders() {
        return folders;
    }

    /// The folders of this machine.
    public static Libraries ofThisMachine() {
        Set<Path> folders = new LinkedHashSet<>();
        String chosen = System.getProperty("quern.cuda.libraries");
        if (chosen != null) {
            for (String part : chosen.split(File.pathSeparator)) {
                folders.add(Path.of(part));
            }
        }
        for (String name : new String[] {"CUDA_HOME", "CUDA_PATH"}) {
            String home = System.getenv(name);
            if (home != null && !home.isBlank()) {
                addToolkit(Path.of(home), folders);
            }
        }
        addToolkit(Path.of("/usr/local/cuda"), folders);
        for (String driver : new String[] {"/usr/local/nvidia/lib64", "/usr/lib/wsl/lib"}) {
            folders.add(Path.of(driver));
        }
        String path = System.getenv("PATH");
        for (String part : path == null ? new String[0] : path.split(File.pathSeparator)) {
            if (!part.isBlank()) {
                addPython(Path.of(part), folders);
            }
        }
        return new Libraries(List.copyOf(folders), true);
    }

    private static void addToolkit(Path home, Set<Path> folders) {
        folders.add(home.resolve("lib64"));
        folders.add(home.resolve("lib"));
        folders.add(home.resolve("bin"));
    }

    /// The `nvidia` packages of the Python whose programs lie in `bin`.
    private static void addPython(Path bin, Set<Path> folders) {
        if (!Files.exists(bin.resolve("python3")) || bin.getParent() == null) {
            return;
        }
        for (Path python : list(bin.getParent().resolve("lib"), "python3*")) {
            for (String packages : new String[] {"site-packages", "dist-packages"}) {
                for (Path one : list(python.resolve(packages).resolve("nvidia"), "*")) {
                    folders.add(one.resolve("lib"));
                }
            }
        }
    }

    private static List<Path> list(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, pattern)) {
                all.forEach(found::add);
            } catch (IOException unreadable) {
                return List.of();
            }
        }
        found.sort(null);
        return found;
    }

    /// The driver.
    ///
    /// @throws LibraryException where there is none, or one of another version
    /// @throws CudaException where it finds no way to a device
    public CudaDriver driver() {
        return open(List.of(IS_WINDOWS ? "nvcuda.dll" : "libcuda.so.1"), LinkedDriver::new);
    }

    /// The collectives of several devices.
    ///
    /// @throws LibraryException where there is none, or one of another version
    public Nccl collectives() {
        return open(List.of("libnccl.so.2"), Nccl::new);
    }

    /// The run-time compiler.
    ///
    /// @throws LibraryException where there is none, or one of another version
    public Nvrtc compiler() {
        return open(
                IS_WINDOWS
                        ? List.of("nvrtc64_130_0.dll", "nvrtc64_120_0.dll")
                        : List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"),
                Nvrtc::new);
    }

    /// The library of matrix products.
    ///
    /// @throws LibraryException where there is none, or one of another version
    public CublasLt products() {
        return open(
                IS_WINDOWS
                        ? List.of("cublasLt64_13.dll", "cublasLt64_12.dll")
                        : List.of("libcublasLt.so.13", "libcublasLt.so.12"),
                CublasLt::new);
    }

    /// The library of convolutions.
    ///
    /// @throws LibraryException where there is none, or one of another version
    public Cudnn convolutions() {
        return open(
                IS_WINDOWS ? List.of("cudnn64_9.dll", "cudnn64_8.dll") : List.of("libcudnn.so.9", "libcudnn.so.8"),
                Cudnn::new);
    }

    /// Makes something of an opened library.
    private interface Opened<T> {
        T of(String name, SymbolLookup symbols);
    }

    private <T> T open(List<String> names, Opened<T> opened) {
        StringBuilder reasons = new StringBuilder();
        for (String name : names) {
            for (Path folder : folders) {
                Path file = folder.resolve(name);
                if (Files.exists(file)) {
                    try {
                        loadBuiltins(folder);
                        return opened.of(file.toString(), SymbolLookup.libraryLookup(file, Arena.global()));
                    } catch (IllegalArgumentException | LibraryException unusable) {
                        reasons.append("; ").append(unusable.getMessage());
                    }
                }
            }
        }
        for (String name : asksLoader ? names : List.<String>of()) {
            SymbolLookup symbols;
            try {
                symbols = SymbolLookup.libraryLookup(name, Arena.global());
            } catch (IllegalArgumentException none) {
                continue;
            }
            try {
                return opened.of(name, symbols);
            } catch (LibraryException unusable) {
                reasons.append("; ").append(unusable.getMessage());
            }
        }
        throw new LibraryException(
                reasons.isEmpty() ? "no " + String.join(", ", names) + " here" : reasons.substring(2));
    }

    /// NVRTC finds its other half only where the loader has it already.
    private static void loadBuiltins(Path folder) {
        for (Path builtins : list(folder, "libnvrtc-builtins.so.*")) {
            if (!builtins.toString().contains(".alt.")) {
                SymbolLookup.libraryLookup(builtins, Arena.global());
            }
        }
    }
}
