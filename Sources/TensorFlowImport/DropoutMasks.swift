import Tensors

/// Recognises dropout that drops nothing: a mask made of uniform random numbers that's one everywhere because the
/// probability to keep is 1. Graphs that feed that probability at inference need no random numbers then.
///
/// Two forms (TensorFlow before 1.13, and since): `x / keep · floor(keep + u)` and `x · scale · cast(u ≥ rate)`, with u
/// uniform in [0, 1).
struct DropoutMasks {
    /// Tensors uniform in [0, 1).
    private var uniform: Set<TensorReference> = []
    /// Tensors in [1, 2).
    private var raised: Set<TensorReference> = []
    /// Tensors that are 1 (or true) everywhere.
    private var ones: Set<TensorReference> = []

    static func isRandom(_ node: GraphNode) -> Bool {
        node.operation == "RandomUniform" || node.operation.hasPrefix("StatelessRandomUniform")
    }

    /// The operations a mask is made of, whose other operands must be known.
    static let operations: Set<String> = ["Add", "AddV2", "GreaterEqual", "Mul"]

    /// Notes what a node makes; nodes come in topological order.
    /// - Returns: the input that the node's output equals because the other is a mask of ones.
    mutating func passedInput(of node: GraphNode, at place: Int, known: (TensorReference) -> Tensor?) -> TensorReference? {
        let output = TensorReference(node: place, output: 0)
        if Self.isRandom(node) {
            uniform.insert(output)
            return nil
        }
        guard !uniform.isEmpty, let first = node.inputs.first else { return nil }
        let second = node.inputs.count > 1 ? node.inputs[1] : nil
        func number(_ reference: TensorReference?) -> Double? {
            guard let reference, let tensor = known(reference), tensor.count == 1 else { return nil }
            return (try? tensor.doubles())?.first
        }
        switch node.operation {
        case "Identity", "Cast":
            if uniform.contains(first) { uniform.insert(output) }
            if ones.contains(first) { ones.insert(output) }
        case "Add", "AddV2":
            for (a, b) in [(first, second), (second ?? first, Optional(first))] where uniform.contains(a) {
                if number(b) == 0 { uniform.insert(output) }
                if number(b) == 1 { raised.insert(output) }
            }
        case "Floor":
            if raised.contains(first) { ones.insert(output) }
        case "GreaterEqual":
            if uniform.contains(first), let bound = number(second), bound <= 0 { ones.insert(output) }
        case "Mul":
            guard let second else { return nil }
            if ones.contains(second) { return first }
            if ones.contains(first) { return second }
            for (a, b) in [(first, second), (second, first)] where uniform.contains(a) && number(b) == 1 { uniform.insert(output) }
        case "SelectV2":
            if ones.contains(first) { return second }
        default: break
        }
        return nil
    }
}
