import Bytes
import Imaging
import Metrics
import Tensors

/// What's right for a case, on its own grid.
struct ReferenceMasks {
    /// By structure.
    var masks: [Mask]
    /// Voxels that are left out of every figure.
    var ignored: Mask?
    var grid: VolumeGrid

    /// Masks without what's left out.
    func counted(_ masks: [Mask]) throws(OsteonError) -> [Mask] {
        guard let ignored else { return masks }
        return try masks.map { (mask) throws(OsteonError) in try mask.removing(ignored) }
    }
}

/// Holds a case's mask to its reference, structure by structure: in evaluations and for budgets alike.
struct CaseScorer {
    private let preprocessor: ImagePreprocessor
    private let structures: CaseMasks

    /// - Parameter preprocessor: the model's, whose label transforms make references comparable with its masks.
    init(_ preprocessor: ImagePreprocessor, _ structures: CaseMasks) {
        self.preprocessor = preprocessor
        self.structures = structures
    }

    /// A reference from its file.
    /// - Throws: `.unsupported` where it holds a value that nobody named.
    func reference(_ path: String) throws(OsteonError) -> ReferenceMasks {
        let label = try preprocessor.label(path, ignoring: structures.labels.ignored)
        let volume = label.volume
        try structures.labels.check(reference: label.storedValues)
        let ignored = try label.ignored.map { (tensor) throws(OsteonError) in try Mask(tensor.reshaped(volume.extents), label: 1) }
        return ReferenceMasks(masks: try structures.reference(volume), ignored: ignored, grid: volume.grid)
    }

    /// A mask that is itself what others are held to.
    func reference(of mask: Volume) throws(OsteonError) -> ReferenceMasks {
        ReferenceMasks(masks: try structures.prediction(mask), grid: mask.grid)
    }

    /// A model's mask by structure, on the reference's grid: its axes are turned to the reference's where those run otherwise.
    /// - Throws: `.invalidGraph` where the two don't have the same voxels in space.
    func masks(_ mask: Volume, on reference: ReferenceMasks) throws(OsteonError) -> [Mask] {
        guard let turned = try mask.turned(onto: reference.grid) else {
            let texts = reference.grid.texts(beside: mask.grid)
            throw OsteonError(
                .invalidGraph,
                "The label lies on another grid (\(texts.own)) than the image (\(texts.other)); they can't be compared voxel by voxel.")
        }
        return try structures.prediction(turned)
    }

    /// Each structure's Dice of two sets of masks on a reference's grid; 1 where both are empty.
    func dice(_ first: [Mask], _ second: [Mask], leavingOut ignored: Mask?) throws(OsteonError) -> [Double] {
        try zip(first, second).map { (a, b) throws(OsteonError) in
            Dice.value(try OverlapCounts(prediction: a, reference: b, ignored: ignored), emptyMasks: .metricsReloaded)
        }
    }

    /// Each structure's figures.
    func figures(_ masks: [Mask], on reference: ReferenceMasks, _ settings: MetricSettings) throws(OsteonError) -> [StructureMetrics] {
        try zip(masks, reference.masks).map { (mask, truth) throws(OsteonError) in
            try StructureMetrics(
                prediction: mask, reference: truth, ignored: reference.ignored, spacing: reference.grid.spacing, settings: settings)
        }
    }
}
