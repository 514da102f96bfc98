import Bytes
import Contracts
import GraphIR
import Inspection
import Tensors

/// Shapes asked for, settled for every input of a model and held against what the network takes.
package struct FixedShapes {
    /// The whole shape of every input.
    package let shapes: [String: [Int]]

    /// Settles one shape, or several that are for different inputs; see `Model.shapes(for:batch:)`.
    /// - Parameter batch: for every free batch that no shape gives; 1 beside spatial extents where it's nil.
    /// - Throws: `.usage` where a shape fits no input or leaves one open; `.invalidGraph` with the nearest legal sizes where
    ///   the network doesn't take it.
    package init(_ requests: [ShapeRequest], batch: Int? = nil, for model: Model) throws(OsteonError) {
        shapes = try Self.completed(model.shapes(for: requests, batch: batch ?? 1), batch, model)
        try Self.check(shapes, model)
    }

    /// The shapes of all inputs: those given, and what they leave no choice for.
    private static func completed(_ known: [String: [Int]], _ batch: Int?, _ model: Model) throws(OsteonError) -> [String: [Int]] {
        var result = known
        for (name, shape) in known.sorted(by: { $0.key < $1.key }) {
            if shape.contains(where: { $0 < 1 }) { throw OsteonError(.usage, "A shape has no extents below 1: \(text(shape)).") }
            if let id = model.graph.value(named: name), let dimensions = model.graph.type(id).shape {
                try checkFixed(dimensions, shape, name)
            }
        }
        var bindings = try model.graph.bindings(for: known)
        if let batch {
            for input in model.graph.inputs {
                if case .free(let name)? = model.graph.type(input).shape?.first, bindings[name] == nil { bindings[name] = batch }
            }
        }
        for input in model.graph.inputs where result[model.graph[input].name] == nil {
            var shape: [Int] = []
            for dimension in model.graph.type(input).shape ?? [.unknown] {
                if let fixed = dimension.fixed {
                    shape.append(fixed)
                } else if case .free(let name) = dimension, let extent = bindings[name] {
                    shape.append(extent)
                } else {
                    throw OsteonError(
                        .usage,
                        """
                        Input \(model.graph[input].name) is \(model.graph.type(input)): give it a shape too, as \(Parameter.shape) \
                        \(model.graph[input].name)=…
                        """
                    )
                }
            }
            result[model.graph[input].name] = shape
        }
        return result
    }

    // MARK: What the network takes

    private static func check(_ shapes: [String: [Int]], _ model: Model) throws(OsteonError) {
        let bindings = try model.graph.bindings(for: shapes)
        var reason = "its operators don't fit together at that size"
        var bound = model.graph
        do {
            try bound.specialize(bindings, inputShapes: shapes)
        } catch {
            reason = error.description
        }
        guard let search = try? LegalSizeSearch(model.graph, limit: max(128, bindings.values.max() ?? 0)) else {
            throw OsteonError(.invalidGraph, "The network doesn't take this shape: \(reason)")
        }
        if search.isLegal(bindings) { return }
        let nearest = search.nearest(to: bindings).map { "\(dimensionName($0.dimension, shapes, model)): \($0.description)." }
        throw OsteonError(
            .invalidGraph,
            nearest.isEmpty
                ? "The network doesn't take the shape \(shapes.sorted { $0.key < $1.key }.map { text($0.value) }.joined(separator: ", ")): \(reason)"
                : "The network doesn't take this shape. " + nearest.joined(separator: " "))
    }

    private static func checkFixed(_ known: [Dimension], _ shape: [Int], _ name: String) throws(OsteonError) {
        guard known.count == shape.count else {
            throw OsteonError(.usage, "Input \(name) has rank \(known.count), the shape \(text(shape)) has \(shape.count).")
        }
        for (axis, (dimension, extent)) in zip(known, shape).enumerated() {
            guard let fixed = dimension.fixed, fixed != extent else { continue }
            throw OsteonError(
                .invalidGraph,
                """
                The network doesn't take this shape. Axis \(axis) of input \(name) is fixed to \(fixed) by the model itself and \
                can't be \(extent).
                """
            )
        }
    }

    /// Where a free dimension is found: "axis 2 of input image".
    private static func dimensionName(_ dimension: String, _ shapes: [String: [Int]], _ model: Model) -> String {
        for input in model.graph.inputs {
            guard let axis = model.graph.type(input).shape?.firstIndex(of: .free(dimension)) else { continue }
            return "Axis \(axis) of input \(model.graph[input].name)"
        }
        return "Dimension \(dimension)"
    }

    static func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
}
