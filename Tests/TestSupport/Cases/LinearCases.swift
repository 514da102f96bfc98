extension OperatorCases {
    package static let linear = list {
        OperatorCase(
            "of matrices", MatMul(),
            [.noise(.f32, [2, 3], seed: 1), .noise(.f32, [3, 4], seed: 2)],
            [
                .f32(
                    [
                        0.54294151, 0.44206965, -0.57442153, 0.021392191, -0.75901991, 0.57665312, 0.86537278,
                        -0.098970003,
                    ], [2, 4])
            ])
        OperatorCase(
            "of a row and a matrix", MatMul(),
            [.noise(.f32, [3], seed: 1), .noise(.f32, [3, 2], seed: 2)],
            [.f32([0.76440471, 0.76097381])])
        OperatorCase(
            "of a matrix and a column", MatMul(),
            [.noise(.f32, [2, 3], seed: 1), .noise(.f32, [3], seed: 2)],
            [.f32([-0.014413007, -0.38431391])])
        OperatorCase(
            "of vectors", MatMul(),
            [.noise(.f32, [3], seed: 1), .noise(.f32, [3], seed: 2)],
            [.f32([-0.014413007], [])])
        OperatorCase(
            "of batches, broadcast", MatMul(),
            [.noise(.f32, [2, 1, 2, 3], seed: 1), .noise(.f32, [3, 3, 2], seed: 2)],
            [
                .f32(
                    [
                        0.76440471, 0.76097387, -0.035234869, 1.3510233, -1.0919707, -0.10125483, -0.226528, -0.65852118,
                        -0.96002162, 0.29970115, -0.48585653, 0.26386312, 0.085981108, -0.21203001, -0.63271695,
                        -0.11189643, 0.046337586, -0.095729038, 0.61499667, 0.21911611, 0.019276405, -0.11557185,
                        0.57383215, 0.0071993028,
                    ], [2, 3, 2, 2])
            ])
        OperatorCase(
            "of integers", MatMul(),
            [.i32([1, 2, 3, 4], [2, 2]), .i32([5, 6], [2, 1])],
            [.i32([17, 39], [2, 1])])
        OperatorCase(
            "with nothing to sum", MatMul(),
            [.f32([], [2, 0]), .f32([], [0, 2])],
            [.f32([0, 0, 0, 0], [2, 2])])
        OperatorCase(
            "plain", Gemm(),
            [.noise(.f32, [2, 3], seed: 1), .noise(.f32, [3, 4], seed: 2)],
            [
                .f32(
                    [
                        0.54294151, 0.44206965, -0.57442153, 0.021392191, -0.75901991, 0.57665312, 0.86537278,
                        -0.098970003,
                    ], [2, 4])
            ])
        OperatorCase(
            "with a row added", Gemm(),
            [.noise(.f32, [2, 3], seed: 1), .noise(.f32, [3, 4], seed: 2), .noise(.f32, [4], seed: 3)],
            [
                .f32(
                    [
                        1.2736732, 0.039571613, 0.20333952, 0.39675424, -0.028288245, 0.17415509, 1.6431339, 0.27639204,
                    ], [2, 4])
            ])
        OperatorCase(
            "with a column added", Gemm(),
            [.noise(.f32, [2, 3], seed: 1), .noise(.f32, [3, 4], seed: 2), .noise(.f32, [2, 1], seed: 3)],
            [
                .f32(
                    [
                        1.2736732, 1.1728013, 0.15631014, 0.75212383, -1.161518, 0.17415509, 0.46287474, -0.50146806,
                    ], [2, 4])
            ])
        OperatorCase(
            "both transposed and scaled", Gemm(alpha: 0.5, beta: 2.0, transposeA: true, transposeB: true),
            [.noise(.f32, [3, 2], seed: 1), .noise(.f32, [4, 3], seed: 2), .noise(.f32, [2, 4], seed: 3)],
            [
                .f32(
                    [
                        1.9242197, -0.89284205, 0.83741462, 0.077139676, -1.8000835, 0.46966538, 0.075207621, 0.18770912,
                    ], [2, 4])
            ])
        OperatorCase(
            "transposition", Einsum(equation: "ij->ji"),
            [.noise(.f32, [2, 3], seed: 1)],
            [.f32([0.71958822, 0.49740055, -0.33642033, -0.95630854, 0.672997, -0.63327712], [3, 2])])
        OperatorCase(
            "product, output implied", Einsum(equation: "ij,jk"),
            [.noise(.f32, [2, 3], seed: 1), .noise(.f32, [3, 2], seed: 2)],
            [.f32([0.76440471, 0.76097381, -0.035234869, 1.3510233], [2, 2])])
        OperatorCase("trace", Einsum(equation: "ii"), [.noise(.f32, [3, 3], seed: 1)], [.f32([-0.12654336], [])])
        OperatorCase(
            "diagonal", Einsum(equation: "...ii->...i"),
            [.noise(.f32, [2, 3, 3], seed: 1)],
            [.f32([0.71958822, -0.95630854, 0.11017697, -0.68740755, 0.10349044, 0.20072447], [2, 3])])
        OperatorCase(
            "batches by an ellipsis", Einsum(equation: "...ij,...jk->...ik"),
            [.noise(.f32, [2, 1, 2, 3], seed: 1), .noise(.f32, [2, 3, 2], seed: 2)],
            [
                .f32(
                    [
                        0.76440471, 0.76097381, -0.035234869, 1.3510233, -1.0919707, -0.10125482, -0.22652799, -0.65852118,
                        0.085981108, -0.21203001, -0.63271695, -0.11189643, 0.04633759, -0.095729023, 0.61499667,
                        0.21911612,
                    ], [2, 2, 2, 2])
            ])
        OperatorCase(
            "of three", Einsum(equation: "i,ij,j->"),
            [.noise(.f32, [2], seed: 1), .noise(.f32, [2, 3], seed: 2), .noise(.f32, [3], seed: 3)],
            [.f32([0.29745391], [])])
        OperatorCase(
            "sum over an axis", Einsum(equation: "abc->ac"),
            [.noise(.f32, [2, 3, 2], seed: 1)],
            [.f32([0.43627673, -0.47229689, -0.071955919, -0.99871337], [2, 2])])
        OperatorCase(
            "attention", Einsum(equation: "bhid,bhjd->bhij"),
            [.noise(.f32, [1, 2, 2, 3], seed: 1), .noise(.f32, [1, 2, 3, 3], seed: 2)],
            [
                .f32(
                    [
                        -0.014413007, -0.97292542, 0.43508527, -0.38431391, -0.97785121, 0.19817263, -0.23189524,
                        -0.035884392, -0.19160804, 0.0028203428, 0.11201355, 0.31818974,
                    ], [1, 2, 2, 3])
            ])
        OperatorCase(
            "of integers", Einsum(equation: "ij,j->i"),
            [.i64([1, 2, 3, 4], [2, 2]), .i64([5, 6])],
            [.i64([17, 39])])
    }
}
