extension OperatorCases {
    public static let arithmetic: [OperatorCase] = []
}
