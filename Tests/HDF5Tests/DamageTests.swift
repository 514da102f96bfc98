import HDF5
import TestSupport
import Testing

/// Whatever happens to a file, reading it gives a result or an `OsteonError`.
@Suite struct DamageTests {
    /// Reads all there is.
    private func readEverything(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            let file = try HDF5File(buffer, owner: Owner())
            try readAttributes(of: file.root.attributeNames(), file.root.attribute)
            for dataset in try file.root.allDatasets() {
                try readAttributes(of: dataset.attributeNames(), dataset.attribute)
                if dataset.isText { _ = try dataset.strings() } else { _ = try dataset.tensor() }
            }
        }
    }

    private func readAttributes(of names: [String], _ attribute: (String) throws -> HDF5Attribute?) throws {
        for name in names {
            guard let attribute = try attribute(name) else { continue }
            do { _ = try attribute.strings() } catch { _ = try attribute.tensor() }
        }
    }

    private final class Owner {}

    private func isSafe(_ bytes: [UInt8]) -> Bool {
        do { try readEverything(bytes) } catch { return error is OsteonError }
        return true
    }

    @Test(arguments: ["small_earliest.h5", "small_latest.h5"])
    func everyTruncation(name: String) throws {
        let bytes = try FixtureTests.bytes(name)
        for count in bytes.indices.filter({ $0 % 7 == 0 || $0 < 1100 }) {
            #expect(throws: OsteonError.self, "\(count) bytes") { try readEverything(Array(bytes.prefix(count))) }
        }
        try readEverything(bytes)
    }

    @Test(arguments: ["small_earliest.h5", "small_latest.h5", "layouts_latest.h5", "names_latest.h5", "types_earliest.h5"])
    func sampledBitFlips(name: String) throws {
        let bytes = try FixtureTests.bytes(name)
        var state: UInt64 = 1
        for _ in 0..<300 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let bit = Int(state >> 33) % (bytes.count * 8)
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(isSafe(damaged), "bit \(bit)")
        }
    }

    /// A file of the new format protects its structures by checksums: no changed bit of them goes unnoticed.
    @Test func everyFlippedBitOfAChecksummedHeaderIsFound() throws {
        let bytes = try FixtureTests.bytes("small_latest.h5")
        for bit in 0..<48 * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: OsteonError.self, "bit \(bit)") { try readEverything(damaged) }
        }
    }

    @Test func aDamagedChunkIsFound() throws {
        var bytes = try FixtureTests.bytes("layouts_latest.h5")
        let stored: [UInt8] = Array("little".utf8)
        #expect(!bytes.isEmpty && !stored.isEmpty)
        let good = try bytes.withUnsafeBytes { try HDF5File($0, owner: Owner()).root.dataset("checksum_first").tensor().doubles() }
        #expect(good == [0, 1, 2, 3, 4, 5, 6, 7])
        // 5 as a float, in the second chunk, which is stored as it is with a checksum behind it.
        let pattern: [UInt8] = [0, 0, 0x80, 0x40, 0, 0, 0xA0, 0x40, 0, 0, 0xC0, 0x40, 0, 0, 0xE0, 0x40]
        var hits = 0
        for start in 0..<bytes.count - pattern.count where bytes[start..<start + pattern.count].elementsEqual(pattern) {
            bytes[start + 4] ^= 1
            let code = bytes.withUnsafeBytes { buffer in
                errorCode { _ = try HDF5File(buffer, owner: Owner()).root.dataset("checksum_first").tensor() }
            }
            if code == .malformed { hits += 1 }
            bytes[start + 4] ^= 1
        }
        #expect(hits == 1)
    }
}
