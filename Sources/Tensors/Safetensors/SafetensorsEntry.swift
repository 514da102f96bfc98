import Bytes

/// One tensor of a safetensors header: `"name": {"dtype": …, "shape": […], "data_offsets": [begin, end]}`.
package struct SafetensorsEntry: Sendable {
    package var name: String
    package var elementType: ElementType
    package var shape: [Int]
    /// In the data, which begins behind the header.
    package var range: Range<Int>

    /// The longest header the format allows, in bytes.
    package static let longestHeader = 100_000_000
    /// The member of a header that is no tensor.
    package static let metadataKey = "__metadata__"
    package static let longestName = 65_535

    /// - Throws: `.malformed` where the offsets don't fit shape and type, `.unsupported` for an element type that isn't known.
    package init(_ member: JSONValue.Member) throws(OsteonError) {
        let value = member.value
        guard try value.members(only: ["dtype", "shape", "data_offsets"]).count == 3, member.name.utf8.count <= Self.longestName else {
            throw OsteonError(
                .malformed, "A tensor has just dtype, shape and data_offsets, and a name of \(Self.longestName) bytes at most.")
        }
        let type = try ElementType(safetensorsName: value.member("dtype").string())
        var shape: [Int] = []
        var offsets: [Int] = []
        for extent in try value.member("shape").array() { shape.append(try extent.integer()) }
        for offset in try value.member("data_offsets").array() { offsets.append(try offset.integer()) }
        let size = try Checked.multiply(Checked.product(shape), type.byteCount)
        guard offsets.count == 2, offsets[0] >= 0, try Checked.add(offsets[0], size) == offsets[1] else {
            throw OsteonError(.malformed, "The data of \(type.rawValue) \(shape) takes \(size) bytes; its offsets are \(offsets).")
        }
        name = member.name
        elementType = type
        self.shape = shape
        range = offsets[0]..<offsets[1]
    }

    /// Checks that the data of tensors follow one another in this order and fill all `dataCount` bytes behind the header.
    /// - Throws: `.malformed`.
    package static func checkOrder(of entries: [SafetensorsEntry], dataCount: Int) throws(OsteonError) {
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw OsteonError(
                    .malformed,
                    """
                    Tensor \(entry.name) begins at \(entry.range.lowerBound) instead of \(end): tensors follow each other without \
                    holes or overlap.
                    """
                )
            }
            end = entry.range.upperBound
        }
        guard end == dataCount else {
            throw OsteonError(
                .malformed,
                "The header describes \(end) bytes of data, \(dataCount) are there: the file is cut short or has something behind it.")
        }
    }
}

extension ElementType {
    /// The name safetensors has for this type.
    package var safetensorsName: String {
        switch self {
        case .bool: "BOOL"
        default: rawValue.uppercased()
        }
    }

    package init(safetensorsName name: String) throws(OsteonError) {
        guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else {
            throw OsteonError(.unsupported, "The element type \"\(name)\" isn't known.")
        }
        self = type
    }
}
