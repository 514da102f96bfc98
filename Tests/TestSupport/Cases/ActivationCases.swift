extension OperatorCases {
    private static let line = Sample.f32([-3, -1, -0.5, 0, 0.5, 1, 3])

    public static let activation: [OperatorCase] = [
        OperatorCase("clamps at zero", Relu(), [line], [.f32([0, 0, 0, 0, 0.5, 1, 3])], tolerance: .exact),
    ]
}
