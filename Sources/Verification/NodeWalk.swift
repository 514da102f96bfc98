import Bytes
import Engine
import GraphIR
import Tensors

/// Two graphs run on the same inputs, compared at every value that has the same name in both.
public struct NodeWalk: Sendable {
    public struct Step: Sendable {
        public var value: String
        public var comparison: TensorComparison
        public var passed: Bool
    }

    /// In the order the first graph computes them.
    public var steps: [Step]
    public var firstFailure: Step? { steps.first { !$0.passed } }

    /// Runs `candidate` keeping the values both graphs name, then streams `reference` past them.
    /// - Parameter relativeToMax: the largest difference allowed, relative to the reference's largest magnitude.
    public init(
        candidate: Session, reference: Session, inputs: [String: Tensor], relativeToMax: Double
    ) throws(OsteonError) {
        let shared = Set(candidate.plan.valueNames).intersection(reference.plan.valueNames)
        var kept: [String: Tensor] = [:]
        _ = try candidate.run(inputs, onTensor: { (name, tensor) throws(OsteonError) in
            if shared.contains(name) { kept[name] = try tensor.copied() }
        })
        var steps: [Step] = []
        _ = try reference.run(inputs, onTensor: { (name, tensor) throws(OsteonError) in
            guard let other = kept.removeValue(forKey: name) else { return }
            guard other.shape == tensor.shape, other.elementType == tensor.elementType else { return }
            let comparison = try TensorComparison(other, reference: tensor)
            let limit = relativeToMax * comparison.maximumMagnitude
            steps.append(Step(value: name, comparison: comparison, passed: comparison.maximumAbsoluteError <= limit))
        })
        self.steps = steps
    }
}
