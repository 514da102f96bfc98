import Container
import TestSupport
import Testing

@Suite struct VerificationRecordTests {
    static func record() throws -> VerificationRecord {
        let x = try Tensor([1, -2] as [Float])
        let y = try Tensor([2.5, -1] as [Float])
        var record = VerificationRecord(
            kind: .reducedPrecision, tool: "osteon test", isa: "avx2",
            inputs: .init(.seeded(seed: .max, integerLimit: 8), [.init(name: "x", x)]),
            tolerance: Tolerance(absolute: 1e-6, relativeToMaximum: 1e-4),
            outputs: [
                .init(
                    name: "y", errors: .init(try TensorComparison(y, reference: y)), tolerance: 0.25, passed: true,
                    expected: try TensorSummary(y),
                    resultSHA256: String(repeating: "0c", count: 32))
            ])
        record.other = [.init(name: "a.osteon", byteCount: 5, sha256: String(repeating: "0b", count: 32))]
        var layer = VerificationRecord.Layer()
        layer.name = "l"
        layer.precision = "int8"
        (layer.errors.maximumAbsolute, layer.errors.relativeToMaximum, layer.errors.meanAbsolute) = (.infinity, .infinity, 0.5)
        (layer.errors.cosine, layer.errors.signalToNoise) = (0.5, 12)
        record.layers = [layer]
        record.passes = [.init(id: "fold-constants", count: 2)]
        record.planSHA256 = String(repeating: "0d", count: 32)
        record.calibration = .init(method: "minmax", cases: [String(repeating: "0e", count: 32)])
        record.notes = ["n"]
        return record
    }

    @Test func isReadAsItWasWritten() throws {
        var record = try Self.record()
        #expect(try VerificationEntry(json: JSONValue(parsing: record.json.text())) == .record(record))
        record.inputs.origin = .file(.init(name: "r.npz", byteCount: 3, sha256: String(repeating: "0f", count: 32)))
        record.isInherited = true
        (record.other, record.layers, record.passes, record.planSHA256, record.calibration, record.notes) = ([], [], [], nil, nil, [])
        #expect(try VerificationEntry(json: JSONValue(parsing: record.json.text())) == .record(record))
    }

    @Test func travelsInAFile() throws {
        var model = try Samples.tiny()
        model.verification = [.record(try Self.record()), .other(["kind": "old", "maximum": 1])]
        #expect(try NativeReader.read(NativeWriter.encoded(model)).verification == model.verification)
        model.verification = [.other(["schema": .string(VerificationRecord.schema)])]
        let code = errorCode { _ = try NativeWriter.encoded(model) }
        #expect(code == .malformed)
    }

    @Test func otherObjectsAreCarriedAndInheritedOnesMarked() throws {
        let old: JSONValue = ["kind": "old", "b": [1, 2.0], "a": nil]
        let other = try VerificationEntry(json: old)
        #expect(other.record == nil && other.json.text() == old.text() && other.inherited == other)
        let inherited = VerificationEntry.record(try Self.record()).inherited
        #expect(inherited.record?.isInherited == true)
        #expect(errorCode { _ = try VerificationEntry(json: 1) } == .malformed)
    }

