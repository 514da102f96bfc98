import Bytes
import SwiftProtobuf
import Tensors
import WireFormats

/// A TensorFlow checkpoint of version 2 ("tensor bundle"): an index of names, and shards with the tensors' bytes.
///
/// Shards are mapped, and tensors that aren't partitioned borrow their bytes. A tensor's CRC-32C is checked when it's
/// read; tensors nobody asks for (an optimiser's slots) cost nothing.
package final class TensorBundle {
    /// The path without `.index`.
    package let prefix: String
    /// Every file opened so far, the index first.
    package private(set) var files: [MappedFile]
    private let folder: SourceFolder
    /// The prefix in that folder.
    private let name: String
    private let table: SortedTable
    private let shardCount: Int
    private var shards: [Int: MappedFile] = [:]

    private static let mostShards = 100_000
    private static let mostSlices = 4096

    /// - Parameter name: what the files' names begin with, in `folder`.
    /// - Throws: `.unreadable` where the index isn't there, `.malformed` where it's damaged.
    package init(prefix name: String, in folder: SourceFolder) throws(OsteonError) {
        self.name = name
        self.folder = folder
        prefix = folder.path(of: name)
        (table, shardCount, files) = try locating(prefix + ".index") { () throws(OsteonError) in
            let file = try folder.map(name + ".index")
            let table = try SortedTable(file.bytes)
            guard let bytes = table.value([]) else {
                throw OsteonError(.malformed, "The index has no header, so it isn't that of a checkpoint.")
            }
            let header: Tensorflow_BundleHeaderProto = try Self.decode(bytes)
            guard header.endianness == .little else {
                throw OsteonError(.unsupported, "The checkpoint was written on a big-endian machine.")
            }
            guard header.numShards >= 1, header.numShards <= Self.mostShards else {
                throw OsteonError(.malformed, "The checkpoint says it has \(header.numShards) shards.")
            }
            return (table, Int(header.numShards), [file])
        }
    }

    /// The names of all tensors, in the order of their bytes; slices aren't listed.
    package var names: [String] {
        table.entries.compactMap { $0.key.first.map { $0 != 0 } ?? false ? String(validating: $0.key, as: UTF8.self) : nil }
    }

    func contains(_ name: String) -> Bool { table.value(Array(name.utf8)) != nil }

    /// The shape of a tensor; nil where there's none of that name.
    func shape(of name: String) throws(OsteonError) -> [Int]? {
        try entry(Array(name.utf8))?.shape.fixedShape()
    }

    /// The tensor `name`, joined where it's partitioned.
    /// - Parameter slice: the part wanted; nil for all of it.
    /// - Throws: `.malformed` for a missing tensor, one that doesn't fit its shard or whose checksum is wrong, and
    ///   slices that leave a hole; `.unsupported` for element types Osteon doesn't have.
    package func tensor(_ name: String, slice: TensorSlice? = nil) throws(OsteonError) -> Tensor {
        try locating("tensor \(name) of the checkpoint \(prefix)") { () throws(OsteonError) in
            guard let entry = try entry(Array(name.utf8)) else {
                throw OsteonError(.malformed, "The checkpoint has no tensor \(name).")
            }
            let shape = try entry.shape.fixedShape()
            if let slice {
                guard slice.begin.count == shape.count, zip(slice.begin, zip(slice.extents, shape)).allSatisfy({ $0 + $1.0 <= $1.1 }) else {
                    throw OsteonError(.malformed, "A slice is asked for that doesn't lie in its shape \(shape).")
                }
            }
            if entry.slices.isEmpty {
                let whole = try tensor(entry, shape)
                guard let slice, slice != TensorSlice(whole: shape) else { return whole }
                return try joined([(TensorSlice(whole: shape), whole)], as: slice, whole.elementType)
            }
            return try partitioned(name, entry, shape, slice ?? TensorSlice(whole: shape))
        }
    }

    /// The value of an entry that is one string, such as the object graph.
    func string(_ name: String) throws(OsteonError) -> [UInt8]? {
        guard let entry = try entry(Array(name.utf8)), entry.dtype == .dtString else { return nil }
        var reader = ByteReader(try bytes(of: entry, checking: false))
        let count = try Checked.int(reader.variableInteger())
        // The lengths are checksummed by themselves.
        try reader.skip(4)
        return Array(try reader.read(count))
    }

    // MARK: Entries

    private static func decode<M: Message>(_ bytes: [UInt8]) throws(OsteonError) -> M {
        try decodeMessage(SharedBytes(bytes), "An entry of the checkpoint's index")
    }

    private func entry(_ key: [UInt8]) throws(OsteonError) -> Tensorflow_BundleEntryProto? {
        guard let value = table.value(key) else { return nil }
        return try Self.decode(value)
    }

    /// The bytes of an entry, in their shard.
    private func bytes(of entry: Tensorflow_BundleEntryProto, checking: Bool = true) throws(OsteonError) -> SharedBytes {
        let file = try shard(Int(entry.shardID))
        return try locating(file.path) { () throws(OsteonError) in
            let begin = try Checked.int(entry.offset)
            let size = try Checked.int(entry.size)
            guard begin >= 0, size >= 0, begin <= file.count, size <= file.count - begin else {
                throw OsteonError(
                    .malformed, "The shard has \(file.count) bytes, \(size) are needed from byte \(begin) on: it's cut off.", offset: begin)
            }
            let bytes = file.bytes.extracting(begin..<begin + size)
            if checking, CRC32C.masked(CRC32C.checksum(of: [bytes])) != entry.crc32C {
                throw OsteonError(
                    .malformed, "Its bytes have a wrong checksum: the shard is damaged or not the index's own.", offset: begin)
            }
            return bytes
        }
    }

    private func shard(_ number: Int) throws(OsteonError) -> MappedFile {
        if let file = shards[number] { return file }
        guard number >= 0, number < shardCount else {
            throw OsteonError(.malformed, "It lies in shard \(number) of \(shardCount).")
        }
        let file = try folder.map("\(name).data-\(Self.digits(number))-of-\(Self.digits(shardCount))")
        shards[number] = file
        files.append(file)
        return file
    }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }

    /// One unpartitioned tensor; borrows the shard's memory unless its bytes aren't aligned.
    private func tensor(_ entry: Tensorflow_BundleEntryProto, _ shape: [Int]) throws(OsteonError) -> Tensor {
        let type = try entry.dtype.elementType()
        let wanted = try Checked.multiply(Checked.product(shape), type.byteCount)
        guard Int(entry.size) == wanted else {
            throw OsteonError(.malformed, "Shape \(shape) of \(type.rawValue) needs \(wanted) bytes, \(entry.size) are stored.")
        }
        let bytes = try bytes(of: entry)
        let tensor = try Tensor(type, shape, storage: TensorStorage(sharing: bytes))
        return bytes.isAligned(to: type.byteCount) ? tensor : try tensor.copied()
    }
}

