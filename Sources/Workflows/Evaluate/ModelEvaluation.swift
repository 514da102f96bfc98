import ArchiveImport
import Bytes
import Contracts
import Engine
import Glibc
import Imaging
import Metrics
import Tensors

/// Runs a model, or two, over the cases of a data list and holds what comes out against the references: what
/// `osteon evaluate` does.
package struct ModelEvaluation {
    /// One of several parts of the cases: every `count`th from `index` on.
    package struct Shard: Sendable, Hashable {
        /// From 1.
        package var index: Int
        package var count: Int

        /// - Throws: `.usage` unless 1 ≤ index ≤ count.
        package init(index: Int, count: Int) throws(OsteonError) {
            guard count >= 1, index >= 1, index <= count else {
                throw OsteonError(.usage, "A shard is written I/N, such as 1/4 to 4/4, not \(index)/\(count).")
            }
            self.index = index
            self.count = count
        }

        package func contains(_ place: Int) -> Bool { place % count == index - 1 }
    }

    package var model: Model
    /// The model to measure the drift from.
    package var against: Model?
    /// The data list's file (Clara, Decathlon) or folder (nnU-Net), and the folder its paths are in; the list's own for nil.
    package var dataset: String
    package var dataRoot: String?
    /// One of the data list's lists; nil for the only one, or `validation` and its like.
    package var list: String?
    package var metrics = MetricSettings()
    package var bootstrap = Bootstrap()
    package var driftTolerance = 0.02
    package var threshold = 0.5
    /// Whose documented figures to hold the result to: a published model's, the model's own where the file says so (nil), or
    /// nobody's.
    package var target: String?
    package var holdsToTargets = true
    package var targetTolerance = 0.0
    package var shard: Shard?
    /// Where cases are kept as they're done; nil keeps them in memory.
    package var folder: String?
    /// Files that will be made of the result: none of them may be a case's.
    package var outputs: [String] = []
    /// Slices with outlines, for a report.
    package var drawsPictures = true
    /// How images are led through the network, where that isn't left to the model's own description.
    package var imaging = ImagingOptions()
    package var engine: PlanOptions

    package init(_ model: Model, dataset: String, engine: PlanOptions = PlanOptions()) {
        self.model = model
        self.dataset = dataset
        self.engine = engine
    }

    /// The cases of this run, done or taken over from the folder.
    ///
    /// A case that can't be read or doesn't fit is recorded with its reason, and the others go on; a later run with the same
    /// folder tries it again.
    /// - Parameter progress: gets a line a case.
    /// - Throws: what keeps the whole run from being done.
    package func run(progress: (String) -> Void = { _ in }) throws(OsteonError) -> (run: EvaluationRun, records: [CaseRecord]) {
        let prepared = try EvaluationPreparation(self)
        let run = prepared.run
        let inputs = prepared.cases.flatMap(\.files)
        try run.check()
        try OutputPaths.check(outputs, inputs: inputs)
        var store: EvaluationFolder?
        if let folder { store = try EvaluationFolder(folder, for: run, inputs: inputs) }
        let first = try CaseModel(model, self)
        var second: CaseModel?
        if let against { second = try CaseModel(against, self) }
        var records: [CaseRecord] = []
        let mine = run.cases.indices.filter { shard?.contains($0) ?? true }
        for (done, index) in mine.enumerated() {
            let count = "\(done + 1) of \(mine.count)"
            let name = run.cases[index].name
            if let record = try store?.record(of: index), let known = record.result?.files {
                let now = try? CaseFiles(prepared.cases[index])
                if now == nil || now == known {
                    records.append(record)
                    progress(
                        "\(count): \(name), done before\(now == nil ? " (its files can't be read now, so they weren't compared)" : "")")
                    continue
                }
                progress("\(count): \(name) was done before, but its image or label isn't the same file any more: it's done anew")
            }
            let record: CaseRecord
            do {
                let result = try locating(name) { () throws(OsteonError) in try score(prepared.cases[index], run, first, second) }
                record = CaseRecord(index: index, outcome: .measured(result))
                progress("\(count): \(name)\(Self.brief(result))")
            } catch {
                record = CaseRecord(index: index, outcome: .failed(prepared.withoutFolders(error.description)))
                progress("\(count): \(name) can't be evaluated: \(error)")
            }
            try store?.keep(record)
            records.append(record)
        }
        return (run, records)
    }

    private static func brief(_ result: CaseRecord.Result) -> String {
        guard case .masks(let structures) = result.first else { return "" }
        return ", Dice "
            + structures.map { $0.dice.isNaN ? "—" : String(Double(Checked.clamped($0.dice * 10_000, to: 0...10_000, .down)) / 10_000) }
            .joined(separator: " ")
    }

    private func score(
        _ item: DataList.Case, _ run: EvaluationRun, _ first: CaseModel, _ second: CaseModel?
    ) throws(OsteonError) -> CaseRecord.Result {
        let files = try CaseFiles(item)
        switch (run.task, item.reference) {
        case (.classification, .values(let values)?):
            guard values.count == run.structures.count, values.allSatisfy({ $0 == 0 || $0 == 1 }) else {
                throw OsteonError(
                    .malformed, "The case has \(values.count) labels; the model has \(run.structures.count) findings, each 0 or 1.")
            }
            let scores = try first.scores(item, run)
            let others = try second?.scores(item, run)
            return CaseRecord.Result(
                first: .scores(scores), second: others.map { .scores($0) }, truth: values.map { $0 == 1 }, files: files)
        case (.segmentation, .file(let path)?):
            return try masks(item, path, first, second, first.scorer(run), files)
        default:
            throw OsteonError(
                .malformed,
                run.task == .segmentation ? "The list gives no label file for the case." : "The list gives no labels for the case.")
        }
    }

    private func masks(
        _ item: DataList.Case, _ label: String, _ first: CaseModel, _ second: CaseModel?, _ scorer: CaseScorer, _ files: CaseFiles
    ) throws(OsteonError) -> CaseRecord.Result {
        var settings = metrics
        settings.threads = Threads.resolve(engine.threads)
        let reference = try scorer.reference(label)
        let segmentation = try first.segment(item, keepingScan: drawsPictures)
        let predicted = try scorer.masks(segmentation.mask, on: reference)
        let others = try second.map { (model) throws(OsteonError) in try scorer.masks(model.segment(item).mask, on: reference) }
        var result = CaseRecord.Result(first: .masks(try scorer.figures(predicted, on: reference, settings)), files: files)
        if let others {
            result.second = .masks(try scorer.figures(others, on: reference, settings))
            result.agreement = try scorer.dice(predicted, others, leavingOut: reference.ignored)
        }
        // Drawn on the scan's voxels, so its axes must run as the masks'.
        if let scan = try segmentation.scan?.turned(onto: reference.grid) {
            result.pictures = try SliceOverlay.pictures(
                scan, predictions: reference.counted(predicted), references: reference.counted(reference.masks))
        }
        return result
    }
}
