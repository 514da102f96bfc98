import Bytes
import Foundation
import SwiftProtobuf
import TensorFlowImport
import Tensors
import TestSupport
import Testing
import WireFormats

/// Checkpoints of version 2: tables, shards, slices, and what's wrong with them.
@Suite struct TensorBundleTests {
    private func opened(_ prefix: String) throws(OsteonError) -> TensorBundle {
        let source = try Source(path: prefix)
        return try TensorBundle(prefix: source.name, in: source.folder)
    }

    private func maker(_ count: Int = 40) throws -> BundleMaker {
        var maker = BundleMaker()
        for place in 0..<count { try maker.add(String(format: "net/layer_%03d/kernel", place), [Float(place), 1], [2]) }
        return maker
    }

    @Test(arguments: [(false, 64), (true, 64), (false, 1), (true, 4096)])
    func readsEveryEntryOfEveryBlock(snappy: Bool, blockSize: Int) throws {
        var maker = try maker()
        maker.snappy = snappy
        maker.blockSize = blockSize
        try maker.withFiles { prefix in
            let bundle = try opened(prefix)
            #expect(bundle.names.count == 40)
            for place in 0..<40 {
                #expect(try bundle.tensor(String(format: "net/layer_%03d/kernel", place)).array(Float.self) == [Float(place), 1])
            }
            #expect(bundle.files.map { ($0.path as NSString).pathExtension } == ["index", "data-00000-of-00001"])
        }
    }

    @Test func readsShards() throws {
        var maker = BundleMaker()
        maker.shards = [[], []]
        try maker.add("a", [1, 2], [2], shard: 1)
        try maker.add("b", [3], [], shard: 0)
        try maker.withFiles { prefix in
            let bundle = try opened(prefix)
            #expect(try bundle.tensor("a").array(Float.self) == [1, 2])
            #expect(try bundle.tensor("b").shape == [])
            try FileManager.default.removeItem(atPath: prefix + ".data-00001-of-00002")
            #expect(throws: OsteonError.self) { try opened(prefix).tensor("a") }
            #expect(try opened(prefix).tensor("b").array(Float.self) == [3])
        }
    }

    /// A tensor of 4 by 3 in two slices of rows: keys by TensorFlow's ordered code.
    private func sliced(rows: [(begin: Int, count: Int)]) throws -> BundleMaker {
        var maker = BundleMaker()
        var whole = maker.entry([], [4, 3])
        whole.size = 0
        for row in rows {
            let values = (0..<row.count * 3).map { Float(row.begin * 3 + $0) }
            whole.slices.append(
                .with {
                    $0.extent = [
                        .with {
                            $0.start = Int64(row.begin)
                            $0.length = Int64(row.count)
                        }, .init(),
                    ]
                })
            // 0, "w", end of text, two axes; begin and extent of each, 0x80 the sign bit of one-byte numbers.
            let key: [UInt8] = [0, 0x77, 0, 1, 1, 2, 0x80 | UInt8(row.begin), 0x80 | UInt8(row.count), 0x80, 0x7F]
            let part = maker.entry(values, [row.count, 3])
            try maker.add(key, part)
        }
        try maker.add(Array("w".utf8), whole)
        return maker
    }

    @Test func joinsSlices() throws {
        try sliced(rows: [(0, 1), (1, 3)]).withFiles { prefix in
            let bundle = try opened(prefix)
            #expect(bundle.names == ["w"])
            #expect(try bundle.tensor("w").array(Float.self) == (0..<12).map(Float.init))
            let rows = try #require(try TensorSlice(specification: "4 3 1,3:-"))
            #expect(try bundle.tensor("w", slice: rows).array(Float.self) == (3..<12).map(Float.init))
            let box = try #require(try TensorSlice(specification: "4 3 0,2:1,2"))
            #expect(try bundle.tensor("w", slice: box).array(Float.self) == [1, 2, 4, 5])
        }
    }

    @Test func refusesSlicesThatLeaveHolesOrOverlap() throws {
        for rows in [[(0, 1), (2, 2)], [(0, 3), (2, 2)], [(0, 4), (3, 2)]] {
            try sliced(rows: rows.map { (begin: $0.0, count: $0.1) }).withFiles { prefix in
                #expect(errorCode { _ = try opened(prefix).tensor("w") } == .malformed)
            }
        }
    }

    @Test(arguments: ["4 3", "4 3 0,2", "4 3 0,9:-", "4 3 3,2:-", "4 x 0,2:-", "4 3 -1,2:-", "4 3 0,2,1:-", "4 3 1,9223372036854775807:-"])
    func refusesSpecifications(text: String) {
        #expect(errorCode { _ = try TensorSlice(specification: text) } == .malformed)
    }

    @Test func anEmptySpecificationIsTheWhole() throws {
        #expect(try TensorSlice(specification: "") == nil)
    }

