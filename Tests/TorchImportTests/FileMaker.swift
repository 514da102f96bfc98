import Foundation
import TestSupport
import TorchImport

/// Writes pickles opcode by opcode, for what no honest program writes.
struct PickleMaker {
    var bytes: [UInt8]

    init(version: UInt8 = 2) { bytes = [0x80, version] }

    mutating func raw(_ text: String) { bytes += Array(text.utf8) }
    mutating func raw(_ more: UInt8...) { bytes += more }

    private mutating func little<T: FixedWidthInteger>(_ value: T) {
        bytes += value.littleEndianBytes
    }

    mutating func text(_ text: String) {
        raw("X")
        little(UInt32(text.utf8.count))
        raw(text)
    }

    mutating func integer(_ value: Int) {
        if let small = Int32(exactly: value) {
            raw("J")
            little(small)
        } else {
            raw(0x8A, 8)
            little(Int64(value))
        }
    }

    mutating func global(_ module: String, _ name: String) { raw("c\(module)\n\(name)\n") }

    mutating func integers(_ values: [Int]) {
        raw("(")
        for value in values { integer(value) }
        raw("t")
    }

    /// A reference to a storage of `count` elements.
    mutating func storage(_ key: String, _ type: String, _ count: Int, isLegacy: Bool = false) {
        raw("(")
        text("storage")
        global("torch", "\(type)Storage")
        text(key)
        text("cpu")
        integer(count)
        raw(isLegacy ? "NtQ" : "tQ")
    }

    /// A tensor of floats.
    mutating func tensor(_ key: String, _ count: Int, offset: Int = 0, _ shape: [Int], _ strides: [Int], isLegacy: Bool = false) {
        tensor(key, "Float", count, offset: offset, shape, strides, isLegacy: isLegacy)
    }

    mutating func tensor(
        _ key: String, _ type: String, _ count: Int, offset: Int = 0, _ shape: [Int], _ strides: [Int], isLegacy: Bool = false
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        raw("(")
        storage(key, type, count, isLegacy: isLegacy)
        integer(offset)
        integers(shape)
        integers(strides)
        raw(0x89)
        global("collections", "OrderedDict")
        raw(")RtR")
    }

    /// A dict with one member, whose value `body` pushes.
    static func dictionary(_ key: String = "w", _ body: (inout PickleMaker) -> Void) -> PickleMaker {
        var maker = PickleMaker()
        maker.raw("}")
        maker.text(key)
        body(&maker)
        maker.raw("s.")
        return maker
    }
}

/// Writes ZIP archives of stored members and legacy files, whatever they hold.
enum FileMaker {
    private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] { value.littleEndianBytes }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = (sum & 1) == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }

    static func zip(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in members {
            var common = little(UInt16(20)) + little(UInt16(0x800)) + little(UInt16(0))
            common += little(UInt32(0))
            common += little(checksum(bytes))
            common += little(UInt32(bytes.count)) + little(UInt32(bytes.count))
            common += little(UInt16(name.utf8.count)) + little(UInt16(0))
            directory += little(UInt32(0x0201_4B50)) + little(UInt16(20))
            directory += common
            directory += [UInt8](repeating: 0, count: 10) + little(UInt32(file.count))
            directory += Array(name.utf8)
            file += little(UInt32(0x0403_4B50))
            file += common
            file += Array(name.utf8) + bytes
        }
        let count = little(UInt16(members.count))
        var end = little(UInt32(0x0605_4B50)) + little(UInt32(0))
        end += count + count
        end += little(UInt32(directory.count)) + little(UInt32(file.count)) + little(UInt16(0))
        return file + directory + end
    }

    /// A `torch.save` file of a pickle and its storages.
    static func torch(_ pickle: PickleMaker, _ storages: [String: [UInt8]] = [:], order: String? = nil) -> [UInt8] {
        var members = [("a/data.pkl", pickle.bytes)]
        if let order { members.append(("a/byteorder", Array(order.utf8))) }
        for (key, bytes) in storages.sorted(by: { $0.key < $1.key }) { members.append(("a/data/\(key)", bytes)) }
        return zip(members)
    }

    /// A file from before PyTorch 1.6; each storage with the count to record.
    static func legacy(_ pickle: PickleMaker, _ storages: [(key: String, count: Int, bytes: [UInt8])]) -> [UInt8] {
        let magic: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        var version = PickleMaker()
        version.integer(1001)
        version.raw(".")
        let system = PickleMaker.dictionary("little_endian") { $0.raw(0x88) }
        var keys = PickleMaker()
        keys.raw("](")
        for storage in storages { keys.text(storage.key) }
        keys.raw("e.")
        var file = magic + version.bytes + system.bytes
        file += pickle.bytes + keys.bytes
        for storage in storages { file += little(Int64(storage.count)) + storage.bytes }
        return file
    }

    static func safetensors(_ header: String, _ data: [UInt8]) -> [UInt8] {
        little(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }

    static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }
}

/// Opens files that lie in memory.
enum Opening {
    static func file(_ bytes: [UInt8], key: String? = nil) throws -> WeightsFile {
        try WeightsFile(SharedBytes(bytes), path: "weights", key: key)
    }

    static func weights(_ bytes: [UInt8], key: String? = nil) throws -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: try file(bytes, key: key).preferred().weights.entries.map { ($0.name, try $0.load()) })
    }

    /// The error that opening `bytes` gives; nil for none.
    static func error(_ bytes: [UInt8]) throws -> OsteonError? {
        do {
            _ = try weights(bytes)
            return nil
        } catch let error as OsteonError { return error }
    }
}
