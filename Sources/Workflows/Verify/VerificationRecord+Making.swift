import Bytes
import Container
import Engine
import Tensors
import Verification

extension VerificationRecord {
    /// The record of a check that was made.
    /// - Parameters:
    ///   - kind: what was compared.
    ///   - model: whose outputs were checked; its graph orders inputs and outputs.
    ///   - origin: where the inputs come from.
    ///   - comparison: what was compared, and how it came out.
    ///   - engine: how the model ran.
    package static func make(
        _ kind: Kind, of model: Model, origin: Origin, _ comparison: OutputComparison, engine: PlanOptions = PlanOptions()
    ) throws(OsteonError) -> VerificationRecord {
        var fed: [Input] = []
        for name in model.inputNames { if let tensor = comparison.inputs[name] { fed.append(Input(name: name, tensor)) } }
        if case .seeded(let seed, let limit) = origin { try addValues(&fed, comparison.inputs, seed, limit) }
        var outputs: [Output] = []
        for check in comparison.checks {
            guard let reference = comparison.expected[check.name], let result = comparison.results[check.name] else {
                throw OsteonError(.internalFault, "Output \(check.name) was checked without its tensors.")
            }
            outputs.append(
                Output(
                    name: check.name, errors: Errors(check.comparison), tolerance: check.tolerance, passed: check.passed,
                    // The shape is the model's own: a reference may lack extents of 1.
                    expected: try TensorSummary(reference.shape == result.shape ? reference : reference.reshaped(result.shape)),
                    resultSHA256: Input(name: check.name, result).sha256))
        }
        return VerificationRecord(
            kind: kind, tool: "osteon \(OsteonVersion.current)", isa: try InstructionSet.resolve(engine.isa).rawValue,
            inputs: Inputs(origin, fed), tolerance: comparison.tolerance, outputs: outputs)
    }

    /// Writes out the elements of inputs that the seed alone doesn't give.
    private static func addValues(_ fed: inout [Input], _ inputs: [String: Tensor], _ seed: UInt64, _ limit: Int) throws(OsteonError) {
        var generator = SeededInput(seed: seed, integerLimit: limit)
        for place in fed.indices {
            let made = try generator.tensor(fed[place].elementType, fed[place].shape)
            guard let tensor = inputs[fed[place].name], tensor.elementType.isInteger, tensor.count <= Input.mostValues else { continue }
            if Input(name: fed[place].name, made).sha256 != fed[place].sha256 { fed[place].values = try tensor.integers() }
        }
    }
}
