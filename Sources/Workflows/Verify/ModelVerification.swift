import Bytes
import Contracts
import Engine
import Glibc
import GraphIR
import Inspection
import Metrics
import Quantization
import Tensors
import Verification

/// Compares a model's outputs with a reference file, with another model, or both.
package struct ModelVerification {
    private let model: Model
    private let engine: PlanOptions
    /// What floating-point outputs may differ by; the absolute part is tiny, for references that are all but zero.
    package var tolerance = Tolerance(absolute: 1e-7, relativeToMaximum: 1e-4)
    /// Outputs and the arrays of the reference to report their Dice against.
    package var dicePairs: [(output: String, mask: String)] = []
    package var diceThreshold = 0.5
    /// For inputs the reference doesn't give.
    package var seed: UInt64 = 0
    package var shapes: [String: [Int]] = [:]
    /// What the model's nodes run on where it's compared with another.
    package var walkMode = NodeWalk.Mode.reinjecting

    package init(_ model: Model, engine: PlanOptions = PlanOptions()) {
        self.model = model
        self.engine = engine
    }

    /// Runs the model and compares.
    /// - Parameters:
    ///   - reference: an `.npz` with arrays named by input and output.
    ///   - other: a model with the same inputs.
    ///   - progress: gets the number of values compared with the other model, and how many there are.
    package func run(
        reference: String?, against other: Model?, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(OsteonError) -> VerificationReport {
        var report = VerificationReport()
        var inputs: [String: Tensor]
        if let reference {
            let sorted = try ReferenceArrays(path: reference, for: model.graph)
            inputs = sorted.inputs
            try check(sorted, model.session(for: inputs, engine).run(inputs), into: &report)
        } else {
            inputs = try model.seededInputs(seed: seed, shapes: shapes)
        }
        report.notes += model.weightRemarks
        if let other {
            report.against = try walk(other, inputs, progress)
            report.notes += other.weightRemarks.map { "the other model's \($0)" }
        }
        return report
    }

    /// Compares results at hand.
    func run(_ results: [String: Tensor], against reference: ReferenceArrays) throws(OsteonError) -> VerificationReport {
        var report = VerificationReport()
        try check(reference, results, into: &report)
        return report
    }

    private func check(
        _ reference: ReferenceArrays, _ results: [String: Tensor], into report: inout VerificationReport
    ) throws(OsteonError) {
        guard !reference.outputs.isEmpty || !dicePairs.isEmpty else {
            throw OsteonError(
                .usage,
                """
                The reference names no output of the model (\(model.outputNames.joined(separator: ", "))); its arrays are \
                \(reference.names.joined(separator: ", ")).
                """
            )
        }
        for name in model.outputNames {
            guard let expected = reference.outputs[name], let actual = results[name] else { continue }
            report.outputs.append(try OutputCheck(name: name, actual: actual, expected: expected, within: tolerance))
        }
        report.notes += report.outputs.remarks
        let unchecked = model.outputNames.filter { reference.outputs[$0] == nil }
        if !unchecked.isEmpty { report.notes.append("no reference for \(unchecked.joined(separator: ", "))") }
        for pair in dicePairs {
            guard let name = ValueNames.match(pair.output, among: model.outputNames), let actual = results[name] else {
                throw OsteonError(.usage, "There's no output \(pair.output).")
            }
            guard let mask = try reference.array(pair.mask) else {
                throw OsteonError(.usage, "The reference has no array \(pair.mask); it has \(reference.names.joined(separator: ", ")).")
            }
            report.dice.append((name, pair.mask, try Dice.overlap(actual, above: diceThreshold, mask: mask)))
        }
        let used = Set(dicePairs.map(\.mask))
        let unused = reference.unused.filter { !used.contains($0) && !model.settledInputs.contains($0) }
        if !unused.isEmpty { report.notes.append("not an input or output, and not used: \(unused.joined(separator: ", "))") }
    }

    /// Compares value by value, then the outputs as they come out in the end.
    private func walk(
        _ other: Model, _ inputs: [String: Tensor], _ progress: (Int, Int) -> Void
    ) throws(OsteonError) -> WalkVerification {
        let shared = model.outputNames.filter { name in other.outputNames.contains { UTF8Name($0) == UTF8Name(name) } }
        guard !shared.isEmpty else { throw OsteonError(.usage, "The two models share no output name, so nothing can be compared.") }
        var nodes = try nodes(other, inputs, progress)
        let name = Paths.name(of: other.path)
        // Errors that added up to the end are those of the outputs.
        let ends = shared.compactMap { output in nodes.steps.first { UTF8Name($0.value) == UTF8Name(output) }?.check }
        if nodes.mode == .cumulative, ends.count == shared.count {
            nodes.notes += ends.remarks
            return WalkVerification(name: name, nodes: nodes, outputs: ends)
        }
        let expected = try other.session(for: other.only(inputs), engine).run(other.only(inputs))
        let actual = try model.session(for: model.only(inputs), engine).run(model.only(inputs))
        let outputs = try OutputComparison(shared, inputs: inputs, expected: expected, results: actual, tolerance: tolerance)
        nodes.notes += outputs.checks.remarks
        return WalkVerification(name: name, nodes: nodes, outputs: outputs.checks)
    }

    /// The walk by itself, whose memory is given back before anything else runs.
    private func nodes(
        _ other: Model, _ inputs: [String: Tensor], _ progress: (Int, Int) -> Void
    ) throws(OsteonError) -> NodeWalkReport {
        let scales = (
            reference: try other.native?.precisionPlan()?.channelScales ?? [:],
            candidate: try model.native?.precisionPlan()?.channelScales ?? [:]
        )
        var reference = other.graph
        var candidate = model.graph
        var notes: [String] = []
        if scales.reference.isEmpty != scales.candidate.isEmpty {
            do {
                if scales.reference.isEmpty {
                    reference = try ChannelEqualization(reference).apply(scales.candidate)
                } else {
                    candidate = try ChannelEqualization(candidate).apply(scales.reference)
                }
                notes.append("the float model's channels were equalised as the reduced one's are, which changes no output")
            } catch {
                notes.append("values whose channels were equalised in only one of the models aren't compared: \(error.message)")
            }
        }
        let walk = try NodeWalk(
            reference: reference, candidate: candidate, shapes: inputs.mapValues(\.shape), mode: walkMode, engine: engine,
            keepsSegments: false)
        var report = try NodeWalkReport(
            walk, inputs: inputs, tolerance: tolerance, progress: progress)
        let unlike = report.steps.count { $0.comparison.nonFiniteMatchCount > 0 }
        if unlike > 0 { notes.append("\(unlike) of \(report.steps.count) values compared are NaN or infinite in places, alike in both") }
        report.notes = notes + report.notes
        return report
    }
}

/// A model held against another one.
package struct WalkVerification: Sendable {
    /// The other model's file.
    package var name: String
    /// Value by value.
    package var nodes: NodeWalkReport
    /// The outputs both models name, each computed by its model from the inputs on.
    package var outputs: [OutputCheck]

    package var passed: Bool { nodes.firstFailure == nil && outputs.allSatisfy(\.passed) }
}

/// What a verification found.
package struct VerificationReport: Sendable {
    package var outputs: [OutputCheck] = []
    package var dice: [(output: String, mask: String, value: Double)] = []
    package var against: WalkVerification?
    package var recheck: RecheckReport?
    package var signature: SignatureCheck?
    package var notes: [String] = []

    package init() {}

    package var passed: Bool { outputs.allSatisfy(\.passed) && (against?.passed ?? true) && (recheck?.passed ?? true) && !comparesNothing }

    /// Whether outputs were compared, and none of their values is a number: alike or not, nothing is verified.
    package var comparesNothing: Bool {
        let checks = outputs + (against?.outputs ?? [])
        return !checks.isEmpty && dice.isEmpty && !checks.compareNumbers
    }

    package var json: JSONValue {
        .record([
            ("schema", .string("osteon.verify.1")),
            ("passed", .bool(passed)),
            ("outputs", .array(outputs.map(\.json))),
            (
                "dice",
                .array(dice.map { .record([("output", .string($0.output)), ("mask", .string($0.mask)), ("dice", .number($0.value))]) })
            ),
            ("against", against?.json ?? .null),
            ("nodes", .array((against?.nodes.steps ?? []).map(\.json))),
            ("first_failure", against?.nodes.firstFailure.map { .string($0.value) } ?? .null),
            ("recheck", recheck?.json ?? .null),
            ("signature", signature?.json ?? .null),
            ("notes", .array(notes.map { .string($0) })),
        ])
    }
}

extension WalkVerification {
    var json: JSONValue {
        .record([
            ("name", .string(name)), ("mode", .string(nodes.mode.rawValue)), ("passed", .bool(passed)),
            ("outputs", .array(outputs.map(\.json))), ("notes", .array(nodes.notes.map { .string($0) })),
        ])
    }
}

extension NodeWalkReport.Step {
    var json: JSONValue {
        let members = segment.map { JSONValue.record([("name", .string($0.node)), ("operator", .string($0.op))]) }
        return .record(
            [("name", .string(value)), ("shape", .array(shape.map { .integer($0) })), ("segment", .array(members))]
                + comparison.jsonMembers
                + [("mean_abs", .number(comparison.meanAbsoluteError)), ("tolerance", .number(tolerance)), ("passed", .bool(passed))])
    }
}

extension OutputCheck {
    package var json: JSONValue {
        .record([("name", .string(name))] + comparison.jsonMembers + [("tolerance", .number(tolerance)), ("passed", .bool(passed))])
    }
}

extension TensorComparison {
    var jsonMembers: [(String, JSONValue)] {
        [
            ("max_abs", .number(maximumAbsoluteError)), ("max_rel", .number(maximumRelativeToMaximum)), ("cosine", .number(cosine)),
            ("sqnr_db", .number(signalToNoiseDecibels)), ("compared", .integer(finiteCount)),
            ("non_finite", .record([("alike", .integer(nonFiniteMatchCount)), ("different", .integer(nonFiniteMismatchCount))])),
        ]
    }
}

/// The arrays of a reference file, split into inputs and outputs by the model's names.
struct ReferenceArrays {
    let inputs: [String: Tensor]
    let outputs: [String: Tensor]
    let unused: [String]
    private let file: NPZFile

    var names: [String] { file.names }

    /// The arrays of an `.npz`, whatever they're for; none without a path.
    static func all(_ path: String?) throws(OsteonError) -> [String: Tensor] {
        guard let path else { return [:] }
        let arrays = try locating(path) { () throws(OsteonError) in try NPZ.read(path) }
        return Dictionary(arrays.map { ($0.name, $0.tensor) }) { first, _ in first }
    }

    /// Reads the arrays of an `.npz` that are named like inputs and outputs; others stay in the file until they're asked for.
    /// - Throws: `.usage` where an input of the model has no array.
    init(path: String, for graph: Graph) throws(OsteonError) {
        let file = try locating(path) { () throws(OsteonError) in try NPZFile(path) }
        let inputNames = graph.inputs.map { graph[$0].name }
        let outputNames = graph.outputs.map { graph[$0].name }
        var inputs: [String: Tensor] = [:]
        var outputs: [String: Tensor] = [:]
        var unused: [String] = []
        for (place, name) in file.names.enumerated() {
            if let input = ValueNames.match(name, among: inputNames) {
                guard inputs[input] == nil else { throw ValueNames.ambiguous(input, file.names) }
                inputs[input] = try ValueNames.fit(file.tensor(at: place), to: graph, input)
            } else if let output = ValueNames.match(name, among: outputNames) {
                guard outputs[output] == nil else { throw ValueNames.ambiguous(output, file.names) }
                outputs[output] = try file.tensor(at: place)
            } else {
                unused.append(name)
            }
        }
        if let missing = inputNames.first(where: { inputs[$0] == nil }) {
            throw OsteonError(.usage, "The reference has no array for input \(missing); it has \(file.names.joined(separator: ", ")).")
        }
        self.inputs = inputs
        self.outputs = outputs
        self.unused = unused
        self.file = file
    }

    func array(_ name: String) throws(OsteonError) -> Tensor? { try file.tensor(named: name) }
}
