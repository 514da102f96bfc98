import Bytes
import Tensors

extension TensorSummary {
    /// The summary of a tensor.
    package init(_ tensor: Tensor) throws(OsteonError) {
        self.init()
        elementType = tensor.elementType
        shape = tensor.shape
        sha256 = SHA256Digest(of: tensor.bytes).hexadecimal
        let wanted = Self.indices(of: tensor.count)
        var low = Double.infinity
        var high = -Double.infinity
        var sum = 0.0
        var next = 0
        var others = NonFinite()
        try Self.walk(tensor) { index, value in
            if next < wanted.count, index == wanted[next] {
                next += 1
                if value.isFinite { samples.append(Sample(index: index, value: value)) }
            }
            guard value.isFinite else {
                others.add(value, at: index)
                return
            }
            finiteCount += 1
            low = min(low, value)
            high = max(high, value)
            sum += value
        }
        if finiteCount < tensor.count { nonFinite = others }
        guard finiteCount > 0 else { return }
        (minimum, maximum, mean) = (low, high, sum / Double(finiteCount))
    }

    /// Why `other`, the summary of a tensor computed now, isn't within `tolerance` of this one; nil where it is.
    ///
    /// A summary can't see every element: equal digests prove equality, else counts, extremes, mean and samples must agree.
    package func refusal(of other: TensorSummary, sampledBy result: Tensor, tolerance: Double) throws(OsteonError) -> String? {
        if other.shape != shape { return "its shape is \(other.shape), \(shape) was recorded" }
        if other.elementType != elementType, !(other.elementType.isFloat && elementType.isFloat) {
            return "its type is \(other.elementType.rawValue), \(elementType.rawValue) was recorded"
        }
        if other.sha256 == sha256, other.elementType == elementType { return nil }
        if other.finiteCount != finiteCount { return "\(other.finiteCount) elements are finite, \(finiteCount) were recorded" }
        if let nonFinite, other.nonFinite != nonFinite { return "others of its elements are NaN or infinite than were recorded" }
        for (name, now, then) in [("least", other.minimum, minimum), ("largest", other.maximum, maximum), ("mean", other.mean, mean)] {
            if !(abs(now - then) <= tolerance), now != then { return "its \(name) value is \(now), \(then) was recorded" }
        }
        var next = 0
        var reason: String?
        try Self.walk(result) { index, value in
            guard next < samples.count, index == samples[next].index else { return }
            if reason == nil, !(abs(value - samples[next].value) <= tolerance) {
                reason = "element \(index) is \(value), \(samples[next].value) was recorded"
            }
            next += 1
        }
        return reason
    }

    /// The elements that are sampled: spread evenly, and off the beat of any axis, so that no plane is favoured.
    private static func indices(of count: Int) -> [Int] {
        if count <= sampleCount { return Array(0..<count) }
        // The middle of each of equal parts, shifted by a fixed pattern.
        let part = count / sampleCount
        return (0..<sampleCount).map { $0 * part + Int((UInt64($0) &* 0x9E37_79B9_7F4A_7C15) >> 33) % part }
    }

    /// All elements as doubles, a block at a time.
    private static func walk(_ tensor: Tensor, _ body: (Int, Double) -> Void) throws(OsteonError) {
        let step = 1 << 16
        let flat = try tensor.reshaped([tensor.count])
        for begin in stride(from: 0, to: tensor.count, by: step) {
            let count = min(step, tensor.count - begin)
            let part = try Tensor(
                tensor.elementType, [count], storage: flat.storage, byteOffset: flat.byteOffset + begin * tensor.elementType.byteCount)
            let wide = try part.converted(to: .f64)
            let elements = wide.elements(Double.self)
            for i in elements.indices { body(begin + i, elements[i]) }
        }
    }
}
