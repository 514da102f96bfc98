/// The case tables, a file a family in this folder. Adding a family is its file and its line here.
public enum OperatorCases {
    public static let all: [OperatorCase] =
        activation + arithmetic + comparison + reduction + normalization + quantization
}
