package dev.quern.gpu.driver;

/// The functions of `libcublasLt` that are called. All but the last two return a `cublasStatus_t`.
public enum LtFunction implements ForeignFunction {
    CREATE("cublasLtCreate(p)"),
    DESTROY("cublasLtDestroy(h)"),
    NEW_OPERATION("cublasLtMatmulDescCreate(pii)"),
    SET_OPERATION("cublasLtMatmulDescSetAttribute(hipl)"),
    DESTROY_OPERATION("cublasLtMatmulDescDestroy(h)"),
    NEW_LAYOUT("cublasLtMatrixLayoutCreate(pilll)"),
    SET_LAYOUT("cublasLtMatrixLayoutSetAttribute(hipl)"),
    DESTROY_LAYOUT("cublasLtMatrixLayoutDestroy(h)"),
    NEW_PREFERENCE("cublasLtMatmulPreferenceCreate(p)"),
    SET_PREFERENCE("cublasLtMatmulPreferenceSetAttribute(hipl)"),
    DESTROY_PREFERENCE("cublasLtMatmulPreferenceDestroy(h)"),
    HEURISTIC("cublasLtMatmulAlgoGetHeuristic(hhhhhhhipp)"),
    MULTIPLY("cublasLtMatmul(hhpphphpphphpplh)"),
    VERSION("cublasLtGetVersion()l"),
    STATUS_NAME("cublasLtGetStatusName(i)p");

    private final String prototype;

    LtFunction(String prototype) {
        this.prototype = prototype;
    }

    @Override
    public String prototype() {
        return prototype;
    }
}
