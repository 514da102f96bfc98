import Bytes
import GraphIR
import Operators
import Tensors

/// Writes a shape with free extents as the constant a `Reshape` takes.
enum ViewShape {
    /// The numbers for `Reshape` from `source` to `target`: fixed extents as they are, a free one at its old place as
    /// 0, one other as −1. nil where more than one extent can't be told.
    static func numbers(from source: TensorType, to target: TensorType) -> [Int]? {
        guard let shape = target.shape else { return nil }
        var result: [Int] = []
        var open = 0
        for (axis, dimension) in shape.enumerated() {
            if let extent = dimension.fixed {
                // A written 0 would be read as "as it was".
                guard extent > 0 else { return nil }
                result.append(extent)
            } else if dimension != .unknown, let old = source.shape, axis < old.count, old[axis] == dimension {
                result.append(0)
            } else {
                open += 1
                result.append(-1)
            }
        }
        return open <= 1 ? result : nil
    }

    /// Adds a `Reshape` of `value` to `target` to the patch; nil where the shape can't be written.
    static func reshape(
        _ value: ValueID, to target: TensorType, name: String, in view: GraphView, _ patch: inout GraphPatch
    ) throws(OsteonError) -> GraphPatch.Reference? {
        guard let numbers = numbers(from: view.type(value), to: target) else { return nil }
        let shape = patch.constant("\(name).shape", try Tensor(numbers.map { Int64($0) }))
        return patch.add(Reshape(), [.existing(value), shape], name: name)
    }
}
