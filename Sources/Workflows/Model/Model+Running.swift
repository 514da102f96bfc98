import Bytes
import Engine
import GraphIR
import Inspection
import Tensors
import Verification

extension Model {
    /// Extents for every free dimension: those of `shapes`, and the smallest legal ones where it gives none.
    /// - Throws: `.usage` where the shapes don't fit or no legal size can be found.
    package func bindings(_ shapes: [String: [Int]]) throws(OsteonError) -> [String: Int] {
        var result = try graph.bindings(for: shapes)
        let missing = graph.freeDimensions.filter { result[$0] == nil }
        if missing.isEmpty { return result }
        var partly = graph
        try partly.specialize(result, inputShapes: shapes)
        let search = try LegalSizeSearch(partly)
        // Small sizes make degenerate statistics and windows; 32 voxels an axis are more telling and still quick.
        guard let smallest = search.smallestBinding(atLeast: 32) ?? search.smallestBinding() else {
            throw OsteonError(
                .usage, "No legal size found for the free dimensions \(missing.joined(separator: ", ")); give one with \(Parameter.shape).")
        }
        for name in missing { result[name] = smallest[name] }
        return result
    }

    /// The plan for these input shapes; see `bindings(_:)` for what isn't given.
    package func plan(shapes: [String: [Int]] = [:], _ options: PlanOptions = PlanOptions()) throws(OsteonError) -> Plan {
        try Plan.make(graph: graph, bindings: bindings(shapes), inputShapes: shapes, options: options)
    }

    /// A session that takes these inputs.
    package func session(for inputs: [String: Tensor], _ options: PlanOptions = PlanOptions()) throws(OsteonError) -> Session {
        for input in graph.inputs where inputs[graph[input].name] == nil {
            throw OsteonError(
                .usage, "No value for input \(graph[input].name): \(graph.type(input)); give it with \(Parameter.input) NAME=FILE.npy.")
        }
        return try Session(plan(shapes: inputs.mapValues(\.shape), options))
    }

    /// The tensors among `inputs` that the model takes: another one may take more.
    func only(_ inputs: [String: Tensor]) -> [String: Tensor] {
        inputs.filter { entry in inputNames.contains { UTF8Name($0) == UTF8Name(entry.key) } }
    }

    /// The shape of every input: those given, and the smallest legal ones where dimensions are free.
    package func inputShapes(_ shapes: [String: [Int]] = [:]) throws(OsteonError) -> [String: [Int]] {
        var bound = graph
        let bindings = try bindings(shapes)
        try bound.specialize(bindings, inputShapes: shapes)
        var result: [String: [Int]] = [:]
        for input in bound.inputs {
            guard let shape = bound.type(input).fixedShape else {
                throw OsteonError(
                    .usage, "The shape of input \(bound[input].name) isn't known (\(bound.type(input))); give it with \(Parameter.shape).")
            }
            result[bound[input].name] = shape
        }
        return result
    }

    /// Seeded tensors for every input, at the shapes of `inputShapes(_:)`; inputs that are shapes, sizes or axes get values that fit.
    /// - Parameter integerLimit: integers are below it; see `SeededInput`.
    package func seededInputs(
        seed: UInt64, shapes: [String: [Int]] = [:], integerLimit: Int = SeededInput.integerLimit
    ) throws(OsteonError) -> [String: Tensor] {
        let shapes = try inputShapes(shapes)
        var generator = SeededInput(seed: seed, integerLimit: integerLimit)
        var result: [String: Tensor] = [:]
        let fitting = try shapeInputs(shapes)
        for input in graph.inputs {
            let name = graph[input].name
            let type = graph.type(input).elementType
            guard let shape = shapes[name] else { continue }
            // The generator's steps are taken all the same: a record says what other inputs are by the seed alone.
            let tensor = try generator.tensor(type, shape)
            result[name] =
                try fitting[name].map { (values) throws(OsteonError) in
                    try Tensor(values.map { Int64($0) }, shape: shape).converted(to: type)
                } ?? tensor
        }
        return result
    }

    /// Values for the inputs that are shapes, sizes or axes, at these shapes of all inputs.
    private func shapeInputs(_ shapes: [String: [Int]]) throws(OsteonError) -> [String: [Int]] {
        guard graph.inputs.contains(where: { graph.type($0).elementType.isInteger }) else { return [:] }
        var bound = graph
        // Where the graph can't be bound, running it will say why.
        do { try bound.specialize(graph.bindings(for: shapes), inputShapes: shapes) } catch { return [:] }
        return ShapeInputs(bound).values()
    }
}
