extension OperatorCases {
    private static let table3 = Sample.f32([5, 1, 20, 2, 30, 1, 40, 2, 55, 1, 60, 2], [3, 2, 2])
    private static let ones = [Double](repeating: 1, count: 100)
    private static let largeAndSmall = Sample.f32([16_777_216] + ones)

    package static let reduction = list {
        OperatorCase("of all axes", ReduceSum(), [table3], [.f32([219], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceSum(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([6, 22, 31, 42, 56, 62], [3, 2])])
        OperatorCase("of a middle axis", ReduceSum(), [table3, .i64([1])], [.f32([25, 3, 70, 3, 115, 3], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceSum(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([93, 126])])
        OperatorCase("of all axes", ReduceMean(), [table3], [.f32([18.25], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceMean(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([3, 11, 15.5, 21, 28, 31], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceMean(),
            [table3, .i64([1])],
            [.f32([12.5, 1.5, 35, 1.5, 57.5, 1.5], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceMean(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([15.5, 21])])
        OperatorCase("of all axes", ReduceMaximum(), [table3], [.f32([60], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceMaximum(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([5, 20, 30, 40, 55, 60], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceMaximum(),
            [table3, .i64([1])],
            [.f32([20, 2, 40, 2, 60, 2], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceMaximum(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([55, 60])])
        OperatorCase("of all axes", ReduceMinimum(), [table3], [.f32([1], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceMinimum(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([1, 2, 1, 2, 1, 2], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceMinimum(),
            [table3, .i64([1])],
            [.f32([5, 1, 30, 1, 55, 1], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceMinimum(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([1, 2])])
        OperatorCase("of all axes", ReduceProduct(), [table3], [.f32([3.168e+09], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceProduct(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([5, 40, 30, 80, 55, 120], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceProduct(),
            [table3, .i64([1])],
            [.f32([100, 2, 1200, 2, 3300, 2], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceProduct(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([8250, 384000])])
        OperatorCase("of all axes", ReduceL1(), [table3], [.f32([219], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceL1(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([6, 22, 31, 42, 56, 62], [3, 2])])
        OperatorCase("of a middle axis", ReduceL1(), [table3, .i64([1])], [.f32([25, 3, 70, 3, 115, 3], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceL1(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([93, 126])])
        OperatorCase("of all axes", ReduceL2(), [table3], [.f32([97.80082], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceL2(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([5.0990195, 20.09975, 30.016663, 40.04997, 55.00909, 60.033325], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceL2(),
            [table3, .i64([1])],
            [.f32([20.615528, 2.236068, 50, 2.236068, 81.394104, 2.236068], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceL2(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([62.872887, 74.913284])])
        OperatorCase("of all axes", ReduceLogSum(), [table3], [.f32([5.389072], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceLogSum(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([1.7917595, 3.0910425, 3.4339871, 3.7376697, 4.0253515, 4.1271343], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceLogSum(),
            [table3, .i64([1])],
            [.f32([3.218876, 1.0986123, 4.248495, 1.0986123, 4.744932, 1.0986123], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceLogSum(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([4.5325994, 4.836282])])
        OperatorCase("of all axes", ReduceLogSumExp(), [table3], [.f32([60.006714], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceLogSumExp(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([5.01815, 20, 30, 40, 55, 60], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceLogSumExp(),
            [table3, .i64([1])],
            [.f32([20, 2.3132617, 40.000046, 2.3132617, 60.006714, 2.3132617], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceLogSumExp(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([55, 60])])
        OperatorCase("of all axes", ReduceSumSquare(), [table3], [.f32([9565], [1, 1, 1])])
        OperatorCase(
            "of the last axis, dropped", ReduceSumSquare(keepDimensions: false),
            [table3, .i64([-1])],
            [.f32([26, 404, 901, 1604, 3026, 3604], [3, 2])])
        OperatorCase(
            "of a middle axis", ReduceSumSquare(),
            [table3, .i64([1])],
            [.f32([425, 5, 2500, 5, 6625, 5], [3, 1, 2])])
        OperatorCase(
            "of two separate axes", ReduceSumSquare(keepDimensions: false),
            [table3, .i64([0, 2])],
            [.f32([3953, 5612])])
        OperatorCase(
            "of nothing", ReduceSum(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], 0)])
        OperatorCase(
            "of nothing", ReduceMean(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], .nan)])
        OperatorCase(
            "of nothing", ReduceMaximum(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], -Double.infinity)])
        OperatorCase(
            "of nothing", ReduceMinimum(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], .infinity)])
        OperatorCase(
            "of nothing", ReduceProduct(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], 1)])
        OperatorCase(
            "of nothing", ReduceL1(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], 0)])
        OperatorCase(
            "of nothing", ReduceL2(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], 0)])
        OperatorCase(
            "of nothing", ReduceLogSum(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], -Double.infinity)])
        OperatorCase(
            "of nothing", ReduceLogSumExp(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], -Double.infinity)])
        OperatorCase(
            "of nothing", ReduceSumSquare(keepDimensions: false),
            [.f32([], [2, 0, 3]), .i64([1])],
            [.full(.f32, [2, 3], 0)])
        OperatorCase("an empty axis that stays", ReduceSum(), [.f32([], [2, 0, 3]), .i64([0])], [.f32([], [1, 0, 3])])
        OperatorCase("no axes, left alone", ReduceSum(noopWithEmptyAxes: true), [.f32([1, 2])], [.f32([1, 2])])
        OperatorCase(
            "empty axes, left alone", ReduceSumSquare(noopWithEmptyAxes: true),
            [.f32([3, -2]), .i64([])],
            [.f32([9, 4])])
        OperatorCase("empty axes, all reduced", ReduceSum(), [.f32([1, 2]), .i64([])], [.f32([3])])
        OperatorCase("of a scalar", ReduceSum(keepDimensions: false), [.f32([4], [])], [.f32([4], [])])
        OperatorCase("integers wrap", ReduceSum(), [.i32([2_147_483_647, 1])], [.i32([-2_147_483_648])])
        OperatorCase("integers truncate", ReduceMean(), [.i32([-3, -4])], [.i32([-3])])
        OperatorCase("of integers", ReduceProduct(), [.i64([2, 3, 7])], [.i64([42])])
        OperatorCase("of integers", ReduceL2(), [.i32([3, 4])], [.i32([5])])
        OperatorCase("of large numbers", ReduceLogSumExp(), [.f32([1000, 1000])], [.f32([1000.6932])])
        OperatorCase(
            "of infinities", ReduceLogSumExp(keepDimensions: false),
            [.f32([-Double.infinity, -Double.infinity, .infinity, 1, .nan, 1], [3, 2]), .i64([1])],
            [.f32([-Double.infinity, .infinity, .nan])])
        OperatorCase(
            "many small numbers beside a large one", ReduceSum(),
            [largeAndSmall],
            [.f32([16_777_316])], tolerance: .exact)
        OperatorCase(
            "NaN wins", ReduceMaximum(keepDimensions: false),
            [.f32([1, .nan, .nan, 1], [2, 2]), .i64([1])],
            [.f32([.nan, .nan])])
        OperatorCase(
            "NaN wins", ReduceMinimum(keepDimensions: false),
            [.f32([1, .nan, .nan, 1], [2, 2]), .i64([1])],
            [.f32([.nan, .nan])])
        OperatorCase("of integers", ReduceMaximum(), [.i8([-5, -3])], [.i8([-3])])
        OperatorCase("of no integers", ReduceMinimum(keepDimensions: false), [.u8([])], [.u8([255], [])])
        OperatorCase(
            "of bools", ReduceMaximum(keepDimensions: false),
            [.bool([true, true, true, false, false, false], [3, 2]), .i64([1])],
            [.bool([true, true, false])])
        OperatorCase(
            "of no bools", ReduceMaximum(keepDimensions: false),
            [.bool([], [2, 0]), .i64([1])],
            [.bool([false, false])])
        OperatorCase(
            "of bools", ReduceMinimum(keepDimensions: false),
            [.bool([true, true, true, false, false, false], [3, 2]), .i64([1])],
            [.bool([true, false, false])])
        OperatorCase(
            "of no bools", ReduceMinimum(keepDimensions: false),
            [.bool([], [2, 0]), .i64([1])],
            [.bool([true, true])])
        OperatorCase(
            "of bools", ReduceAny(keepDimensions: false),
            [.bool([true, true, true, false, false, false], [3, 2]), .i64([1])],
            [.bool([true, true, false])])
        OperatorCase(
            "of no bools", ReduceAny(keepDimensions: false),
            [.bool([], [2, 0]), .i64([1])],
            [.bool([false, false])])
        OperatorCase(
            "of bools", ReduceAll(keepDimensions: false),
            [.bool([true, true, true, false, false, false], [3, 2]), .i64([1])],
            [.bool([true, false, false])])
        OperatorCase(
            "of no bools", ReduceAll(keepDimensions: false),
            [.bool([], [2, 0]), .i64([1])],
            [.bool([true, true])])
        OperatorCase("of half precision", ReduceMean(), [.f16([1, 2, 6])], [.f16([3])])
        OperatorCase("along axis 0", ArgMax(), [.f32([2, 1, 2, 3, 10, 10], [2, 3])], [.i64([1, 1, 1], [1, 3])])
        OperatorCase("first of equals", ArgMax(axis: 1), [.f32([2, 1, 2, 3, 10, 10], [2, 3])], [.i64([0, 1], [2, 1])])
        OperatorCase(
            "last of equals, dropped", ArgMax(axis: -1, keepDimensions: false, selectLastIndex: true),
            [.f32([2, 1, 2, 3, 10, 10], [2, 3])],
            [.i64([2, 2])])
        OperatorCase("along axis 0", ArgMin(), [.f32([2, 1, 2, 3, 10, 10], [2, 3])], [.i64([0, 0, 0], [1, 3])])
        OperatorCase(
            "last of equals", ArgMin(axis: 1, selectLastIndex: true),
            [.f32([2, 1, 1], [1, 3])],
            [.i64([2], [1, 1])])
        OperatorCase("NaN wins", ArgMax(axis: 0), [.f32([1, .nan, 5, .nan])], [.i64([1])])
        OperatorCase("of integers", ArgMin(axis: 0), [.i8([3, -128, 4])], [.i64([1])])
        OperatorCase("of half precision", ArgMax(axis: 0), [.f16([1, 3, 2])], [.i64([1])])
    }
}
