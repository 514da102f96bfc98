import Bytes
import Tensors

extension PrecisionPlan {
    /// The plan as JSON; equal plans give equal text.
    package var json: JSONValue {
        .object([
            .init("schema", .string(Self.schema)), .init("model", .string(model)),
            .init("settings", Self.sorted(settings.mapValues { .string($0) })),
            .init("layers", .array(layers.map(\.json))),
            .init("values", Self.sorted(values.mapValues(\.json))),
            .init("channel_scales", Self.sorted(channelScales.mapValues { .array($0.map { .integer($0) }) })),
            .init("weight_bits", .integer(weightBits)),
            .init("half_normalizations", .bool(halvesNormalizations)),
            .init("overflowing", .array(overflowing.map { .string($0) })),
        ])
    }

    private static func sorted(_ members: [String: JSONValue]) -> JSONValue {
        .object(members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { .init($0.key, $0.value) })
    }

    /// - Throws: `.malformed` with the place, `.unsupported` for another schema.
    package init(json: JSONValue) throws(OsteonError) {
        self.init()
        _ = try json.members(only: [
            "schema", "model", "settings", "layers", "values", "channel_scales", "weight_bits", "half_normalizations", "overflowing",
        ])
        let schema = try json.member("schema").string()
        guard schema == Self.schema else {
            throw OsteonError(.unsupported, "The plan's schema is \"\(schema)\"; this Osteon reads \(Self.schema).")
        }
        model = try json["model"]?.string() ?? ""
        for member in try json["settings"]?.members() ?? [] { settings[member.name] = try member.value.string() }
        for layer in try json.member("layers").array() { layers.append(try Layer(json: layer)) }
        for member in try json["values"]?.members() ?? [] {
            values[member.name] = try locating("value \(member.name)") { () throws(OsteonError) in
                try AffineQuantization(json: member.value)
            }
        }
        for member in try json["channel_scales"]?.members() ?? [] {
            channelScales[member.name] = try locating("channel scales of \(member.name)") { () throws(OsteonError) in
                try member.value.array().map { (value) throws(OsteonError) in try value.integer() }
            }
        }
        weightBits = try json["weight_bits"]?.integer() ?? 8
        guard weightBits == 7 || weightBits == 8 else {
            throw OsteonError(.malformed, "Integer weights have 7 or 8 bits, not \(weightBits).")
        }
        halvesNormalizations = try json["half_normalizations"]?.bool() ?? false
        overflowing = try json["overflowing"]?.strings() ?? []
        var seen: Set<String> = []
        for layer in layers where !seen.insert(layer.name).inserted {
            throw OsteonError(.malformed, "Layer \"\(layer.name)\" is in the plan twice.")
        }
    }
}

extension PrecisionPlan.Layer {
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("name", .string(name)), .init("family", .string(family)), .init("precision", .string(precision.rawValue)),
            .init("reason", .string(reason)),
        ]
        for (key, value) in [("own_sqnr_db", ownError), ("output_sqnr_alone_db", outputErrorAlone), ("sqnr_together_db", errorTogether)] {
            if let value { members.append(.init(key, value.isFinite ? .number((value * 100).rounded() / 100) : .null)) }
        }
        members += [
            .init("float_bytes", .integer(floatBytes)), .init("bytes", .integer(bytes)), .init("macs", .integer(multiplyAccumulates)),
        ]
        if !biasCorrection.isEmpty { members.append(.init("bias_correction", .array(biasCorrection.map { .number(Double($0)) }))) }
        if !inputSquares.isEmpty { members.append(.init("input_squares", .array(inputSquares.map { .number(Double($0)) }))) }
        return .object(members)
    }

    init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: [
            "name", "family", "precision", "reason", "own_sqnr_db", "output_sqnr_alone_db", "sqnr_together_db", "float_bytes", "bytes",
            "macs",
            "bias_correction", "input_squares",
        ])
        let precision = try json.member("precision").string()
        guard let known = LayerPrecision(rawValue: precision) else {
            let all = LayerPrecision.allCases.map(\.rawValue).joined(separator: ", ")
            throw OsteonError(.malformed, "\"\(precision)\" is no precision; those are \(all).")
        }
        self.init(
            name: try json.member("name").string(), family: try json["family"]?.string() ?? "", precision: known,
            reason: try json["reason"]?.string() ?? "")
        func decibels(_ name: String) throws(OsteonError) -> Double? {
            guard let value = json[name] else { return nil }
            return value == .null ? .infinity : try value.double()
        }
        ownError = try decibels("own_sqnr_db")
        outputErrorAlone = try decibels("output_sqnr_alone_db")
        errorTogether = try decibels("sqnr_together_db")
        floatBytes = try json["float_bytes"]?.integer() ?? 0
        bytes = try json["bytes"]?.integer() ?? 0
        multiplyAccumulates = try json["macs"]?.integer() ?? 0
        biasCorrection = try Self.numbers(json["bias_correction"])
        inputSquares = try Self.numbers(json["input_squares"])
    }

    private static func numbers(_ json: JSONValue?) throws(OsteonError) -> [Float] {
        try (json?.array() ?? []).map { (value) throws(OsteonError) in
            let number = Float(try value.double())
            guard number.isFinite else { throw value.mismatch("a finite number") }
            return number
        }
    }
}

extension AffineQuantization {
    var json: JSONValue {
        [
            "type": .string(elementType.rawValue), "scale": .number(Double(scale)), "zero_point": .integer(zeroPoint),
        ]
    }

    init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["type", "scale", "zero_point"])
        let type = try json.member("type").string()
        guard let elementType = ElementType(rawValue: type), elementType == .i8 || elementType == .u8 else {
            throw try json.member("type").mismatch("i8 or u8")
        }
        self.init(
            elementType: elementType, scale: Float(try json.member("scale").double()), zeroPoint: try json.member("zero_point").integer())
        guard scale.isNormal, scale > 0 else { throw try json.member("scale").mismatch("a number above 0") }
        guard levels.contains(zeroPoint) else { throw try json.member("zero_point").mismatch("one of the type's integers") }
    }
}
