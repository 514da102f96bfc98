extension OperatorCases {
    public static let comparison: [OperatorCase] = []
}