// MARK: Partitioned tensors

extension TensorBundle {
    private func partitioned(
        _ name: String, _ entry: Tensorflow_BundleEntryProto, _ shape: [Int], _ wanted: TensorSlice
    ) throws(OsteonError) -> Tensor {
        guard entry.slices.count <= Self.mostSlices else {
            throw OsteonError(.limitExceeded, "It's cut into \(entry.slices.count) slices; \(Self.mostSlices) are the most.")
        }
        var slices: [TensorSlice] = []
        for proto in entry.slices { slices.append(try TensorSlice(proto, in: shape)) }
        var parts: [(slice: TensorSlice, tensor: Tensor)] = []
        for (proto, slice) in zip(entry.slices, slices) where slice.overlaps(wanted) {
            guard let part = try self.entry(slice.key(name, of: proto)) else {
                throw OsteonError(.malformed, "The slice \(slice.begin) + \(slice.extents) of it has no entry.")
            }
            guard try part.shape.fixedShape() == slice.extents, part.dtype == entry.dtype else {
                throw OsteonError(.malformed, "The slice \(slice.begin) + \(slice.extents) of it has another shape or type.")
            }
            let tensor = try tensor(part, slice.extents)
            if slice == wanted { return tensor }
            parts.append((slice, tensor))
        }
        return try joined(parts, as: wanted, entry.dtype.elementType())
    }

    /// The box `wanted`, copied together from the parts that overlap it.
    private func joined(
        _ parts: [(slice: TensorSlice, tensor: Tensor)], as wanted: TensorSlice, _ type: ElementType
    ) throws(OsteonError) -> Tensor {
        let result = try Tensor(uninitialized: type, wanted.extents)
        var covered = 0
        for (slice, tensor) in parts {
            for (other, _) in parts where other != slice && other.overlaps(slice) {
                throw OsteonError(.malformed, "Two of its slices overlap.")
            }
            let common = slice.intersection(wanted)
            covered = try Checked.add(covered, Checked.product(common.extents))
            common.forEachRow { place, count in
                let source = slice.offset(of: place) * type.byteCount
                let target = wanted.offset(of: place) * type.byteCount
                result.write(tensor.bytes.extracting(source..<source + count * type.byteCount), at: target)
            }
        }
        guard covered == result.count else {
            throw OsteonError(.malformed, "Its slices hold \(covered) of \(result.count) elements.")
        }
        return result
    }
}

extension TensorSlice {
    func overlaps(_ other: TensorSlice) -> Bool {
        begin.indices.allSatisfy { begin[$0] < other.begin[$0] + other.extents[$0] && other.begin[$0] < begin[$0] + extents[$0] }
    }

    /// The box both share; they must overlap.
    func intersection(_ other: TensorSlice) -> TensorSlice {
        var result = self
        for axis in begin.indices {
            result.begin[axis] = max(begin[axis], other.begin[axis])
            result.extents[axis] = min(begin[axis] + extents[axis], other.begin[axis] + other.extents[axis]) - result.begin[axis]
        }
        return result
    }

    /// The place of an element of the whole tensor within this box, row-major.
    func offset(of place: [Int]) -> Int {
        begin.indices.reduce(0) { $0 * extents[$1] + place[$1] - begin[$1] }
    }

    /// Gives the first place of each run along the last axis, and the run's length.
    func forEachRow(_ body: (_ place: [Int], _ count: Int) -> Void) {
        guard let last = extents.last else { return body([], 1) }
        guard extents.allSatisfy({ $0 > 0 }) else { return }
        var place = begin
        while true {
            body(place, last)
            var axis = extents.count - 2
            while axis >= 0, place[axis] == begin[axis] + extents[axis] - 1 {
                place[axis] = begin[axis]
                axis -= 1
            }
            guard axis >= 0 else { return }
            place[axis] += 1
        }
    }
}
