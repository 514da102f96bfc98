import Bytes
import Metrics

/// How figures were made, so that they can be compared with others'.
extension MetricSettings: Record {
    package static let ignoresUnknownMembers = true

    package init() { self.init(emptyMasks: .nnunet) }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        // What no figure depends on is null.
        var percentile = hausdorff.map { _ in self.percentile }
        var pieces = surfaceTolerance.map { _ in surfacePieces }
        try visitor.member("empty_masks", &emptyMasks)
        try visitor.nullable("hausdorff", &hausdorff)
        try visitor.nullable("hausdorff_percentile", &percentile)
        try visitor.nullable("surface_tolerance_mm", &surfaceTolerance)
        try visitor.nullable("surface_pieces", &pieces)
        self.percentile = percentile ?? self.percentile
        surfacePieces = pieces ?? surfacePieces
    }
}

/// In the names of nnU-Net's `summary.json`, then our own.
extension StructureMetrics: Record {
    package static let ignoresUnknownMembers = true

    /// Counts of voxels at most: sums of several stay far from overflow.
    static let mostVoxels = 1 << 48

    package init() {
        self.init(
            counts: OverlapCounts(truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0), dice: 0, iou: 0,
            predictedVolume: 0, referenceVolume: 0)
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        let voxels = JSONForm<Int>.own.holding("a number of voxels") { 0...Self.mostVoxels ~= $0 }
        var (predicted, referenced) = (counts.predicted, counts.referenced)
        try visitor.member("Dice", &dice, .any)
        try visitor.member("IoU", &iou, .any)
        try visitor.member("FP", &counts.falsePositives, voxels)
        try visitor.member("TP", &counts.truePositives, voxels)
        try visitor.member("FN", &counts.falseNegatives, voxels)
        try visitor.member("TN", &counts.trueNegatives, voxels)
        try visitor.member("n_pred", &predicted, voxels)
        try visitor.member("n_ref", &referenced, voxels)
        try visitor.require(
            predicted == counts.predicted && referenced == counts.referenced, "n_pred and n_ref aren't what TP, FP and FN add up to.")
        try visitor.member("volume_pred_ml", &predictedVolume, .any)
        try visitor.member("volume_ref_ml", &referenceVolume, .any)
        try visitor.optional("HD95", &hausdorff, .any)
        try visitor.optional("NSD", &surfaceDice, .any)
    }
}

extension Interval {
    var json: JSONValue {
        .record([
            ("lower", .number(lower)), ("upper", .number(upper)), ("confidence", .number(confidence)), ("method", .string(method.rawValue)),
        ])
    }
}
