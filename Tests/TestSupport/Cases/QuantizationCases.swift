extension OperatorCases {
    package static let quantization = list {
        OperatorCase(
            "to u8", QuantizeLinear(),
            [.f32([0, 2, 3, 1000, -254, -1000, 1, 5]), .f32([2], []), .u8([128], [])],
            [.u8([128, 129, 130, 255, 1, 0, 128, 130])])
        OperatorCase(
            "without zero point", QuantizeLinear(),
            [.f32([0, 2, 3, 1000, -254, -1000, 1, 5]), .f32([2], [])],
            [.u8([0, 1, 2, 255, 0, 0, 0, 2])])
        OperatorCase(
            "to a named type", QuantizeLinear(elementType: .i8),
            [.f32([0, 2, 3, 1000, -254, -1000, 1, 5]), .f32([2])],
            [.i8([0, 1, 2, 127, -127, -128, 0, 2])])
        OperatorCase(
            "to u16", QuantizeLinear(),
            [.f32([0, 2, 3, 1000, -254, -1000, 1, 5]), .f32([0.01], []), .u16([32767], [])],
            [.u16([32767, 32967, 33067, 65535, 7367, 0, 32867, 33267])])
        OperatorCase(
            "to i16", QuantizeLinear(),
            [.f32([0, 2, 3, 1000, -254, -1000, 1, 5]), .f32([0.01], []), .i16([256], [])],
            [.i16([256, 456, 556, 32767, -25144, -32768, 356, 756])])
        OperatorCase(
            "halves to even", QuantizeLinear(elementType: .i8),
            [.f32([0.5, 1.5, 2.5, -0.5, -1.5, .nan, .infinity, -Double.infinity]), .f32([1], [])],
            [.i8([0, 2, 2, 0, -2, 0, 127, -128])])
        OperatorCase(
            "a channel", QuantizeLinear(axis: 0),
            [.f32([-162, 10, -100, -58, -7, 3], [2, 3]), .f32([2, 4]), .u8([84, 24])],
            [.u8([3, 89, 34, 10, 22, 25], [2, 3])])
        OperatorCase(
            "the last axis", QuantizeLinear(axis: -1),
            [.f32([-162, 10, -100, -58, -7, 3], [2, 3]), .f32([2, 4, 5]), .i8([1, 2, 3])],
            [.i8([-80, 4, -17, -28, 0, 4], [2, 3])])
        OperatorCase(
            "blocks", QuantizeLinear(axis: 1, blockSize: 2),
            [
                .f32([6, 12, 50, 5, 20, 1, 8, 4, 5, -3], [2, 5]), .f32([1.5, 2.5, 3, 3, 1, 2], [2, 3]),
                .u8(
                    [
                        0, 1, 2,
                        3, 4, 5,
                    ], [2, 3]),
            ],
            [.u8([4, 8, 21, 3, 9, 3, 6, 8, 9, 3], [2, 5])])
        OperatorCase(
            "blocks of a middle axis", QuantizeLinear(axis: 1, blockSize: 2),
            [.f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 2]), .f32([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])],
            [.u8([0, 0, 2, 2, 1, 1, 1, 1, 2, 2, 1, 1], [2, 3, 2])])
        OperatorCase(
            "from u8", DequantizeLinear(),
            [.u8([0, 3, 128, 255]), .f32([2], []), .u8([128], [])],
            [.f32([-256, -250, 0, 254])], tolerance: .exact)
        OperatorCase(
            "from i32", DequantizeLinear(),
            [.i32([-30, 0, 16_777_217]), .f32([0.5])],
            [.f32([-15, 0, 8_388_608])], tolerance: .exact)
        OperatorCase(
            "from i16", DequantizeLinear(),
            [.i16([-300, -30, 32767]), .f32([2], []), .i16([-1024], [])],
            [.f32([1448, 1988, 67582])], tolerance: .exact)
        OperatorCase(
            "a channel", DequantizeLinear(axis: 0),
            [.i8([3, -89, 34, 20], [2, 2]), .f32([2, 4]), .i8([84, 24])],
            [.f32([-162, -346, 40, -16], [2, 2])], tolerance: .exact)
        OperatorCase(
            "blocks", DequantizeLinear(axis: 1, blockSize: 2),
            [
                .u8([3, 89, 34, 200, 74, 5, 24, 24, 87, 32], [2, 5]), .f32([1.5, 2.5, 3, 3, 1, 2], [2, 3]),
                .u8(
                    [
                        0, 1,
                        2, 3, 4, 5,
                    ], [2, 3]),
            ],
            [.f32([4.5, 133.5, 82.5, 497.5, 216, 6, 63, 20, 83, 54], [2, 5])], tolerance: .exact)
        OperatorCase(
            "to half precision", DequantizeLinear(elementType: .f16),
            [.u8([0, 3, 128, 255]), .f32([0.5], [])],
            [.f16([0, 1.5, 64, 127.5])], tolerance: .exact)
        OperatorCase(
            "by a scale of half precision", DequantizeLinear(),
            [.u8([0, 3, 128, 255]), .f16([0.5], [])],
            [.f16([0, 1.5, 64, 127.5])], tolerance: .exact)
        OperatorCase(
            "both signs", DynamicQuantizeLinear(),
            [.f32([0, 2, -3, -2.5, 1.34, 0.5])],
            [.u8([153, 255, 0, 26, 221, 179]), .f32([0.019607844], []), .u8([153], [])])
        OperatorCase(
            "all positive", DynamicQuantizeLinear(),
            [.f32([1, 2.1, 1.3, 2.5, 3.34, 4])],
            [.u8([64, 134, 83, 159, 213, 255]), .f32([0.015686275], []), .u8([0], [])])
        OperatorCase(
            "all negative", DynamicQuantizeLinear(),
            [.f32([-1, -2.1, -1.3, -2.5, -3.34, -4])],
            [.u8([191, 121, 172, 96, 42, 0]), .f32([0.015686275], []), .u8([255], [])])
        OperatorCase("zeros", DynamicQuantizeLinear(), [.f32([0, 0])], [.u8([0, 0]), .f32([1], []), .u8([0], [])])
        OperatorCase(
            "around a zero point", IntegerConvolution(),
            [.u8([2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 1, 3, 3]), .u8([1, 1, 1, 1], [1, 1, 2, 2]), .u8([1], [])],
            [.i32([12, 16, 24, 28], [1, 1, 2, 2])], tolerance: .exact)
        OperatorCase(
            "padded, a zero point and a bias a channel", IntegerConvolution(window: SpatialWindow(pads: [1, 0, 0, 1]), groups: 2),
            [
                .u8(
                    [171, 206, 5, 206, 120, 131, 161, 73, 250, 13, 71, 98, 146, 104, 33, 11, 0, 12, 38, 255, 48, 167, 192, 60],
                    [1, 2, 3, 4]),
                .i8([-56, -17, -61, 121, -83, 101, 76, 88], [2, 1, 2, 2]), .u8([131]), .i8([3, -7]), .i32([1000, -70_000]),
            ],
            [
                .i32(
                    [
                        7290, -18668, 17914, -3800, -2156, 2635, -1830, 287, -19891, 872, 336, 6534, -71320, -81551, -89534, -79960, -96234,
                        -97244, -71451, -50588, -76365, -62217, -51222, -85317,
                    ], [1, 2, 3, 4])
            ], tolerance: .exact)
        OperatorCase(
            "zero points a row and a column", IntegerMatMul(),
            [.i8([-99, -28, 32, -2, 42, 45], [2, 3]), .u8([169, 15, 245, 142, 231, 69], [3, 2]), .i8([5, -9]), .u8([200, 17])],
            [.i32([2576, -2513, 3752, 9169], [2, 2])], tolerance: .exact)
        OperatorCase(
            "without zero points, batches", IntegerMatMul(),
            [.u8([1, 2, 3, 4], [2, 1, 2]), .i8([5, -6], [2, 1])], [.i32([-7, -9], [2, 1, 1])], tolerance: .exact)
    }
}
