import Bytes
import Contracts
import Engine
import GraphIR
import Imaging
import Quantization

/// Holds a reduced network's masks of whole scans to the float network's, or to labels where there are some, and its outputs on
/// windows of them.
package final class VolumeEvaluator: TaskEvaluator {
    private let model: Model
    private let cases: [DataList.Case]
    private let options: ImagingOptions
    private let engine: PlanOptions
    private let outputs: OutputEvaluator
    /// What each case is held to, its label or else the float network's mask, and the float network's Dice of each structure.
    private var expected: [(structures: [EvaluationRun.Structure], scorer: CaseScorer, reference: ReferenceMasks, dice: [Double])] = []
    package var caseCount: Int { cases.count }

    package init(_ model: Model, _ volumes: VolumeCases, windows: Samples, _ options: ImagingOptions, engine: PlanOptions)
        throws(OsteonError)
    {
        self.model = model
        cases = volumes.cases
        self.options = options
        self.engine = engine
        outputs = try OutputEvaluator(model.graph, samples: windows, engine: engine)
        let segmentation = try ModelSegmentation(model, options, engine: engine)
        // Where cases have labels, what's scored is what `evaluate` scores.
        var scored: EvaluationStructures?
        if let list = volumes.source, cases.contains(where: { $0.reference != nil }) {
            scored = try EvaluationStructures(
                model.imagingContract(options), list, cases, changesLabels: segmentation.preprocessor.changesLabels)
        }
        for one in cases {
            try locating("case \(one.name)") { () throws(OsteonError) in
                let result = try segmentation.run(one.images)
                let structures = scored?.structures ?? Self.structures(result)
                let scorer = CaseScorer(
                    segmentation.preprocessor, CaseMasks(structures: structures, labels: scored?.labels ?? LabelMeaning()))
                let reference =
                    if scored != nil, case .file(let path) = one.reference {
                        try scorer.reference(path)
                    } else {
                        try scorer.reference(of: result.mask)
                    }
                let dice = try scorer.dice(scorer.masks(result.mask, on: reference), reference.masks, leavingOut: reference.ignored)
                expected.append((structures, scorer, reference, dice))
            }
        }
    }

    package func loss(of reduced: Graph, casesAtMost: Int?) throws(OsteonError) -> TaskLoss {
        var result = try outputs.loss(of: reduced, casesAtMost: casesAtMost)
        // A layer alone is ranked by its noise; masks are for the whole.
        if casesAtMost != nil { return result }
        var candidate = model
        candidate.graph = reduced
        let segmentation = try ModelSegmentation(candidate, options, engine: engine)
        var drifts: [TaskLoss.Drift] = []
        for (one, expected) in zip(cases, expected) {
            try locating("case \(one.name)") { () throws(OsteonError) in
                let masks = try expected.scorer.masks(segmentation.run(one.images).mask, on: expected.reference)
                let dice = try expected.scorer.dice(masks, expected.reference.masks, leavingOut: expected.reference.ignored)
                for (place, structure) in expected.structures.enumerated() {
                    drifts.append(TaskLoss.Drift(caseName: one.name, structure: structure.name, loss: expected.dice[place] - dice[place]))
                }
            }
        }
        result.drifts = drifts
        return result
    }

    /// The structures of a mask that no data list describes: its channels, or the model's labels but the background.
    private static func structures(_ segmentation: Segmentation) -> [EvaluationRun.Structure] {
        let labels = segmentation.labels
        let channels = segmentation.mask.channels
        if channels > 1 {
            return (0..<channels).map { channel in
                .init(index: channel, name: labels.first { $0.index == channel }?.name ?? "\(channel)")
            }
        }
        let known = labels.filter { $0.index > 0 }
        return known.isEmpty ? [.init(index: 1, name: "1")] : known.map { .init(index: $0.index, name: $0.name) }
    }
}
