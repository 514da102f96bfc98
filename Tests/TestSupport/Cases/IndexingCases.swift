extension OperatorCases {
    package static let indexing = list {
        OperatorCase(
            "along axis 0", Gather(axis: 0),
            [.ramp(.f32, [3, 4, 5]), .i64([0, -1, 2, 1], [2, 2])],
            [
                .f32(
                    [
                        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 40, 41, 42, 43, 44, 45, 46,
                        47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
                        52, 53, 54, 55, 56, 57, 58, 59, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
                        37, 38, 39,
                    ], [2, 2, 4, 5])
            ], tolerance: .exact, constants: [])
        OperatorCase(
            "along axis 1", Gather(axis: 1),
            [.ramp(.f32, [3, 4, 5]), .i64([0, -1, 2, 1], [2, 2])],
            [
                .f32(
                    [
                        0, 1, 2, 3, 4, 15, 16, 17, 18, 19, 10, 11, 12, 13, 14, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24, 35, 36,
                        37, 38, 39, 30, 31, 32, 33, 34, 25, 26, 27, 28, 29, 40, 41, 42, 43, 44, 55, 56, 57, 58, 59, 50, 51,
                        52, 53, 54, 45, 46, 47, 48, 49,
                    ], [3, 2, 2, 5])
            ], tolerance: .exact, constants: [])
        OperatorCase(
            "along axis -1", Gather(axis: -1),
            [.ramp(.f32, [3, 4, 5]), .i64([0, -1, 2, 1], [2, 2])],
            [
                .f32(
                    [
                        0, 4, 2, 1, 5, 9, 7, 6, 10, 14, 12, 11, 15, 19, 17, 16, 20, 24, 22, 21, 25, 29, 27, 26, 30, 34, 32,
                        31, 35, 39, 37, 36, 40, 44, 42, 41, 45, 49, 47, 46, 50, 54, 52, 51, 55, 59, 57, 56,
                    ], [3, 4, 2, 2])
            ], tolerance: .exact, constants: [])
        OperatorCase(
            "of one place drops the axis", Gather(axis: 1),
            [.ramp(.f32, [3, 4, 5]), .i64([-2], [])],
            [.f32([10, 11, 12, 13, 14, 30, 31, 32, 33, 34, 50, 51, 52, 53, 54], [3, 5])], tolerance: .exact)
        OperatorCase(
            "along the last axis", GatherElements(axis: 1),
            [.ramp(.f32, [3, 3], from: 1), .i64([1, 2, 0, 2, 0, 0], [2, 3])],
            [.f32([2, 3, 1, 6, 4, 4], [2, 3])], tolerance: .exact)
        OperatorCase(
            "with negative indices", GatherElements(),
            [.ramp(.f32, [3, 3], from: 1), .i64([-1, -2, 0, -2, 0, 0], [2, 3])],
            [.f32([7, 5, 3, 4, 2, 3], [2, 3])], tolerance: .exact)
        OperatorCase(
            "of elements", GatherND(),
            [.ramp(.f32, [2, 2, 3]), .i64([0, 0, 1, 1, -1, 2], [2, 3])],
            [.f32([1, 11])], tolerance: .exact)
        OperatorCase(
            "of rows", GatherND(),
            [.ramp(.f32, [2, 2, 3]), .i64([0, 1, 1, 0], [2, 1, 2])],
            [.f32([3, 4, 5, 6, 7, 8], [2, 1, 3])], tolerance: .exact)
        OperatorCase(
            "with a batch axis", GatherND(batchDimensions: 1),
            [.ramp(.f32, [2, 2, 3]), .i64([1, 0], [2, 1])],
            [.f32([3, 4, 5, 6, 7, 8], [2, 3])], tolerance: .exact)
        OperatorCase(
            "along the last axis", ScatterElements(axis: 1),
            [.ramp(.f32, [1, 5], from: 1), .i64([1, -2], [1, 2]), .f32([1.5, 2], [1, 2])],
            [.f32([1, 1.5, 3, 2, 5], [1, 5])], tolerance: .exact)
        OperatorCase(
            "of rows", ScatterND(),
            [.ramp(.f32, [4, 2], from: 1), .i64([1, -1], [2, 1]), .f32([0.5, 9, 4, -2], [2, 2])],
            [.f32([1, 2, 0.5, 9, 5, 6, 4, -2], [4, 2])], tolerance: .exact)
        OperatorCase(
            "with add", ScatterElements(axis: 1, reduction: .add),
            [.ramp(.f32, [1, 5], from: 1), .i64([1, 1], [1, 2]), .f32([1.5, 2], [1, 2])],
            [.f32([1, 5.5, 3, 4, 5], [1, 5])], tolerance: .exact)
        OperatorCase(
            "with add", ScatterND(reduction: .add),
            [.ramp(.f32, [4, 2], from: 1), .i64([1, 1], [2, 1]), .f32([0.5, 9, 4, -2], [2, 2])],
            [.f32([1, 2, 7.5, 11, 5, 6, 7, 8], [4, 2])], tolerance: .exact)
        OperatorCase(
            "with mul", ScatterElements(axis: 1, reduction: .mul),
            [.ramp(.f32, [1, 5], from: 1), .i64([1, 1], [1, 2]), .f32([1.5, 2], [1, 2])],
            [.f32([1, 6, 3, 4, 5], [1, 5])], tolerance: .exact)
        OperatorCase(
            "with mul", ScatterND(reduction: .mul),
            [.ramp(.f32, [4, 2], from: 1), .i64([1, 1], [2, 1]), .f32([0.5, 9, 4, -2], [2, 2])],
            [.f32([1, 2, 6, -72, 5, 6, 7, 8], [4, 2])], tolerance: .exact)
        OperatorCase(
            "with max", ScatterElements(axis: 1, reduction: .max),
            [.ramp(.f32, [1, 5], from: 1), .i64([1, 1], [1, 2]), .f32([1.5, 2], [1, 2])],
            [.f32([1, 2, 3, 4, 5], [1, 5])], tolerance: .exact)
        OperatorCase(
            "with max", ScatterND(reduction: .max),
            [.ramp(.f32, [4, 2], from: 1), .i64([1, 1], [2, 1]), .f32([0.5, 9, 4, -2], [2, 2])],
            [.f32([1, 2, 4, 9, 5, 6, 7, 8], [4, 2])], tolerance: .exact)
        OperatorCase(
            "with min", ScatterElements(axis: 1, reduction: .min),
            [.ramp(.f32, [1, 5], from: 1), .i64([1, 1], [1, 2]), .f32([1.5, 2], [1, 2])],
            [.f32([1, 1.5, 3, 4, 5], [1, 5])], tolerance: .exact)
        OperatorCase(
            "with min", ScatterND(reduction: .min),
            [.ramp(.f32, [4, 2], from: 1), .i64([1, 1], [2, 1]), .f32([0.5, 9, 4, -2], [2, 2])],
            [.f32([1, 2, 0.5, -2, 5, 6, 7, 8], [4, 2])], tolerance: .exact)
        OperatorCase(
            "of f16 with add", ScatterElements(axis: 0, reduction: .add),
            [.f16([1, 2, 3]), .i64([0, 0]), .f16([0.5, 0.25])],
            [.f16([1.75, 2, 3])], tolerance: .exact)
        OperatorCase(
            "along an axis", Compress(axis: 1),
            [.ramp(.f32, [2, 4]), .bool([true, false, true])],
            [.f32([0, 2, 4, 6], [2, 2])], tolerance: .exact)
        OperatorCase(
            "of all elements", Compress(),
            [.ramp(.f32, [2, 2]), .bool([true, false, true])],
            [.f32([0, 2])], tolerance: .exact)
        OperatorCase("of a matrix", NonZero(), [.f32([1, 0, 0, -2], [2, 2])], [.i64([0, 1, 0, 1], [2, 2])])
        OperatorCase("of bools", NonZero(), [.bool([false, true])], [.i64([1], [1, 1])])
        OperatorCase(
            "along the last axis", OneHot(),
            [.i64([0, 7, -1]), .i64([4]), .f32([2, 5])],
            [.f32([5, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 5], [3, 4])], tolerance: .exact, constants: [1])
        OperatorCase(
            "along the first axis", OneHot(axis: 0),
            [.i64([1, 0], [1, 2]), .i64([3], []), .i64([0, 1])],
            [.i64([0, 1, 1, 0, 0, 0], [3, 1, 2])], tolerance: .exact, constants: [1])
        OperatorCase(
            "largest", TopK(axis: -1),
            [.f32([3, 1, 3, 2, 0, 5, -1, 5], [2, 4]), .i64([3])],
            [.f32([3, 3, 2, 5, 5, 0], [2, 3]), .i64([0, 2, 3, 1, 3, 0], [2, 3])], tolerance: .exact)
        OperatorCase(
            "smallest along the first axis", TopK(axis: 0, largest: false),
            [.f32([3, 1, 3, 2, 0, 5, -1, 5], [2, 4]), .i64([1])],
            [.f32([0, 1, -1, 2], [1, 4]), .i64([1, 0, 1, 0], [1, 4])], tolerance: .exact)
        OperatorCase(
            "sorted", Unique(),
            [.f32([2, 1, 1, 3, 4, 3])],
            [.f32([1, 2, 3, 4]), .i64([1, 0, 3, 4]), .i64([1, 0, 0, 2, 3, 2]), .i64([2, 1, 2, 1])], tolerance: .exact)
        OperatorCase(
            "in order of appearance", Unique(axis: nil, sorted: false),
            [.f32([2, 1, 1, 3, 4, 3])],
            [.f32([2, 1, 3, 4]), .i64([0, 1, 3, 4]), .i64([0, 1, 1, 2, 3, 2]), .i64([1, 2, 2, 1])], tolerance: .exact)
        OperatorCase(
            "rows", Unique(axis: 0),
            [.f32([1, 0, 0, 1, 0, 0, 2, 3, 4], [3, 3])],
            [.f32([1, 0, 0, 2, 3, 4], [2, 3]), .i64([0, 2]), .i64([0, 0, 1]), .i64([2, 1])], tolerance: .exact)
    }
}
