/// The case tables, a file a family in this folder. Adding a family is its file and its line here.
public enum OperatorCases {
    public static let all: [OperatorCase] =
        activation + arithmetic + comparison + reduction + normalization + quantization
        + convolution + transposedConvolution + pooling + linear + attention + movement + indexing + shape
        + resampling + sampling

    /// A list of cases, one a statement. A long array literal of them takes the compiler minutes.
    static func list(@CaseList _ cases: () -> [OperatorCase]) -> [OperatorCase] { cases() }
}

@resultBuilder
enum CaseList {
    static func buildPartialBlock(first: OperatorCase) -> [OperatorCase] { [first] }
    static func buildPartialBlock(accumulated: [OperatorCase], next: OperatorCase) -> [OperatorCase] { accumulated + [next] }
}
