import Bytes
import Contracts

/// The arguments of one configured transform, read strictly: what isn't understood is an error that names it.
struct TransformArguments {
    let description: ImagingTransform

    var name: String { description.originalName ?? description.name }

    /// Arguments that change nothing here: where data lies, what's kept beside it, what's printed.
    private static let ignored: Set<String> = [
        "fields", "field", "keys", "allow_missing_keys", "lazy", "device", "track_meta", "data_type", "wrap_sequence", "meta_keys",
        "meta_key_postfix", "overwrite", "image_only", "update_meta", "prefix", "to_tensor", "image_meta_keys", "orig_meta_keys",
        "_desc_", "start_coord_key", "end_coord_key", "save_batch",
    ]

    /// - Parameter known: the names of its arguments; others are an error, except those that change nothing and nulls.
    init(_ description: ImagingTransform, known: Set<String>) throws(OsteonError) {
        self.description = description
        for member in description.arguments
        where !known.contains(member.name) && !Self.ignored.contains(member.name) && member.value != .null {
            throw OsteonError(.unsupported, "\(description.originalName ?? description.name): its argument \(member.name) isn't supported.")
        }
        for member in description.arguments where known.contains(member.name) {
            if case .string(let text) = member.value, text.hasPrefix("$") || text.hasPrefix("@") {
                // A few expressions say no more than a value.
                if Self.literals[Self.squeezed(text)] == nil, member.name != "select_fn", member.name != "transform" {
                    throw OsteonError(
                        .unsupported,
                        """
                        \(description.originalName ?? description.name): its argument \(member.name) is the expression \
                        \(text.prefix(60)), which Osteon doesn't run.
                        """
                    )
                }
            }
        }
    }

    private static let literals: [String: String] = [
        "$np.float32": "float32", "$torch.float32": "float32", "$torch.float": "float32", "$np.uint8": "uint8", "$torch.uint8": "uint8",
        "$np.float64": "float64", "$torch.float64": "float64", "$np.int64": "int64", "$torch.int64": "int64", "$torch.bool": "bool",
        "$torch.float16": "float16", "$torch.long": "int64",
    ]

    private static func squeezed(_ text: String) -> String { String(text.filter { !$0.isWhitespace }) }

    /// - Throws: `.unsupported` where a transform names no field.
    func fields() throws(OsteonError) -> [String] {
        let fields = description.fields
        guard !fields.isEmpty else { throw OsteonError(.unsupported, "\(name) doesn't say which field it works on.") }
        return fields
    }

    func has(_ argument: String) -> Bool { description[argument].map { $0 != .null } ?? false }

    func text(_ argument: String) -> String? { description.text(argument).map { Self.literals[Self.squeezed($0)] ?? $0 } }

    func flag(_ argument: String, _ fallback: Bool) throws(OsteonError) -> Bool {
        guard has(argument) else { return fallback }
        guard let flag = description.flag(argument) else { throw wrong(argument, "true or false") }
        return flag
    }

    /// nil where it's missing or null.
    func number(_ argument: String) throws(OsteonError) -> Double? {
        guard has(argument) else { return nil }
        guard let number = description.number(argument), number.isFinite else { throw wrong(argument, "a number") }
        return number
    }

    /// An argument that releases have called by two names.
    func number(_ argument: String, or other: String) throws(OsteonError) -> Double? {
        try has(argument) ? number(argument) : number(other)
    }

    func numbers(_ argument: String, or other: String) throws(OsteonError) -> [Double]? {
        try has(argument) ? numbers(argument) : numbers(other)
    }

    func integers(_ argument: String, or other: String) throws(OsteonError) -> [Int]? {
        try has(argument) ? integers(argument) : integers(other)
    }

    func required(_ argument: String) throws(OsteonError) -> Double {
        guard let number = try number(argument) else { throw OsteonError(.unsupported, "\(name) lacks its argument \(argument).") }
        return number
    }

    /// A list of numbers; one number makes a list of one.
    func numbers(_ argument: String) throws(OsteonError) -> [Double]? {
        guard has(argument) else { return nil }
        guard let numbers = description.numbers(argument), !numbers.isEmpty, numbers.allSatisfy(\.isFinite) else {
            throw wrong(argument, "numbers")
        }
        return numbers
    }

    func integers(_ argument: String) throws(OsteonError) -> [Int]? {
        guard let numbers = try numbers(argument) else { return nil }
        let whole = numbers.compactMap { Int(exactly: $0) }.filter { $0.magnitude <= 1 << 20 }
        guard whole.count == numbers.count else { throw wrong(argument, "whole numbers") }
        return whole
    }

    /// As many whole numbers as there are axes; one number counts for all.
    func integers(_ argument: String, rank: Int) throws(OsteonError) -> [Int]? {
        guard let values = try integers(argument) else { return nil }
        guard values.count == 1 || values.count >= rank else { throw wrong(argument, "\(rank) whole numbers") }
        return values.count == 1 ? [Int](repeating: values[0], count: rank) : Array(values.prefix(rank))
    }

    /// The value for one of the fields: a list has one for each.
    func value(_ argument: String, field index: Int) -> JSONValue? {
        guard case .array(let values)? = description[argument] else { return description[argument] }
        return values.count == 1 ? values[0] : index < values.count ? values[index] : values.last
    }

    /// These arguments with one of them as it is for one of the fields.
    private func alone(_ argument: String, field index: Int) throws(OsteonError) -> TransformArguments {
        try TransformArguments(
            ImagingTransform(name: name, arguments: [.init(argument, value(argument, field: index) ?? .null)]), known: [argument])
    }

    func text(_ argument: String, field index: Int) throws(OsteonError) -> String? {
        guard has(argument), value(argument, field: index) != .null else { return nil }
        guard let text = try alone(argument, field: index).text(argument) else { throw wrong(argument, "text") }
        return text
    }

    func flag(_ argument: String, field index: Int, _ fallback: Bool) throws(OsteonError) -> Bool {
        try alone(argument, field: index).flag(argument, fallback)
    }

    func number(_ argument: String, field index: Int) throws(OsteonError) -> Double? { try alone(argument, field: index).number(argument) }

    func interpolation(field index: Int, default fallback: Interpolation) throws(OsteonError) -> Interpolation {
        guard let text = try text("mode", field: index) else { return fallback }
        switch text.lowercased() {
        case "bilinear", "linear", "trilinear", "gridsamplemode.bilinear", "interpolatemode.trilinear", "1": return .linear
        case "nearest", "gridsamplemode.nearest", "interpolatemode.nearest", "0": return .nearest
        case "area", "interpolatemode.area": return .area
        default: throw OsteonError(.unsupported, "\(name): the interpolation \"\(text)\" isn't supported; bilinear, nearest and area are.")
        }
    }

    func wrong(_ argument: String, _ expected: String) -> OsteonError {
        OsteonError(
            .unsupported, "\(name): its argument \(argument) is \(description[argument]?.text().prefix(60) ?? "missing"), not \(expected).")
    }
}
