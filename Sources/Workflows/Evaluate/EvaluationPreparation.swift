import ArchiveImport
import Bytes
import Container
import Contracts
import Glibc
import Imaging
import Metrics

/// What's settled before the first case: the cases, the structures, the targets, and so the run's identity.
struct EvaluationPreparation {
    let run: EvaluationRun
    /// As the list gives them, with whole paths.
    let cases: [DataList.Case]
    private let root: String

    /// - Throws: `.usage` where the data list or the model doesn't say enough.
    init(_ evaluation: ModelEvaluation) throws(OsteonError) {
        let list = try DataList.read(evaluation.dataset, root: evaluation.dataRoot)
        let (listName, cases) = try Self.chosen(list, evaluation.list)
        guard !cases.isEmpty else { throw OsteonError(.usage, "The list \(listName) has no cases.") }
        let contract = try evaluation.model.imagingContract(evaluation.imaging)
        let isClassification = contract.task == .classification
        let file = Self.isFolder(evaluation.dataset) ? evaluation.dataset + "/dataset.json" : evaluation.dataset
        let root = evaluation.dataRoot ?? Paths.folder(of: file)
        self.root = root
        self.cases = cases
        func relative(_ path: String) -> String { path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path }
        let structures = try EvaluationStructures(
            contract, list, cases, changesLabels: ImagePreprocessor(contract, evaluation.imaging.pipeline).changesLabels)
        run = EvaluationRun(
            task: isClassification ? .classification : .segmentation, model: try Self.identity(evaluation.model),
            against: try evaluation.against.map { (model) throws(OsteonError) in try Self.identity(model) },
            dataset: Paths.name(of: file), datasetHash: SHA256Digest(of: try MappedFile(path: file)).hexadecimal, list: listName,
            structures: structures.structures, labels: structures.labels, metrics: evaluation.metrics, bootstrap: evaluation.bootstrap,
            driftTolerance: evaluation.driftTolerance, threshold: evaluation.threshold,
            procedure: try Self.procedure(evaluation.imaging, contract) + structures.notes + list.notes,
            targets: try Self.targets(evaluation, contract, structures),
            cases: cases.map { item in
                var label = ""
                if case .file(let path)? = item.reference { label = relative(path) }
                return EvaluationRun.Case(name: item.name, images: item.images.map(relative), label: label)
            })
    }

    /// An error's text as it may be kept: where the data lies isn't part of a result.
    func withoutFolders(_ text: String) -> String { text.replacing(root + "/", with: "") }

    private static func isFolder(_ path: String) -> Bool {
        FileStatus.isFolder(path)
    }

    private static func chosen(_ list: DataList, _ name: String?) throws(OsteonError) -> (String, [DataList.Case]) {
        let cases = try list.cases(name)
        return (name ?? list.lists.first { $0.cases == cases }?.name ?? "", cases)
    }

    private static func identity(_ model: Model) throws(OsteonError) -> EvaluationRun.ModelIdentity {
        EvaluationRun.ModelIdentity(
            name: Paths.name(of: model.path),
            files: try model.sourceEntries().map { .init(name: $0.name, sha256: $0.sha256) })
    }

    /// How images are led through the network: in words for people, and by the digest of all the words.
    private static func procedure(_ options: ImagingOptions, _ contract: ImagingContract) throws(OsteonError) -> [String] {
        let plan = try ImagingPlan(contract, options.pipeline)
        var lines: [String] = []
        let names = plan.descriptions.map(\.name)
        if !names.isEmpty { lines.append("prepared by \(names.joined(separator: ", "))\(plan.source.isEmpty ? "" : " (\(plan.source))")") }
        if let size = options.window ?? (plan.window?.mode == .scanning ? plan.window?.region : nil) {
            let extents = size.map(String.init).joined(separator: "×")
            let overlap = options.overlap ?? plan.window?.overlap ?? 0.25
            lines.append("window \(extents), overlap \(overlap), steps as \(options.stepping.rawValue)")
        }
        if let blend = options.blend { lines.append("windows blended by \(blend.rawValue) weights") }
        if let padding = options.padding { lines.append("small images surrounded: \(padding)") }
        if let decision = options.decision { lines.append("masks decided by \(decision.rawValue)") }
        if case .orientation(let orientation) = options.orientation {
            lines.append("axes brought to \(orientation.code) where the archive doesn't say")
        } else {
            lines.append("axes as they're stored where the archive doesn't say")
        }
        lines.append("imaging contract \(SHA256Digest(of: contract.json.encoded()).hexadecimal)")
        return lines
    }

    // MARK: Targets

    private static func targets(_ evaluation: ModelEvaluation, _ contract: ImagingContract, _ structures: EvaluationStructures)
        throws(OsteonError) -> EvaluationRun.Targets?
    {
        guard evaluation.holdsToTargets else { return nil }
        if let name = evaluation.target {
            let entry = try Catalogue.standard().entry(named: name)
            return EvaluationRun.Targets(
                model: entry.name, tolerance: evaluation.targetTolerance,
                figures: entry.targets.map {
                    structures.figure(metric: $0.metric.rawValue, name: $0.name, label: $0.label, value: $0.value)
                })
        }
        guard let documentation = contract.documentation, !documentation.targets.isEmpty else { return nil }
        return EvaluationRun.Targets(
            model: documentation.model, tolerance: evaluation.targetTolerance,
            figures: documentation.targets.map { structures.figure(metric: $0.metric, name: $0.name, label: $0.label, value: $0.value) })
    }
}
