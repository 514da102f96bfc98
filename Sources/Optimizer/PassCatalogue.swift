import Bytes

/// Every pass there is. Adding one is its file, its line here, and its place in a pipeline.
package enum PassCatalogue {
    package static let all: [any Pass.Type] = [
        EliminateCommonSubexpressions.self,
        EliminateDeadCode.self,
        EliminateIdentities.self,
        FoldBatchNormalization.self,
        FoldConstants.self,
        FoldPadding.self,
        FoldScales.self,
        FoldShapes.self,
        FuseBias.self,
        FuseGemm.self,
        LowerTrivialTranspositions.self,
        LowerStridedSlices.self,
        MergeConstants.self,
        PushTranspositions.self,
        RecognizeActivations.self,
        RecognizeBatchNormalization.self,
        RecognizeGroupNormalization.self,
        RecognizeNormalization.self,
        SimplifyActivations.self,
        SimplifyReshapes.self,
    ]

    private static let byID: [String: any Pass.Type] = {
        var result: [String: any Pass.Type] = [:]
        for type in all { result[type.id] = type }
        return result
    }()

    package static func type(_ id: String) -> (any Pass.Type)? { byID[id] }

    /// The pass with this id.
    /// - Throws: `.usage` naming the passes there are.
    package static func make(_ id: String) throws(OsteonError) -> any Pass {
        guard let type = byID[id] else {
            throw OsteonError(.usage, "There's no pass \(id); the passes are \(byID.keys.sorted().joined(separator: ", ")).")
        }
        return type.init()
    }
}
