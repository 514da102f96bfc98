import Bytes
import Contracts
import Imaging

/// A model of an evaluation: gives its masks or scores of the cases of a run.
struct CaseModel {
    private enum Kind {
        case masks(ModelSegmentation)
        case scores(ModelClassification)
    }

    private let kind: Kind

    /// - Throws: as the segmentation's or classification's own.
    init(_ model: Model, _ evaluation: ModelEvaluation) throws(OsteonError) {
        // What Osteon wrote runs as it is; a foreign graph is fused first.
        let ready = model.native != nil ? model : try model.optimized().model
        if try model.imagingContract(evaluation.imaging).task == .classification {
            kind = .scores(try ModelClassification(ready, evaluation.imaging, engine: evaluation.engine))
        } else {
            kind = .masks(try ModelSegmentation(ready, evaluation.imaging, engine: evaluation.engine))
        }
    }

    /// What holds this model's masks to references.
    func scorer(_ run: EvaluationRun) throws(OsteonError) -> CaseScorer {
        CaseScorer(try segmentation().preprocessor, CaseMasks(structures: run.structures, labels: run.labels))
    }

    func segment(_ item: DataList.Case, keepingScan: Bool = false) throws(OsteonError) -> Segmentation {
        try segmentation().run(item.images, keepingScan: keepingScan)
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
