import Bytes
import Tensors

/// What's kept of a tensor to know it again: enough to decide whether another one is the same, or how near.
package struct TensorSummary: Record, Hashable {
    /// One element.
    package struct Sample: Sendable, Hashable {
        /// Row-major.
        package var index: Int
        package var value: Double

        package init(index: Int, value: Double) {
            self.index = index
            self.value = value
        }
    }

    /// The elements that are NaN or infinite, and where they are.
    package struct NonFinite: Record, Hashable {
        package var nan = 0
        package var positive = 0
        package var negative = 0
        /// FNV-1a of 64 bits over each one's index (eight bytes, the lowest first) and kind (a byte: 0 NaN, 1 ∞, 2 −∞), in order.
        package var places: UInt64 = 0xCBF2_9CE4_8422_2325

        package init() {}

        mutating func add(_ value: Double, at index: Int) {
            let kind: UInt8 = value.isNaN ? 0 : value > 0 ? 1 : 2
            switch kind {
            case 0: nan += 1
            case 1: positive += 1
            default: negative += 1
            }
            for shift in stride(from: 0, to: 64, by: 8) { mix(UInt8(truncatingIfNeeded: index >> shift)) }
            mix(kind)
        }

        private mutating func mix(_ byte: UInt8) { places = (places ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            // Three of them can be added up.
            let elements = JSONForm<Int>.own.holding("a number of elements") { 0...1 << 60 ~= $0 }
            try visitor.member("nan", &nan, elements)
            try visitor.member("positive", &positive, elements)
            try visitor.member("negative", &negative, elements)
            try visitor.member("places", &places, .hexadecimal)
        }
    }

    package var elementType = ElementType.f32
    package var shape: [Int] = []
    /// Of the bytes; 64 hexadecimal digits.
    package var sha256 = ""
    /// Elements that are neither NaN nor infinite.
    package var finiteCount = 0
    /// Those that are; nil where there are none, and in records of versions that didn't count them.
    package var nonFinite: NonFinite?
    /// Of the finite elements; 0 where there are none.
    package var minimum = 0.0
    package var maximum = 0.0
    package var mean = 0.0
    /// Finite elements spread over the tensor, `index` rising.
    package var samples: [Sample] = []

    /// How many elements a summary keeps at most.
    package static let sampleCount = 64

    package init() {}

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        var (indices, values) = (samples.map(\.index), samples.map(\.value))
        try visitor.member("type", &elementType)
        try visitor.member("shape", &shape, .extents)
        try visitor.member("sha256", &sha256, .digest)
        try visitor.member("finite", &finiteCount, .count)
        try visitor.optional("non_finite", &nonFinite)
        try visitor.member("min", &minimum)
        try visitor.member("max", &maximum)
        try visitor.member("mean", &mean)
        try visitor.member("indices", &indices)
        try visitor.member("values", &values)
        let count = (try? Checked.product(shape)) ?? 0
        let other = count - finiteCount
        try visitor.require(other >= 0, "\(finiteCount) of \(count) elements can't be finite.")
        try visitor.require(
            nonFinite.map { $0.nan + $0.positive + $0.negative == other } ?? true,
            "The elements that aren't finite don't add up to \(other).")
        try visitor.require(indices.count == values.count, "\(indices.count) indices for \(values.count) values.")
        try visitor.require(
            zip([-1] + indices, indices + [count]).allSatisfy { $0 < $1 },
            "The samples' indices don't rise, or leave the tensor of \(count) elements.")
        samples = zip(indices, values).map { Sample(index: $0, value: $1) }
    }
}

extension JSONForm<[Int]> {
    /// A shape whose elements can be counted.
    static var extents: JSONForm {
        let list = JSONForm<Int>.count.list
        return JSONForm(
            write: list.write,
            read: { (json) throws(OsteonError) in
                let shape = try list.read(json)
                _ = try Checked.product(shape)
                return shape
            })
    }
}

extension JSONForm<UInt64> {
    /// 16 hexadecimal digits as a string.
    fileprivate static var hexadecimal: JSONForm {
        JSONForm(
            write: {
                let digits = String($0, radix: 16)
                return .string(String(repeating: "0", count: 16 - digits.count) + digits)
            },
            read: { (json) throws(OsteonError) in
                guard let value = UInt64(try json.string(), radix: 16) else { throw json.mismatch("16 hexadecimal digits") }
                return value
            })
    }
}
