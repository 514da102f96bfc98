extension OperatorCases {
    public static let normalization: [OperatorCase] = []
}
