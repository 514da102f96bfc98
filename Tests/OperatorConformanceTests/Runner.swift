import Container
import Engine
import Optimizer
import TestSupport

/// A way to run an operator case. The same cases go through all of them.
struct Runner: Sendable, CustomStringConvertible {
    let name: String
    let run: @Sendable (_ graph: Graph, _ inputs: [String: Tensor]) throws -> [String: Tensor]

    var description: String { name }

    static let all: [Runner] =
        [interpreter, singleThread, optimized, writtenAndReadBack] + InstructionSet.available.map(engine)

    static let interpreter = Runner(name: "interpreter") { (graph, inputs) in
        try graph.evaluateReference(inputs)
    }

    /// The engine with kernels of one tier.
    static func engine(_ tier: InstructionSet) -> Runner {
        Runner(name: "engine-\(tier.rawValue)") { (graph, inputs) in
            try session(graph, inputs, PlanOptions(isa: tier))
        }
    }

    static let singleThread = Runner(name: "engine-one-thread") { (graph, inputs) in
        try session(graph, inputs, PlanOptions(threads: 1))
    }

    static let optimized = Runner(name: "optimized") { (graph, inputs) in
        var rewritten = graph
        try rewritten.optimize()
        try rewritten.verify()
        return try session(rewritten, inputs, PlanOptions())
    }

    static let writtenAndReadBack = Runner(name: "written-and-read-back") { (graph, inputs) in
        try withTemporaryFolder { folder in
            let path = folder + "/case.osteon"
            try NativeWriter.write(ModelFile(graph: graph), to: path)
            return try session(NativeReader.open(path).graph, inputs, PlanOptions())
        }
    }

    private static func session(
        _ graph: Graph, _ inputs: [String: Tensor], _ options: PlanOptions
    ) throws -> [String: Tensor] {
        try Session(Plan.make(graph: graph, options: options)).run(inputs)
    }
}
