import Bytes
import Foundation
import SwiftProtobuf
import Tensors
import WireFormats

/// Writes checkpoints for tests: any entries, in tables with small blocks, optionally "compressed" by snappy.
struct BundleMaker {
    var entries: [(key: [UInt8], value: [UInt8])] = []
    var shards: [[UInt8]] = [[]]
    var blockSize = 64
    var snappy = false
    var header = Tensorflow_BundleHeaderProto.with { $0.numShards = 1 }

    static func checksum(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksum(of: [SharedBytes(bytes)]) }

    /// An entry for values laid at the end of a shard.
    mutating func entry(_ values: [Float], _ shape: [Int], shard: Int = 0) -> Tensorflow_BundleEntryProto {
        let bytes = values.withUnsafeBytes { Array($0) }
        defer { shards[shard] += bytes }
        return .with {
            $0.dtype = .dtFloat
            $0.shape = .with { $0.dim = shape.map { size in .with { $0.size = Int64(size) } } }
            $0.shardID = Int32(shard)
            $0.offset = Int64(shards[shard].count)
            $0.size = Int64(bytes.count)
            $0.crc32C = CRC32C.masked(Self.checksum(bytes))
        }
    }

    mutating func add(_ key: [UInt8], _ entry: Tensorflow_BundleEntryProto) throws {
        entries.append((key, try entry.serializedBytes()))
    }

    mutating func add(_ name: String, _ values: [Float], _ shape: [Int], shard: Int = 0) throws {
        let made = entry(values, shape, shard: shard)
        try add(Array(name.utf8), made)
    }

    /// The index and the shards.
    func files() throws -> (index: [UInt8], shards: [[UInt8]]) {
        var header = header
        header.numShards = Int32(shards.count)
        let all = ([([], try header.serializedBytes())] + entries).sorted { $0.0.lexicographicallyPrecedes($1.0) }
        var file: [UInt8] = []
        var index: [(key: [UInt8], value: [UInt8])] = []
        var block: [(key: [UInt8], value: [UInt8])] = []
        func flush() {
            guard let last = block.last else { return }
            index.append((last.key, Self.variable(file.count) + Self.variable(stored(block).count)))
            file += framed(block)
            block = []
        }
        for entry in all {
            block.append(entry)
            if block.reduce(0, { $0 + $1.key.count + $1.value.count }) >= blockSize { flush() }
        }
        flush()
        let metaHandle = Self.variable(file.count) + Self.variable(stored([]).count)
        file += framed([])
        let indexHandle = Self.variable(file.count) + Self.variable(stored(index).count)
        file += framed(index)
        var footer = metaHandle + indexHandle
        footer += [UInt8](repeating: 0, count: 40 - footer.count)
        return (file + footer + Self.little(UInt64(0xDB47_7524_8B80_FB57)), shards)
    }

    /// Writes the files; gives the prefix to `body`.
    func withFiles<T>(_ body: (String) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try files()
        let prefix = folder.appendingPathComponent("model.ckpt").path
        try Data(files.index).write(to: URL(fileURLWithPath: prefix + ".index"))
        for (number, shard) in files.shards.enumerated() {
            let name = String(format: ".data-%05d-of-%05d", number, files.shards.count)
            try Data(shard).write(to: URL(fileURLWithPath: prefix + name))
        }
        return try body(prefix)
    }

    // MARK: The table

    /// Entries with shared prefixes, restarting at every second.
    private func plain(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        var result: [UInt8] = []
        var restarts: [Int] = []
        var last: [UInt8] = []
        for (place, entry) in entries.enumerated() {
            if place % 2 == 0 {
                restarts.append(result.count)
                last = []
            }
            let shared = zip(last, entry.key).prefix { $0 == $1 }.count
            result += Self.variable(shared) + Self.variable(entry.key.count - shared) + Self.variable(entry.value.count)
            result += entry.key[shared...] + entry.value
            last = entry.key
        }
        if restarts.isEmpty { restarts = [0] }
        for restart in restarts { result += Self.little(UInt32(restart)) }
        return result + Self.little(UInt32(restarts.count))
    }

    private func stored(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        let block = plain(entries)
        guard snappy else { return block }
        // Literals only, each of up to 60 bytes.
        var result = Self.variable(block.count)
        for begin in stride(from: 0, to: block.count, by: 60) {
            let piece = block[begin..<min(block.count, begin + 60)]
            result += [UInt8((piece.count - 1) << 2)] + piece
        }
        return result
    }

    private func framed(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        let body = stored(entries) + [snappy ? 1 : 0]
        return body + Self.little(CRC32C.masked(Self.checksum(body)))
    }

    static func variable(_ value: Int) -> [UInt8] {
        var rest = value
        var result: [UInt8] = []
        while rest >= 128 {
            result.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }

    static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] { value.littleEndianBytes }
}
