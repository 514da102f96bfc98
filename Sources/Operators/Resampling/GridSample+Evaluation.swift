import Bytes
import GraphIR
import Tensors

extension GridSample {
    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        throw OsteonError(.unsupported, "Not evaluated yet.")
    }
}
