extension OperatorCases {
    package static let pooling = list {
        OperatorCase(
            "over one axis", MaxPool(window: SpatialWindow(kernel: [2], strides: [2])),
            [.noise(.f32, [1, 2, 6], seed: 1)],
            [.f32([0.71958822, 0.672997, -0.63327712, 0.31055567, 0.11017697, -0.32080528], [1, 2, 3])])
        OperatorCase(
            "with places", MaxPool(window: SpatialWindow(kernel: [2, 2], strides: [2, 2])),
            [.noise(.f32, [1, 2, 4, 4], seed: 2)],
            [
                .f32(
                    [
                        0.71782261, -0.13216865, 0.63718784, 0.64737087, 0.24424112, 0.024632229, 0.16604485, 0.61197257,
                    ], [1, 2, 2, 2]),
                .i64([1, 2, 8, 11, 17, 23, 29, 31], [1, 2, 2, 2]),
            ])
        OperatorCase(
            "with column-major places", MaxPool(window: SpatialWindow(kernel: [2, 2]), storageOrder: 1),
            [.noise(.f32, [1, 2, 3, 4], seed: 2)],
            [
                .f32(
                    [
                        0.71782261, 0.71782261, -0.13216865, 0.63718784, -0.11747884, 0.64737087, 0.24424112, 0.51803386,
                        0.51803386, 0.24424112, 0.24424112, 0.024632229,
                    ], [1, 2, 2, 3]),
                .i64([3, 3, 6, 2, 4, 11, 16, 18, 18, 16, 16, 23], [1, 2, 2, 3]),
            ])
        OperatorCase(
            "dilated, uneven pads",
            MaxPool(window: SpatialWindow(kernel: [2, 3], dilations: [2, 1], pads: [1, 0, 0, 2])),
            [.noise(.f32, [1, 1, 5, 5], seed: 3)],
            [
                .f32(
                    [
                        0.29410881, 0.29410881, 0.29410881, -0.43490067, -0.43490067, 0.89391464, 0.89391464, 0.77776104,
                        0.68836969, 0.68836969, 0.78374088, 0.78374088, 0.78374088, 0.61467183, 0.61467183, 0.89391464,
                        0.89391464, 0.69709146, 0.68836969, 0.68836969,
                    ], [1, 1, 4, 5]),
                .i64([7, 7, 7, 9, 9, 11, 11, 2, 14, 14, 17, 17, 17, 19, 19, 11, 11, 12, 14, 14], [1, 1, 4, 5]),
            ])
        OperatorCase(
            "over three axes", MaxPool(window: SpatialWindow(kernel: [2, 2, 2], strides: [2, 2, 2])),
            [.noise(.f32, [1, 1, 4, 4, 5], seed: 4)],
            [
                .f32(
                    [
                        0.97789329, 0.76590627, 0.80618721, 0.9807266, 0.84204, 0.95108038, 0.39770707, 0.91367751,
                    ], [1, 1, 2, 2, 2]),
                .i64([21, 2, 35, 38, 66, 68, 76, 77], [1, 1, 2, 2, 2]),
            ])
        OperatorCase(
            "over three axes, kernel 3, stride 2, pads 1",
            MaxPool(window: SpatialWindow(kernel: [3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1])),
            [.noise(.f32, [1, 1, 4, 5, 3], seed: 4)],
            [
                .f32(
                    [
                        0.55707949, 0.76590627, 0.97789329, 0.70198333, 0.60184056, 0.60184056, 0.55707949, 0.80618721,
                        0.97789329, 0.9807266, 0.84027255, 0.84027255,
                    ], [1, 1, 2, 3, 2])
            ])
        OperatorCase(
            "hanging over the end", MaxPool(window: SpatialWindow(kernel: [2, 3], strides: [2, 2]), ceilMode: true),
            [.noise(.f32, [1, 1, 5, 6], seed: 5)],
            [
                .f32(
                    [
                        0.85846967, 0.85846967, 0.66754955, 0.59777093, 0.11356397, 0.11356397, -0.2719053, -0.31548479,
                        0.31263024,
                    ], [1, 1, 3, 3])
            ])
        OperatorCase(
            "no window starts in the end padding",
            MaxPool(window: SpatialWindow(kernel: [1, 1], strides: [2, 2]), ceilMode: true),
            [.noise(.f32, [1, 1, 2, 2], seed: 5)],
            [.f32([0.48776701], [1, 1, 1, 1])])
        OperatorCase(
            "padded as TensorFlow",
            MaxPool(window: SpatialWindow(kernel: [3, 2], strides: [2, 2], autoPadding: .sameUpper)),
            [.noise(.f32, [1, 1, 5, 4], seed: 5)],
            [.f32([0.64588481, 0.63068944, 0.85846967, 0.66754955, 0.59777093, 0.26303422], [1, 1, 3, 2])])
        OperatorCase(
            "padded at the beginning first",
            MaxPool(window: SpatialWindow(kernel: [3, 2], strides: [2, 2], autoPadding: .sameLower)),
            [.noise(.f32, [1, 1, 5, 4], seed: 5)],
            [.f32([0.64588481, 0.63068944, 0.85846967, 0.66754955, 0.59777093, 0.26303422], [1, 1, 3, 2])])
        OperatorCase(
            "of u8", MaxPool(window: SpatialWindow(kernel: [2], strides: [2])),
            [.u8([3, 200, 7, 7, 1, 0], [1, 1, 6])],
            [.u8([200, 7, 1], [1, 1, 3]), .i64([1, 2, 4], [1, 1, 3])])
        OperatorCase(
            "of NaN and infinity", MaxPool(window: SpatialWindow(kernel: [2], strides: [2])),
            [.f32([1, .nan, 2, -Double.infinity, -Double.infinity, 5], [1, 1, 6])],
            [.f32([.nan, 2, 5], [1, 1, 3]), .i64([1, 2, 5], [1, 1, 3])])
        OperatorCase(
            "over two axes, pads 1",
            AveragePool(window: SpatialWindow(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1])),
            [.noise(.f32, [1, 1, 4, 4], seed: 6)],
            [.f32([-0.053276271, -0.56548458, -0.052309632, -0.018599369], [1, 1, 2, 2])])
        OperatorCase(
            "over three axes, uneven pads",
            AveragePool(window: SpatialWindow(kernel: [2, 2, 2], pads: [1, 0, 0, 0, 1, 1])),
            [.noise(.f32, [1, 1, 3, 3, 4], seed: 7)],
            [
                .f32(
                    [
                        0.13280863, 0.11147532, 0.030181751, -0.042519093, 0.057091981, -0.028911546, -0.66283673,
                        -0.82050145, 0.42300886, 0.07397303, -0.73394871, -0.73620886, 0.21143359, 0.32128942, 0.16276908,
                        -0.003602203, -0.0085426029, 0.1009836, -0.20054406, -0.31138968, 0.15985847, 0.2167336,
                        -0.088276938, -0.046975791, 0.054183461, 0.11574049, 0.1250603, -0.063602075, -0.12143423,
                        0.068095714, 0.086932153, 0.031198993, 0.037160277, 0.42429912, 0.36446792, 0.19906318,
                    ], [1, 1, 3, 3, 4])
            ])
        OperatorCase(
            "padded as TensorFlow",
            AveragePool(window: SpatialWindow(kernel: [3, 2], strides: [2, 2], autoPadding: .sameUpper)),
            [.noise(.f32, [1, 1, 5, 4], seed: 7)],
            [.f32([0.13280863, 0.030181751, 0.24645452, -0.23368768, 0.29005855, 0.29535642], [1, 1, 3, 2])])
        OperatorCase(
            "hanging over the end",
            AveragePool(window: SpatialWindow(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), ceilMode: true),
            [.noise(.f32, [1, 1, 4, 4], seed: 8)],
            [
                .f32(
                    [
                        -0.19031543, -0.20609505, 0.15793908, -0.23115711, 0.071887992, 0.66799456, 0.12878501, 0.28066751,
                        0.97465277,
                    ], [1, 1, 3, 3])
            ])
        OperatorCase(
            "over two axes, pads 1, padding counted",
            AveragePool(window: SpatialWindow(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), countIncludePadding: true),
            [.noise(.f32, [1, 1, 4, 4], seed: 6)],
            [.f32([-0.023678342, -0.37698972, -0.034873087, -0.018599369], [1, 1, 2, 2])])
        OperatorCase(
            "over three axes, uneven pads, padding counted",
            AveragePool(window: SpatialWindow(kernel: [2, 2, 2], pads: [1, 0, 0, 0, 1, 1]), countIncludePadding: true),
            [.noise(.f32, [1, 1, 3, 3, 4], seed: 7)],
            [
                .f32(
                    [
                        0.066404313, 0.055737659, 0.015090875, -0.010629773, 0.028545991, -0.014455773, -0.33141837,
                        -0.20512536, 0.10575221, 0.018493257, -0.18348718, -0.092026107, 0.21143359, 0.32128942,
                        0.16276908, -0.0018011015, -0.0085426029, 0.1009836, -0.20054406, -0.15569484, 0.079929233,
                        0.1083668, -0.044138469, -0.011743948, 0.054183461, 0.11574049, 0.1250603, -0.031801037,
                        -0.12143423, 0.068095714, 0.086932153, 0.015599497, 0.018580139, 0.21214956, 0.18223396,
                        0.049765795,
                    ], [1, 1, 3, 3, 4])
            ])
        OperatorCase(
            "padded as TensorFlow, padding counted",
            AveragePool(window: SpatialWindow(kernel: [3, 2], strides: [2, 2], autoPadding: .sameUpper), countIncludePadding: true),
            [.noise(.f32, [1, 1, 5, 4], seed: 7)],
            [.f32([0.088539086, 0.020121166, 0.24645452, -0.23368768, 0.19337237, 0.19690429], [1, 1, 3, 2])])
        OperatorCase(
            "hanging over the end, padding counted",
            AveragePool(
                window: SpatialWindow(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), ceilMode: true, countIncludePadding: true),
            [.noise(.f32, [1, 1, 4, 4], seed: 8)],
            [
                .f32(
                    [
                        -0.084584631, -0.13739671, 0.052646358, -0.15410474, 0.071887992, 0.33399728, 0.042928338,
                        0.14033376, 0.24366319,
                    ], [1, 1, 3, 3])
            ])
        OperatorCase(
            "dilated", AveragePool(window: SpatialWindow(kernel: [2, 2], dilations: [2, 2])),
            [.noise(.f32, [1, 1, 5, 5], seed: 9)],
            [
                .f32(
                    [
                        -0.24119824, -0.36361358, 0.049665764, -0.23691253, 0.069885999, -0.37526557, -0.53659147,
                        0.0020929277, -0.13981678,
                    ], [1, 1, 3, 3])
            ])
        OperatorCase(
            "of the second power",
            LpPool(window: SpatialWindow(kernel: [2, 2], strides: [2, 2], pads: [0, 1, 0, 0]), ceilMode: false),
            [.noise(.f32, [1, 1, 4, 5], seed: 10)],
            [.f32([0.58911234, 1.1956604, 0.81635326, 0.51514667, 1.6960921, 1.1801907], [1, 1, 2, 3])])
        OperatorCase(
            "of the first power", LpPool(window: SpatialWindow(kernel: [3], strides: [2]), p: 1),
            [.noise(.f32, [1, 2, 5], seed: 10)],
            [.f32([0.85517597, 1.0651668, 1.8339686, 1.3992428], [1, 2, 2])])
        OperatorCase(
            "of the third power", LpPool(window: SpatialWindow(kernel: [2]), p: 3),
            [.noise(.f32, [1, 2, 5], seed: 10)],
            [
                .f32(
                    [
                        0.6663124, 0.67066371, 0.2234343, 0.71406585, 0.62002534, 0.93420774, 0.92231178, 0.3400574,
                    ], [1, 2, 4])
            ])
        OperatorCase(
            "over 1 axis", GlobalAveragePool(),
            [.noise(.f32, [2, 2, 5], seed: 11)],
            [.f32([0.049950115, 0.34863177, -0.36795774, 0.29926547], [2, 2, 1])])
        OperatorCase(
            "over 3 axes", GlobalAveragePool(),
            [.noise(.f32, [1, 2, 2, 3, 2], seed: 12)],
            [.f32([0.32052389, -0.25958365], [1, 2, 1, 1, 1])])
        OperatorCase(
            "over 1 axis", GlobalMaxPool(),
            [.noise(.f32, [2, 2, 5], seed: 11)],
            [.f32([0.59706169, 0.80018258, 0.59313077, 0.93952394], [2, 2, 1])])
        OperatorCase(
            "over 3 axes", GlobalMaxPool(),
            [.noise(.f32, [1, 2, 2, 3, 2], seed: 12)],
            [.f32([0.89306283, 0.91943389], [1, 2, 1, 1, 1])])
        OperatorCase(
            "over 1 axis", GlobalLpPool(),
            [.noise(.f32, [2, 2, 5], seed: 11)],
            [.f32([1.0982394, 1.401799, 1.4905536, 1.1469033], [2, 2, 1])])
        OperatorCase(
            "over 3 axes", GlobalLpPool(),
            [.noise(.f32, [1, 2, 2, 3, 2], seed: 12)],
            [.f32([1.6531111, 2.1799774], [1, 2, 1, 1, 1])])
        OperatorCase(
            "of the first power", GlobalLpPool(p: 1),
            [.noise(.f32, [1, 2, 4], seed: 12)],
            [.f32([1.0811095, 1.5466769], [1, 2, 1])])
        OperatorCase(
            "to the shape pooled", MaxUnpool(window: SpatialWindow(kernel: [2, 2], strides: [2, 2])),
            [.f32([1, 2, 3, 4], [1, 1, 2, 2]), .i64([5, 7, 13, 15], [1, 1, 2, 2])],
            [.f32([0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4], [1, 1, 4, 4])], constants: [])
        OperatorCase(
            "to a larger shape", MaxUnpool(window: SpatialWindow(kernel: [2, 2], strides: [2, 2])),
            [.f32([1, 2, 3, 4], [1, 1, 2, 2]), .i64([5, 7, 13, 15], [1, 1, 2, 2]), .i64([1, 1, 5, 5])],
            [
                .f32([0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0], [1, 1, 5, 5])
            ], constants: [2])
    }
}
