extension OperatorCases {
    public static let quantization: [OperatorCase] = []
}
