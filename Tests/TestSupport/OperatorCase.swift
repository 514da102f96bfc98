import Bytes
import GraphIR
import Operators
import Tensors

/// One application of an operator with known results, for every way of running operators to be held to.
///
/// The same cases go through all runners: reference evaluation, engine, optimised graph, written and read back. A
/// runner takes `inputTensors()` or `graph(…)`, and gives its results to `mismatches(in:)`.
package struct OperatorCase: Sendable, CustomStringConvertible {
    package var name: String
    package var op: any Operator
    /// nil for an optional input left out.
    package var inputs: [Sample?]
    /// nil for an output that's made but not compared.
    package var expected: [Sample?]
    package var tolerance: Tolerance
    /// The inputs that a graph holds as constants always: shapes, axes, pads.
    package var constants: Set<Int>

    /// How far a float may be off: `|got − wanted| ≤ absolute + relative · |wanted|`. Other types are compared exactly.
    package struct Tolerance: Sendable {
        package var absolute: Double
        package var relative: Double

        package init(absolute: Double, relative: Double) {
            self.absolute = absolute
            self.relative = relative
        }

        package static let exact = Tolerance(absolute: 0, relative: 0)
        /// A few units in the last place of `f32`.
        package static let rounding = Tolerance(absolute: 1e-6, relative: 2e-6)
        /// For 16-bit floats and long sums.
        package static let loose = Tolerance(absolute: 2e-3, relative: 2e-3)
    }

    /// - Parameter constants: left out, these are all inputs behind the first of type `i64`.
    package init(
        _ name: String, _ op: any Operator, _ inputs: [Sample?], _ expected: [Sample?],
        tolerance: Tolerance = .rounding, constants: Set<Int>? = nil
    ) {
        self.name = name
        self.op = op
        self.inputs = inputs
        self.expected = expected
        self.tolerance = tolerance
        self.constants = constants ?? Set(inputs.indices.filter { $0 > 0 && inputs[$0]?.elementType == .i64 })
    }

    package var description: String { "\(type(of: op).id) \(name)" }

    package func inputTensors() throws(OsteonError) -> [Tensor?] {
        var result: [Tensor?] = []
        for input in inputs { result.append(try input?.tensor()) }
        return result
    }
}

// MARK: Graphs

extension OperatorCase {
    /// Which inputs of the operator are inputs of the graph; the others are constants in it.
    package enum FreeInputs: Sendable, CaseIterable {
        /// All but `constants`.
        case all
        /// The first alone, as with weights.
        case first
    }

    /// A graph of one node. Its inputs are named `input0`, … after their place, its outputs `output0`, ….
    package func graph(free: FreeInputs = .all) throws(OsteonError) -> Graph {
        var graph = Graph(name: "case")
        var arguments: [ValueID?] = []
        for (index, tensor) in try inputTensors().enumerated() {
            guard let tensor else {
                arguments.append(nil)
                continue
            }
            let isFree = free == .all ? !constants.contains(index) : index == 0
            arguments.append(
                isFree ? graph.addInput("input\(index)", tensor.type) : graph.addConstant("input\(index)", tensor))
        }
        let names = expected.indices.map { "output\($0)" }
        graph.setOutputs(try graph.add(op, arguments, name: "node", outputNames: names))
        return graph
    }

    /// The tensors for the inputs of `graph(free:)`, by name.
    package func graphInputs(free: FreeInputs = .all) throws(OsteonError) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (index, tensor) in try inputTensors().enumerated() {
            guard let tensor, free == .all ? !constants.contains(index) : index == 0 else { continue }
            result["input\(index)"] = tensor
        }
        return result
    }
}

// MARK: Comparing

extension OperatorCase {
    /// What's wrong with `results`, a sentence each; empty where all is as expected.
    package func mismatches(in results: [Tensor]) throws(OsteonError) -> [String] {
        guard results.count == expected.count else { return ["\(results.count) outputs instead of \(expected.count)"] }
        var found: [String] = []
        for (index, (result, sample)) in zip(results, expected).enumerated() {
            guard let wanted = try sample?.tensor() else { continue }
            guard result.type == wanted.type else {
                found.append("output \(index) is \(result.type) instead of \(wanted.type)")
                continue
            }
            if let problem = try firstDifference(result, wanted) { found.append("output \(index): \(problem)") }
        }
        return found
    }

    private func firstDifference(_ result: Tensor, _ wanted: Tensor) throws(OsteonError) -> String? {
        guard wanted.elementType.isFloat else {
            if result.isIdentical(to: wanted) { return nil }
            return "\(try result.doubles()) instead of \(try wanted.doubles())"
        }
        let got = try result.doubles()
        let goal = try wanted.doubles()
        for (place, (x, y)) in zip(got, goal).enumerated() {
            if x == y || x.isNaN && y.isNaN { continue }
            if (x - y).magnitude <= tolerance.absolute + tolerance.relative * y.magnitude { continue }
            return "element \(place) is \(x) instead of \(y); all: \(got.prefix(64)), wanted: \(goal.prefix(64))"
        }
        return nil
    }
}
