extension OperatorCases {
    private static let line = Sample.f32([-3, -1, -0.5, 0, 0.5, 1, 3])
    private static let table = Sample.f32(
        [1, 2, 3, 0, 0, 0, -1, 4, 2, 1000, 1001, 1002], [2, 2, 3])

    package static let activation = list {
        OperatorCase("clamps at zero", Relu(), [line], [.f32([0, 0, 0, 0, 0.5, 1, 3])], tolerance: .exact)
        OperatorCase(
            "keeps NaN", Relu(),
            [.f32([.nan, -Double.infinity, .infinity, -0.0])],
            [.f32([.nan, 0, .infinity, -0.0])], tolerance: .exact)
        OperatorCase("of integers", Relu(), [.i8([-128, -1, 0, 127])], [.i8([0, 0, 0, 127])])
        OperatorCase("of nothing", Relu(), [.f32([], [2, 0, 3])], [.f32([], [2, 0, 3])])
        OperatorCase("of a scalar", Relu(), [.f32([-2], [])], [.f32([0], [])])
        OperatorCase("of half precision", Relu(), [.f16([-1.5, 2.5])], [.f16([0, 2.5])])
        OperatorCase("by default", LeakyRelu(), [line], [.f32([-0.03, -0.01, -0.005, 0, 0.5, 1, 3])])
        OperatorCase("with slope", LeakyRelu(alpha: 0.3), [line], [.f32([-0.9, -0.3, -0.15, 0, 0.5, 1, 3])])
        OperatorCase(
            "by default", Sigmoid(),
            [line],
            [.f32([0.047425874, 0.26894143, 0.37754068, 0.5, 0.62245935, 0.7310586, 0.95257413])])
        OperatorCase(
            "at the ends", Sigmoid(),
            [.f32([-200, 200, -Double.infinity, .infinity, .nan])],
            [.f32([0, 1, 0, 1, .nan])])
        OperatorCase(
            "by default", Tanh(),
            [line],
            [.f32([-0.9950548, -0.7615942, -0.46211717, 0, 0.46211717, 0.7615942, 0.9950548])])
        OperatorCase(
            "by default", Softplus(),
            [line],
            [.f32([0.048587352, 0.3132617, 0.474077, 0.6931472, 0.974077, 1.3132616, 3.0485873])])
        OperatorCase("at the ends", Softplus(), [.f32([-200, 200, .nan])], [.f32([0, 200, .nan])])
        OperatorCase("by default", Softsign(), [line], [.f32([-0.75, -0.5, -0.33333334, 0, 0.33333334, 0.5, 0.75])])
        OperatorCase(
            "by default", Mish(),
            [line],
            [.f32([-0.14564747, -0.30340147, -0.22074378, 0, 0.3752452, 0.8650984, 2.986535])])
        OperatorCase(
            "by default", HardSwish(),
            [line],
            [.f32([-0.0, -0.33333334, -0.20833333, 0, 0.29166666, 0.6666667, 3])])
        OperatorCase("by default", Elu(), [line], [.f32([-0.95021296, -0.63212055, -0.39346933, 0, 0.5, 1, 3])])
        OperatorCase("with scale", Elu(alpha: 2), [line], [.f32([-1.9004259, -1.2642411, -0.78693867, 0, 0.5, 1, 3])])
        OperatorCase("by default", Celu(), [line], [.f32([-0.95021296, -0.63212055, -0.39346933, 0, 0.5, 1, 3])])
        OperatorCase(
            "with scale", Celu(alpha: 2),
            [line],
            [.f32([-1.5537397, -0.78693867, -0.44239843, 0, 0.5, 1, 3])])
        OperatorCase(
            "by default", Selu(),
            [line],
            [.f32([-1.6705687, -1.1113307, -0.6917582, 0, 0.5253505, 1.050701, 3.152103])])
        OperatorCase(
            "with other constants", Selu(alpha: 2, gamma: 3),
            [line],
            [.f32([-5.7012777, -3.7927234, -2.360816, 0, 1.5, 3, 9])])
        OperatorCase(
            "exact", Gelu(),
            [line],
            [.f32([-0.004049694, -0.15865526, -0.15426877, 0, 0.34573123, 0.8413448, 2.9959502])])
        OperatorCase(
            "by tanh", Gelu(approximation: .tanh),
            [line],
            [.f32([-0.003637392, -0.15880801, -0.154286, 0, 0.345714, 0.841192, 2.9963627])])
        OperatorCase("by default", HardSigmoid(), [line], [.f32([0, 0.3, 0.4, 0.5, 0.6, 0.7, 1])])
        OperatorCase(
            "with other constants", HardSigmoid(alpha: 0.5, beta: 0.6),
            [line],
            [.f32([0, 0.1, 0.35, 0.6, 0.85, 1, 1])])
        OperatorCase("by default", ThresholdedRelu(), [line], [.f32([0, 0, 0, 0, 0, 0, 3])], tolerance: .exact)
        OperatorCase(
            "with threshold", ThresholdedRelu(alpha: 0.25),
            [line],
            [.f32([0, 0, 0, 0, 0.5, 1, 3])], tolerance: .exact)
        OperatorCase("by default", Shrink(), [line], [.f32([-3, -1, 0, 0, 0, 1, 3])], tolerance: .exact)
        OperatorCase(
            "with bias", Shrink(bias: 0.25, lambda: 0.75),
            [line],
            [.f32([-2.75, -0.75, 0, 0, 0, 0.75, 2.75])], tolerance: .exact)
        OperatorCase("of integers", Shrink(bias: 1, lambda: 1), [.i32([-3, -1, 0, 1, 3])], [.i32([-2, 0, 0, 0, 2])])
        OperatorCase(
            "by default", Swish(),
            [line],
            [.f32([-0.14227761, -0.26894143, -0.18877034, 0, 0.31122968, 0.7310586, 2.8577223])])
        OperatorCase(
            "with slope", Swish(alpha: 2),
            [line],
            [.f32([-0.0074178693, -0.11920292, -0.13447072, 0, 0.3655293, 0.8807971, 2.992582])])
        OperatorCase(
            "a slope a channel", PRelu(),
            [.f32([-3, -2, -1, 0, 1, 2], [1, 2, 3]), .f32([0.5, 2], [2, 1])],
            [.f32([-1.5, -1, -0.5, 0, 1, 2], [1, 2, 3])])
        OperatorCase(
            "one slope", PRelu(),
            [.f32([-3, -2, -1, 0, 1, 2], [1, 2, 3]), .f32([0.5])],
            [.f32([-1.5, -1, -0.5, 0, 1, 2], [1, 2, 3])])
        OperatorCase("of integers", PRelu(), [.i32([-2, 3]), .i32([4])], [.i32([-8, 3])])
        OperatorCase(
            "between bounds", Clip(),
            [line, .f32([-1], []), .f32([0.75], [])],
            [.f32([-1, -1, -0.5, 0, 0.5, 0.75, 0.75])], tolerance: .exact)
        OperatorCase(
            "from below", Clip(),
            [line, .f32([-1], [])],
            [.f32([-1, -1, -0.5, 0, 0.5, 1, 3])], tolerance: .exact)
        OperatorCase(
            "from above", Clip(),
            [line, nil, .f32([0.75], [])],
            [.f32([-3, -1, -0.5, 0, 0.5, 0.75, 0.75])], tolerance: .exact)
        OperatorCase("without bounds", Clip(), [line], [.f32([-3, -1, -0.5, 0, 0.5, 1, 3])], tolerance: .exact)
        OperatorCase(
            "bounds that cross give the maximum", Clip(),
            [line, .f32([2], []), .f32([1], [])],
            [.full(.f32, [7], 1)], tolerance: .exact)
        OperatorCase(
            "keeps NaN", Clip(),
            [.f32([.nan, 5]), .f32([0], []), .f32([1], [])],
            [.f32([.nan, 1])], tolerance: .exact)
        OperatorCase("of integers", Clip(), [.u8([0, 5, 255]), .u8([2], []), .u8([6], [])], [.u8([2, 5, 6])])
        OperatorCase(
            "of half precision", Clip(),
            [.f16([-2, 0.5, 9]), .f16([-1], []), .f16([2], [])],
            [.f16([-1, 0.5, 2])])
        OperatorCase(
            "along axis -1", Softmax(),
            [table],
            [
                .f32(
                    [
                        0.09003057, 0.24472848, 0.66524094, 0.33333334, 0.33333334, 0.33333334, 0.0058997506, 0.8756006,
                        0.11849965, 0.09003057, 0.24472848, 0.66524094,
                    ], [2, 2, 3])
            ])
        OperatorCase(
            "along axis -1", LogSoftmax(),
            [table],
            [
                .f32(
                    [
                        -2.407606, -1.407606, -0.40760598, -1.0986123, -1.0986123, -1.0986123, -5.1328454, -0.13284524,
                        -2.1328452, -2.407606, -1.407606, -0.40760598,
                    ], [2, 2, 3])
            ])
        OperatorCase(
            "along axis 0", Softmax(axis: 0),
            [table],
            [
                .f32(
                    [0.8807971, 0.11920292, 0.7310586, 0, 0, 0, 0.11920292, 0.8807971, 0.26894143, 1, 1, 1],
                    [
                        2, 2,
                        3,
                    ])
            ])
        OperatorCase(
            "along axis 0", LogSoftmax(axis: 0),
            [table],
            [
                .f32(
                    [
                        -0.12692802, -2.126928, -0.3132617, -1000, -1001, -1002, -2.126928, -0.12692802, -1.3132616, 0,
                        0, 0,
                    ], [2, 2, 3])
            ])
        OperatorCase(
            "along axis 1", Softmax(axis: 1),
            [table],
            [
                .f32(
                    [0.7310586, 0.8807971, 0.95257413, 0.26894143, 0.11920292, 0.047425874, 0, 0, 0, 1, 1, 1],
                    [
                        2, 2,
                        3,
                    ])
            ])
        OperatorCase(
            "along axis 1", LogSoftmax(axis: 1),
            [table],
            [
                .f32(
                    [
                        -0.3132617, -0.12692802, -0.048587352, -1.3132616, -2.126928, -3.0485873, -1001, -997, -1000, 0,
                        0, 0,
                    ], [2, 2, 3])
            ])
        OperatorCase("of nothing", Softmax(), [.f32([], [2, 0])], [.f32([], [2, 0])])
        OperatorCase("of one element", Softmax(axis: 0), [.f32([7, 7, 7], [1, 3])], [.f32([1, 1, 1], [1, 3])])
        OperatorCase(
            "in double precision", Softmax(),
            [.f64([0, 1])],
            [.f64([0.2689414213699951, 0.7310585786300049])])
        OperatorCase("of half precision", Softmax(), [.f16([0, 0])], [.f16([0.5, 0.5])])
        OperatorCase(
            "first of equals", Hardmax(),
            [.f32([1, 3, 3, 2, 2, 1], [2, 3])],
            [.f32([0, 1, 0, 1, 0, 0], [2, 3])], tolerance: .exact)
        OperatorCase(
            "along axis 0", Hardmax(axis: 0),
            [.f32([1, 3, 3, 2, 2, 4], [2, 3])],
            [.f32([0, 1, 0, 1, 0, 1], [2, 3])], tolerance: .exact)
    }
}
