extension OperatorCases {
    package static let movement = list {
        OperatorCase(
            "along the last axis", Concat(axis: -1),
            [.ramp(.f32, [2, 3]), .ramp(.f32, [2, 1], from: 10)],
            [.f32([0, 1, 2, 10, 3, 4, 5, 11], [2, 4])], tolerance: .exact)
        OperatorCase(
            "of three, one empty", Concat(axis: 0),
            [.ramp(.f32, [2, 3]), .f32([], [0, 3]), .ramp(.f32, [1, 3], from: 6)],
            [.f32([0, 1, 2, 3, 4, 5, 6, 7, 8], [3, 3])], tolerance: .exact)
        OperatorCase(
            "of f16", Concat(),
            [.ramp(.f16, [2, 2]), .ramp(.f16, [2, 2])],
            [.f16([0, 1, 2, 3, 0, 1, 2, 3], [4, 2])], tolerance: .exact)
        OperatorCase(
            "into equal pieces, the last smaller", Split(axis: 1, count: 3),
            [.ramp(.f32, [2, 7])],
            [
                .f32([0, 1, 2, 7, 8, 9], [2, 3]),
                .f32([3, 4, 5, 10, 11, 12], [2, 3]),
                .f32([6, 13], [2, 1]),
            ], tolerance: .exact)
        OperatorCase(
            "into pieces told", Split(axis: -1),
            [.ramp(.f32, [2, 7]), .i64([2, 0, 5])],
            [
                .f32([0, 1, 7, 8], [2, 2]),
                .f32([], [2, 0]),
                .f32([2, 3, 4, 5, 6, 9, 10, 11, 12, 13], [2, 5]),
            ], tolerance: .exact)
        OperatorCase(
            "of the first axes", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([0, 1]), .i64([2, 3])],
            [
                .f32([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34], [2, 2, 5])
            ], tolerance: .exact)
        OperatorCase(
            "of axes named, one from the end", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([1, -3]), .i64([3, -1]), .i64([-1, 1])],
            [.f32([6, 7, 11, 12, 26, 27, 31, 32, 46, 47, 51, 52], [3, 2, 2])], tolerance: .exact)
        OperatorCase(
            "clamped at both ends", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([-100, 1]), .i64([100, 1_099_511_627_776]), .i64([0, 2])],
            [
                .f32(
                    [
                        1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 24, 26, 27, 28, 29, 31, 32, 33,
                        34, 36, 37, 38, 39, 41, 42, 43, 44, 46, 47, 48, 49, 51, 52, 53, 54, 56, 57, 58, 59,
                    ], [3, 4, 4])
            ], tolerance: .exact)
        OperatorCase(
            "in steps", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([0, 1]), .i64([5, 4]), .i64([2, 1]), .i64([2, 2])],
            [.f32([5, 7, 9, 15, 17, 19, 25, 27, 29, 35, 37, 39, 45, 47, 49, 55, 57, 59], [3, 2, 3])], tolerance: .exact)
        OperatorCase(
            "backwards", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([-1]), .i64([-4_611_686_018_427_387_904]), .i64([2]), .i64([-2])],
            [
                .f32(
                    [
                        4, 2, 0, 9, 7, 5, 14, 12, 10, 19, 17, 15, 24, 22, 20, 29, 27, 25, 34, 32, 30, 39, 37, 35, 44, 42,
                        40, 49, 47, 45, 54, 52, 50, 59, 57, 55,
                    ], [3, 4, 3])
            ], tolerance: .exact)
        OperatorCase(
            "backwards to a place", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([3, 10]), .i64([0, 1]), .i64([1, 2]), .i64([-1, -1])],
            [
                .f32(
                    [
                        19, 18, 17, 14, 13, 12, 9, 8, 7, 39, 38, 37, 34, 33, 32, 29, 28, 27, 59, 58, 57, 54, 53, 52, 49,
                        48, 47,
                    ], [3, 3, 3])
            ], tolerance: .exact)
        OperatorCase(
            "of nothing", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([3]), .i64([2]), .i64([1])],
            [.f32([], [3, 0, 5])], tolerance: .exact)
        OperatorCase(
            "in a step too large to multiply", Slice(),
            [.ramp(.f32, [3, 4, 5]), .i64([1]), .i64([5]), .i64([2]), .i64([4_611_686_018_427_387_904])],
            [.f32([1, 6, 11, 16, 21, 26, 31, 36, 41, 46, 51, 56], [3, 4, 1])], tolerance: .exact)
        OperatorCase(
            "constant", Pad(mode: .constant),
            [.ramp(.f32, [3, 4], from: 1), .i64([1, 2, 1, 3]), .f32([-1], [])],
            [
                .f32(
                    [
                        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 2, 3, 4, -1, -1, -1, -1, -1, 5, 6, 7, 8, -1, -1, -1,
                        -1, -1, 9, 10, 11, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                    ], [5, 9])
            ], tolerance: .exact)
        OperatorCase(
            "reflect", Pad(mode: .reflect),
            [.ramp(.f32, [3, 4], from: 1), .i64([1, 2, 1, 3])],
            [
                .f32(
                    [
                        7, 6, 5, 6, 7, 8, 7, 6, 5, 3, 2, 1, 2, 3, 4, 3, 2, 1, 7, 6, 5, 6, 7, 8, 7, 6, 5, 11, 10, 9, 10, 11,
                        12, 11, 10, 9, 7, 6, 5, 6, 7, 8, 7, 6, 5,
                    ], [5, 9])
            ], tolerance: .exact)
        OperatorCase(
            "edge", Pad(mode: .edge),
            [.ramp(.f32, [3, 4], from: 1), .i64([1, 2, 1, 3])],
            [
                .f32(
                    [
                        1, 1, 1, 2, 3, 4, 4, 4, 4, 1, 1, 1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 6, 7, 8, 8, 8, 8, 9, 9, 9, 10, 11,
                        12, 12, 12, 12, 9, 9, 9, 10, 11, 12, 12, 12, 12,
                    ], [5, 9])
            ], tolerance: .exact)
        OperatorCase(
            "wrap", Pad(mode: .wrap),
            [.ramp(.f32, [3, 4], from: 1), .i64([1, 2, 1, 3])],
            [
                .f32(
                    [
                        11, 12, 9, 10, 11, 12, 9, 10, 11, 3, 4, 1, 2, 3, 4, 1, 2, 3, 7, 8, 5, 6, 7, 8, 5, 6, 7, 11, 12, 9,
                        10, 11, 12, 9, 10, 11, 3, 4, 1, 2, 3, 4, 1, 2, 3,
                    ], [5, 9])
            ], tolerance: .exact)
        OperatorCase(
            "symmetric", Pad(mode: .symmetric),
            [.ramp(.f32, [3, 4], from: 1), .i64([2, 1, 1, 2])],
            [
                .f32(
                    [
                        5, 5, 6, 7, 8, 8, 7, 1, 1, 2, 3, 4, 4, 3, 1, 1, 2, 3, 4, 4, 3, 5, 5, 6, 7, 8, 8, 7, 9, 9, 10, 11,
                        12, 12, 11, 9, 9, 10, 11, 12, 12, 11,
                    ], [6, 7])
            ], tolerance: .exact)
        OperatorCase(
            "cut where negative", Pad(mode: .constant),
            [.ramp(.f32, [3, 4], from: 1), .i64([-1, 1, 0, -2])],
            [.f32([0, 5, 6, 0, 9, 10], [2, 3])], tolerance: .exact)
        OperatorCase(
            "of axes named", Pad(mode: .edge),
            [.ramp(.f32, [3, 4], from: 1), .i64([1, 2]), nil, .i64([-1])],
            [
                .f32([1, 1, 2, 3, 4, 4, 4, 5, 5, 6, 7, 8, 8, 8, 9, 9, 10, 11, 12, 12, 12], [3, 7])
            ], tolerance: .exact, constants: [1, 3])
        OperatorCase(
            "reflected more than once", Pad(mode: .reflect),
            [.ramp(.f32, [3]), .i64([5, 4])],
            [.f32([1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2])], tolerance: .exact)
        OperatorCase(
            "reversed", Transpose(),
            [.ramp(.f32, [2, 2, 3])],
            [.f32([0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11], [3, 2, 2])], tolerance: .exact)
        OperatorCase(
            "to channels last", Transpose(permutation: [0, 2, 1]),
            [.ramp(.f32, [2, 2, 3])],
            [.f32([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11], [2, 3, 2])], tolerance: .exact)
        OperatorCase(
            "of bools", Transpose(permutation: [1, 0]),
            [.bool([true, false, true], [1, 3])],
            [.bool([true, false, true], [3, 1])])
        OperatorCase(
            "along both axes", Tile(),
            [.ramp(.f32, [2, 2]), .i64([2, 3])],
            [.f32([0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3], [4, 6])], tolerance: .exact)
        OperatorCase("to nothing", Tile(), [.ramp(.f32, [2, 2]), .i64([0, 1])], [.f32([], [0, 2])], tolerance: .exact)
        OperatorCase(
            "to a longer shape", Expand(),
            [.ramp(.f32, [3, 1]), .i64([2, 1, 4])],
            [
                .f32([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], [2, 3, 4])
            ], tolerance: .exact)
        OperatorCase(
            "of an axis in between", Expand(),
            [.ramp(.f32, [2, 1, 2]), .i64([2, 3, 2])],
            [.f32([0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3], [2, 3, 2])], tolerance: .exact)
        OperatorCase(
            "to a smaller shape, both ways", Expand(),
            [.ramp(.f32, [3, 2]), .i64([1])],
            [.f32([0, 1, 2, 3, 4, 5], [3, 2])], tolerance: .exact)
        OperatorCase(
            "depth first", DepthToSpace(blockSize: 2),
            [.ramp(.f32, [1, 8, 1, 2])],
            [.f32([0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15], [1, 2, 2, 4])], tolerance: .exact)
        OperatorCase(
            "column first", DepthToSpace(blockSize: 2, mode: .crd),
            [.ramp(.f32, [1, 8, 1, 2])],
            [.f32([0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15], [1, 2, 2, 4])], tolerance: .exact)
        OperatorCase(
            "into blocks", SpaceToDepth(blockSize: 2),
            [.ramp(.f32, [1, 2, 2, 4])],
            [.f32([0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15], [1, 8, 1, 2])], tolerance: .exact)
        OperatorCase(
            "in time", ReverseSequence(),
            [.ramp(.f32, [4, 3]), .i64([2, 4, 1])],
            [.f32([3, 10, 2, 0, 7, 5, 6, 4, 8, 9, 1, 11], [4, 3])], tolerance: .exact)
        OperatorCase(
            "in batches", ReverseSequence(batchAxis: 0, timeAxis: 1),
            [.ramp(.f32, [2, 4]), .i64([3, 1])],
            [.f32([2, 1, 0, 3, 4, 5, 6, 7], [2, 4])], tolerance: .exact)
        OperatorCase(
            "of two axes", Reverse(),
            [.ramp(.f32, [2, 2, 3]), .i64([0, -1])],
            [.f32([8, 7, 6, 11, 10, 9, 2, 1, 0, 5, 4, 3], [2, 2, 3])], tolerance: .exact)
        OperatorCase(
            "upper", Trilu(upper: true),
            [.ramp(.f32, [3, 4], from: 1)],
            [.f32([1, 2, 3, 4, 0, 6, 7, 8, 0, 0, 11, 12], [3, 4])], tolerance: .exact)
        OperatorCase(
            "upper, +1", Trilu(upper: true),
            [.ramp(.f32, [3, 4], from: 1), .i64([1], [])],
            [.f32([0, 2, 3, 4, 0, 0, 7, 8, 0, 0, 0, 12], [3, 4])], tolerance: .exact)
        OperatorCase(
            "upper, -1", Trilu(upper: true),
            [.ramp(.f32, [3, 4], from: 1), .i64([-1], [])],
            [.f32([1, 2, 3, 4, 5, 6, 7, 8, 0, 10, 11, 12], [3, 4])], tolerance: .exact)
        OperatorCase(
            "lower", Trilu(upper: false),
            [.ramp(.f32, [3, 4], from: 1)],
            [.f32([1, 0, 0, 0, 5, 6, 0, 0, 9, 10, 11, 0], [3, 4])], tolerance: .exact)
        OperatorCase(
            "lower, -1", Trilu(upper: false),
            [.ramp(.f32, [3, 4], from: 1), .i64([-1], [])],
            [.f32([0, 0, 0, 0, 5, 0, 0, 0, 9, 10, 0, 0], [3, 4])], tolerance: .exact)
        OperatorCase(
            "above the diagonal", EyeLike(elementType: .f32, k: 1),
            [.i32([0, 0, 0, 0, 0, 0], [2, 3])],
            [.f32([0, 1, 0, 0, 0, 1], [2, 3])], tolerance: .exact)
        OperatorCase(
            "cut and filled", CenterCropPad(),
            [.ramp(.f32, [5, 2]), .i64([2, 5])],
            [.f32([0, 2, 3, 0, 0, 0, 4, 5, 0, 0], [2, 5])], tolerance: .exact)
        OperatorCase(
            "of one axis", CenterCropPad(axes: [-1]),
            [.ramp(.f32, [2, 4]), .i64([3])],
            [.f32([0, 1, 2, 4, 5, 6], [2, 3])], tolerance: .exact)
        OperatorCase(
            "of blocks", Col2Im(),
            [.ramp(.f32, [1, 4, 4]), .i64([3, 3]), .i64([2, 2])],
            [.f32([0, 5, 5, 10, 30, 20, 10, 25, 15], [1, 1, 3, 3])], tolerance: .exact)
        OperatorCase(
            "in steps, padded", Col2Im(dilations: [1, 1], pads: [0, 1, 0, 1], strides: [1, 2]),
            [.noise(.f32, [1, 4, 6], seed: 3), .i64([3, 4]), .i64([2, 2])],
            [
                .f32(
                    [
                        0.20939401, -0.40249804, 0.29410881, 0.77776104, -0.12636068, -1.9620661, 0.30478978, 0.74909669,
                        -0.44882008, 0.0527042, 0.13734943, 0.78374088,
                    ], [1, 1, 3, 4])
            ], tolerance: .rounding)
    }
}
