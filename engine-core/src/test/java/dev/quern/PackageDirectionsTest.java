package dev.quern;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The packages of the engine depend on each other in one direction only:
/// `tensor ← expr ← kernel ← graph ← op ← {gradient, rewrite}` and
/// `kernel, graph ← backend ← {compile, reference} ← session ← {train, convert}`.
class PackageDirectionsTest {

    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.quern");

    @Test
    void packagesDependOnEachOtherInOneDirection() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.quern..")
                .withOptionalLayers(true)
                .layer("tensor")
                .definedBy("dev.quern.tensor..")
                .layer("expr")
                .definedBy("dev.quern.expr..")
                .layer("kernel")
                .definedBy("dev.quern.kernel..")
                .layer("graph")
                .definedBy("dev.quern.graph..")
                .layer("op")
                .definedBy("dev.quern.op..")
                .layer("gradient")
                .definedBy("dev.quern.gradient..")
                .layer("rewrite")
                .definedBy("dev.quern.rewrite..")
                .layer("backend")
                .definedBy("dev.quern.backend..")
                .layer("compile")
                .definedBy("dev.quern.compile..")
                .layer("reference")
                .definedBy("dev.quern.reference..")
                .layer("session")
                .definedBy("dev.quern.session..")
                .layer("train")
                .definedBy("dev.quern.train..")
                .layer("convert")
                .definedBy("dev.quern.convert..")
                .whereLayer("tensor")
                .mayNotAccessAnyLayer()
                .whereLayer("expr")
                .mayOnlyAccessLayers("tensor")
                .whereLayer("kernel")
                .mayOnlyAccessLayers("tensor", "expr")
                .whereLayer("graph")
                .mayOnlyAccessLayers("tensor", "expr", "kernel")
                .whereLayer("op")
                .mayOnlyAccessLayers("tensor", "expr", "kernel", "graph")
                .whereLayer("gradient")
                .mayOnlyAccessLayers("tensor", "expr", "kernel", "graph", "op")
                .whereLayer("rewrite")
                .mayOnlyAccessLayers("tensor", "expr", "kernel", "graph", "op")
                .whereLayer("backend")
                .mayOnlyAccessLayers("tensor", "expr", "kernel", "graph")
                .whereLayer("reference")
                .mayOnlyAccessLayers("tensor", "expr", "kernel", "graph", "op", "backend")
                .whereLayer("compile")
                .mayOnlyAccessLayers("tensor", "expr", "kernel", "graph", "op", "rewrite", "backend")
                .whereLayer("session")
                .mayOnlyAccessLayers(
                        "tensor", "expr", "kernel", "graph", "op", "rewrite", "backend", "compile", "reference")
                .whereLayer("train")
                .mayOnlyAccessLayers(
                        "tensor",
                        "expr",
                        "kernel",
                        "graph",
                        "op",
                        "gradient",
                        "rewrite",
                        "backend",
                        "compile",
                        "session")
                .whereLayer("convert")
                .mayOnlyAccessLayers(
                        "tensor", "expr", "kernel", "graph", "op", "rewrite", "backend", "compile", "session")
                .check(ENGINE);
    }
}
