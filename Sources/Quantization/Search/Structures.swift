import Bytes
import Metrics
import Tensors

/// The masks of a network's structures: which places belong to each.
package struct Structures {
    /// What each is called: the number of its channel, or of its label.
    package let names: [String]
    /// One an element of `names`, as a plane of one row: the places in row-major order, batch first.
    private let masks: [Mask]

    /// What `rule` makes of an output.
    package init(_ output: Tensor, _ rule: MaskRule) throws(OsteonError) {
        let axis =
            switch rule {
            case .argmax(let axis), .threshold(_, let axis): axis < 0 ? axis + output.rank : axis
            }
        guard output.shape.indices.contains(axis), output.count > 0 else {
            throw OsteonError(.usage, "An output of shape \(output.shape) has no channels along axis \(axis), so it gives no mask.")
        }
        let values = try output.converted(to: .f32)
        try MemoryBudget.current.check(output.count)
        let channels = output.shape[axis]
        let inner = output.shape[(axis + 1)...].reduce(1, &*)
        let outer = output.shape[..<axis].reduce(1, &*)
        func place(_ o: Int, _ c: Int, _ i: Int) -> Int { (o * channels + c) * inner + i }
        var masks: [[Bool]]
        var names: [String]
        switch rule {
        case .threshold(let threshold, _):
            let limit = Float(threshold)
            names = (0..<channels).map(String.init)
            masks = Array(repeating: Array(repeating: false, count: outer * inner), count: channels)
            let elements = values.elements(Float.self)
            for c in 0..<channels {
                for o in 0..<outer { for i in 0..<inner { masks[c][o * inner + i] = elements[place(o, c, i)] > limit } }
            }
        case .argmax:
            guard channels > 1 else {
                throw OsteonError(.usage, "An output of one channel has no largest one; its mask is what lies above a threshold.")
            }
            names = (1..<channels).map(String.init)
            masks = Array(repeating: Array(repeating: false, count: outer * inner), count: channels - 1)
            let elements = values.elements(Float.self)
            for o in 0..<outer {
                for i in 0..<inner {
                    var best = 0
                    for c in 1..<channels where elements[place(o, c, i)] > elements[place(o, best, i)] { best = c }
                    if best > 0 { masks[best - 1][o * inner + i] = true }
                }
            }
        }
        self.names = names
        self.masks = try Self.rows(masks)
    }

    private static func rows(_ masks: [[Bool]]) throws(OsteonError) -> [Mask] {
        try masks.map { (mask) throws(OsteonError) in try Mask(shape: [1, mask.count], voxels: mask) }
    }

    /// The structures of a label: numbers as `other` names them, or above 0.5 where there's only one structure or a channel each.
    package init(label: Tensor, like other: Structures) throws(OsteonError) {
        names = other.names
        let values = try label.converted(to: .f32).array(Float.self)
        let places = other.masks.first?.voxels.count ?? 0
        if values.count == places * other.masks.count {
            masks = try Self.rows(other.masks.indices.map { c in values[(c * places)..<((c + 1) * places)].map { $0 > 0.5 } })
        } else if values.count == places {
            let present = try label.labelValues()
            let known = Set(other.names.compactMap { Int($0) }).union([0])
            let foreign = present.filter { !known.contains($0) }
            guard foreign.isEmpty else {
                throw OsteonError(
                    .usage,
                    """
                    A label holds \(foreign.prefix(8).map(String.init).joined(separator: ", ")), and the network's structures are \
                    \(other.names.joined(separator: ", ")); relabel it.
                    """
                )
            }
            let labels = try label.wholeNumbers().doubles().map { Int($0) }
            masks = try Self.rows(other.names.map { name in labels.map { $0 == Int(name) } })
        } else {
            throw OsteonError(
                .usage,
                "A label of shape \(label.shape) doesn't lie on the network's output (\(places) places, \(other.masks.count) structures).")
        }
    }

    /// The Dice of each structure; 1 where it's empty in both.
    package func dice(with other: Structures) throws(OsteonError) -> [Double] {
        guard masks.count == other.masks.count, masks.first?.shape == other.masks.first?.shape else {
            throw OsteonError(.internalFault, "Masks of different networks can't be compared.")
        }
        var result: [Double] = []
        for (a, b) in zip(masks, other.masks) {
            result.append(Dice.value(try OverlapCounts(prediction: a, reference: b), emptyMasks: .metricsReloaded))
        }
        return result
    }
}
