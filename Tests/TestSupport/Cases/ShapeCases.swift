extension OperatorCases {
    package static let shape = list {
        OperatorCase(
            "of a tensor", Identity(),
            [.ramp(.f32, [2, 3, 4])],
            [
                .f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [2, 3, 4])
            ], tolerance: .exact)
        OperatorCase(
            "with a place left open", Reshape(),
            [.ramp(.f32, [2, 3, 4]), .i64([4, -1])],
            [
                .f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [4, 6])
            ], tolerance: .exact)
        OperatorCase(
            "with a place kept", Reshape(),
            [.ramp(.f32, [2, 3, 4]), .i64([0, -1])],
            [
                .f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [2, 12])
            ], tolerance: .exact)
        OperatorCase(
            "with a zero meant", Reshape(allowZero: true),
            [.ramp(.f32, [0, 3]), .i64([3, 0])],
            [.f32([], [3, 0])], tolerance: .exact)
        OperatorCase("to a scalar", Reshape(), [.ramp(.f32, [1]), .i64([])], [.f32([0], [])], tolerance: .exact)
        OperatorCase(
            "at axis 0", Flatten(axis: 0),
            [.ramp(.f32, [2, 3, 4])],
            [
                .f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [1, 24])
            ], tolerance: .exact)
        OperatorCase(
            "at axis 1", Flatten(axis: 1),
            [.ramp(.f32, [2, 3, 4])],
            [
                .f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [2, 12])
            ], tolerance: .exact)
        OperatorCase(
            "at axis 3", Flatten(axis: 3),
            [.ramp(.f32, [2, 3, 4])],
            [
                .f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [24, 1])
            ], tolerance: .exact)
        OperatorCase(
            "at axis -1", Flatten(axis: -1),
            [.ramp(.f32, [2, 3, 4])],
            [
                .f32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [6, 4])
            ], tolerance: .exact)
        OperatorCase(
            "of all single axes", Squeeze(),
            [.ramp(.f32, [1, 3, 1, 2])],
            [.f32([0, 1, 2, 3, 4, 5], [3, 2])], tolerance: .exact)
        OperatorCase(
            "of one axis", Squeeze(),
            [.ramp(.f32, [1, 3, 1, 2]), .i64([-2])],
            [.f32([0, 1, 2, 3, 4, 5], [1, 3, 2])], tolerance: .exact)
        OperatorCase(
            "at both ends", Unsqueeze(),
            [.ramp(.f32, [3]), .i64([-1, 0])],
            [.f32([0, 1, 2], [1, 3, 1])], tolerance: .exact)
        OperatorCase(
            "in between", Unsqueeze(),
            [.ramp(.f32, [2, 3]), .i64([1])],
            [.f32([0, 1, 2, 3, 4, 5], [2, 1, 3])], tolerance: .exact)
        OperatorCase("whole", ShapeOf(), [.ramp(.f32, [2, 3, 4])], [.i64([2, 3, 4])])
        OperatorCase("in part", ShapeOf(start: -2, end: 10), [.ramp(.f32, [2, 3, 4])], [.i64([3, 4])])
        OperatorCase("of nothing", ShapeOf(start: 2, end: 1), [.ramp(.f32, [2, 3, 4])], [.i64([])])
        OperatorCase("of a tensor", Size(), [.ramp(.f32, [2, 3, 4])], [.i64([24], [])])
        OperatorCase(
            "of halves", ConstantOfShape(elementType: .f32, value: 0.5),
            [.i64([2, 2])],
            [.f32([0.5, 0.5, 0.5, 0.5], [2, 2])], constants: [0])
        OperatorCase(
            "of no axes", ConstantOfShape(elementType: .i32, value: 7),
            [.i64([])],
            [.i32([7], [])], constants: [0])
        OperatorCase(
            "upwards", NumericRange(),
            [.i64([2], []), .i64([9], []), .i64([3], [])],
            [.i64([2, 5, 8])], constants: [0, 1, 2])
        OperatorCase(
            "downwards", NumericRange(),
            [.i32([5], []), .i32([1], []), .i32([-2], [])],
            [.i32([5, 3])], constants: [0, 1, 2])
        OperatorCase(
            "of floats", NumericRange(),
            [.f32([0], []), .f32([1], []), .f32([0.30000001], [])],
            [.f32([0, 0.30000001, 0.60000002, 0.89999998])], constants: [0, 1, 2])
        OperatorCase(
            "of nothing", NumericRange(),
            [.i64([2], []), .i64([2], []), .i64([1], [])],
            [.i64([])], constants: [0, 1, 2])
        OperatorCase("to integers", Cast(elementType: .i8), [.f32([1.9, -1.9, 300, .nan])], [.i8([1, -1, 127, 0])])
        OperatorCase("to bool", Cast(elementType: .bool), [.f32([0, 0.5])], [.bool([false, true])])
        OperatorCase(
            "to f16 and out of its range", Cast(elementType: .f16),
            [.f32([1, 1_000_000])],
            [.f16([1, .infinity])])
        OperatorCase(
            "plain", StridedSlice(),
            [.ramp(.f32, [2, 3, 4]), .i64([0, 1, 1]), .i64([2, 3, 4]), .i64([1, 1, 2])],
            [.f32([5, 7, 9, 11, 17, 19, 21, 23], [2, 2, 2])], tolerance: .exact)
        OperatorCase(
            "with begin and end left open", StridedSlice(beginMask: 1, endMask: 3),
            [.ramp(.f32, [2, 3, 4]), .i64([5, 1]), .i64([0, 0]), .i64([1, 1])],
            [.f32([4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23], [2, 2, 4])], tolerance: .exact)
        OperatorCase(
            "around an ellipsis", StridedSlice(ellipsisMask: 1),
            [.ramp(.f32, [2, 3, 4]), .i64([0, 1]), .i64([0, 3]), .i64([1, 1])],
            [.f32([1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22], [2, 3, 2])], tolerance: .exact)
        OperatorCase(
            "with a new axis and one dropped", StridedSlice(newAxisMask: 1, shrinkAxisMask: 2),
            [.ramp(.f32, [2, 3, 4]), .i64([0, -1]), .i64([0, 0]), .i64([1, 1])],
            [.f32([12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], [1, 3, 4])], tolerance: .exact)
        OperatorCase(
            "backwards", StridedSlice(beginMask: 4, endMask: 4),
            [.ramp(.f32, [2, 3, 4]), .i64([0, 0, 0]), .i64([2, 3, 0]), .i64([1, 1, -1])],
            [
                .f32([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 19, 18, 17, 16, 23, 22, 21, 20], [2, 3, 4])
            ], tolerance: .exact)
    }
}
