import Bytes
import Container
import Engine
import Glibc
import GraphIR
import Tensors
import Verification

/// Repeats the checks a native file records, without the source it was made from.
///
/// What the reference gave is known by its summary: digest, extremes, mean and samples. A record on seeded inputs is repeated
/// in full, one on a file needs that file, and what can't be repeated is said.
package struct ModelRecheck {
    private let model: Model
    private let engine: PlanOptions
    /// A file that records may need, identified by its SHA-256.
    package var reference: String?

    package init(_ model: Model, engine: PlanOptions = PlanOptions()) {
        self.model = model
        self.engine = engine
    }

    /// Repeats every record.
    /// - Throws: `.usage` where the model isn't a native file; `.verificationFailed` where it has no record.
    package func run(progress: (String) -> Void = { _ in }) throws(OsteonError) -> RecheckReport {
        guard let file = model.native else {
            throw OsteonError(.usage, "Only an .osteon file has records to repeat; \(model.path) is \(model.format.title).")
        }
        guard !file.verification.isEmpty else {
            throw OsteonError(.verificationFailed, "The file has no verification record: it was written without a check.")
        }
        var report = RecheckReport()
        for (index, entry) in file.verification.enumerated() {
            guard let record = entry.record else {
                report.entries.append(.init(kind: "unknown", outcome: .notRun, detail: "a record this version doesn't know"))
                continue
            }
            progress("repeating check \(index + 1) of \(file.verification.count)")
            report.entries.append(try repeated(record))
        }
        return report
    }

    private func repeated(_ record: VerificationRecord) throws(OsteonError) -> RecheckReport.Entry {
        var entry = RecheckReport.Entry(kind: record.kind.rawValue, outcome: .notRun, detail: "")
        if record.isInherited {
            entry.detail = "about the model this one was made from"
            return entry
        }
        if let misfit = misfit(record) {
            entry.detail = misfit
            return entry
        }
        let inputs: [String: Tensor]
        var arrays: ReferenceArrays?
        switch record.inputs.origin {
        case .seeded(let seed, let limit):
            inputs = try seededInputs(record, seed, limit)
        case .file(let source):
            guard let found = try referenceArrays(source) else {
                entry.detail = "needs \(source.name) (SHA-256 \(source.sha256.prefix(12))…); give it with \(Parameter.reference)"
                return entry
            }
            inputs = found.inputs
            if record.kind == .reference { arrays = found }
        }
        for input in record.inputs.tensors {
            guard let tensor = inputs[input.name], VerificationRecord.Input(name: input.name, tensor).isSameData(as: input) else {
                entry.outcome = .failed
                entry.detail = "input \(input.name) isn't the one recorded"
                return entry
            }
        }
        return try compared(record, inputs, arrays, entry)
    }

    /// Why a record can't be about this model, cut or bound as it is.
    private func misfit(_ record: VerificationRecord) -> String? {
        let fed = Set(record.inputs.tensors.map { UTF8Name($0.name) })
        for name in model.inputNames where !fed.contains(UTF8Name(name)) { return "it has no input \(name)" }
        for output in record.outputs where !model.outputNames.contains(where: { UTF8Name($0) == UTF8Name(output.name) }) {
            return "the model has no output \(output.name)"
        }
        for input in record.inputs.tensors {
            guard let id = model.graph.value(named: input.name), model.graph.inputs.contains(id) else {
                return "the model has no input \(input.name)"
            }
            guard model.graph.type(id).rank ?? input.shape.count == input.shape.count else { return "input \(input.name) has another rank" }
        }
        return nil
    }

    private func seededInputs(_ record: VerificationRecord, _ seed: UInt64, _ limit: Int) throws(OsteonError) -> [String: Tensor] {
        var generator = SeededInput(seed: seed, integerLimit: limit)
        var result: [String: Tensor] = [:]
        for input in record.inputs.tensors {
            let made = try generator.tensor(input.elementType, input.shape)
            result[input.name] =
                try input.values.map { (values) throws(OsteonError) in
                    try Tensor(values.map { Int64($0) }, shape: input.shape).converted(to: input.elementType)
                } ?? made
        }
        return result
    }

    /// The arrays in the file given, where it's the one recorded.
    private func referenceArrays(_ source: Provenance.Source) throws(OsteonError) -> ReferenceArrays? {
        guard let reference else { return nil }
        let given = try Provenance.Source(path: reference)
        guard given.sha256 == source.sha256 else { return nil }
        return try ReferenceArrays(path: reference, for: model.graph)
    }

    private func compared(
        _ record: VerificationRecord, _ inputs: [String: Tensor], _ arrays: ReferenceArrays?, _ start: RecheckReport.Entry
    ) throws(OsteonError) -> RecheckReport.Entry {
        var entry = start
        let results = try model.taking(inputs.mapValues(\.shape)).session(for: inputs, engine).run(inputs)
        var same = true
        var isComparing = record.outputs.isEmpty
        for output in record.outputs {
            guard let result = results[output.name] else { throw OsteonError(.internalFault, "Output \(output.name) wasn't computed.") }
            let summary = try TensorSummary(result)
            if let refusal = try output.expected.refusal(of: summary, sampledBy: result, tolerance: output.tolerance) {
                entry.outcome = .failed
                entry.detail = "output \(output.name): \(refusal), \(output.tolerance.errorText) is allowed"
                return entry
            }
            if let expected = arrays?.outputs[output.name] {
                let check = try OutputCheck(
                    name: output.name, actual: result, expected: expected, within: Tolerance(absolute: output.tolerance))
                guard check.passed else {
                    entry.outcome = .failed
                    entry.detail =
                        """
                        output \(output.name) differs from the file by \(check.comparison.maximumAbsoluteError.errorText), \
                        \(output.tolerance.errorText) is allowed
                        """
                    return entry
                }
            }
            isComparing = isComparing || output.expected.finiteCount > 0 || output.expected.shape.contains(0)
            same = same && summary.sha256 == output.resultSHA256
        }
        guard isComparing else {
            entry.detail = "no value of any recorded output is a number, so there's nothing to compare"
            return entry
        }
        entry.outcome = record.passed ? .passed : .failed
        let isa = try InstructionSet.resolve(engine.isa).rawValue
        entry.detail =
            !record.passed
            ? "it failed when it was made"
            : same
                ? "the same bits as recorded"
                : "within the tolerance recorded\(isa == record.isa ? "" : " (\(record.isa) then, \(isa) now)")"
        return entry
    }
}

/// What became of each record.
package struct RecheckReport: Sendable {
    package enum Outcome: String, Sendable {
        case passed, failed
        case notRun = "not_run"
    }

    package struct Entry: Sendable {
        /// What the record is about.
        package var kind: String
        package var outcome: Outcome
        /// Why, for people.
        package var detail: String
    }

    package var entries: [Entry] = []

    /// Whether something was repeated and nothing failed.
    package var passed: Bool { entries.contains { $0.outcome == .passed } && !entries.contains { $0.outcome == .failed } }

    package var json: JSONValue {
        .record([
            ("passed", .bool(passed)),
            (
                "records",
                .array(
                    entries.map {
                        .record([("kind", .string($0.kind)), ("outcome", .string($0.outcome.rawValue)), ("detail", .string($0.detail))])
                    })
            ),
        ])
    }
}
