import HDF5
import TestSupport
import Testing

/// Whatever happens to a file, reading it gives a result or an `OsteonError`.
@Suite struct DamageTests {
    /// Reads all there is.
    private func readEverything(_ bytes: [UInt8]) throws {
        let file = try HDF5File(SharedBytes(bytes))
        try readAttributes(of: file.root.attributeNames(), file.root.attribute)
        for dataset in try file.root.allDatasets() {
            try readAttributes(of: dataset.attributeNames(), dataset.attribute)
            if dataset.isText { _ = try dataset.strings() } else { _ = try dataset.tensor() }
        }
    }

    private func readAttributes(of names: [String], _ attribute: (String) throws -> HDF5Attribute?) throws {
        for name in names {
            guard let attribute = try attribute(name) else { continue }
            do { _ = try attribute.strings() } catch { _ = try attribute.tensor() }
        }
    }

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
        var damage = Damage(try FixtureTests.bytes(name), seed: 1)
        for round in 0..<300 {
            let damaged = damage.flipped()
            #expect(isSafe(damaged), "round \(round)")
        }
    }

    /// A file of the new format protects its structures by checksums: no changed bit of them goes unnoticed.
    @Test func everyFlippedBitOfAChecksummedHeaderIsFound() throws {
        let bytes = try FixtureTests.bytes("small_latest.h5")
        for bit in 0..<48 * 8 { #expect(throws: OsteonError.self, "bit \(bit)") { try readEverything(bytes.flipping(bit: bit)) } }
    }

    @Test func aDamagedChunkIsFound() throws {
        var bytes = try FixtureTests.bytes("layouts_latest.h5")
        let stored: [UInt8] = Array("little".utf8)
        #expect(!bytes.isEmpty && !stored.isEmpty)
        let good = try HDF5File(SharedBytes(bytes)).root.dataset("checksum_first").tensor().doubles()
        #expect(good == [0, 1, 2, 3, 4, 5, 6, 7])
        // 5 as a float, in the second chunk, which is stored as it is with a checksum behind it.
        let pattern: [UInt8] = [0, 0, 0x80, 0x40, 0, 0, 0xA0, 0x40, 0, 0, 0xC0, 0x40, 0, 0, 0xE0, 0x40]
        var hits = 0
        for start in 0..<bytes.count - pattern.count where bytes[start..<start + pattern.count].elementsEqual(pattern) {
            bytes[start + 4] ^= 1
            let code = errorCode { _ = try HDF5File(SharedBytes(bytes)).root.dataset("checksum_first").tensor() }
            if code == .malformed { hits += 1 }
            bytes[start + 4] ^= 1
        }
        #expect(hits == 1)
    }

    // MARK: What a hostile writer does

    private static let signatures = [
        "OHDR", "OCHK", "BTHD", "BTLF", "BTIN", "FRHP", "FHIB", "FHDB", "FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB",
    ]

    /// The checksummed structures of a file: from the signature to the checksum.
    private func structures(_ bytes: [UInt8]) -> [Range<Int>] {
        let signatures = Set(Self.signatures.map { Array($0.utf8) })
        var result: [Range<Int>] = []
        let bytes = SharedBytes(bytes)
        for start in 0..<max(0, bytes.count - 12) where signatures.contains(Array(bytes[start..<start + 4])) {
            let end = (start + 8..<min(start + 1024, bytes.count - 3)).first {
                lookup3(bytes.extracting(start..<$0)) == bytes.load(UInt32.self, at: $0)
            }
            if let end { result.append(start..<end) }
        }
        return result
    }

    @Test(arguments: ["small_latest.h5", "layouts_latest.h5", "names_latest.h5"])
    func extremeNumbersUnderGoodChecksums(name: String) throws {
        let bytes = try FixtureTests.bytes(name)
        let places = structures(bytes)
        #expect(places.count > 3)
        var random = SplitMix64(seed: 7)
        func draw(_ count: Int) -> Int { random.index(below: count) }
        for place in places {
            for _ in 0..<12 {
                var damaged = bytes
                for _ in 0...draw(2) {
                    let width = [1, 1, 2, 4, 8][draw(5)]
                    let start = place.lowerBound + 4 + draw(place.count - 4)
                    let value: UInt64 = [0, 1, 2, 31, 62, .max, .max >> 1, 1 << 62, .max - 7][draw(9)]
                    for byte in 0..<min(width, place.upperBound - start) {
                        damaged[start + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
                    }
                }
                let sum = lookup3(SharedBytes(damaged).extracting(place))
                for byte in 0..<4 { damaged[place.upperBound + byte] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(byte))) }
                #expect(isSafe(damaged), "\(name), \(place)")
            }
        }
    }

    /// A paged array of so many elements that counting its pages leaves the range of integers.
    @Test func aFixedArrayOfEndlesslyManyPages() throws {
        var bytes = try FixtureTests.bytes("layouts_latest.h5")
        var found = 0
        for place in structures(bytes) where bytes[place.lowerBound..<place.lowerBound + 4].elementsEqual("FAHD".utf8) {
            bytes[place.lowerBound + 7] = 0
            for byte in 0..<8 { bytes[place.lowerBound + 8 + byte] = byte == 7 ? 0x7F : 0xFF }
            let sum = lookup3(SharedBytes(bytes).extracting(place))
            for byte in 0..<4 { bytes[place.upperBound + byte] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(byte))) }
            found += 1
        }
        #expect(found > 0)
        #expect(errorCode { try readEverything(bytes) } == .malformed)
    }
}
