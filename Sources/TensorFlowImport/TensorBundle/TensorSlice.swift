import Bytes
import WireFormats

/// A box within a partitioned tensor: begin and extent on each axis.
package struct TensorSlice: Hashable {
    package var begin: [Int]
    package var extents: [Int]

    /// The whole of a tensor.
    init(whole shape: [Int]) {
        begin = Array(repeating: 0, count: shape.count)
        extents = shape
    }

    /// - Throws: `.malformed` where the box doesn't lie in `shape`.
    init(_ proto: Tensorflow_TensorSliceProto, in shape: [Int]) throws(OsteonError) {
        guard proto.extent.count == shape.count else { throw Self.misfit(shape) }
        begin = []
        extents = []
        for (extent, full) in zip(proto.extent, shape) {
            let start = Int(extent.start)
            let length = extent.hasLength ? Int(extent.length) : full
            guard start >= 0, length >= 0, start <= full, length <= full - start else { throw Self.misfit(shape) }
            begin.append(start)
            extents.append(length)
        }
    }

    /// Reads TensorFlow's `shape_and_slices`: "40 8 0,20:-" is rows 0 to 19 of a tensor of 40 by 8.
    /// - Returns: nil for the empty text, which means the whole tensor.
    package init?(specification: String) throws(OsteonError) {
        guard !specification.isEmpty else { return nil }
        var words = specification.split(separator: " ").map(String.init)
        guard let last = words.popLast(), words.count <= 32 else { throw Self.unreadable(specification) }
        let pieces = last.split(separator: ":", omittingEmptySubsequences: false)
        guard pieces.count == words.count else { throw Self.unreadable(specification) }
        begin = []
        extents = []
        for (word, piece) in zip(words, pieces) {
            guard let full = Int(word), full >= 0 else { throw Self.unreadable(specification) }
            if piece == "-" {
                begin.append(0)
                extents.append(full)
                continue
            }
            let numbers = piece.split(separator: ",").map { Int($0) }
            guard numbers.count == 2, let start = numbers[0], let length = numbers[1], start >= 0, length >= 0, start <= full,
                length <= full - start
            else { throw Self.unreadable(specification) }
            begin.append(start)
            extents.append(length)
        }
    }

    /// The key a slice's own entry has: TensorFlow's `EncodeTensorNameSlice` in its ordered code, with -1 for the
    /// extent of an axis taken whole.
    func key(_ name: String, of proto: Tensorflow_TensorSliceProto) -> [UInt8] {
        var key: [UInt8] = [0]
        for byte in name.utf8 {
            key.append(byte)
            if byte == 0 { key.append(0xFF) } else if byte == 0xFF { key.append(0) }
        }
        key += [0, 1]
        Self.appendNumber(proto.extent.count, to: &key)
        for extent in proto.extent {
            Self.appendSigned(extent.hasLength ? extent.start : 0, to: &key)
            Self.appendSigned(extent.hasLength ? extent.length : -1, to: &key)
        }
        return key
    }

    private static func appendNumber(_ value: Int, to key: inout [UInt8]) {
        var bytes: [UInt8] = []
        var rest = value
        while rest > 0 {
            bytes.insert(UInt8(rest & 0xFF), at: 0)
            rest >>= 8
        }
        key.append(UInt8(bytes.count))
        key += bytes
    }

    /// A number whose bytes sort as the numbers do: the length in the leading bits, then the value big-endian.
    private static func appendSigned(_ value: Int64, to key: inout [UInt8]) {
        let magnitude = UInt64(bitPattern: value < 0 ? ~value : value)
        let bits = 64 - magnitude.leadingZeroBitCount
        let length = bits / 7 + 1
        let sign: UInt8 = value < 0 ? 0xFF : 0
        var bytes: [UInt8] = [sign, sign]
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(UInt64(bitPattern: value) >> UInt64(shift) & 0xFF)) }
        var tail = Array(bytes.suffix(length))
        // `length` leading ones, over two bytes from length 9 on.
        let header = length >= 9 ? UInt16(0xFF00) | UInt16(0xFF00 >> (length - 8)) & 0xFF : UInt16((0xFF00 >> length) & 0xFF) << 8
        tail[0] ^= UInt8(header >> 8)
        if length > 1 { tail[1] ^= UInt8(header & 0xFF) }
        key += tail
    }

    private static func misfit(_ shape: [Int]) -> OsteonError {
        OsteonError(.malformed, "A slice doesn't lie within its tensor of shape \(shape).")
    }

    private static func unreadable(_ text: String) -> OsteonError {
        OsteonError(.malformed, "\"\(text.prefix(200))\" doesn't describe a slice.")
    }
}
