import Bytes
import Engine
import GraphIR
import Tensors

/// One inference whose values go into files: what `osteon run` does.
package struct ModelRun {
    private let model: Model
    private let engine: PlanOptions
    /// Whether every value of the graph is written, not only the outputs.
    package var keepsAll = false

    package init(_ model: Model, engine: PlanOptions = PlanOptions()) {
        self.model = model
        self.engine = engine
    }

    /// One value that was written.
    package struct Written: Sendable {
        package var name: String
        package var type: TensorType
        package var path: String
    }

    /// Runs the model and writes each value into `folder` as soon as it's there.
    /// - Returns: what was written, the outputs in the model's order.
    package func run(_ inputs: [String: Tensor], into folder: TensorFolder) throws(OsteonError) -> RunReport {
        var engine = engine
        // Fused activations have no tensor of their own otherwise.
        engine.keepAll = keepsAll
        let session = try model.session(for: inputs, engine)
        var clock = Stopwatch()
        var written: [Written] = []
        // Names are compared by their bytes, which a dictionary by strings doesn't do.
        let outputNames = model.outputNames.map { UTF8Name($0) }
        var done: Set<UTF8Name> = []
        let results = try session.run(
            inputs,
            onTensor: { (name, tensor) throws(OsteonError) in
                guard keepsAll || outputNames.contains(UTF8Name(name)) else { return }
                written.append(Written(name: name, type: tensor.type, path: try folder.write(name, tensor)))
                done.insert(UTF8Name(name))
            })
        let seconds = clock.lap()
        for name in model.outputNames where !done.contains(UTF8Name(name)) {
            guard let tensor = results[name] else { continue }
            written.append(Written(name: name, type: tensor.type, path: try folder.write(name, tensor)))
        }
        if !keepsAll {
            let places = Dictionary(outputNames.enumerated().map { ($1, $0) }) { first, _ in first }
            written.sort { places[UTF8Name($0.name), default: 0] < places[UTF8Name($1.name), default: 0] }
        }
        return RunReport(outputs: written, seconds: seconds)
    }
}

/// What a run wrote.
package struct RunReport: Sendable {
    package var outputs: [ModelRun.Written]
    package var seconds: Double

    package var json: JSONValue {
        let entries = outputs.map { entry in
            JSONValue.record([("name", .string(entry.name)), ("type", .string(entry.type.description)), ("file", .string(entry.path))])
        }
        return .record([("schema", "osteon.run.1"), ("outputs", .array(entries)), ("seconds", .number(seconds))])
    }
}
