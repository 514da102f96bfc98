import Bytes
import Contracts
import GraphIR
import Inspection
import Tensors

/// Shapes asked for on the command line, settled for every input of a model and held against what the network takes.
package struct FixedShapes {
    /// The whole shape of every input.
    package let shapes: [String: [Int]]

    /// Settles one shape, or several that are for different inputs.
    ///
    /// A bare shape of an input's rank is whole (1x1x96x96x96); one of fewer extents counts places only (96x96x96), and goes to every
    /// input that has as many spatial axes: those behind batch and channels by the imaging contract, else the free ones, else
    /// those of N C D H W. Batch and channels are then the input's own, a free batch is `batch`.
    /// - Throws: `.usage` where a shape fits no input or leaves one open; `.invalidGraph` with the nearest legal sizes where
    ///   the network doesn't take it.
    package init(_ arguments: [String], batch: Int? = nil, for model: Model) throws(OsteonError) {
        var known: [String: [Int]] = [:]
        for argument in arguments {
            let (name, text) = Self.split(argument)
            if let name, !model.inputNames.contains(name) {
                throw OsteonError.noInput(name, among: model.inputNames)
            }
            let extents = try Shapes.parse(text)
            var isUsed = false
            for input in model.graph.inputs where name == nil || model.graph[input].name == name {
                guard let shape = try Self.whole(extents, batch, model, input) else { continue }
                known[model.graph[input].name] = shape
                isUsed = true
            }
            guard isUsed else {
                let inputs = model.graph.inputs.map { "\(model.graph[$0].name): \(model.graph.type($0))" }.joined(separator: ", ")
                throw OsteonError(.usage, "The shape \(argument) fits no input (\(inputs)).")
            }
        }
        shapes = try Self.completed(known, batch, model)
        try Self.check(shapes, model)
    }

    private static func split(_ argument: String) -> (name: String?, shape: String) {
        guard let equals = argument.lastIndex(of: "=") else { return (nil, argument) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    /// The shape of an input that `extents`, whole or spatial, stand for; nil where they don't fit its rank.
    private static func whole(_ extents: [Int], _ batch: Int?, _ model: Model, _ input: ValueID) throws(OsteonError) -> [Int]? {
        guard let dimensions = model.graph.type(input).shape else { return extents }
        if dimensions.count == extents.count { return extents }
        guard let axes = spatialAxes(model, input, count: extents.count) else { return nil }
        var shape: [Int] = []
        for (axis, dimension) in dimensions.enumerated() {
            if let place = axes.firstIndex(of: axis) {
                shape.append(extents[place])
            } else if let fixed = dimension.fixed {
                shape.append(fixed)
            } else if axis == 0 {
                shape.append(batch ?? 1)
            } else {
                throw OsteonError(
                    .usage,
                    "Input \(model.graph[input].name) is \(model.graph.type(input)): give its whole shape, the channels are open too.")
            }
        }
        return shape
    }

    /// The axes of an input that count places, where there are `count` of them.
    static func spatialAxes(_ model: Model, _ input: ValueID, count: Int) -> [Int]? {
        guard let dimensions = model.graph.type(input).shape, dimensions.count == count + 2 else { return nil }
        let first = Array(2..<count + 2)
        let last = Array(1..<count + 1)
        if let imaging = model.imaging, imaging.input.name == model.graph[input].name {
            return imaging.input.layout == .channelsLast ? last : first
        }
        let isFree = dimensions.map { $0.fixed == nil }
        // Channels are the axis that isn't free; the last of two fixed ones is a guess only where nothing decides it.
        if !isFree[1], first.contains(where: { isFree[$0] }) { return first }
        if let end = isFree.last, !end, last.contains(where: { isFree[$0] }) { return last }
        return first
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
                        "Input \(model.graph[input].name) is \(model.graph.type(input)): give it a shape too, as \(Parameter.shape) \(model.graph[input].name)=…"
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
                "The network doesn't take this shape. Axis \(axis) of input \(name) is fixed to \(fixed) by the model itself and can't be \(extent)."
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
