import Bytes
import GraphIR
import Operators
import Tensors

/// Finds normalisations by mean and variance that were spelled out.
package struct RecognizeNormalization: RewriteRule {
    package static let id = "recognize-normalization"
    package static let promise = NumericPromise.rounding(relative: 1e-4)
    package static let runsAfter = ["push-transpositions", "eliminate-common-subexpressions"]
    package static let documentation = PassDocumentation(
        "Finds instance and layer normalisations spelled out with means.",
        before: "d = x − ReduceMean(x); y = d / Sqrt(ReduceMean(d²) + ε)",
        after: "y = InstanceNormalization(x, 1, 0), or LayerNormalization(x, 1)",
        note: "Over all spatial axes of N C … (Ulyanov, Vedaldi and Lempitsky, 2016) or over the last axes (Ba, Kiros and "
            + "Hinton, 2016). Also with the reciprocal of the deviation as a factor, and with scale and shift multiplied "
            + "out, x · (r · γ) + (β − m · (r · γ)). The channels' number must be known; scales and shifts after it are "
            + "folded in by `fold-scales` and `fuse-bias`.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let spelled = try SpelledNormalization(at: node, in: view) else { return nil }
        let type = try SymbolicShape.refined(spelled.x, in: view)
        guard let rank = type.rank else { return nil }
        var patch = GraphPatch("", promise: type.elementType.isHalf ? .rounding(in: type.elementType) : nil)
        let name = view[node].name
        // Over the last of three axes the two are one; what follows is rather by the last axis then.
        let axis: Int
        if spelled.axes == [rank - 1], rank != 3 || type.extent(2) != nil {
            axis = rank - 1
        } else if spelled.axes == Array(2..<max(rank, 2)), rank > 2 {
            axis = 1
        } else {
            return view.decline(node, "the means are over axes \(spelled.axes)")
        }
        guard let channels = type.extent(axis) else { return view.decline(node, "the number of channels isn't known") }
        let scale = try view.perChannel(spelled.scale, of: type, axis: axis)
        let shift = try spelled.shift.map { (tensor) throws(OsteonError) in try view.perChannel(tensor, of: type, axis: axis) }
        // What varies along other axes than the channels stays arithmetic after it.
        let isWhole = scale != nil && !(spelled.shift != nil && shift == .some(nil))
        let ones = try [Double](budgeted: 1, count: channels)
        let zeros = try [Double](budgeted: 0, count: channels)
        func constant(_ role: String, _ values: [Double], _ patch: inout GraphPatch) throws(OsteonError) -> GraphPatch.Reference {
            patch.constant("\(name).\(role)", try Tensor(values, shape: [channels], rounded: type.elementType))
        }
        var inputs: [GraphPatch.Reference?] = [.existing(spelled.x), try constant("scale", isWhole ? scale ?? ones : ones, &patch)]
        let bias = isWhole ? shift ?? nil : nil
        if axis == 1 || bias != nil { inputs.append(try constant("bias", bias ?? zeros, &patch)) }
        let op: any Operator =
            axis == 1
            ? InstanceNormalization(epsilon: spelled.epsilon) : LayerNormalization(axis: -1, epsilon: spelled.epsilon)
        patch.reason = axis == 1 ? "an instance normalisation" : "a layer normalisation"
        var output = patch.add(op, inputs, name: name)
        if !isWhole {
            let factor = patch.constant("\(name).factor", try spelled.scale.converted(to: type.elementType))
            output = patch.add(Multiply(), [output, factor], name: "\(name).scaled")
            if let shift = spelled.shift {
                let term = patch.constant("\(name).shift", try shift.converted(to: type.elementType))
                output = patch.add(Add(), [output, term], name: "\(name).shifted")
            }
        }
        patch.replace(view[node].outputs[0], with: output)
        return patch
    }
}
