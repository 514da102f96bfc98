import Bytes
import GraphIR
import Tensors

extension Resize {
    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        throw OsteonError(.unsupported, "Not evaluated yet.")
    }
}
