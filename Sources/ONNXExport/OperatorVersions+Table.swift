extension OperatorVersions {
    /// Written by tools/generate-onnx-versions: operator, first operator set, and for each input the element types it takes.
    static let table = """
        Abs 13 fdhbcsilCSIL
        Acos 7 fdh
        Acos 22 fdhb
        Acosh 9 fdh
        Acosh 22 fdhb
        Add 13 fdhbilIL fdhbilIL
        Add 14 fdhbcsilCSIL fdhbcsilCSIL
        AffineGrid 20 fdhb l
        And 7 ? ?
        ArgMax 13 fdhbcsilCSIL
        ArgMin 13 fdhbcsilCSIL
        Asin 7 fdh
        Asin 22 fdhb
        Asinh 9 fdh
        Asinh 22 fdhb
        Atan 7 fdh
        Atan 22 fdhb
        Atanh 9 fdh
        Atanh 22 fdhb
        Attention 23 fdhb fdhb fdhb fdhbcsilCSIL? fdhb fdhb
        Attention 24 fdhb fdhb fdhb fdhbcsilCSIL? fdhb fdhb l
        Attention 25 fdhb fdhb fdhb fdhbcsilCSIL? fdhb fdhb l
        AveragePool 11 fdh
        AveragePool 19 fdh
        AveragePool 22 fdhb
        BatchNormalization 9 fdh fdh fdh fdh fdh
        BatchNormalization 14 fdhb fdhb fdhb fdhb fdhb
        BatchNormalization 15 fdhb fdhb fdhb fdhb fdhb
        Bernoulli 15 fdh
        Bernoulli 22 fdhb
        BitCast 26 fdhbcsilCSIL?
        BitShift 11 CSIL CSIL
        BitwiseAnd 18 csilCSIL csilCSIL
        BitwiseNot 18 csilCSIL
        BitwiseOr 18 csilCSIL csilCSIL
        BitwiseXor 18 csilCSIL csilCSIL
        BlackmanWindow 17 il
        Cast 13 fdhbcsilCSIL?
        Cast 19 fdhbcsilCSIL?
        Cast 21 fdhbcsilCSIL?
        Cast 23 fdhbcsilCSIL?
        Cast 24 fdhbcsilCSIL?
        Cast 25 fdhbcsilCSIL?
        CastLike 15 fdhbcsilCSIL? fdhbcsilCSIL?
        CastLike 19 fdhbcsilCSIL? fdhbcsilCSIL?
        CastLike 21 fdhbcsilCSIL? fdhbcsilCSIL?
        CastLike 23 fdhbcsilCSIL? fdhbcsilCSIL?
        CastLike 24 fdhbcsilCSIL? fdhbcsilCSIL?
        CastLike 25 fdhbcsilCSIL? fdhbcsilCSIL?
        Ceil 13 fdhb
        Celu 12 f
        CenterCropPad 18 fdhbcsilCSIL? il
        Clip 13 fdhbcsilCSIL fdhbcsilCSIL fdhbcsilCSIL
        Col2Im 18 fdhbcsilCSIL? l l
        Compress 11 fdhcsilCSIL? ?
        Concat 13 fdhbcsilCSIL?
        Constant 13
        Constant 19
        Constant 21
        Constant 23
        Constant 24
        Constant 25
        ConstantOfShape 9 l
        ConstantOfShape 20 l
        ConstantOfShape 21 l
        ConstantOfShape 23 l
        ConstantOfShape 24 l
        ConstantOfShape 25 l
        Conv 11 fdh fdh fdh
        Conv 22 fdhb fdhb fdhb
        ConvInteger 10 cC cC cC cC
        ConvTranspose 11 fdh fdh fdh
        ConvTranspose 22 fdhb fdhb fdhb
        Cos 7 fdh
        Cos 22 fdhb
        Cosh 9 fdh
        Cosh 22 fdhb
        CumProd 26 fdhbilIL il
        CumSum 11 fdilIL il
        CumSum 14 fdhbilIL il
        DFT 17 fdhb il
        DFT 20 fdhb il l
        DeformConv 19 fdh fdh fdh fdh fdh
        DeformConv 22 fdhb fdhb fdhb fdhb fdhb
        DepthToSpace 13 fdhbcsilCSIL?
        DequantizeLinear 13 ciC f ciC
        DequantizeLinear 19 ciC fhb ciC
        DequantizeLinear 21 csiCS fhb csiCS
        DequantizeLinear 23 csiCS fhb csiCS
        DequantizeLinear 24 csiCS fhb csiCS
        DequantizeLinear 25 csiCS fhb csiCS
        Det 11 fdh
        Det 22 fdhb
        Div 13 fdhbilIL fdhbilIL
        Div 14 fdhbcsilCSIL fdhbcsilCSIL
        Dropout 13 fdhb fdh ?
        Dropout 22 fdhb fdhb ?
        DynamicQuantizeLinear 11 f
        Einsum 12 fdhcsilCSIL
        Elu 6 fdh
        Elu 22 fdhb
        Equal 13 fdhbcsilCSIL? fdhbcsilCSIL?
        Equal 19 fdhbcsilCSIL? fdhbcsilCSIL?
        Erf 13 fdhb
        Exp 13 fdhb
        Expand 13 fdhbcsilCSIL? l
        EyeLike 9 fdhcsilCSIL?
        EyeLike 22 fdhbcsilCSIL?
        Flatten 13 fdhbcsilCSIL?
        Flatten 21 fdhbcsilCSIL?
        Flatten 23 fdhbcsilCSIL?
        Flatten 24 fdhbcsilCSIL?
        Flatten 25 fdhbcsilCSIL?
        Floor 13 fdhb
        GRU 7 fdh fdh fdh fdh i fdh
        GRU 14 fdh fdh fdh fdh i fdh
        GRU 22 fdhb fdhb fdhb fdhb i fdhb
        Gather 13 fdhbcsilCSIL? il
        GatherElements 13 fdhbcsilCSIL? il
        GatherND 13 fdhbcsilCSIL? l
        Gelu 20 fdhb
        Gemm 13 fdhbilIL fdhbilIL fdhbilIL
        GlobalAveragePool 1 fdh
        GlobalAveragePool 22 fdhb
        GlobalLpPool 2 fdh
        GlobalLpPool 22 fdhb
        GlobalMaxPool 1 fdh
        GlobalMaxPool 22 fdhb
        Greater 13 fdhbcsilCSIL fdhbcsilCSIL
        GreaterOrEqual 12 fdhcsilCSIL fdhcsilCSIL
        GreaterOrEqual 16 fdhbcsilCSIL fdhbcsilCSIL
        GridSample 16 fdhcsilCSIL? fdh
        GridSample 20 fdhcsilCSIL? fdh
        GridSample 22 fdhbcsilCSIL? fdhb
        GroupNormalization 21 fdhb fdhb fdhb
        HammingWindow 17 il
        HannWindow 17 il
        HardSigmoid 6 fdh
        HardSigmoid 22 fdhb
        HardSwish 14 fdh
        HardSwish 22 fdhb
        Hardmax 13 fdhb
        Identity 13 fdhbcsilCSIL?
        Identity 14 fdhbcsilCSIL?
        Identity 16 fdhbcsilCSIL?
        Identity 19 fdhbcsilCSIL?
        Identity 21 fdhbcsilCSIL?
        Identity 23 fdhbcsilCSIL?
        Identity 24 fdhbcsilCSIL?
        Identity 25 fdhbcsilCSIL?
        ImageDecoder 20 C
        InstanceNormalization 6 fdh fdh fdh
        InstanceNormalization 22 fdhb fdhb fdhb
        IsInf 10 fd
        IsInf 20 fdhb
        IsNaN 13 fdhb
        IsNaN 20 fdhb
        LRN 13 fdhb
        LSTM 7 fdh fdh fdh fdh i fdh fdh fdh
        LSTM 14 fdh fdh fdh fdh i fdh fdh fdh
        LSTM 22 fdhb fdhb fdhb fdhb i fdhb fdhb fdhb
        LayerNormalization 17 fdhb fdhb fdhb
        LeakyRelu 6 fdh
        LeakyRelu 16 fdhb
        Less 13 fdhbcsilCSIL fdhbcsilCSIL
        LessOrEqual 12 fdhcsilCSIL fdhcsilCSIL
        LessOrEqual 16 fdhbcsilCSIL fdhbcsilCSIL
        Log 13 fdhb
        LogSoftmax 13 fdhb
        LpNormalization 1 fdh
        LpNormalization 22 fdhb
        LpPool 11 fdh
        LpPool 18 fdh
        LpPool 22 fdhb
        MatMul 13 fdhbilIL fdhbilIL
        MatMulInteger 10 cC cC cC cC
        Max 13 fdhbcsilCSIL
        MaxPool 12 fdhcC
        MaxPool 22 fdhbcC
        MaxRoiPool 1 fdh fdh
        MaxRoiPool 22 fdhb fdhb
        MaxUnpool 11 fdh l l
        MaxUnpool 22 fdhb l l
        Mean 13 fdhb
        MeanVarianceNormalization 13 fdhb
        MelWeightMatrix 17 il il il fdhb fdhb
        Min 13 fdhbcsilCSIL
        Mish 18 fdh
        Mish 22 fdhb
        Mod 13 fdhbcsilCSIL fdhbcsilCSIL
        Mul 13 fdhbilIL fdhbilIL
        Mul 14 fdhbcsilCSIL fdhbcsilCSIL
        Multinomial 7 fdh
        Multinomial 22 fdhb
        Neg 13 fdhbcsil
        NegativeLogLikelihoodLoss 13 fdh il fdh
        NegativeLogLikelihoodLoss 22 fdhb il fdhb
        NonMaxSuppression 11 f f l f f
        NonZero 13 fdhbcsilCSIL?
        Not 1 ?
        OneHot 11 fdhcsilCSIL fdhcsilCSIL fdhcsilCSIL?
        Or 7 ? ?
        PRelu 9 fdhilIL fdhilIL
        PRelu 16 fdhbilIL fdhbilIL
        Pad 13 fdhbcsilCSIL? l fdhbcsilCSIL?
        Pad 18 fdhbcsilCSIL? l fdhbcsilCSIL? il
        Pad 19 fdhbcsilCSIL? l fdhbcsilCSIL? il
        Pad 21 fdhbcsilCSIL? l fdhbcsilCSIL? il
        Pad 23 fdhbcsilCSIL? l fdhbcsilCSIL? il
        Pad 24 fdhbcsilCSIL? l fdhbcsilCSIL? il
        Pad 25 fdhbcsilCSIL? l fdhbcsilCSIL? il
        Pow 13 fdhbil fdhcsilCSIL
        Pow 15 fdhbil fdhbcsilCSIL
        QLinearConv 10 cC f cC cC f cC f cC i
        QLinearMatMul 10 cC f cC cC f cC f cC
        QLinearMatMul 21 cC fhb cC cC fhb cC fhb cC
        QuantizeLinear 13 fi f cC
        QuantizeLinear 19 fhbi fhbi cC
        QuantizeLinear 21 fhbi fhbi csCS
        QuantizeLinear 23 fhbi fhbi csCS
        QuantizeLinear 24 fhbi fhbi csCS
        QuantizeLinear 25 fhbi fhbi csCS
        RMSNormalization 23 fdhb fdhb
        RNN 7 fdh fdh fdh fdh i fdh
        RNN 14 fdh fdh fdh fdh i fdh
        RNN 22 fdhb fdhb fdhb fdhb i fdhb
        Range 11 fdsil fdsil fdsil
        Reciprocal 13 fdhb
        ReduceL1 13 fdhbilIL
        ReduceL1 18 fdhbilIL l
        ReduceL2 13 fdhbilIL
        ReduceL2 18 fdhbilIL l
        ReduceLogSum 13 fdhbilIL
        ReduceLogSum 18 fdhbilIL l
        ReduceLogSumExp 13 fdhbilIL
        ReduceLogSumExp 18 fdhbilIL l
        ReduceMax 13 fdhbcilCIL
        ReduceMax 18 fdhbcilCIL l
        ReduceMax 20 fdhbcilCIL? l
        ReduceMean 13 fdhbilIL
        ReduceMean 18 fdhbilIL l
        ReduceMin 13 fdhbcilCIL
        ReduceMin 18 fdhbcilCIL l
        ReduceMin 20 fdhbcilCIL? l
        ReduceProd 13 fdhbilIL
        ReduceProd 18 fdhbilIL l
        ReduceSum 13 fdhbilIL l
        ReduceSumSquare 13 fdhbilIL
        ReduceSumSquare 18 fdhbilIL l
        RegexFullMatch 20 -
        Relu 13 fdhb
        Relu 14 fdhbcsil
        Reshape 13 fdhbcsilCSIL? l
        Reshape 14 fdhbcsilCSIL? l
        Reshape 19 fdhbcsilCSIL? l
        Reshape 21 fdhbcsilCSIL? l
        Reshape 23 fdhbcsilCSIL? l
        Reshape 24 fdhbcsilCSIL? l
        Reshape 25 fdhbcsilCSIL? l
        Resize 13 fdhbcsilCSIL? fdh f l
        Resize 18 fdhbcsilCSIL? fdh f l
        Resize 19 fdhbcsilCSIL? fdh f l
        ReverseSequence 10 fdhcsilCSIL? l
        RoiAlign 10 fdh fdh l
        RoiAlign 16 fdh fdh l
        RoiAlign 22 fdhb fdhb l
        RotaryEmbedding 23 fhb fhb fhb l
        Round 11 fdh
        Round 22 fdhb
        STFT 17 fdhb il fdhb il
        Scatter 9 fdhcsilCSIL? il fdhcsilCSIL?
        ScatterElements 13 fdhbcsilCSIL? il fdhbcsilCSIL?
        ScatterElements 16 fdhbcsilCSIL? il fdhbcsilCSIL?
        ScatterElements 18 fdhbcsilCSIL? il fdhbcsilCSIL?
        ScatterND 13 fdhbcsilCSIL? l fdhbcsilCSIL?
        ScatterND 16 fdhbcsilCSIL? l fdhbcsilCSIL?
        ScatterND 18 fdhbcsilCSIL? l fdhbcsilCSIL?
        Selu 6 fdh
        Selu 22 fdhb
        Shape 13 fdhbcsilCSIL?
        Shape 15 fdhbcsilCSIL?
        Shape 19 fdhbcsilCSIL?
        Shape 21 fdhbcsilCSIL?
        Shape 23 fdhbcsilCSIL?
        Shape 24 fdhbcsilCSIL?
        Shape 25 fdhbcsilCSIL?
        Shrink 9 fdhcsilCSIL
        Sigmoid 13 fdhb
        Sign 13 fdhbcsilCSIL
        Sin 7 fdh
        Sin 22 fdhb
        Sinh 9 fdh
        Sinh 22 fdhb
        Size 13 fdhbcsilCSIL?
        Size 19 fdhbcsilCSIL?
        Size 21 fdhbcsilCSIL?
        Size 23 fdhbcsilCSIL?
        Size 24 fdhbcsilCSIL?
        Size 25 fdhbcsilCSIL?
        Slice 13 fdhbcsilCSIL? il il il il
        Softmax 13 fdhb
        SoftmaxCrossEntropyLoss 13 fdhb il fdhb
        Softplus 1 fdh
        Softplus 22 fdhb
        Softsign 1 fdh
        Softsign 22 fdhb
        SpaceToDepth 13 fdhbcsilCSIL?
        Split 13 fdhbcsilCSIL? l
        Split 18 fdhbcsilCSIL? l
        Sqrt 13 fdhb
        Squeeze 13 fdhbcsilCSIL? l
        Squeeze 21 fdhbcsilCSIL? l
        Squeeze 23 fdhbcsilCSIL? l
        Squeeze 24 fdhbcsilCSIL? l
        Squeeze 25 fdhbcsilCSIL? l
        Sub 13 fdhbilIL fdhbilIL
        Sub 14 fdhbcsilCSIL fdhbcsilCSIL
        Sum 13 fdhb
        Swish 24 fdhb
        Tan 7 fdh
        Tan 22 fdhb
        Tanh 13 fdhb
        TensorScatter 24 fdhbcsilCSIL? fdhbcsilCSIL? l
        TfIdfVectorizer 9 il
        ThresholdedRelu 10 fdh
        ThresholdedRelu 22 fdhb
        Tile 13 fdhbcsilCSIL? l
        TopK 11 fdhcsilCSIL l
        TopK 24 fdhbcsilCSIL l
        Transpose 13 fdhbcsilCSIL?
        Transpose 21 fdhbcsilCSIL?
        Transpose 23 fdhbcsilCSIL?
        Transpose 24 fdhbcsilCSIL?
        Transpose 25 fdhbcsilCSIL?
        Trilu 14 fdhbcsilCSIL? l
        Unique 11 fdhcsilCSIL?
        Unsqueeze 13 fdhbcsilCSIL? l
        Unsqueeze 21 fdhbcsilCSIL? l
        Unsqueeze 23 fdhbcsilCSIL? l
        Unsqueeze 24 fdhbcsilCSIL? l
        Unsqueeze 25 fdhbcsilCSIL? l
        Upsample 9 fdhcsilCSIL? f
        Where 9 ? fdhcsilCSIL? fdhcsilCSIL?
        Where 16 ? fdhbcsilCSIL? fdhbcsilCSIL?
        Xor 7 ? ?
        """
}
