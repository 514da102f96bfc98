import Bytes
import Tensors
import WireFormats

/// Makes tensors of ONNX's, without copying what lies in `raw_data` or in another file.
package final class TensorDecoder {
    /// Where external data is looked for: the model's own folder.
    private let folder: SourceFolder?
    /// The same once there was external data.
    private var contained: SourceFolder?
    private var files: [UTF8Name: MappedFile] = [:]
    /// SHA-1 of files whose checksum was asked for.
    private var digests: [UTF8Name: String] = [:]
    /// The external files read so far, in order, as the model names them.
    private(set) var externalFiles: [MappedFile] = []

    /// - Parameter folder: nil for a model that has no folder, and therefore no external data.
    package init(folder: SourceFolder?) { self.folder = folder }

    /// - Throws: `.malformed` where the data doesn't fill the shape, `.unsupported` for foreign element types,
    ///   `.unsafeReference` for data outside the model's folder.
    package func tensor(_ proto: Onnx_TensorProto) throws(OsteonError) -> Tensor {
        let name = proto.name.isEmpty ? "A tensor" : "Tensor \(proto.name)"
        let elementType = try ElementType(onnx: proto.dataType, of: name)
        return try locating(proto.name.isEmpty ? "a tensor" : "tensor \(proto.name)") { () throws(OsteonError) in
            var shape: [Int] = []
            for extent in proto.dims { shape.append(try Checked.int(extent)) }
            let count = try Checked.product(shape)
            let byteCount = try Checked.multiply(count, elementType.byteCount)
            try require(!proto.hasSegment, .unsupported, "It holds only a segment of its data.")
            if proto.dataLocation == .external {
                return try external(proto, elementType, shape, byteCount)
            }
            if !proto.rawData.isEmpty {
                guard proto.rawData.count == byteCount else {
                    throw OsteonError(
                        .malformed, "Its shape \(shape) needs \(byteCount) bytes, but \(proto.rawData.count) are there.")
                }
                return try sanitized(Tensor(elementType, shape, storage: TensorStorage(sharing: SharedBytes(proto.rawData))))
            }
            return try Self.fromLists(proto, elementType, shape, count)
        }
    }

    private static func fromLists(
        _ proto: Onnx_TensorProto, _ elementType: ElementType, _ shape: [Int], _ count: Int
    ) throws(OsteonError) -> Tensor {
        switch elementType {
        case .f32: try tensor(proto.floatData, shape, count)
        case .f64: try tensor(proto.doubleData, shape, count)
        case .i64: try tensor(proto.int64Data, shape, count)
        case .u64: try tensor(proto.uint64Data, shape, count)
        case .u32: try tensor(proto.uint64Data.map { UInt32(truncatingIfNeeded: $0) }, shape, count)
        case .i32: try tensor(proto.int32Data, shape, count)
        case .i16: try tensor(proto.int32Data.map { Int16(truncatingIfNeeded: $0) }, shape, count)
        case .i8: try tensor(proto.int32Data.map { Int8(truncatingIfNeeded: $0) }, shape, count)
        case .u16: try tensor(proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }, shape, count)
        case .u8: try tensor(proto.int32Data.map { UInt8(truncatingIfNeeded: $0) }, shape, count)
        case .bool: try tensor(proto.int32Data.map { $0 != 0 }, shape, count)
        case .f16, .bf16:
            try {
                () throws(OsteonError) in
                let bits = try tensor(proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }, shape, count)
                return try Tensor(elementType, shape, storage: bits.storage)
            }()
        }
    }

    private static func tensor<T: TensorElement>(_ list: [T], _ shape: [Int], _ count: Int) throws(OsteonError) -> Tensor {
        guard list.count == count else {
            throw OsteonError(.malformed, "Its shape \(shape) needs \(count) elements, but \(list.count) are there.")
        }
        return try Tensor(list, shape: shape)
    }

    private func external(
        _ proto: Onnx_TensorProto, _ elementType: ElementType, _ shape: [Int], _ byteCount: Int
    ) throws(OsteonError) -> Tensor {
        var entries: [String: String] = [:]
        for entry in proto.externalData {
            guard entries.updateValue(entry.value, forKey: entry.key) == nil else {
                throw OsteonError(.malformed, "Its external data gives \(entry.key) twice.")
            }
        }
        guard let location = entries["location"] else {
            throw OsteonError(.malformed, "Its data is said to be external, but no location is given.")
        }
        let offset = try Self.size(entries["offset"], "offset") ?? 0
        let length = try Self.size(entries["length"], "length") ?? byteCount
        guard length == byteCount else {
            throw OsteonError(.malformed, "Its shape \(shape) needs \(byteCount) bytes, its external data has \(length).")
        }
        let file = try mapped(location)
        let end = try Checked.add(offset, byteCount)
        guard end <= file.count else {
            throw OsteonError(.malformed, "Its data ends at byte \(end) of \(location), which has only \(file.count).")
        }
        let bytes = file.bytes.extracting(offset..<end)
        if let checksum = entries["checksum"], !checksum.isEmpty { try check(checksum, of: file, location, bytes) }
        let tensor = try Tensor(elementType, shape, storage: TensorStorage(sharing: bytes))
        let isAligned = offset % elementType.byteCount == 0
        return try sanitized(isAligned ? tensor : tensor.copied())
    }

    /// Holds a tensor's data to the checksum written for it: the SHA-1 of its file, as ONNX has it, or, as some write it, of the tensor's
    /// own bytes.
    private func check(_ checksum: String, of file: MappedFile, _ location: String, _ bytes: SharedBytes) throws(OsteonError) {
        let wanted = checksum.lowercased()
        guard wanted.utf8.count == 40, wanted.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
            throw OsteonError(
                .malformed, "Its external data gives checksum as \"\(checksum.prefix(60))\", not the 40 hexadecimal digits of a SHA-1.")
        }
        let digest: String
        if let known = digests[UTF8Name(location)] {
            digest = known
        } else {
            digest = try SHA1Digest(of: file.bytes).hexadecimal
            digests[UTF8Name(location)] = digest
        }
        let own = digest == wanted ? wanted : try SHA1Digest(of: bytes).hexadecimal
        guard own == wanted else {
            throw OsteonError(
                .malformed, "\(location) isn't the file the model was written with: its SHA-1 is \(digest), the model says \(wanted).")
        }
    }

    private static func size(_ text: String?, _ key: String) throws(OsteonError) -> Int? {
        guard let text else { return nil }
        guard let value = Int(text), value >= 0 else {
            throw OsteonError(.malformed, "Its external data gives \(key) as \"\(text.prefix(40))\", not a size.")
        }
        return value
    }

    private func mapped(_ location: String) throws(OsteonError) -> MappedFile {
        if let file = files[UTF8Name(location)] { return file }
        guard let folder else {
            throw OsteonError(.unsupported, "Its data is in another file; a model in memory has none beside it.")
        }
        let beside = if let contained { contained } else { try folder.contained() }
        contained = beside
        let file = try beside.map(location)
        files[UTF8Name(location)] = file
        externalFiles.append(file)
        return file
    }

    /// Booleans other than 0 and 1 made 1: anything else in a Swift `Bool` is undefined.
    private func sanitized(_ tensor: Tensor) throws(OsteonError) -> Tensor {
        guard tensor.elementType == .bool else { return tensor }
        return try Tensor(tensor.bytes.map { $0 != 0 }, shape: tensor.shape)
    }
}
