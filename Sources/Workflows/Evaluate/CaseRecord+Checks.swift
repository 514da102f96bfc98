import Bytes
import Metrics

// A record is believed only where its figures fit one another: what follows from the counts is worked out again.
extension CaseRecord.Result {
    /// - Throws: `.malformed` where the record isn't one of this case of the run.
    func check(_ run: EvaluationRun, _ index: Int) throws(OsteonError) {
        let count = run.structures.count
        guard (second != nil) == (run.against != nil), run.task == .classification ? truth.count == count : truth.isEmpty else {
            throw OsteonError(.malformed, "The record lacks a model's figures, or the truth.")
        }
        for figures in [first, second].compactMap({ $0 }) {
            switch figures {
            case .masks(let structures) where run.task == .segmentation && structures.count == count: try Self.check(structures, run)
            case .scores(let scores) where run.task == .classification && scores.count == count:
                guard scores.allSatisfy(\.isFinite) else {
                    throw OsteonError(.malformed, "The record holds a probability that's no number.")
                }
            default: throw OsteonError(.malformed, "The record doesn't have a figure for each of \(count) structures.")
            }
        }
        let pairs = run.task == .segmentation && run.against != nil ? count : 0
        guard agreement.count == pairs, agreement.allSatisfy({ (0...1).contains($0) }) else {
            throw OsteonError(.malformed, "The record's Dice of both masks isn't one a structure, from 0 to 1.")
        }
        if case .masks(let mine) = first, case .masks(let other)? = second, let a = mine.first?.counts.total,
            let b = other.first?.counts.total, a != b
        {
            throw OsteonError(.malformed, "The two models' counts are of \(a) and of \(b) voxels.")
        }
        guard files.images.count == run.cases[index].images.count, (files.label != nil) == !run.cases[index].label.isEmpty,
            (files.images + (files.label.map { [$0] } ?? [])).allSatisfy(SHA256Digest.isHexadecimal)
        else { throw OsteonError(.malformed, "The record doesn't have the SHA-256 of each of the case's files.") }
    }

    private static func check(_ structures: [StructureMetrics], _ run: EvaluationRun) throws(OsteonError) {
        guard Set(structures.map(\.counts.total)).count <= 1 else {
            throw OsteonError(.malformed, "The structures' counts aren't of the same voxels.")
        }
        var voxel: Double?
        for (structure, metrics) in zip(run.structures, structures) {
            try locating(structure.name) { () throws(OsteonError) in
                try metrics.check(run.metrics)
                for (voxels, volume) in [
                    (metrics.counts.predicted, metrics.predictedVolume), (metrics.counts.referenced, metrics.referenceVolume),
                ] {
                    guard volume.isFinite, volume >= 0, (volume == 0) == (voxels == 0) else {
                        throw OsteonError(.malformed, "A volume of \(volume) ml for \(voxels) voxels.")
                    }
                    if voxels == 0 { continue }
                    let one = volume / Double(voxels)
                    guard abs(one - (voxel ?? one)) <= 1e-9 * one else {
                        throw OsteonError(.malformed, "A volume of \(volume) ml doesn't fit \(voxels) voxels.")
                    }
                    voxel = voxel ?? one
                }
            }
        }
    }
}

extension OverlapCounts {
    /// The voxels counted.
    var total: Int { truePositives + falsePositives + falseNegatives + trueNegatives }
}

extension StructureMetrics {
    fileprivate func check(_ settings: MetricSettings) throws(OsteonError) {
        let wanted = [
            Dice.value(counts, emptyMasks: settings.emptyMasks), IntersectionOverUnion.value(counts, emptyMasks: settings.emptyMasks),
        ]
        for (name, found, wanted) in [("Dice", dice, wanted[0]), ("IoU", iou, wanted[1])]
        where found != wanted && !(found.isNaN && wanted.isNaN) {
            throw OsteonError(.malformed, "\(name) is \(found), and by its own counts it would be \(wanted).")
        }
        let isEmpty = counts.predicted == 0 || counts.referenced == 0
        guard (hausdorff != nil) == (settings.hausdorff != nil), (surfaceDice != nil) == (settings.surfaceTolerance != nil) else {
            throw OsteonError(.malformed, "The surface figures aren't those the run asks for.")
        }
        if let hausdorff {
            let isRight =
                !isEmpty ? hausdorff.isFinite && hausdorff >= 0 : settings.hausdorff == .monai ? hausdorff.isNaN : hausdorff == .infinity
            guard isRight else {
                throw OsteonError(
                    .malformed,
                    "An HD95 of \(hausdorff) with \(counts.predicted) voxels predicted and \(counts.referenced) in the reference.")
            }
        }
        if let surfaceDice {
            let isRight =
                !isEmpty ? (0...1).contains(surfaceDice) : counts.predicted == counts.referenced ? surfaceDice.isNaN : surfaceDice == 0
            guard isRight else {
                throw OsteonError(
                    .malformed,
                    "An NSD of \(surfaceDice) with \(counts.predicted) voxels predicted and \(counts.referenced) in the reference.")
            }
        }
    }
}
