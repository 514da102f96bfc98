import Bytes
import Tensors

extension VerificationRecord {
    /// What distinguishes a record from other objects, and its version.
    package static let schema = "osteon.verification.1"

    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("schema", .string(Self.schema)), .init("kind", .string(kind.rawValue)), .init("tool", .string(tool)),
            .init("isa", .string(isa)), .init("passed", .bool(passed)),
        ]
        if isInherited { members.append(.init("inherited", true)) }
        if !other.isEmpty { members.append(.init("other", .array(other.map(\.json)))) }
        members += [
            .init("inputs", inputsJSON),
            .init("tolerance", ["relative_to_max": .number(relativeTolerance), "absolute": .number(absoluteTolerance)]),
            .init("outputs", .array(outputs.map(\.json))),
        ]
        if !layers.isEmpty { members.append(.init("layers", .array(layers.map(\.json)))) }
        if !passes.isEmpty { members.append(.init("passes", .array(passes.map(\.json)))) }
        if let planSHA256 { members.append(.init("plan_sha256", .string(planSHA256))) }
        if let calibration {
            members.append(
                .init("calibration", ["method": .string(calibration.method), "cases": .array(calibration.cases.map { .string($0) })]))
        }
        if !notes.isEmpty { members.append(.init("notes", .array(notes.map { .string($0) }))) }
        return .object(members)
    }

    private var inputsJSON: JSONValue {
        let tensors = JSONValue.array(
            inputs.map { input in
                var members: [JSONValue.Member] = [
                    .init("name", .string(input.name)), .init("type", .string(input.elementType.rawValue)),
                    .init("shape", .array(input.shape.map(JSONValue.integer))), .init("sha256", .string(input.sha256)),
                ]
                if let values = input.values { members.append(.init("values", .array(values.map(JSONValue.integer)))) }
                return .object(members)
            })
        switch origin {
        case .seeded(let seed, let limit):
            // A seed has 64 bits, more than a number of JSON surely keeps.
            return ["seed": .string(String(seed)), "integer_limit": .integer(limit), "tensors": tensors]
        case .file(let source): return ["file": source.json, "tensors": tensors]
        }
    }

    /// Reads a record.
    /// - Returns: nil for an object of another kind or version, which is carried along as it is.
    /// - Throws: `.malformed` where it says it's a record and isn't.
    package static func decode(_ json: JSONValue) throws(OsteonError) -> VerificationRecord? {
        guard case .string(Self.schema)? = json["schema"] else { return nil }
        return try VerificationRecord(json: json)
    }

    private init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: [
            "schema", "kind", "tool", "isa", "passed", "inherited", "other", "inputs", "tolerance", "outputs", "layers", "passes",
            "plan_sha256", "calibration", "notes",
        ])
        let (origin, inputs) = try json.member("inputs") { (value) throws(OsteonError) in try Self.inputs(value) }
        let tolerance = try json.member("tolerance")
        _ = try tolerance.members(only: ["relative_to_max", "absolute"])
        self.init(
            kind: try json.member("kind").choice(), tool: try json.member("tool").string(), isa: try json.member("isa").string(),
            origin: origin, inputs: inputs, relativeTolerance: try tolerance.member("relative_to_max").magnitude(),
            absoluteTolerance: try tolerance.member("absolute").magnitude(),
            outputs: try json.list("outputs") { (value) throws(OsteonError) in try Output(json: value) })
        guard !outputs.isEmpty else { throw OsteonError(.malformed, "A record of no output proves nothing.") }
        if json["other"] != nil { other = try json.list("other") { (value) throws(OsteonError) in try Provenance.Source(json: value) } }
        if json["layers"] != nil { layers = try json.list("layers") { (value) throws(OsteonError) in try Layer(json: value) } }
        if json["passes"] != nil { passes = try json.list("passes") { (value) throws(OsteonError) in try Provenance.Pass(json: value) } }
        if let value = json["plan_sha256"] { planSHA256 = try value.digest() }
        if let value = json["calibration"] {
            _ = try value.members(only: ["method", "cases"])
            calibration = Calibration(
                method: try value.member("method").string(),
                cases: try value.list("cases") { (value) throws(OsteonError) in try value.digest() })
        }
        if let value = json["notes"] { notes = try value.strings() }
        if let value = json["inherited"] { isInherited = try value.bool() }
        guard try json.member("passed").bool() == passed else {
            throw OsteonError(.malformed, "The record's verdict isn't that of its outputs.")
        }
    }

    private static func inputs(_ json: JSONValue) throws(OsteonError) -> (Origin, [Input]) {
        _ = try json.members(only: ["seed", "integer_limit", "file", "tensors"])
        let inputs = try json.list("tensors") { (value) throws(OsteonError) in
            _ = try value.members(only: ["name", "type", "shape", "sha256", "values"])
            var input = Input(
                name: try value.member("name").string(), elementType: try value.member("type").choice(),
                shape: try value.member("shape").extents(), sha256: try value.member("sha256").digest())
            guard value["values"] != nil else { return input }
            let values = try value.list("values") { (number) throws(OsteonError) in try number.integer() }
            guard json["file"] == nil, input.elementType.isInteger, values.count <= Input.mostValues,
                try Checked.product(input.shape) == values.count
            else {
                throw OsteonError(.malformed, "The values of input \(input.name) aren't its elements.")
            }
            input.values = values
            return input
        }
        if let file = json["file"] {
            guard json["seed"] == nil, json["integer_limit"] == nil else {
                throw OsteonError(.malformed, "Inputs come from a seed or from a file.")
            }
            return (.file(try Provenance.Source(json: file)), inputs)
        }
        let text = try json.member("seed").string()
        let limit = try json.member("integer_limit").integer()
        guard let seed = UInt64(text), String(seed) == text, limit > 0 else {
            throw OsteonError(.malformed, "\"\(text.prefix(30))\" and \(limit) are no seed and limit of integers.")
        }
        return (.seeded(seed: seed, integerLimit: limit), inputs)
    }

    /// The records of a model as they're carried by one made from it whose results differ: they inform, and aren't repeated.
    package static func inherited(_ records: [JSONValue]) throws(OsteonError) -> [JSONValue] {
        var result: [JSONValue] = []
        for record in records {
            guard var known = try decode(record) else {
                result.append(record)
                continue
            }
            known.isInherited = true
            result.append(known.json)
        }
        return result
    }
}

