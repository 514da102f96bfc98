import Bytes
import GraphIR

/// Every operator there is. Adding one is its file and its line here.
package enum OperatorCatalogue {
    package static let all: [any Operator.Type] =
        activations + arithmetic + comparison + reduction + normalization + quantization
        + convolution + pooling + linear + movement + shape + resampling + recurrent

    static let activations: [any Operator.Type] = [
        Celu.self,
        Clip.self,
        Elu.self,
        Gelu.self,
        HardSigmoid.self,
        HardSwish.self,
        Hardmax.self,
        LeakyRelu.self,
        LogSoftmax.self,
        Mish.self,
        PRelu.self,
        Relu.self,
        Selu.self,
        Shrink.self,
        Sigmoid.self,
        Softmax.self,
        Softplus.self,
        Softsign.self,
        Swish.self,
        Tanh.self,
        ThresholdedRelu.self,
    ]

    static let arithmetic: [any Operator.Type] = [
        Abs.self,
        Acos.self,
        Acosh.self,
        Add.self,
        Asin.self,
        Asinh.self,
        Atan.self,
        Atanh.self,
        BitShift.self,
        BitwiseAnd.self,
        BitwiseNot.self,
        BitwiseOr.self,
        BitwiseXor.self,
        Ceil.self,
        Cos.self,
        Cosh.self,
        CumProd.self,
        CumSum.self,
        Divide.self,
        Erf.self,
        Exp.self,
        ExpM1.self,
        Floor.self,
        FloorDivide.self,
        Log.self,
        Log1P.self,
        Maximum.self,
        Minimum.self,
        Modulo.self,
        Multiply.self,
        Negate.self,
        Power.self,
        Reciprocal.self,
        Round.self,
        Sign.self,
        Sin.self,
        Sinh.self,
        Sqrt.self,
        Subtract.self,
        Tan.self,
    ]

    static let comparison: [any Operator.Type] = [
        And.self,
        Equal.self,
        Greater.self,
        GreaterOrEqual.self,
        IsInf.self,
        IsNaN.self,
        Less.self,
        LessOrEqual.self,
        Not.self,
        Or.self,
        Select.self,
        Where.self,
        Xor.self,
    ]

    static let reduction: [any Operator.Type] = [
        ArgMax.self,
        ArgMin.self,
        ReduceAll.self,
        ReduceAny.self,
        ReduceL1.self,
        ReduceL2.self,
        ReduceLogSum.self,
        ReduceLogSumExp.self,
        ReduceMaximum.self,
        ReduceMean.self,
        ReduceMinimum.self,
        ReduceProduct.self,
        ReduceSum.self,
        ReduceSumSquare.self,
    ]

    static let normalization: [any Operator.Type] = [
        BatchNormalization.self,
        GroupNormalization.self,
        InstanceNormalization.self,
        LayerNormalization.self,
        LocalResponseNormalization.self,
        LpNormalization.self,
        MeanVarianceNormalization.self,
        RMSNormalization.self,
    ]

    static let quantization: [any Operator.Type] = [
        DequantizeLinear.self,
        DynamicQuantizeLinear.self,
        IntegerConvolution.self,
        IntegerMatMul.self,
        QuantizeLinear.self,
    ]

    static let convolution: [any Operator.Type] = [
        Convolution.self,
        TransposedConvolution.self,
    ]

    static let pooling: [any Operator.Type] = [
        AveragePool.self,
        GlobalAveragePool.self,
        GlobalLpPool.self,
        GlobalMaxPool.self,
        LpPool.self,
        MaxPool.self,
        MaxUnpool.self,
    ]

    static let linear: [any Operator.Type] = [
        Attention.self,
        Einsum.self,
        Gemm.self,
        MatMul.self,
        RotaryEmbedding.self,
    ]

    static let movement: [any Operator.Type] = [
        CenterCropPad.self,
        Col2Im.self,
        Compress.self,
        Concat.self,
        DepthToSpace.self,
        Expand.self,
        EyeLike.self,
        Gather.self,
        GatherElements.self,
        GatherND.self,
        NonZero.self,
        OneHot.self,
        Pad.self,
        Reverse.self,
        ReverseSequence.self,
        ScatterElements.self,
        ScatterND.self,
        Slice.self,
        SpaceToDepth.self,
        Split.self,
        Tile.self,
        TopK.self,
        Transpose.self,
        Trilu.self,
        Unique.self,
    ]

    static let shape: [any Operator.Type] = [
        BitCast.self,
        Cast.self,
        ConstantOfShape.self,
        Flatten.self,
        Identity.self,
        NumericRange.self,
        Reshape.self,
        ShapeOf.self,
        Size.self,
        Squeeze.self,
        StridedSlice.self,
        Unsqueeze.self,
    ]

    static let resampling: [any Operator.Type] = [
        AffineGrid.self,
        GridSample.self,
        NonMaxSuppression.self,
        Resize.self,
        RoiAlign.self,
        SemilinearUpsample.self,
    ]

    static let recurrent: [any Operator.Type] = [
        GRU.self,
        LSTM.self,
        RNN.self,
    ]

    private static let byID: [String: any Operator.Type] = {
        var result: [String: any Operator.Type] = [:]
        for type in all { result[type.id] = type }
        return result
    }()

    /// The operator with this id and these attributes, the others at their defaults.
    /// - Throws: `.unsupported` for an unknown id or attribute, `.malformed` for a wrong value.
    package static func make(_ id: String, _ attributes: [String: AttributeValue]) throws(OsteonError) -> any Operator {
        guard let type = byID[id] else { throw OsteonError(.unsupported, "Unknown operator \(id).") }
        return try locating("operator \(id)") { () throws(OsteonError) in try type.decode(attributes) }
    }
}
