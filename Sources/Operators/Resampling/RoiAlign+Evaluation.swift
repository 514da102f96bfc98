import Bytes
import GraphIR
import Tensors

extension RoiAlign {
    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        throw OsteonError(.unsupported, "Not evaluated yet.")
    }
}