    /// Every damaged byte of the index and of a tensor is told; nothing traps.
    @Test func findsEveryDamagedByte() throws {
        var maker = try maker(4)
        maker.snappy = true
        let files = try maker.files()
        try maker.withFiles { prefix in
            func damage(_ path: String, _ bytes: [UInt8]) throws {
                for place in bytes.indices {
                    var copy = bytes
                    copy[place] ^= 0x10
                    try Data(copy).write(to: URL(fileURLWithPath: path))
                    let code = errorCode {
                        let bundle = try opened(prefix)
                        for name in bundle.names { _ = try bundle.tensor(name) }
                    }
                    // The footer's handle of the meta block and its padding say nothing that's read.
                    let isPadding = path.hasSuffix("index") && place >= bytes.count - 48 && place < bytes.count - 8
                    #expect(code != nil || isPadding, "\(path), byte \(place)")
                }
                try Data(bytes).write(to: URL(fileURLWithPath: path))
            }
            try damage(prefix + ".data-00000-of-00001", files.shards[0])
            try damage(prefix + ".index", files.index)
        }
    }

    @Test func everyTruncationIsAnError() throws {
        let maker = try maker(4)
        let files = try maker.files()
        try maker.withFiles { prefix in
            for count in 0..<files.index.count {
                try Data(files.index[..<count]).write(to: URL(fileURLWithPath: prefix + ".index"))
                #expect(errorCode { _ = try opened(prefix) } != nil, "\(count) bytes of the index")
            }
            try Data(files.index).write(to: URL(fileURLWithPath: prefix + ".index"))
            try Data(files.shards[0].dropLast()).write(to: URL(fileURLWithPath: prefix + ".data-00000-of-00001"))
            let error = #expect(throws: OsteonError.self) { try opened(prefix).tensor("net/layer_003/kernel") }
            #expect(error?.message.contains("cut off") == true)
        }
    }

    @Test func refusesWhatTheEntriesLieAbout() throws {
        let lies: [(String, (inout Tensorflow_BundleEntryProto) -> Void)] = [
            ("offset", { $0.offset = .max }), ("negative offset", { $0.offset = -4 }), ("size", { $0.size = 1 << 40 }),
            ("shape", { $0.shape.dim = [.with { $0.size = 3 }] }),
            ("huge shape", { $0.shape.dim = [.with { $0.size = .max }, .with { $0.size = 8 }] }),
            ("negative shape", { $0.shape.dim = [.with { $0.size = -1 }] }), ("shard", { $0.shardID = 7 }),
            ("type", { $0.dtype = .dtDouble }),
            ("checksum", { $0.crc32C ^= 1 }), ("string", { $0.dtype = .dtString }),
        ]
        for (name, lie) in lies {
            var maker = BundleMaker()
            var entry = maker.entry([1, 2], [2])
            lie(&entry)
            try maker.add(Array("w".utf8), entry)
            try maker.withFiles { prefix in
                #expect(errorCode { _ = try opened(prefix).tensor("w") } != nil, "\(name)")
            }
        }
        var big = BundleMaker()
        big.header.endianness = .big
        try big.withFiles { prefix in #expect(errorCode { _ = try opened(prefix) } == .unsupported) }
    }

    @Test func theMissingTensorIsNamed() throws {
        try maker(1).withFiles { prefix in
            let error = #expect(throws: OsteonError.self) { try opened(prefix).tensor("absent") }
            #expect(error?.message.contains("absent") == true)
        }
    }
}

/// Snappy blocks by their format description.
@Suite struct SnappyTests {
    private func decompressed(_ bytes: [UInt8], limit: Int = 1000) throws -> [UInt8] {
        try Snappy.decompressed(SharedBytes(bytes), limit: limit)
    }

    @Test func literalsAndCopies() throws {
        #expect(try decompressed([3, 2 << 2, 1, 2, 3]) == [1, 2, 3])
        // A copy of one byte's distance that overlaps itself: "ab" then six more.
        #expect(try decompressed([8, 1 << 2, 97, 98, 2 << 2 | 1, 2]) == Array("abababab".utf8))
        #expect(try decompressed([5, 1 << 2, 97, 98, 2 << 2 | 2, 2, 0]) == Array("ababa".utf8))
        #expect(try decompressed([5, 1 << 2, 97, 98, 2 << 2 | 3, 2, 0, 0, 0]) == Array("ababa".utf8))
        let long = [UInt8](repeating: 9, count: 300)
        #expect(try decompressed([0xAC, 2, 61 << 2, 43, 1] + long) == long)
    }

    @Test(
        arguments: [
            [3, 2 << 2, 1, 2], [2, 2 << 2, 1, 2, 3], [4, 2 << 2, 1, 2, 3], [4, 0, 97, 1, 0], [4, 0, 97, 1, 2], [5, 61 << 2], [],
            [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 1], [5, 63 << 2, 255, 255, 255, 255, 1],
        ] as [[UInt8]])
    func damageIsAnError(bytes: [UInt8]) {
        #expect(throws: OsteonError.self) { try decompressed(bytes) }
    }
}
