package dev.quern.onnx;

import java.util.List;

/// The rows of the operator table by the class that holds them. A family is made when one of its operators is first
/// asked for: linking the functions of all rows takes longer than reading most models.
enum OperatorFamily {
    ATTENTION,
    CONTROL_FLOW,
    DIFFUSION,
    EARLY,
    FEW_BITS,
    ELEMENTWISE,
    FUSED,
    GENERATOR,
    CAST,
    HOST,
    IMAGE,
    INDEXING,
    LABEL,
    LEGACY,
    LOSS,
    MICROSOFT_ATTENTION,
    ML,
    NORMALIZATION,
    POOL,
    PRODUCT,
    Q_LINEAR,
    QUANTIZATION,
    RECURRENT,
    REDUCTION,
    SHAPING,
    SIGNAL,
    SVM,
    TEXT,
    TRAINING,
    TRANSFORMER,
    TREE,
    TWIN;

    /// Its rows, made anew.
    List<Row> rows() {
        return switch (this) {
            case ATTENTION -> AttentionRows.rows();
            case CONTROL_FLOW -> ControlFlowRows.rows();
            case DIFFUSION -> DiffusionRows.rows();
            case EARLY -> EarlyRows.rows();
            case FEW_BITS -> FewBitsRows.rows();
            case ELEMENTWISE -> ElementwiseRows.rows();
            case FUSED -> FusedRows.rows();
            case GENERATOR -> GeneratorRows.rows();
            case CAST -> CastRows.rows();
            case HOST -> HostRows.rows();
            case IMAGE -> ImageRows.rows();
            case INDEXING -> IndexingRows.rows();
            case LABEL -> LabelRows.rows();
            case LEGACY -> LegacyRows.rows();
            case LOSS -> LossRows.rows();
            case MICROSOFT_ATTENTION -> MicrosoftAttentionRows.rows();
            case ML -> MlRows.rows();
            case NORMALIZATION -> NormalizationRows.rows();
            case POOL -> PoolRows.rows();
            case PRODUCT -> ProductRows.rows();
            case Q_LINEAR -> QLinearRows.rows();
            case QUANTIZATION -> QuantizationRows.rows();
            case RECURRENT -> RecurrentRows.rows();
            case REDUCTION -> ReductionRows.rows();
            case SHAPING -> ShapingRows.rows();
            case SIGNAL -> SignalRows.rows();
            case SVM -> SvmRows.rows();
            case TEXT -> TextRows.rows();
            case TRAINING -> TrainingRows.rows();
            case TRANSFORMER -> TransformerRows.rows();
            case TREE -> TreeRows.rows();
            case TWIN -> TwinRows.rows();
        };
    }
}
