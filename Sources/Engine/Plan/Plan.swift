import Bytes
import GraphIR
import Operators
import Tensors

/// A graph made ready to run: shapes bound, a kernel chosen for each node, weights packed, memory laid out.
///
/// A plan is never written to disk. It doesn't change, so several sessions may share it.
package final class Plan: @unchecked Sendable {
    /// One input or output of the graph.
    package struct Port: Sendable {
        package var name: String
        /// The shape has numbers only where the inputs settle it.
        package var type: TensorType
        let slot: Int
    }

    package let inputs: [Port]
    package let outputs: [Port]
    package let options: PlanOptions
    /// The tier the kernels use.
    package let isa: InstructionSet
    /// Threads the session computes with.
    package let threads: Int
    /// The bytes of the arena all intermediate values and scratch share.
    package let arenaByteCount: Int
    /// What was decided for each node, in the order they run.
    package let report: [NodeReport]

    let steps: [Step]
    let values: [PlannedValue]

    init(
        inputs: [Port], outputs: [Port], options: PlanOptions, isa: InstructionSet, threads: Int, arenaByteCount: Int,
        report: [NodeReport], steps: [Step], values: [PlannedValue]
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.options = options
        self.isa = isa
        self.threads = threads
        self.arenaByteCount = arenaByteCount
        self.report = report
        self.steps = steps
        self.values = values
    }

    /// The names of all values a run computes, in order; what `Session.run` gives `onTensor`.
    package var valueNames: [String] { steps.flatMap { $0.outputs.map { values[$0].name } } }

    /// Makes a plan.
    /// - Parameters:
    ///   - graph: left as it is; its constants are shared, not copied.
    ///   - bindings: extents for the graph's free dimensions.
    ///   - inputShapes: whole shapes by input name, where an input has unknown extents.
    /// - Throws: `.usage` where an extent is missing, and what the operators throw at shapes that don't fit.
    package static func make(
        graph: Graph, bindings: [String: Int] = [:], inputShapes: [String: [Int]] = [:], options: PlanOptions = PlanOptions()
    ) throws(OsteonError) -> Plan {
        let isa = try InstructionSet.resolve(options.isa)
        var bound = graph
        // Dequantized constants stay nodes however small: integer kernels want them as they're stored.
        try bound.specialize(bindings, inputShapes: inputShapes) { $0.traits.contains(.dequantizes) }
        for input in bound.inputs {
            guard bound.type(input).fixedShape != nil else {
                throw OsteonError(
                    .usage, "Input \(bound[input].name) is \(bound.type(input)): give its free dimensions an extent to run it.")
            }
        }
        var builder = PlanBuilder(graph: bound, options: options, isa: isa)
        return try builder.build()
    }
}

/// What a plan decided for one node.
package struct NodeReport: Sendable {
    package var node: String
    /// The operator's id.
    package var op: String
    /// The kernel's name, `view` where no work is done, `fused into …` where another node's kernel does it,
    /// `constant, unpacked at load` where the plan computes it, or `reference`.
    package var kernel: String
    /// The kernels listed before it, and why they didn't take the node.
    package var refusals: [KernelRefusal]
    package var outputs: [TensorType]
    package var multiplyAccumulates: Int
    /// Whether the output takes over the memory of an input.
    package var isInPlace: Bool
    /// What it's computed in: `fp32`, `fp64`, `int8`, or `fp16` and `bf16` where values are stored as those between
    /// nodes (the arithmetic is f32).
    package var precision: String
}

/// What a session does for one node.
struct Step: @unchecked Sendable {
    enum Work {
        case kernel(any PreparedKernel)
        case reference
        /// The output is the input under another shape.
        case view
    }

    var name: String
    var op: any Operator
    var work: Work
    var inputs: [Int?]
    var outputs: [Int]
    var outputTypes: [TensorType]
    var scratchOffset = 0
    var scratchByteCount = 0
    /// Values no later step reads, to let go where they have memory of their own.
    var released: [Int] = []
    var multiplyAccumulates = 0

    var label: String { "node \(name) (\(type(of: op).id))" }
}

/// Where a value's bytes are.
struct PlannedValue: Sendable {
    enum Place: Sendable {
        case input
        case constant(Tensor)
        /// In the arena, at this offset.
        case arena(offset: Int)
        /// In memory made anew for each run: graph outputs, and shapes only the run decides.
        case fresh
        /// The bytes of another value (a view, or an output computed in place).
        case alias(of: Int)
        /// No step reads it (a weight a kernel has packed).
        case unused
    }

    var name: String
    var type: TensorType
    var place: Place
}
