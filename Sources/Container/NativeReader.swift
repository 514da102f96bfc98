import Bytes
import Tensors

/// Reads `.osteon` files.
package enum NativeReader {
    /// The model in the file at `path`; its weights are used in place from the mapped file.
    /// - Parameter checkingData: whether the checksum of each tensor is computed and compared (about 1 s for 3 GB on two
    ///   threads); the header is always checked.
    /// - Throws: `.unreadable`, `.malformed`, `.unsupported` (format version, operator, attribute), `.invalidGraph`.
    package static func open(_ path: String, checkingData: Bool = true) throws(OsteonError) -> ModelFile {
        let file = try MappedFile(path: path)
        return try locating(path) { () throws(OsteonError) in
            try read(file.bytes, checkingData: checkingData)
        }
    }

    package static func read(_ bytes: [UInt8], checkingData: Bool = true) throws(OsteonError) -> ModelFile {
        try read(TensorStorage(copying: bytes).bytes, checkingData: checkingData)
    }

    /// The model in `bytes`, a whole file at an address that is a multiple of 64; the weights are used in place.
    package static func read(_ bytes: SharedBytes, checkingData: Bool = true) throws(OsteonError) -> ModelFile {
        let end = try NativeHeader.end(in: bytes)
        let header = try NativeHeader(bytes.extracting(..<end), dataCount: bytes.count - end)
        let data = TensorStorage(sharing: bytes.extracting(end...))
        var tensors: [UTF8Name: Tensor] = [:]
        var list: [Tensor] = []
        for entry in header.entries {
            let tensor = try Tensor(entry.elementType, entry.shape, storage: data, byteOffset: entry.range.lowerBound)
            guard entry.elementType != .bool || !tensor.bytes.contains(where: { $0 > 1 }) else {
                throw OsteonError(.malformed, "The tensor \"\(entry.name)\" of type bool holds a byte that is neither 0 nor 1.")
            }
            tensors[UTF8Name(entry.name)] = tensor
            list.append(tensor)
        }
        if checkingData {
            let recorded = try header.digests()
            for (index, digest) in SHA256Digest.each(of: list.map { $0.bytes }).enumerated() {
                guard digest.hexadecimal == recorded[index] else {
                    throw OsteonError(
                        .malformed, "The tensor \"\(header.entries[index].name)\" is damaged: its SHA-256 isn't the one recorded.",
                        offset: end + header.entries[index].range.lowerBound)
                }
            }
        }
        return try header.model(tensors)
    }
}
