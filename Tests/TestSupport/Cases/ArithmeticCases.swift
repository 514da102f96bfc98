extension OperatorCases {
    private static let inner = Sample.f32([-0.75, -0.25, 0, 0.5, 0.9])
    private static let halves = Sample.f32([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 2.6])

    package static let arithmetic = list {
        OperatorCase("inside −1…1", Exp(), [inner], [.f32([0.47236654, 0.7788008, 1, 1.6487212, 2.459603])])
        OperatorCase("inside −1…1", Sin(), [inner], [.f32([-0.6816388, -0.24740396, 0, 0.47942555, 0.7833269])])
        OperatorCase("inside −1…1", Cos(), [inner], [.f32([0.73168886, 0.9689124, 1, 0.87758255, 0.62161])])
        OperatorCase("inside −1…1", Tan(), [inner], [.f32([-0.93159646, -0.25534192, 0, 0.5463025, 1.2601582])])
        OperatorCase("inside −1…1", Asin(), [inner], [.f32([-0.8480621, -0.25268024, 0, 0.5235988, 1.1197695])])
        OperatorCase("inside −1…1", Acos(), [inner], [.f32([2.4188583, 1.8234766, 1.5707964, 1.0471976, 0.45102686])])
        OperatorCase("inside −1…1", Atan(), [inner], [.f32([-0.6435011, -0.24497867, 0, 0.4636476, 0.7328151])])
        OperatorCase("inside −1…1", Sinh(), [inner], [.f32([-0.8223167, -0.25261232, 0, 0.5210953, 1.0265167])])
        OperatorCase("inside −1…1", Cosh(), [inner], [.f32([1.2946833, 1.0314131, 1, 1.127626, 1.4330864])])
        OperatorCase("inside −1…1", Asinh(), [inner], [.f32([-0.6931472, -0.24746646, 0, 0.4812118, 0.8088669])])
        OperatorCase("inside −1…1", Atanh(), [inner], [.f32([-0.97295505, -0.25541282, 0, 0.54930615, 1.4722193])])
        OperatorCase("inside −1…1", ExpM1(), [inner], [.f32([-0.5276334, -0.22119921, 0, 0.6487213, 1.4596031])])
        OperatorCase("inside −1…1", Log1P(), [inner], [.f32([-1.3862944, -0.2876821, 0, 0.4054651, 0.64185387])])
        OperatorCase("inside −1…1", Erf(), [inner], [.f32([-0.71115565, -0.2763264, 0, 0.5204999, 0.7969082])])
        OperatorCase("from 1", Acosh(), [.f32([1, 1.5, 4, 100])], [.f32([0, 0.9624236, 2.063437, 5.298292])])
        OperatorCase("below 1", Acosh(), [.f32([0.5])], [.f32([.nan])])
        OperatorCase("beyond 1", Asin(), [.f32([2])], [.f32([.nan])])
        OperatorCase(
            "of positive numbers", Log(),
            [.f32([1, 1.5, 4, 100])],
            [.f32([0, 0.4054651, 1.3862944, 4.6051702])])
        OperatorCase("at its edge", Log(), [.f32([0, -1, .infinity])], [.f32([-Double.infinity, .nan, .infinity])])
        OperatorCase("of positive numbers", Sqrt(), [.f32([1, 1.5, 4, 100])], [.f32([1, 1.2247449, 2, 10])])
        OperatorCase("at its edge", Sqrt(), [.f32([0, -1, .infinity])], [.f32([0, .nan, .infinity])])
        OperatorCase("in double precision", Sqrt(), [.f64([2])], [.f64([1.4142135623730951])], tolerance: .exact)
        OperatorCase(
            "with zeros", Reciprocal(),
            [.f32([2, -4, 0])],
            [.f32([0.5, -0.25, .infinity])], tolerance: .exact)
        OperatorCase("halves to even", Round(), [halves], [.f32([-2, -2, -0.0, 0, 2, 2, 2, 3])], tolerance: .exact)
        OperatorCase("up", Ceil(), [halves], [.f32([-2, -1, -0.0, 1, 2, 3, 3, 3])], tolerance: .exact)
        OperatorCase("down", Floor(), [halves], [.f32([-3, -2, -1, 0, 1, 2, 2, 2])], tolerance: .exact)
        OperatorCase(
            "of floats", Abs(),
            [.f32([-2.5, 0, 3, -Double.infinity, .nan])],
            [.f32([2.5, 0, 3, .infinity, .nan])], tolerance: .exact)
        OperatorCase("of the least integer", Abs(), [.i8([-128, -5, 0, 127])], [.i8([-128, 5, 0, 127])])
        OperatorCase(
            "of floats", Negate(),
            [.f32([-2.5, 0, 3, -Double.infinity, .nan])],
            [.f32([2.5, -0.0, -3, .infinity, .nan])], tolerance: .exact)
        OperatorCase("of the least integer", Negate(), [.i8([-128, -5, 0, 127])], [.i8([-128, 5, 0, -127])])
        OperatorCase(
            "of floats", Sign(),
            [.f32([-2.5, 0, 3, -Double.infinity, .nan])],
            [.f32([-1, 0, 1, -1, .nan])], tolerance: .exact)
        OperatorCase("of the least integer", Sign(), [.i8([-128, -5, 0, 127])], [.i8([-1, -1, 0, 1])])
        OperatorCase("of unsigned integers", Sign(), [.u8([0, 200])], [.u8([0, 1])])
        OperatorCase(
            "same shapes", Add(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([1, 3, 5, 7, 9, 11], [2, 3])], tolerance: .rounding)
        OperatorCase(
            "with a scalar", Add(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([2], [])],
            [.f32([2, 3, 4, 5, 6, 7], [2, 3])])
        OperatorCase(
            "a scalar first", Add(),
            [.f32([2], []), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([3, 4, 5, 6, 7, 8], [2, 3])])
        OperatorCase(
            "same shapes", Subtract(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.full(.f32, [2, 3], -1)], tolerance: .rounding)
        OperatorCase(
            "with a scalar", Subtract(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([2], [])],
            [.f32([-2, -1, 0, 1, 2, 3], [2, 3])])
        OperatorCase(
            "a scalar first", Subtract(),
            [.f32([2], []), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([1, 0, -1, -2, -3, -4], [2, 3])])
        OperatorCase(
            "same shapes", Multiply(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([0, 2, 6, 12, 20, 30], [2, 3])], tolerance: .rounding)
        OperatorCase(
            "with a scalar", Multiply(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([2], [])],
            [.f32([0, 2, 4, 6, 8, 10], [2, 3])])
        OperatorCase(
            "a scalar first", Multiply(),
            [.f32([2], []), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([2, 4, 6, 8, 10, 12], [2, 3])])
        OperatorCase(
            "same shapes", Divide(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([0, 0.5, 0.6666667, 0.75, 0.8, 0.8333333], [2, 3])], tolerance: .rounding)
        OperatorCase(
            "with a scalar", Divide(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([2], [])],
            [.f32([0, 0.5, 1, 1.5, 2, 2.5], [2, 3])])
        OperatorCase(
            "a scalar first", Divide(),
            [.f32([2], []), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([2, 1, 0.6666667, 0.5, 0.4, 0.33333334], [2, 3])])
        OperatorCase(
            "same shapes", Minimum(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([0, 1, 2, 3, 4, 5], [2, 3])], tolerance: .rounding)
        OperatorCase(
            "with a scalar", Minimum(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([2], [])],
            [.f32([0, 1, 2, 2, 2, 2], [2, 3])])
        OperatorCase(
            "a scalar first", Minimum(),
            [.f32([2], []), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([1, 2, 2, 2, 2, 2], [2, 3])])
        OperatorCase(
            "same shapes", Maximum(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([1, 2, 3, 4, 5, 6], [2, 3])], tolerance: .rounding)
        OperatorCase(
            "with a scalar", Maximum(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([2], [])],
            [.f32([2, 2, 2, 3, 4, 5], [2, 3])])
        OperatorCase(
            "a scalar first", Maximum(),
            [.f32([2], []), .f32([1, 2, 3, 4, 5, 6], [2, 3])],
            [.f32([2, 2, 3, 4, 5, 6], [2, 3])])
        OperatorCase(
            "a row", Add(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([10, 20, 30])],
            [.f32([10, 21, 32, 13, 24, 35], [2, 3])])
        OperatorCase(
            "a column", Add(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([10, 20], [2, 1])],
            [.f32([10, 11, 12, 23, 24, 25], [2, 3])])
        OperatorCase(
            "a channel", Multiply(),
            [.f32([0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 2, 2]), .f32([10, 100], [1, 2, 1, 1])],
            [.f32([0, 10, 20, 30, 400, 500, 600, 700], [1, 2, 2, 2])])
        OperatorCase(
            "both broadcast", Subtract(),
            [.f32([1, 2, 3], [3, 1]), .f32([10, 20], [1, 2])],
            [.f32([-9, -19, -8, -18, -7, -17], [3, 2])])
        OperatorCase(
            "a middle axis", Add(),
            [.f32([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]), .f32([1, 2, 3, 4], [2, 1, 2])],
            [.f32([1, 3, 3, 5, 7, 9, 9, 11], [2, 2, 2])])
        OperatorCase(
            "two separate axes", Add(),
            [.i32([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]), .i32([10, 20], [1, 2, 1])],
            [.i32([10, 11, 22, 23, 14, 15, 26, 27], [2, 2, 2])])
        OperatorCase("with nothing", Add(), [.f32([], [0, 3]), .f32([1, 2, 3])], [.f32([], [0, 3])])
        OperatorCase("an empty axis against 1", Add(), [.f32([], [2, 0]), .f32([0, 0], [2, 1])], [.f32([], [2, 0])])
        OperatorCase("scalars", Add(), [.f32([2], []), .f32([3], [])], [.f32([5], [])])
        OperatorCase("of half precision", Add(), [.f16([1, 2]), .f16([0.5, 0.25])], [.f16([1.5, 2.25])])
        OperatorCase("integers wrap", Add(), [.i8([127, -128]), .i8([1, -1])], [.i8([-128, 127])])
        OperatorCase("integers wrap", Multiply(), [.u8([200, 3]), .u8([2, 5])], [.u8([144, 15])])
        OperatorCase(
            "integers truncate", Divide(),
            [.i32([7, -7, 7, -7]), .i32([2, 2, -2, -2])],
            [.i32([3, -3, -3, 3])])
        OperatorCase(
            "integers by zero, and the least by −1", Divide(),
            [.i8([5, -128]), .i8([0, -1])],
            [.i8([0, -128])])
        OperatorCase(
            "floats by zero", Divide(),
            [.f32([1, -1, 0]), .f32([0, 0, 0])],
            [.f32([.infinity, -Double.infinity, .nan])])
        OperatorCase(
            "rounds down", FloorDivide(),
            [.i32([7, -7, 7, -7, 6]), .i32([2, 2, -2, -2, -3])],
            [.i32([3, -4, -4, 3, -2])])
        OperatorCase("floats", FloorDivide(), [.f32([7, -7, 7.5]), .f32([2, 2, -2])], [.f32([3, -4, -4])])
        OperatorCase("by zero", FloorDivide(), [.i8([5, -128]), .i8([0, -1])], [.i8([0, -128])])
        OperatorCase(
            "sign of the divisor", Modulo(),
            [.i64([-4, 7, 5, 4, -7, 8]), .i64([2, -3, 8, -2, 3, 5])],
            [.i64([0, -2, 5, 0, 2, 3])], constants: [])
        OperatorCase(
            "sign of the dividend", Modulo(truncated: true),
            [.i64([-4, 7, 5, 4, -7, 8]), .i64([2, -3, 8, -2, 3, 5])],
            [.i64([0, 1, 5, 0, -1, 3])], constants: [])
        OperatorCase(
            "floats, sign of the divisor", Modulo(),
            [.f32([-4.3, 7.2, 5, 4.3, -7.2, 8]), .f32([2.1, -3.4, 8, -2.1, 3.4, 5])],
            [.f32([1.9999995, -3.0000005, 5, -1.9999995, 3.0000005, 3])])
        OperatorCase(
            "floats, sign of the dividend", Modulo(truncated: true),
            [.f32([-4.3, 7.2, 5, 4.3, -7.2, 8]), .f32([2.1, -3.4, 8, -2.1, 3.4, 5])],
            [.f32([-0.10000038, 0.39999962, 5, 0.10000038, -0.39999962, 3])])
        OperatorCase("by zero, and the least by −1", Modulo(), [.i8([5, -128]), .i8([0, -1])], [.i8([0, 0])])
        OperatorCase(
            "NaN on either side", Minimum(),
            [.f32([.nan, 1, .nan, 2]), .f32([1, .nan, .nan, 3])],
            [.f32([.nan, .nan, .nan, 2])])
        OperatorCase(
            "NaN on either side", Maximum(),
            [.f32([.nan, 1, .nan, 2]), .f32([1, .nan, .nan, 3])],
            [.f32([.nan, .nan, .nan, 3])])
        OperatorCase("unsigned beyond 2³¹", Maximum(), [.u32([4_294_967_295, 1]), .u32([2, 2])], [.u32([4_294_967_295, 2])])
        OperatorCase("floats", Power(), [.f32([1, 2, 3, -2]), .f32([4, 5, 0.5, 3])], [.f32([1, 32, 1.7320508, -8])])
        OperatorCase(
            "a square", Power(),
            [.f32([0, 1, 2, 3, 4, 5], [2, 3]), .f32([2], [])],
            [.f32([0, 1, 4, 9, 16, 25], [2, 3])])
        OperatorCase(
            "floats by integers", Power(),
            [.f32([1, 2, 3]), .i64([4, 5, -1])],
            [.f32([1, 32, 0.33333334])], constants: [])
        OperatorCase("integers by floats truncate", Power(), [.i32([1, 2, 3]), .f32([4, 5, 0.5])], [.i32([1, 32, 1])])
        OperatorCase(
            "integers", Power(),
            [.i32([2, -3, -1, 1, 2, 0]), .i32([10, 3, -3, -5, -1, 0])],
            [.i32([1024, -27, -1, 1, 0, 1])])
        OperatorCase("integers wrap", Power(), [.i8([2]), .i64([7])], [.i8([-128])])
        OperatorCase("broadcast", BitwiseAnd(), [.i32([12, 10]), .i32([10])], [.i32([8, 10])])
        OperatorCase("broadcast", BitwiseOr(), [.i32([12, 10]), .i32([10])], [.i32([14, 10])])
        OperatorCase("broadcast", BitwiseXor(), [.i32([12, 10]), .i32([10])], [.i32([6, 0])])
        OperatorCase("bit by bit", BitwiseNot(), [.u8([0, 1, 255])], [.u8([255, 254, 0])])
        OperatorCase(
            "to the left", BitShift(direction: .left),
            [.u8([1, 128, 3, 1]), .u8([3, 1, 8, 200])],
            [.u8([8, 0, 0, 0])])
        OperatorCase(
            "to the right", BitShift(direction: .right),
            [.u16([16, 255, 3]), .u16([3, 4, 16])],
            [.u16([2, 15, 0])])
        OperatorCase(
            "signed to the right", BitShift(direction: .right),
            [.i32([-16, -1]), .i32([2, 40])],
            [.i32([-4, -1])])
        OperatorCase(
            "along axis 1", CumSum(),
            [.f32([1, 2, 3, 4, 5, 6], [2, 3]), .scalar(.i64, 1)],
            [.f32([1, 3, 6, 4, 9, 15], [2, 3])])
        OperatorCase(
            "along axis −2", CumSum(),
            [.f32([1, 2, 3, 4, 5, 6], [2, 3]), .scalar(.i64, -2)],
            [.f32([1, 2, 3, 5, 7, 9], [2, 3])])
        OperatorCase(
            "exclusive", CumSum(exclusive: true),
            [.f32([1, 2, 3, 4, 5, 6], [2, 3]), .scalar(.i64, 1)],
            [.f32([0, 1, 3, 0, 4, 9], [2, 3])])
        OperatorCase(
            "reverse", CumSum(reverse: true),
            [.f32([1, 2, 3, 4, 5, 6], [2, 3]), .scalar(.i64, 1)],
            [.f32([6, 5, 3, 15, 11, 6], [2, 3])])
        OperatorCase(
            "exclusive and reverse", CumSum(exclusive: true, reverse: true),
            [.i32([1, 2, 3, 4, 5, 6], [2, 3]), .i32([1])],
            [.i32([5, 3, 0, 11, 6, 0], [2, 3])], constants: [1])
        OperatorCase(
            "along axis 1", CumProd(),
            [.f32([1, 2, 3, 4, 5, 6], [2, 3]), .scalar(.i64, 1)],
            [.f32([1, 2, 6, 4, 20, 120], [2, 3])])
        OperatorCase(
            "exclusive and reverse", CumProd(exclusive: true, reverse: true),
            [.i32([1, 2, 3, 4, 5, 6], [2, 3]), .i32([1])],
            [.i32([6, 3, 1, 30, 6, 1], [2, 3])], constants: [1])
        OperatorCase("floats as integers", BitCast(.i32), [.f32([1, -2])], [.i32([0x3F80_0000, -0x4000_0000])])
        OperatorCase("signed as unsigned", BitCast(.u8), [.i8([-1, 3])], [.u8([255, 3])])
    }
}
