extension OperatorCases {
    public static let reduction: [OperatorCase] = []
}
