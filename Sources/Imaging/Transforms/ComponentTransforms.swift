import Bytes
import Contracts
import Tensors

/// Transforms of connected parts.
enum ComponentTransforms {
    static let table: [String: TransformTable.Maker] = [
        "KeepLargestCC": { (d) throws(OsteonError) in try KeepLargest(d) },
        "KeepLargestConnectedComponent": { (d) throws(OsteonError) in try KeepLargest(d) },
    ]

    /// Keeps the largest connected part of each label, or of all labels together (`independent` false); other voxels become 0.
    ///
    /// MONAI's, whose defaults Clara's KeepLargestCC gets too: every label but 0 by itself, neighbours at faces, edges and
    /// corners. Of several channels each is a mask by itself, the first one (the background) left alone where no label is named.
    struct KeepLargest: FieldTransform {
        let fields: [String]
        private let labels: [Int]?, isIndependent: Bool, connectivity: Int?, count: Int, isOneHot: Bool?

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(
                description, known: ["applied_labels", "independent", "connectivity", "num_components", "is_onehot", "is_label"])
            fields = try arguments.fields()
            labels = try arguments.integers("applied_labels")
            isIndependent = try arguments.flag("independent", true)
            connectivity = try arguments.integers("connectivity")?.first
            count = try arguments.integers("num_components")?.first ?? 1
            isOneHot = arguments.has("is_onehot") ? try arguments.flag("is_onehot", false) : nil
            guard count >= 1, connectivity.map({ (1...3).contains($0) }) ?? true else { throw arguments.wrong("connectivity", "1, 2 or 3") }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            var result = volume
            result.tensor = try volume.tensor.elementType == .u8 ? volume.tensor.copied() : volume.labelBytes().tensor
            let tensor = result.tensor
            var values = tensor.mutableElements(UInt8.self)
            let voxels = result.voxelCount
            let connectivity = connectivity ?? result.spatialRank
            if isOneHot ?? (result.channels > 1) {
                let channels = labels ?? Array((result.channels > 1 ? 1 : 0)..<result.channels)
                if isIndependent {
                    for channel in channels where channel < result.channels {
                        try keep(tensor, channel * voxels, result, connectivity) { $0 != 0 }
                    }
                } else {
                    var parts = try ConnectedComponents(extents: result.three, connectivity: connectivity) { i in
                        channels.contains { values[$0 * voxels + i] != 0 }
                    }
                    parts.forEachOutside(largest: count) { range in
                        for channel in channels { for i in range { values[channel * voxels + i] = 0 } }
                    }
                }
                return result
            }
            var present = [Bool](repeating: false, count: 256)
            for index in values.indices { present[Int(values[index])] = true }
            let applied = labels?.filter { (0..<256).contains($0) } ?? (1..<256).filter { present[$0] }
            if isIndependent {
                for label in applied where present[label] { try keep(tensor, 0, result, connectivity) { Int($0) == label } }
            } else {
                let isApplied = (0..<256).map { applied.contains($0) }
                try keep(tensor, 0, result, connectivity) { isApplied[Int($0)] }
            }
            return result
        }

        private func keep(
            _ tensor: Tensor, _ start: Int, _ volume: Volume, _ connectivity: Int, _ isInside: (UInt8) -> Bool
        ) throws(OsteonError) {
            var values = tensor.mutableElements(UInt8.self)
            var parts = try ConnectedComponents(extents: volume.three, connectivity: min(connectivity, 3)) { isInside(values[start + $0]) }
            parts.forEachOutside(largest: count) { range in for i in range { values[start + i] = 0 } }
        }
    }
}