extension VerificationRecord.Errors {
    fileprivate static let names = ["max_abs", "max_rel", "mean_abs", "cosine", "sqnr_db"]

    fileprivate var members: [JSONValue.Member] {
        [
            .init("max_abs", Self.finite(maximumAbsolute)), .init("max_rel", Self.finite(relativeToMaximum)),
            .init("mean_abs", Self.finite(meanAbsolute)), .init("cosine", Self.finite(cosine)),
            .init("sqnr_db", signalToNoise.map(JSONValue.number) ?? .null),
        ]
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        let noise = try json.member("sqnr_db")
        self.init(
            maximumAbsolute: try Self.error(json, "max_abs"), relativeToMaximum: try Self.error(json, "max_rel"),
            meanAbsolute: try Self.error(json, "mean_abs"), cosine: try Self.cosine(json),
            signalToNoise: noise == .null ? nil : try noise.double())
    }

    /// null where no number was compared.
    private static func cosine(_ json: JSONValue) throws(OsteonError) -> Double {
        let value = try json.member("cosine")
        return value == .null ? .nan : try value.double()
    }

    /// An error without bound is null: JSON has no infinity.
    private static func finite(_ error: Double) -> JSONValue { error.isFinite ? .number(error) : .null }

    private static func error(_ json: JSONValue, _ name: String) throws(OsteonError) -> Double {
        let value = try json.member(name)
        return value == .null ? .infinity : try value.magnitude()
    }
}

extension VerificationRecord.Output {
    fileprivate var json: JSONValue {
        .object(
            [.init("name", .string(name))] + errors.members + [
                .init("tolerance", .number(tolerance)), .init("passed", .bool(passed)), .init("expected", expected.json),
                .init("result_sha256", .string(resultSHA256)),
            ])
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "tolerance", "passed", "expected", "result_sha256"] + VerificationRecord.Errors.names)
        self.init(
            name: try json.member("name").string(), errors: try VerificationRecord.Errors(json: json),
            tolerance: try json.member("tolerance").magnitude(), passed: try json.member("passed").bool(),
            expected: try json.member("expected") { (value) throws(OsteonError) in try TensorSummary(json: value) },
            resultSHA256: try json.member("result_sha256").digest())
    }
}

