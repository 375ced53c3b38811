package dev.quern.gpu.driver;

/// The functions of `libcudnn` that are called, which versions 8 and 9 both have. All but the last two return a
/// `cudnnStatus_t`.
public enum DnnFunction implements ForeignFunction {
    CREATE("cudnnCreate(p)"),
    DESTROY("cudnnDestroy(h)"),
    SET_STREAM("cudnnSetStream(hh)"),
    NEW_TENSOR("cudnnCreateTensorDescriptor(p)"),
    SET_TENSOR("cudnnSetTensorNdDescriptor(hiipp)"),
    DESTROY_TENSOR("cudnnDestroyTensorDescriptor(h)"),
    NEW_FILTER("cudnnCreateFilterDescriptor(p)"),
    SET_FILTER("cudnnSetFilterNdDescriptor(hiiip)"),
    DESTROY_FILTER("cudnnDestroyFilterDescriptor(h)"),
    NEW_CONVOLUTION("cudnnCreateConvolutionDescriptor(p)"),
    SET_CONVOLUTION("cudnnSetConvolutionNdDescriptor(hipppii)"),
    SET_MATH("cudnnSetConvolutionMathType(hi)"),
    SET_GROUPS("cudnnSetConvolutionGroupCount(hi)"),
    DESTROY_CONVOLUTION("cudnnDestroyConvolutionDescriptor(h)"),
    NEW_ACTIVATION("cudnnCreateActivationDescriptor(p)"),
    SET_ACTIVATION("cudnnSetActivationDescriptor(hiid)"),
    DESTROY_ACTIVATION("cudnnDestroyActivationDescriptor(h)"),
    FORWARD_HEURISTIC("cudnnGetConvolutionForwardAlgorithm_v7(hhhhhipp)"),
    FORWARD_WORKSPACE("cudnnGetConvolutionForwardWorkspaceSize(hhhhhip)"),
    FORWARD("cudnnConvolutionForward(hphphphiplphp)"),
    BACKWARD_DATA_HEURISTIC("cudnnGetConvolutionBackwardDataAlgorithm_v7(hhhhhipp)"),
    BACKWARD_DATA_WORKSPACE("cudnnGetConvolutionBackwardDataWorkspaceSize(hhhhhip)"),
    BACKWARD_DATA("cudnnConvolutionBackwardData(hphphphiplphp)"),
    BACKWARD_FILTER_HEURISTIC("cudnnGetConvolutionBackwardFilterAlgorithm_v7(hhhhhipp)"),
    BACKWARD_FILTER_WORKSPACE("cudnnGetConvolutionBackwardFilterWorkspaceSize(hhhhhip)"),
    BACKWARD_FILTER("cudnnConvolutionBackwardFilter(hphphphiplphp)"),
    FORWARD_AND_FINISH("cudnnConvolutionBiasActivationForward(hphphphiplphphphhp)"),
    VERSION("cudnnGetVersion()l"),
    STATUS_NAME("cudnnGetErrorString(i)p");

    private final String prototype;

    DnnFunction(String prototype) {
        this.prototype = prototype;
    }

    @Override
    public String prototype() {
        return prototype;
    }
}
