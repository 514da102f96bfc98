import Foundation
import TestSupport
import Testing

/// What other libraries make of given inputs: a folder of `fixtures/oracles`, which `tools/check NAME --write-fixtures` writes.
struct OracleFixture: Sendable {
    /// One line of `cases.json`.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var json: JSONValue
        var testDescription: String { name }
    }

    let cases: [Case]
    private let path: String

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures").path

    init(_ name: String) throws {
        path = "\(Self.folder)/oracles/\(name)"
        let json = try JSONValue(parsing: String(contentsOfFile: "\(path)/cases.json", encoding: .utf8))
        cases = try json.member("cases").array().map { Case(name: try $0.member("name").string(), json: $0) }
    }

    /// An array of `arrays.npz`.
    func array(_ name: String) throws -> Tensor {
        let found = try NPZFile("\(path)/arrays.npz").tensor(named: name)
        return try #require(found, "there's no array \(name)")
    }

    func all() throws -> [(name: String, tensor: Tensor)] { try NPZ.read("\(path)/arrays.npz") }

    /// The bytes of a file kept as an array.
    func bytes(_ name: String) throws -> [UInt8] { try array(name).array(UInt8.self) }

    // MARK: Results

    /// Holds a result to a case's shape, and to its digest of all elements as `f32` or the summary called `name`.
    /// - Parameter tolerance: how far an element may be off, as a share of the library's largest one.
    func hold(_ result: Tensor, to oracle: Case, summary name: String, tolerance: Double) throws {
        let shape = try oracle.json.member("shape").array().map { try $0.integer() }
        try #require(result.shape == shape, "\(oracle.name) is \(result.shape), not \(shape)")
        if let digest = oracle.json["sha256"] {
            let elements = try result.converted(to: .f32)
            let own = SHA256Digest(of: elements.bytes).hexadecimal
            let wanted = try digest.string()
            #expect(own == wanted, "\(oracle.name) differs")
            return
        }
        let wanted = try array(name).doubles()
        let got = try Self.summary(result)
        try #require(got.count == wanted.count)
        let bound = try tolerance * oracle.json.member("largest").double()
        let worst = zip(got, wanted).map { abs($0 - $1) }.max() ?? 0
        let isClose = zip(got, wanted).allSatisfy { abs($0 - $1) <= bound }
        #expect(isClose, "\(oracle.name) is off by \(worst), \(bound) is allowed")
    }

    /// 256 elements spread evenly, then for each axis the mean over the others at each of its places; `oracle_fixtures.py` has the same.
    static func summary(_ tensor: Tensor) throws -> [Double] {
        let values = try tensor.doubles()
        let count = min(256, values.count)
        var result = (0..<count).map { values[$0 * values.count / count] }
        var inner = values.count
        for extent in tensor.shape where extent > 0 {
            inner /= extent
            var sums = [Double](repeating: 0, count: extent)
            for block in 0..<values.count / inner {
                var sum = 0.0
                for place in block * inner..<(block + 1) * inner { sum += values[place] }
                sums[block % extent] += sum
            }
            result += sums.map { $0 * Double(extent) / Double(values.count) }
        }
        return result
    }

    /// `low + (high − low) · u` for `u` the upper 24 bits of SplitMix64 · 2⁻²⁴, again from the first after 4099; `oracle_fixtures.py` has
    /// the same.
    static func noise(_ count: Int, seed: Int, low: Double = -1, high: Double = 1) -> [Float] {
        var random = SplitMix64(seed: UInt64(seed))
        let period = (0..<min(count, 4099)).map { _ in Float(low + (high - low) * (Double(random.next() >> 40) / 0x1p24)) }
        var result = period
        result.reserveCapacity(count)
        while result.count < count { result.append(contentsOf: period.prefix(count - result.count)) }
        return result
    }

    static func noise(shape: [Int], seed: Int) throws -> Tensor {
        try Tensor(noise(shape.reduce(1, *), seed: seed), shape: shape)
    }
}

extension JSONValue {
    func integers() throws -> [Int] { try array().map { try $0.integer() } }
}
