import Bytes
import Container
import Imaging
import Metrics
import Tensors

/// What's right for a case, on its own grid.
struct ReferenceMasks {
    /// By structure.
    var masks: [Mask]
    /// Voxels that are left out of every figure.
    var ignored: Mask?
    var volume: Volume
    var spacing: [Double] { volume.spacing }

    /// Masks without what's left out.
    func counted(_ masks: [Mask]) throws(OsteonError) -> [Mask] {
        guard let ignored else { return masks }
        return try masks.map { (mask) throws(OsteonError) in try mask.removing(ignored) }
    }
}

/// Gives one model's masks or scores of the cases of a run.
struct CaseScorer {
    private enum Kind {
        case masks(ModelSegmentation)
        case scores(ModelClassification)
    }

    private let kind: Kind

    /// - Throws: as the segmentation's or classification's own.
    init(_ model: Model, _ evaluation: ModelEvaluation) throws(OsteonError) {
        // What Osteon wrote runs as it is; a foreign graph is fused first.
        let ready = model.format == .osteon ? model : try model.optimized().model
        if try model.imagingContract(evaluation.imaging).task == .classification {
            kind = .scores(try ModelClassification(ready, evaluation.imaging, engine: evaluation.engine))
        } else {
            kind = .masks(try ModelSegmentation(ready, evaluation.imaging, engine: evaluation.engine))
        }
    }

    /// The scan as it lies in its file.
    func scan(_ item: DataList.Case) throws(OsteonError) -> Volume { try VolumeFile.read(item.images) }

    func reference(_ path: String, _ run: EvaluationRun) throws(OsteonError) -> ReferenceMasks {
        let label = try segmentation().preprocessor.label(path, ignoring: run.labels.ignored)
        let volume = label.volume
        try run.labels.check(reference: label.storedValues)
        let ignored = try label.ignored.map { (tensor) throws(OsteonError) in try Mask(tensor.reshaped(volume.extents), label: 1) }
        return ReferenceMasks(
            masks: try CaseMasks(structures: run.structures, labels: run.labels).reference(volume), ignored: ignored, volume: volume)
    }

    /// By structure, on the reference's grid: the mask's axes are turned to the reference's where those run otherwise.
    func masks(_ item: DataList.Case, _ run: EvaluationRun, on reference: ReferenceMasks) throws(OsteonError) -> [Mask] {
        let mask = try segmentation().run(item.images).mask
        guard let turned = try mask.turned(onto: reference.volume) else {
            let texts = reference.volume.gridTexts(beside: mask)
            throw OsteonError(
                .invalidGraph,
                "The label lies on another grid (\(texts.own)) than the image (\(texts.other)); they can't be compared voxel by voxel.")
        }
        return try CaseMasks(structures: run.structures, labels: run.labels).prediction(turned)
    }

    func scores(_ item: DataList.Case, _ run: EvaluationRun) throws(OsteonError) -> [Double] {
        guard case .scores(let classification) = kind else {
            throw OsteonError(.usage, "The model makes masks; this evaluation is of probabilities.")
        }
        let scores = try classification.run(item.images).scores.map(\.value)
        guard scores.count == run.structures.count else {
            throw OsteonError(.invalidGraph, "The model gives \(scores.count) probabilities for \(run.structures.count) findings.")
        }
        return scores
    }

    private func segmentation() throws(OsteonError) -> ModelSegmentation {
        guard case .masks(let segmentation) = kind else {
            throw OsteonError(.usage, "The model classifies images; this evaluation is of masks.")
        }
        return segmentation
    }
}