    /// What a record may not say, by the text that's changed.
    static let lies: [(old: String, new: String)] = [
        (#""passed":true,"other""#, #""passed":false,"other""#), (#""seed":"18446744073709551615""#, #""seed":"18446744073709551616""#),
        (#""seed":"18446744073709551615","#, ""), (#""integer_limit":8"#, #""integer_limit":0"#),
        (#""shape":[2],"sha256""#, #""values":[1,2],"shape":[2],"sha256""#), (#""absolute":1e-06"#, #""absolute":-1.0"#),
        (#""max_abs":null"#, #""max_abs":-1.0"#), (#""min":-1.0"#, #""minimum":-1.0"#), (#""indices":[0,1]"#, #""indices":[1,1]"#),
        (#""indices":[0,1]"#, #""indices":[0,2]"#), (#""indices":[0,1]"#, #""indices":[0]"#), (#""finite":2"#, #""finite":3"#),
        ("0d0d", "0D0D"), (#""cases":["0e"#, #""cases":["e"#), (#""kind":"reduced_precision""#, #""kind":"reduced""#),
        (#""count":2"#, #""count":-2"#), (#""notes":["n"]"#, #""notes":[1]"#), (#""notes":["n"]"#, #""note":"n""#),
    ]

    @Test(arguments: lies.indices) func whatContradictsItselfIsRefused(index: Int) throws {
        let (old, new) = Self.lies[index]
        let text = try Self.record().json.text()
        #expect(text.contains(old))
        let changed = text.replacing(old, with: new)
        #expect(errorCode { _ = try VerificationEntry(json: JSONValue(parsing: changed)) } == .malformed, "\(new)")
    }
}

@Suite struct TensorSummaryTests {
    @Test func holdsCountsExtremesMeanAndSamples() throws {
        let tensor = try Tensor([1, .nan, -3, .infinity, 8] as [Float])
        let summary = try TensorSummary(tensor)
        #expect(summary.finiteCount == 3 && summary.minimum == -3 && summary.maximum == 8 && summary.mean == 2)
        #expect(summary.samples == [.init(index: 0, value: 1), .init(index: 2, value: -3), .init(index: 4, value: 8)])
        let none = try TensorSummary(Tensor([Float.nan]))
        #expect(none.finiteCount == 0 && none.mean == 0 && none.samples.isEmpty)
        #expect(try TensorSummary(Tensor([Float](), shape: [0, 3])).samples.isEmpty)
    }

    @Test func samplesAreSpreadOverTheWholeTensor() throws {
        let tensor = try Tensor((0..<200_000).map { Float($0) }, shape: [2, 100_000])
        let samples = try TensorSummary(tensor).samples
        #expect(samples.count == TensorSummary.sampleCount)
        #expect(samples.allSatisfy { $0.value == Double($0.index) })
        for (index, sample) in samples.enumerated() { #expect(sample.index / 3125 == index) }
        #expect(Set(samples.map { $0.index % 64 }).count > 16)
    }

    @Test func tellsWhetherAnotherTensorIsTheSame() throws {
        var elements = (0..<1000).map { Float($0 % 17) - 8 }
        let summary = try TensorSummary(Tensor(elements))
        func refusal(_ elements: [Float], shape: [Int]? = nil, tolerance: Double = 0.01) throws -> String? {
            let tensor = try Tensor(elements, shape: shape ?? [elements.count])
            return try summary.refusal(of: TensorSummary(tensor), sampledBy: tensor, tolerance: tolerance)
        }
        #expect(try refusal(elements, tolerance: 0) == nil)
        #expect(try refusal(elements.map { $0 + 0.005 }) == nil)
        #expect(try refusal(elements.map { $0 + 0.05 })?.contains("least value") == true)
        #expect(try refusal(elements, shape: [2, 500])?.contains("shape") == true)
        elements[3] = .nan
        #expect(try refusal(elements)?.contains("finite") == true)
        // As many, but elsewhere, or of another kind.
        let holed = try TensorSummary(Tensor(elements))
        for (place, value) in [(4, Float.nan), (3, .infinity), (3, -.infinity)] {
            var others = elements
            others[3] = 0
            others[place] = value
            let tensor = try Tensor(others)
            #expect(try holed.refusal(of: TensorSummary(tensor), sampledBy: tensor, tolerance: 100)?.contains("NaN or infinite") == true)
        }
        #expect(try holed.refusal(of: holed, sampledBy: Tensor(elements), tolerance: 0) == nil)
        elements[3] = 0
        // The same elements in another order: only samples tell.
        let shuffled = (0..<1000).map { Float(($0 + 3) % 17) - 8 }
        #expect(try refusal(shuffled, tolerance: 0.1)?.contains("element") == true)
    }
}
