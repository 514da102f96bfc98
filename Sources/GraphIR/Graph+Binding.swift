import Bytes
import Tensors

extension Graph {
    /// The names of free dimensions of the inputs, in order of appearance.
    package var freeDimensions: [String] {
        var seen: [String] = []
        for input in inputs {
            for case .free(let name) in type(input).shape ?? [] where !seen.contains(name) { seen.append(name) }
        }
        return seen
    }

    /// The extents of the free dimensions that make the inputs take `shapes` (by input name).
    /// - Throws: `.usage` where a shape doesn't fit its input or two disagree on a dimension.
    package func bindings(for shapes: [String: [Int]]) throws(OsteonError) -> [String: Int] {
        var result: [String: Int] = [:]
        var origin: [String: String] = [:]
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            guard let id = value(named: name), inputs.contains(id) else {
                throw OsteonError.noInput(name, among: inputs.map { self[$0].name })
            }
            guard let dimensions = type(id).shape else { continue }
            guard dimensions.count == shape.count else {
                throw OsteonError(.usage, "Input \(name) has rank \(dimensions.count), the shape given has \(shape.count).")
            }
            for (dimension, extent) in zip(dimensions, shape) {
                switch dimension {
                case .fixed(let fixed) where fixed != extent:
                    throw OsteonError(.usage, "Input \(name) is \(type(id)); \(shape) doesn't fit.")
                case .free(let free):
                    if let other = result[free], other != extent {
                        let text = shape.map(String.init).joined(separator: "x")
                        throw OsteonError(
                            .usage,
                            """
                            Dimension \(free) would be both \(other) (input \(origin[free] ?? "")) and \(extent) (input \(name)): \
                            the model says that they're equal. If it doesn't mean that, give the whole shape as the model's own: \
                            \(Parameter.input) \(name):\(text).
                            """
                        )
                    }
                    result[free] = extent
                    origin[free] = name
                default: break
                }
            }
        }
        return result
    }
}
