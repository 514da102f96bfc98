import Foundation
import TestSupport
import Testing

@Suite struct ReaderTests {
    @Test func checkedArithmeticThrowsInsteadOfTrapping() throws {
        #expect(try Checked.add(.max - 1, 1) == .max)
        #expect(try Checked.product([2, 3, 4]) == 24 && Checked.product([Int]()) == 1)
        #expect(try Checked.roundUp(65, to: 64) == 128 && Checked.roundUp(0, to: 64) == 0)
        #expect(try Checked.int(UInt64(7)) == 7 && Checked.int(7.0) == 7)
        let limits = [
            errorCode { _ = try Checked.add(.max, 1) }, errorCode { _ = try Checked.subtract(.min, 1) },
            errorCode { _ = try Checked.multiply(.max, 2) }, errorCode { _ = try Checked.product([1 << 32, 1 << 32]) },
            errorCode { _ = try Checked.roundUp(.max, to: 64) }, errorCode { _ = try Checked.int(UInt64.max) },
        ]
        #expect(limits.allSatisfy { $0 == .limitExceeded })
        let lies = [
            errorCode { _ = try Checked.product([2, -1]) }, errorCode { _ = try Checked.roundUp(1, to: 0) },
            errorCode { _ = try Checked.int(Double.nan) }, errorCode { _ = try Checked.int(Float.infinity) },
            errorCode { _ = try Checked.int(1e30) }, errorCode { _ = try Checked.int(0.5) },
        ]
        #expect(lies.allSatisfy { $0 == .malformed })
    }

    @Test func readsIntegersTextAndNothingBeyondTheEnd() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 0xC3, 0xA9, 9]
        var reader = ByteReader(SharedBytes(bytes))
        let number: UInt32 = try reader.integer()
        let text = try reader.text(2)
        #expect(number == 0x0403_0201 && text == "é")
        #expect(reader.remaining == 1 && reader.position == 6)
        let onShort = errorCode { _ = try reader.integer(UInt16.self) }
        #expect(onShort == .malformed)
        var other = ByteReader(SharedBytes(bytes))
        for count in [8, -1, Int.max, Int.min] {
            let onCount = errorCode { _ = try other.read(count) }
            #expect(onCount == .malformed)
            let onSeek = errorCode { try other.seek(to: count) }
            #expect(onSeek == .malformed)
        }
        let onText = errorCode { () throws in
            try other.seek(to: 4)
            _ = try other.text(1)
        }
        #expect(onText == .malformed)
    }

    @Test(
        arguments: [
            ([0x00], 0), ([0x7F], 127), ([0x80, 0x01], 128), ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], UInt64.max),
            ([0x80], nil), ([], nil), ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], nil),
            ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], nil),
        ] as [([UInt8], UInt64?)])
    func readsVariableIntegers(_ bytes: [UInt8], _ expected: UInt64?) {
        var reader = ByteReader(SharedBytes(bytes))
        #expect((try? reader.variableInteger()) == expected)
    }

    @Test func mapsRegularFilesOnly() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write([1, 2, 3], to: "\(folder)/a")
            let file = try MappedFile(path: "\(folder)/a")
            #expect(Array(file.bytes) == [1, 2, 3])
            try AtomicFile.write([UInt8](), to: "\(folder)/empty")
            #expect(try MappedFile(path: "\(folder)/empty").count == 0)
            for path in [folder, "/dev/zero", "\(folder)/none"] {
                let code = errorCode { _ = try MappedFile(path: path) }
                #expect(code == .unreadable)
            }
            // What is mapped stays as it was while the file is replaced.
            try AtomicFile.write([9], to: "\(folder)/a")
            #expect(Array(file.bytes) == [1, 2, 3])
        }
    }

    @Test func hashesAsTheStandardSays() {
        #expect(SHA256Digest(of: [UInt8]()).hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256Digest(of: Array("abc".utf8)).hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func hashesOnSeveralThreadsInOrder() {
        let parts = (0..<40).map { [UInt8](repeating: UInt8($0), count: $0 * 9000) }
        let expected = parts.map { SHA256Digest(of: $0) }
        #expect(SHA256Digest.each(of: parts.map { SharedBytes($0) }, threads: 4) == expected)
    }
}
