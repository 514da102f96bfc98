import Foundation
import TestSupport
import Testing

@Suite struct NPZTests {
    @Test(arguments: [false, true])
    func arraysSurviveAFile(_ wide: Bool) throws {
        try withTemporaryFolder { folder in
            let arrays = [
                (name: "a", tensor: try Tensor([Float(1), 2, 3])),
                (name: "deep/näme:0", tensor: try Tensor(scalar: Int64(-5))),
                (name: "empty", tensor: try Tensor(zeros: .f64, [2, 0])),
            ]
            let path = "\(folder)/a.npz"
            try NPZ.write(arrays, to: path, wide: wide)
            let read = try NPZ.read(path)
            #expect(read.map { $0.name } == arrays.map { $0.name })
            for (a, b) in zip(read, arrays) { #expect(a.tensor.isIdentical(to: b.tensor)) }
            let first = try Data(contentsOf: URL(fileURLWithPath: path))
            try NPZ.write(arrays, to: path, wide: wide)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
        }
    }

    /// `np.savez_compressed(f, x=np.arange(6, dtype=np.float32).reshape(2, 3), y=np.zeros(100, np.int32))` by NumPy 2.
    @Test func readsWhatNumPyCompressed() throws {
        let data = try #require(Data(base64Encoded: Self.compressed))
        let arrays = try NPZ.read(Array(data))
        #expect(arrays.map { $0.name } == ["x", "y"])
        #expect(arrays[0].tensor.shape == [2, 3])
        #expect(try arrays[0].tensor.array(Float.self) == [0, 1, 2, 3, 4, 5])
        #expect(try arrays[1].tensor.array(Int32.self) == [Int32](repeating: 0, count: 100))
    }

    @Test func refusesTwoArraysOfOneName() throws {
        let tensor = try Tensor([Float(1)])
        let onUsage = errorCode { try NPZ.write([("a", tensor), ("a", tensor)], to: "/nonexistent/a.npz") }
        #expect(onUsage == .usage)
    }

    /// Whatever one bit or one missing byte does to an archive, it's refused or the arrays are unharmed.
    @Test func everyBitFlipAndTruncationIsSafe() throws {
        let data = Array(try #require(Data(base64Encoded: Self.compressed)))
        let good = try NPZ.read(data)
        for index in data.indices {
            for bit in 8 * index..<8 * index + 8 {
                guard let arrays = try? NPZ.read(data.flipping(bit: bit)) else { continue }
                for array in arrays { #expect(good.contains { $0.tensor.isIdentical(to: array.tensor) }) }
            }
            let result = errorCode { _ = try NPZ.read(Array(data.prefix(index))) }
            #expect(result != nil)
        }
    }

    @Test func refusesABomb() throws {
        var data = Array(try #require(Data(base64Encoded: Self.compressed)))
        // The declared size of the first member, in the directory and in the local ZIP64 field.
        let central = try #require(data.indices.first { data[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        data.replaceSubrange(central + 24..<central + 28, with: [0, 0, 0, 0x40])
        let local = try #require(data.indices.first { data[$0...].starts(with: Array("x.npy".utf8)) }) + 5 + 4
        data.replaceSubrange(local..<local + 8, with: [0, 0, 0, 0x40, 0, 0, 0, 0])
        let onLimitExceeded = errorCode { _ = try NPZ.read(data) }
        #expect(onLimitExceeded == .limitExceeded)
    }

    /// What nobody asks for is neither decompressed nor checked.
    @Test func arraysAreReadWhenTheyAreAskedFor() throws {
        var data = Array(try #require(Data(base64Encoded: Self.compressed)))
        let second = try #require(data.indices.last { data[$0...].starts(with: [0x50, 0x4B, 3, 4]) })
        data[second + 60] ^= 0xFF  // inside the second member's stream
        let bytes = SharedBytes(data)
        try MemoryBudget(limit: 400).with { () throws(OsteonError) in
            let file = try NPZFile(bytes)
            #expect(file.names == ["x", "y"])
            #expect(try file.tensor(named: "x")?.shape == [2, 3])
            #expect(try file.tensor(named: "z") == nil)
            // Its 528 bytes are beyond the budget; with room for them it's seen to be damaged.
            #expect(errorCode { _ = try file.tensor(named: "y") } == .limitExceeded)
        }
        let file = try NPZFile(bytes)
        #expect(errorCode { _ = try file.tensor(named: "y") } == .malformed)
    }

    static let compressed =
        "UEsDBC0AAAAIAAAAIQBP6QAq//////////8FABQAeC5ucHkBABAAmAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l"
        + "oG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgYwaLAHEg5ABMQNQLzAAQBQSwMELQAAAAgA"
        + "AAAhAGu798j//////////wUAFAB5Lm5weQEAEAAQAgAAAAAAAEsAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoq6joJ6W"
        + "X1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahgYGOpo6CrUKZAMuhlEwqAAAUEsBAi0DLQAAAAgAAAAhAE/pACpVAAAAmAAAAAUA"
        + "AAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAgAAAAhAGu798hLAAAAEAIAAAUAAAAAAAAAAAAAAIABjAAAAHkubnB5UEsF"
        + "BgAAAAACAAIAZgAAAA4BAAAAAA=="
}
