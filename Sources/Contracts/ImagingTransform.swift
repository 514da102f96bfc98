import Bytes

/// One step on an image, a label or an output, or a metric: a name and its arguments as the archive gives them.
package struct ImagingTransform: Record, Hashable {
    /// In Clara Train's words of version 2 and 3 (`ScaleIntensityRange`), or MONAI's (`ScaleIntensityRanged`).
    package var name = ""
    /// No two of one name; values as in the archive, with its variables filled in.
    package var arguments: [JSONValue.Member] = []
    /// What the archive calls it, where that's another name.
    package var originalName: String?

    package init() {}

    package init(name: String, arguments: [JSONValue.Member] = [], originalName: String? = nil) {
        self.name = name
        self.arguments = arguments
        self.originalName = originalName
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("name", &name)
        try visitor.member("arguments", &arguments, .members)
        try visitor.optional("original_name", &originalName)
    }

    package subscript(argument: String) -> JSONValue? { JSONValue.object(arguments)[argument] }

    /// Whether it's the transform of this name, with or without the endings of MONAI's transforms on fields.
    package func isNamed(_ base: String) -> Bool { ["", "d", "D", "Dict"].contains { name == base + $0 } }
}

// Archives write some values as strings ("false", "0.5"), and one value where a list may stand.
extension ImagingTransform {
    /// nil where the argument is missing or no number.
    package func number(_ argument: String) -> Double? { self[argument].flatMap(Self.number) }

    /// A list of numbers; one number makes a list of one.
    package func numbers(_ argument: String) -> [Double]? {
        guard case .array(let values)? = self[argument] else { return number(argument).map { [$0] } }
        let numbers = values.compactMap(Self.number)
        return numbers.count == values.count ? numbers : nil
    }

    /// true and false, as such, as text or as 1 and 0.
    package func flag(_ argument: String) -> Bool? {
        switch self[argument] {
        case .bool(let value): value
        case .integer(1): true
        case .integer(0): false
        case .string(let text): ["true": true, "false": false, "1": true, "0": false][text.lowercased()]
        default: nil
        }
    }

    package func text(_ argument: String) -> String? {
        if case .string(let text)? = self[argument] { text } else { nil }
    }

    /// A list of strings; one string makes a list of one.
    package func texts(_ argument: String) -> [String]? {
        switch self[argument] {
        case .string(let text): [text]
        case .array(let values):
            values.allSatisfy { if case .string = $0 { true } else { false } } ? values.compactMap { try? $0.string() } : nil
        default: nil
        }
    }

    /// The fields it works on: `fields`, `field`, or MONAI's `keys`.
    package var fields: [String] { texts("fields") ?? texts("field") ?? texts("keys") ?? [] }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .string(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }
}

extension ImagingTransform {
    /// `(x − sourceMinimum) / (sourceMaximum − sourceMinimum) · (targetMaximum − targetMinimum) + targetMinimum`, held
    /// between the target's bounds where `clips`.
    package struct IntensityRange: Sendable, Hashable {
        package var sourceMinimum: Double
        package var sourceMaximum: Double
        package var targetMinimum: Double
        package var targetMaximum: Double
        package var clips: Bool

        fileprivate init?(_ transform: ImagingTransform) {
            guard let lower = transform.number("a_min"), let upper = transform.number("a_max") else { return nil }
            sourceMinimum = lower
            sourceMaximum = upper
            targetMinimum = transform.number("b_min") ?? 0
            targetMaximum = transform.number("b_max") ?? 1
            clips = transform.flag("clip") ?? false
        }
    }

    /// What a `ScaleIntensityRange` does; nil for other transforms and where its bounds are missing.
    package var intensityRange: IntensityRange? {
        isNamed("ScaleIntensityRange") ? IntensityRange(self) : nil
    }

    /// Whether each channel gets mean 0 and deviation 1 over its voxels that aren't 0.
    package var normalizesNonzero: Bool {
        isNamed("NormalizeNonzeroIntensities") || isNamed("NormalizeIntensity") && flag("nonzero") == true && flag("channel_wise") == true
    }

    /// The voxel size, in millimetres, the image is brought to.
    package var targetResolution: [Double]? {
        isNamed("ScaleByResolution") ? numbers("target_resolution") : isNamed("Spacing") ? numbers("pixdim") : nil
    }
}
