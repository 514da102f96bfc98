/// The case tables, a file a family in this folder. Adding a family is its file and its line here.
package enum OperatorCases {
    package static let all: [OperatorCase] = families.flatMap { $0 }

    private static let families: [[OperatorCase]] = [
        activation,
        arithmetic,
        attention,
        comparison,
        convolution,
        indexing,
        linear,
        recurrent,
        movement,
        normalization,
        pooling,
        quantization,
        reduction,
        resampling,
        sampling,
        shape,
        transposedConvolution,
    ]

    /// A list of cases, one a statement. A long array literal of them takes the compiler minutes.
    static func list(@CaseList _ cases: () -> [OperatorCase]) -> [OperatorCase] { cases() }
}

@resultBuilder
enum CaseList {
    static func buildPartialBlock(first: OperatorCase) -> [OperatorCase] { [first] }
    static func buildPartialBlock(accumulated: [OperatorCase], next: OperatorCase) -> [OperatorCase] { accumulated + [next] }
}
