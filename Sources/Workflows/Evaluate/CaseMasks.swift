import Bytes
import Imaging
import Metrics
import Tensors

/// A volume as the structures of a run: a label map's values, unions of them, or the channels of regions that may overlap.
package struct CaseMasks {
    package let structures: [EvaluationRun.Structure]
    package let labels: LabelMeaning

    package init(structures: [EvaluationRun.Structure], labels: LabelMeaning) {
        self.structures = structures
        self.labels = labels
    }

    /// A reference's masks.
    package func reference(_ volume: Volume) throws(OsteonError) -> [Mask] {
        guard volume.channels == 1 || structures.allSatisfy({ $0.values == nil }) else {
            throw OsteonError(
                .unsupported,
                "The data list names regions of label values, and the label has \(volume.channels) channels; a label map has one.")
        }
        return try masks(volume)
    }

    /// The model's masks. Channels of regions become a label map first, by the list's order, as nnU-Net makes them one.
    package func prediction(_ volume: Volume) throws(OsteonError) -> [Mask] {
        guard structures.contains(where: { $0.values != nil }), volume.channels > 1 || labels.channels.count == 1 else {
            if volume.channels == 1 { try labels.check(prediction: volume.tensor.labelValues()) }
            return try masks(volume)
        }
        return try masks(Volume(labelMap(volume), affine: volume.affine))
    }

    private func masks(_ volume: Volume) throws(OsteonError) -> [Mask] {
        var result: [Mask] = []
        for structure in structures {
            if let values = structure.values {
                result.append(try Mask(volume.tensor.reshaped(volume.extents), labels: values))
                continue
            }
            guard volume.channels > 1 || structure.index > 0 else {
                throw OsteonError(.unsupported, "\(structure.name) is a channel of its own, but the volume has one channel of labels.")
            }
            result.append(try volume.mask(of: structure.index))
        }
        return result
    }

    private func labelMap(_ volume: Volume) throws(OsteonError) -> Tensor {
        let names = structures.map(\.name).joined(separator: ", ")
        guard labels.channels.count == structures.count, labels.channels.allSatisfy({ $0 < volume.channels }) else {
            throw OsteonError(
                .unsupported,
                """
                The model's \(volume.channels) channels can't be matched to the data list's regions (\(names)): there must be one \
                channel for each region, with the same names or with none.
                """
            )
        }
        guard labels.classOrder.count == labels.channels.count else {
            throw OsteonError(
                .unsupported,
                """
                The data list has regions and no \"regions_class_order\", which gives the label that each region (\(names)) becomes \
                in a mask.
                """
            )
        }
        let result = try Tensor(zeros: .f32, [1] + volume.extents)
        var to = result.mutableElements(Float.self)
        for (channel, label) in zip(labels.channels, labels.classOrder) {
            let mask = try Mask(volume.channel(channel).tensor.reshaped(volume.extents), above: 0.5)
            for i in mask.voxels.indices where mask.voxels[i] == 1 { to[i] = Float(label) }
        }
        return result
    }
}