extension VerificationRecord.Layer {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = [.init("name", .string(name))]
        if let precision { members.append(.init("precision", .string(precision))) }
        return .object(members + errors.members)
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "precision"] + VerificationRecord.Errors.names)
        self.init(
            name: try json.member("name").string(), precision: try json["precision"]?.string(),
            errors: try VerificationRecord.Errors(json: json))
    }
}

extension TensorSummary {
    fileprivate var json: JSONValue {
        .object(
            [
                .init("type", .string(elementType.rawValue)), .init("shape", .array(shape.map(JSONValue.integer))),
                .init("sha256", .string(sha256)),
                .init("finite", .integer(finiteCount)),
            ] + (nonFinite.map { [.init("non_finite", $0.json)] } ?? []) + [
                .init("min", .number(minimum)), .init("max", .number(maximum)), .init("mean", .number(mean)),
                .init("indices", .array(samples.map { .integer($0.index) })), .init("values", .array(samples.map { .number($0.value) })),
            ])
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["type", "shape", "sha256", "finite", "non_finite", "min", "max", "mean", "indices", "values"])
        let shape = try json.member("shape").extents()
        let count = try Checked.product(shape)
        let finite = try json.member("finite").integer()
        guard 0...count ~= finite else { throw OsteonError(.malformed, "\(finite) of \(count) elements can't be finite.") }
        let indices = try json.member("indices").array()
        let values = try json.member("values").array()
        guard indices.count == values.count else { throw OsteonError(.malformed, "\(indices.count) indices for \(values.count) values.") }
        var samples: [Sample] = []
        for (index, value) in zip(indices, values) {
            let sample = Sample(index: try index.integer(), value: try value.double())
            guard sample.index > (samples.last?.index ?? -1), sample.index < count else {
                throw OsteonError(.malformed, "The samples' indices don't rise, or leave the tensor of \(count) elements.")
            }
            samples.append(sample)
        }
        self.init(
            elementType: try json.member("type").choice(), shape: shape, sha256: try json.member("sha256").digest(), finiteCount: finite,
            minimum: try json.member("min").double(), maximum: try json.member("max").double(), mean: try json.member("mean").double(),
            samples: samples, nonFinite: try json["non_finite"].map { (value) throws(OsteonError) in try NonFinite(json: value) })
        if let nonFinite, nonFinite.nan + nonFinite.positive + nonFinite.negative != count - finite {
            throw OsteonError(.malformed, "The elements that aren't finite don't add up to \(count - finite).")
        }
    }
}

extension TensorSummary.NonFinite {
    fileprivate var json: JSONValue {
        let digits = String(places, radix: 16)
        return [
            "nan": .integer(nan), "positive": .integer(positive), "negative": .integer(negative),
            "places": .string(String(repeating: "0", count: 16 - digits.count) + digits),
        ]
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["nan", "positive", "negative", "places"])
        self.init()
        for (name, path) in [("nan", \Self.nan), ("positive", \.positive), ("negative", \.negative)]
            as [(String, WritableKeyPath<Self, Int>)]
        {
            let count = try json.member(name).integer()
            guard 0...1 << 60 ~= count else { throw OsteonError(.malformed, "\(count) elements.") }
            self[keyPath: path] = count
        }
        guard let places = UInt64(try json.member("places").string(), radix: 16) else {
            throw OsteonError(.malformed, "The places aren't 16 hexadecimal digits.")
        }
        self.places = places
    }
}

extension JSONValue {
    /// 64 lower-case hexadecimal digits.
    func digest() throws(OsteonError) -> String {
        let text = try string()
        guard SHA256Digest.isHexadecimal(text) else { throw mismatch("64 hexadecimal digits") }
        return text
    }

    /// A shape of fixed extents.
    fileprivate func extents() throws(OsteonError) -> [Int] {
        var result: [Int] = []
        for value in try array() {
            let extent = try value.integer()
            guard extent >= 0 else { throw value.mismatch("an extent from 0") }
            result.append(extent)
        }
        return result
    }

    /// A number from 0.
    fileprivate func magnitude() throws(OsteonError) -> Double {
        let value = try double()
        guard value >= 0 else { throw mismatch("a number from 0") }
        return value
    }
}
