import Bytes
import GraphIR
import Tensors

/// An operator with one scale and zero point for all elements, one for each index of `axis`, or with a `blockSize` one for each block
/// along it.
package protocol AxisQuantization: Operator {
    var axis: Int { get set }
    var blockSize: Int { get }
}

extension AxisQuantization {
    package static var signature: Signature { Signature([.required("x"), .required("scale"), .optional("zeroPoint")]) }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard blockSize == 0, let rank = context.inputs.first??.rank, let scale = context.optionalInput(1) else { return nil }
        let roles: [AxesMapping.Role] = [.data, .free, .free]
        guard let own = Permutation.identity(rank).source(axis) else { return nil }
        return .changing([], context, roles: roles) { permutation in
            // One scale for all hangs on no axis.
            if scale.count == 1 { return self }
            return permutation.source(own).map { axis in
                var result = self
                result.axis = axis
                return result
            }
        }
    }
}
