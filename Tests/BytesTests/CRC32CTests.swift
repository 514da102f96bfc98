import Bytes
import Testing

@Suite struct CRC32CTests {
    private func checksum(_ bytes: [UInt8]) -> (UInt32, UInt32) {
        (CRC32C.checksum(of: [SharedBytes(bytes)]), CRC32C.portableChecksum(of: SharedBytes(bytes)))
    }

    /// RFC 3720, appendix B.4, and the check value of the polynomial's catalogue entry.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E), ([UInt8]((0..<32).reversed()), 0x113F_DB5C), ([UInt8]("123456789".utf8), 0xE306_9283), ([], 0),
        ] as [([UInt8], UInt32)])
    func knownValues(bytes: [UInt8], expected: UInt32) {
        #expect(checksum(bytes) == (expected, expected))
    }

    @Test func piecesGiveTheChecksumOfTheWhole() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let whole = checksum(bytes)
        #expect(whole.0 == whole.1)
        let all = SharedBytes(bytes)
        for cut in [0, 1, 7, 8, 9, 500, 999, 1000] {
            #expect(CRC32C.checksum(of: [all.extracting(..<cut), all.extracting(cut...)]) == whole.0)
        }
    }

    /// The mask of LevelDB's `crc32c.h`: a rotation by 15 and an addition.
    @Test func masked() {
        #expect(CRC32C.masked(0) == 0xA282_EAD8)
        #expect(CRC32C.masked(0x0000_8000) == 0xA282_EAD9)
        #expect(CRC32C.masked(1) == 0xA284_EAD8)
    }
}
