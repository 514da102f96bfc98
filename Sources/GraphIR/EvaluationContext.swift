import Bytes
import Tensors

/// The tensors of one evaluation: the inputs given, the outputs to make.
///
/// The context holds every tensor it returns, so element pointers taken from them stay valid during `evaluate`.
package final class EvaluationContext {
    package let inputs: [Tensor?]
    package private(set) var outputs: [Tensor?]
    /// Makes the memory of an output: an arena slot where a plan has one, new memory otherwise.
    private let allocate: (_ index: Int, _ type: ElementType, _ shape: [Int]) throws(OsteonError) -> Tensor

    package init(
        inputs: [Tensor?], outputCount: Int,
        allocate: @escaping (_ index: Int, _ type: ElementType, _ shape: [Int]) throws(OsteonError) -> Tensor = {
            (_, type, shape) throws(OsteonError) in try Tensor(uninitialized: type, shape)
        }
    ) {
        self.inputs = inputs
        outputs = Array(repeating: nil, count: outputCount)
        self.allocate = allocate
    }

    package var outputCount: Int { outputs.count }

    package func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// A required input.
    package func input(_ index: Int) throws(OsteonError) -> Tensor {
        guard index < inputs.count, let tensor = inputs[index] else {
            throw OsteonError(.invalidGraph, "Input \(index) is missing.")
        }
        return tensor
    }

    /// An optional input.
    package func optionalInput(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

    /// The value of an optional integer input.
    package func integers(_ index: Int) throws(OsteonError) -> [Int]? { try optionalInput(index)?.integers() }

    /// Makes output `index`, its elements undefined: the operator fills them all.
    package func makeOutput(_ index: Int, _ type: ElementType, _ shape: [Int]) throws(OsteonError) -> Tensor {
        let tensor = try allocate(index, type, shape)
        outputs[index] = tensor
        return tensor
    }

    /// Gives a finished tensor as output `index` (a view of an input, say).
    package func setOutput(_ index: Int, _ tensor: Tensor) { outputs[index] = tensor }
}

extension Operator {
    /// Runs the reference evaluation in `context`.
    ///
    /// Operators compute 16-bit floats in `f32`: inputs are widened before and outputs rounded after, except for
    /// operators that only move bits. So `evaluate` itself never meets `f16` or `bf16` arithmetic.
    package func evaluateReference(in context: EvaluationContext) throws(OsteonError) {
        guard !traits.contains(.movesBits), context.inputs.contains(where: { $0?.elementType.isHalf == true }) else {
            return try evaluate(context)
        }
        var widened: [Tensor?] = []
        for input in context.inputs {
            widened.append(input?.elementType.isHalf == true ? try input?.converted(to: .f32) : input)
        }
        let types = try inferTypes(
            InferenceContext(inputs: context.inputs.map { $0?.type }, constants: context.inputs, outputCount: context.outputCount))
        let inner = EvaluationContext(inputs: widened, outputCount: context.outputCount)
        try evaluate(inner)
        for (index, result) in inner.outputs.enumerated() {
            guard let result else { continue }
            let narrowed = try result.converted(to: index < types.count ? types[index].elementType : result.elementType)
            let output = try context.makeOutput(index, narrowed.elementType, narrowed.shape)
            output.write(narrowed.bytes)
        }
    }

    /// The reference evaluation of the given tensors, in new memory.
    package func evaluate(_ inputs: [Tensor?], outputCount: Int = 1) throws(OsteonError) -> [Tensor] {
        let context = EvaluationContext(inputs: inputs, outputCount: outputCount)
        try evaluateReference(in: context)
        var results: [Tensor] = []
        for (index, output) in context.outputs.enumerated() {
            guard let output else { throw OsteonError(.internalFault, "\(Self.id) made no output \(index).") }
            results.append(output)
        }
        return results
    }
}
