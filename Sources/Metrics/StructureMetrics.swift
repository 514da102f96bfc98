import Bytes
import Tensors

/// Which figures of a mask are wanted, and by whose definition.
package struct MetricSettings: Sendable, Hashable {
    package var emptyMasks: EmptyMaskRule
    /// nil: no Hausdorff distance.
    package var hausdorff: HausdorffDistance.Rule?
    package var percentile = 95.0
    /// The tolerance of the surface Dice in millimetres; nil: none.
    package var surfaceTolerance: Double?
    package var surfacePieces: SurfaceDistances.Pieces
    /// For the distance transforms; no figure depends on it.
    package var threads: Int

    package init(
        emptyMasks: EmptyMaskRule = .nnunet, hausdorff: HausdorffDistance.Rule? = nil, surfaceTolerance: Double? = nil,
        surfacePieces: SurfaceDistances.Pieces = .elements, threads: Int = 1
    ) {
        self.emptyMasks = emptyMasks
        self.hausdorff = hausdorff
        self.surfaceTolerance = surfaceTolerance
        self.surfacePieces = surfacePieces
        self.threads = threads
    }
}

/// The figures of one structure in one case.
package struct StructureMetrics: Sendable, Hashable {
    package var counts: OverlapCounts
    package var dice: Double
    package var iou: Double
    /// Millimetres; nil where it wasn't asked for.
    package var hausdorff: Double?
    package var surfaceDice: Double?
    /// In millilitres.
    package var predictedVolume: Double
    package var referenceVolume: Double

    package init(
        counts: OverlapCounts, dice: Double, iou: Double, hausdorff: Double? = nil, surfaceDice: Double? = nil, predictedVolume: Double,
        referenceVolume: Double
    ) {
        self.counts = counts
        self.dice = dice
        self.iou = iou
        self.hausdorff = hausdorff
        self.surfaceDice = surfaceDice
        self.predictedVolume = predictedVolume
        self.referenceVolume = referenceVolume
    }

    /// Of two masks.
    /// - Parameters:
    ///   - ignored: voxels that are left out of every count, and of both masks before their surfaces are found.
    ///   - spacing: the voxel's edges in millimetres, in the order of the masks' axes.
    /// - Throws: `.invalidGraph` where shapes differ, `.usage` for a spacing that doesn't fit.
    package init(
        prediction whole: Mask, reference truth: Mask, ignored: Mask? = nil, spacing: [Double], settings: MetricSettings
    ) throws(OsteonError) {
        counts = try OverlapCounts(prediction: whole, reference: truth, ignored: ignored)
        var prediction = whole
        var reference = truth
        if let ignored {
            prediction = try whole.removing(ignored)
            reference = try truth.removing(ignored)
        }
        dice = Dice.value(counts, emptyMasks: settings.emptyMasks)
        iou = IntersectionOverUnion.value(counts, emptyMasks: settings.emptyMasks)
        predictedVolume = StructureVolume.millilitres(voxels: counts.predicted, spacing: spacing)
        referenceVolume = StructureVolume.millilitres(voxels: counts.referenced, spacing: spacing)
        var known: [(SurfaceDistances.Pieces, SurfaceDistances)] = []
        func distances(_ pieces: SurfaceDistances.Pieces) throws(OsteonError) -> SurfaceDistances {
            if let distances = known.first(where: { $0.0 == pieces })?.1 { return distances }
            let distances = try SurfaceDistances(
                prediction: prediction, reference: reference, spacing: spacing, pieces: pieces, threads: settings.threads)
            known.append((pieces, distances))
            return distances
        }
        if let rule = settings.hausdorff {
            hausdorff = HausdorffDistance.value(try distances(rule.pieces), percentile: settings.percentile, rule: rule)
        }
        if let tolerance = settings.surfaceTolerance {
            surfaceDice = SurfaceDice.value(try distances(settings.surfacePieces), tolerance: tolerance)
        }
    }

    /// Of each of `labels` in two label volumes of one shape.
    /// - Parameter value: the reference's voxels with this value are left out of every figure.
    /// - Throws: as the masks' own, and `.malformed` for floats that aren't whole numbers.
    package static func of(
        prediction: Tensor, reference: Tensor, labels: [Int], ignoring value: Int? = nil, spacing: [Double], settings: MetricSettings
    ) throws(OsteonError) -> [StructureMetrics] {
        let ignored = try value.map { (value) throws(OsteonError) in try Mask(reference, label: value) }
        var result: [StructureMetrics] = []
        for label in labels {
            result.append(
                try StructureMetrics(
                    prediction: Mask(prediction, label: label), reference: Mask(reference, label: label), ignored: ignored,
                    spacing: spacing,
                    settings: settings))
        }
        return result
    }
}
