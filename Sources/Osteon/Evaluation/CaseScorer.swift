import Bytes
import Container
import Imaging
import Metrics
import Tensors

/// What's right for a case, on its own grid.
struct ReferenceMasks {
    /// By structure.
    var masks: [Mask]
    var volume: Volume
    var spacing: [Double] { volume.spacing }
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
        let volume = try segmentation().preprocessor.label(path)
        return ReferenceMasks(masks: try masks(of: volume, run), volume: volume)
    }

    /// By structure, on the reference's grid.
    func masks(_ item: DataList.Case, _ run: EvaluationRun, on reference: ReferenceMasks) throws(OsteonError) -> [Mask] {
        let mask = try segmentation().run(item.images).mask
        guard mask.extents == reference.volume.extents, mask.affine.matches(reference.volume.affine, extents: mask.extents) else {
            throw OsteonError(
                .invalidGraph, "The label lies on another grid (\(reference.volume.gridText)) than the image (\(mask.gridText)); they can't be compared voxel by voxel.")
        }
        return try masks(of: mask, run)
    }

    func scores(_ item: DataList.Case, _ run: EvaluationRun) throws(OsteonError) -> [Double] {
        guard case .scores(let classification) = kind else { throw OsteonError(.usage, "The model makes masks; this evaluation is of probabilities.") }
        let scores = try classification.run(item.images).scores.map(\.value)
        guard scores.count == run.structures.count else {
            throw OsteonError(.invalidGraph, "The model gives \(scores.count) probabilities for \(run.structures.count) findings.")
        }
        return scores
    }

    private func segmentation() throws(OsteonError) -> ModelSegmentation {
        guard case .masks(let segmentation) = kind else { throw OsteonError(.usage, "The model classifies images; this evaluation is of masks.") }
        return segmentation
    }

    /// A label map's values, or the channels of regions that may overlap.
    private func masks(of volume: Volume, _ run: EvaluationRun) throws(OsteonError) -> [Mask] {
        var result: [Mask] = []
        for structure in run.structures {
            guard volume.channels > 1 || structure.index > 0 else {
                throw OsteonError(.unsupported, "\(structure.name) is a channel of its own, but the volume has one channel of labels.")
            }
            result.append(try volume.mask(of: structure.index))
        }
        return result
    }
}
