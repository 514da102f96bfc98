extension OperatorCases {
    package static let comparison = list {
        OperatorCase(
            "floats", Equal(),
            [.f32([1, 2, 3, .nan]), .f32([2, 2, 2, .nan])],
            [.bool([false, true, false, false])])
        OperatorCase(
            "integers with a scalar", Equal(),
            [.i64([1, 2, 3, 4], [2, 2]), .i64([3], [])],
            [.bool([false, false, true, false], [2, 2])], constants: [])
        OperatorCase(
            "floats", Greater(),
            [.f32([1, 2, 3, .nan]), .f32([2, 2, 2, .nan])],
            [.bool([false, false, true, false])])
        OperatorCase(
            "integers with a scalar", Greater(),
            [.i64([1, 2, 3, 4], [2, 2]), .i64([3], [])],
            [.bool([false, false, false, true], [2, 2])], constants: [])
        OperatorCase(
            "floats", GreaterOrEqual(),
            [.f32([1, 2, 3, .nan]), .f32([2, 2, 2, .nan])],
            [.bool([false, true, true, false])])
        OperatorCase(
            "integers with a scalar", GreaterOrEqual(),
            [.i64([1, 2, 3, 4], [2, 2]), .i64([3], [])],
            [.bool([false, false, true, true], [2, 2])], constants: [])
        OperatorCase(
            "floats", Less(),
            [.f32([1, 2, 3, .nan]), .f32([2, 2, 2, .nan])],
            [.bool([true, false, false, false])])
        OperatorCase(
            "integers with a scalar", Less(),
            [.i64([1, 2, 3, 4], [2, 2]), .i64([3], [])],
            [.bool([true, true, false, false], [2, 2])], constants: [])
        OperatorCase(
            "floats", LessOrEqual(),
            [.f32([1, 2, 3, .nan]), .f32([2, 2, 2, .nan])],
            [.bool([true, true, false, false])])
        OperatorCase(
            "integers with a scalar", LessOrEqual(),
            [.i64([1, 2, 3, 4], [2, 2]), .i64([3], [])],
            [.bool([true, true, true, false], [2, 2])], constants: [])
        OperatorCase(
            "bools", Equal(),
            [.bool([true, true, false]), .bool([true, false, false])],
            [.bool([true, false, true])])
        OperatorCase(
            "unsigned beyond 2⁶³", Greater(),
            [Sample(.u64, [18_446_744_073_709_551_615, 1]), .u64([5, 5])],
            [.bool([true, false])])
        OperatorCase("of half precision", Less(), [.f16([1, 2]), .f16([2, 1])], [.bool([true, false])])
        OperatorCase(
            "broadcast", And(),
            [.bool([true, false], [2, 1]), .bool([true, false])],
            [.bool([true, false, false, false], [2, 2])])
        OperatorCase(
            "broadcast", Or(),
            [.bool([true, false], [2, 1]), .bool([true, false])],
            [.bool([true, true, true, false], [2, 2])])
        OperatorCase(
            "broadcast", Xor(),
            [.bool([true, false], [2, 1]), .bool([true, false])],
            [.bool([false, true, true, false], [2, 2])])
        OperatorCase("by default", Not(), [.bool([true, false])], [.bool([false, true])])
        OperatorCase("finds them", IsNaN(), [.f32([1, .nan, .infinity])], [.bool([false, true, false])])
        OperatorCase(
            "both signs", IsInf(),
            [.f32([1, .nan, .infinity, -Double.infinity])],
            [.bool([false, false, true, true])])
        OperatorCase(
            "positive alone", IsInf(detectNegative: false),
            [.f32([1, .nan, .infinity, -Double.infinity])],
            [.bool([false, false, true, false])])
        OperatorCase(
            "negative alone", IsInf(detectPositive: false),
            [.f32([1, .nan, .infinity, -Double.infinity])],
            [.bool([false, false, false, true])])
        OperatorCase("same shapes", Where(), [.bool([true, false]), .f32([1, 2]), .f32([3, 4])], [.f32([1, 4])])
        OperatorCase(
            "all broadcast", Where(),
            [.bool([true, false], [2, 1]), .f32([1, 2]), .f32([9], [])],
            [.f32([1, 2, 9, 9], [2, 2])])
        OperatorCase(
            "of integers", Where(),
            [.bool([false], []), .i64([1, 2]), .i64([3])],
            [.i64([3, 3])], constants: [])
        OperatorCase(
            "of bools", Where(),
            [.bool([true, false]), .bool([true, true]), .bool([false])],
            [.bool([true, false])])
        OperatorCase(
            "of half precision", Where(),
            [.bool([true, false]), .f16([1.5, 2]), .f16([3, 4])],
            [.f16([1.5, 4])])
        OperatorCase(
            "by rows", Select(),
            [.bool([true, false]), .f32([1, 2, 3, 4], [2, 2]), .f32([5, 6, 7, 8], [2, 2])],
            [.f32([1, 2, 7, 8], [2, 2])], tolerance: .exact)
        OperatorCase(
            "by planes", Select(),
            [.bool([true, false, false, true], [2, 2]), .ramp(.i32, [2, 2, 2]), .full(.i32, [2, 2, 2], 9)],
            [.i32([0, 1, 9, 9, 9, 9, 6, 7], [2, 2, 2])])
        OperatorCase(
            "all or nothing", Select(),
            [.bool([false], []), .f32([1, 2], [1, 2]), .f32([3, 4], [1, 2])], [.f32([3, 4], [1, 2])], tolerance: .exact)
        OperatorCase(
            "by elements", Select(),
            [.bool([true, false]), .f16([1.5, 2]), .f16([3, 4])], [.f16([1.5, 4])], tolerance: .exact)
        OperatorCase("of nothing", Where(), [.bool([], [0, 2]), .f32([1, 2]), .f32([3, 4])], [.f32([], [0, 2])])
    }
}
