import Bytes
import Tensors

/// Safetensors files: the header's length (8 bytes), the header as JSON, the data.
enum SafetensorsFile {
    static func recognizes(_ bytes: SharedBytes) -> Bool {
        guard bytes.count > 10, bytes[8] == UInt8(ascii: "{") else { return false }
        let length = UInt64(littleEndian: bytes.load(UInt64.self))
        guard length >= 2, length <= SafetensorsEntry.longestHeader, Int(length) <= bytes.count - 8 else { return false }
        return [UInt8(ascii: "}"), UInt8(ascii: " ")].contains(bytes[8 + Int(length) - 1])
    }

    /// - Throws: `.malformed` where tensors overlap, leave holes, share a name or don't fill the data.
    static func read(_ file: SharedBytes) throws(OsteonError) -> StateDict {
        var reader = ByteReader(file)
        let header = try reader.read(Checked.int(reader.integer(UInt64.self)))
        var limits = JSONValue.Limits()
        limits.depth = 8
        let members = try locating("the header") { () throws(OsteonError) in try JSONValue(parsing: header, limits: limits).members() }
        let data = file.extracting(reader.position...)
        var tensors: [SafetensorsEntry] = []
        for member in members {
            if member.name == SafetensorsEntry.metadataKey {
                for entry in try member.value.members() { _ = try entry.value.string() }
                continue
            }
            tensors.append(try locating("tensor \(member.name)") { () throws(OsteonError) in try SafetensorsEntry(member) })
        }
        let inOrder = tensors.sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        try SafetensorsEntry.checkOrder(of: inOrder, dataCount: data.count)
        return try StateDict(
            tensors.map { entry in
                StateDict.Entry(name: entry.name, elementType: entry.elementType, shape: entry.shape) { () throws(OsteonError) in
                    try tensor(entry, data.extracting(entry.range))
                }
            })
    }

    /// The tensor in place, or copied where its elements aren't aligned.
    private static func tensor(_ entry: SafetensorsEntry, _ bytes: SharedBytes) throws(OsteonError) -> Tensor {
        let tensor = try Tensor(entry.elementType, entry.shape, storage: TensorStorage(sharing: bytes))
        guard entry.elementType != .bool || !bytes.contains(where: { $0 > 1 }) else {
            throw OsteonError(.malformed, "Tensor \(entry.name) of booleans holds a byte that is neither 0 nor 1.")
        }
        return bytes.isAligned(to: entry.elementType.byteCount) ? tensor : try tensor.copied()
    }
}
