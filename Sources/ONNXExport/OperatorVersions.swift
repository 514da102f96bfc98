import Bytes
import Tensors

/// In which operator sets ONNX has an operator, and which element types its inputs take.
struct OperatorVersions {
    private struct Version {
        var opset: Int
        /// The types of each input as letters; the last one's are those of all behind it.
        var inputs: [Substring]
    }

    /// The operator sets that can be written.
    static let opsets = 13...26

    /// The version of ONNX's file format that came with an operator set.
    static func fileVersion(of opset: Int) -> Int {
        switch opset {
        case ...14: 7
        case ...18: 8
        case ...20: 9
        case ...22: 10
        case 23: 11
        case 24: 12
        default: 13
        }
    }

    private static let letters: [ElementType: Character] = [
        .f32: "f", .f64: "d", .f16: "h", .bf16: "b", .i8: "c", .i16: "s", .i32: "i", .i64: "l", .u8: "C", .u16: "S", .u32: "I",
        .u64: "L", .bool: "?",
    ]

    /// By operator, oldest first.
    private static let versions: [String: [Version]] = {
        var result: [String: [Version]] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2, let opset = Int(words[1]) else { continue }
            result[String(words[0]), default: []].append(Version(opset: opset, inputs: Array(words.dropFirst(2))))
        }
        return result
    }()

    /// - Throws: `.unsupported`, with the lowest operator set that can, where `opset` lacks the operator or doesn't take inputs of
    ///   these types (nil for one left out).
    static func require(_ name: String, _ inputs: [ElementType?], opset: Int) throws(OsteonError) {
        guard let versions = versions[name] else { throw OsteonError(.internalFault, "ONNX has no operator \(name).") }
        guard let current = versions.last(where: { $0.opset <= opset }) else { throw missing(name, from: versions[0].opset, opset) }
        guard let (index, type) = refused(inputs, by: current) else { return }
        let capable = versions.first { $0.opset > opset && refused(inputs, by: $0) == nil }
        let what = "ONNX's \(name) takes no \(type.rawValue) as input \(index)"
        throw OsteonError(
            .unsupported,
            capable.map { "\(what) in operator set \(opset); the lowest that does is \($0.opset) (\(Parameter.opset) \($0.opset))." }
                ?? "\(what) in any operator set.")
    }

    /// The error where `what` needs a later operator set than there is.
    static func missing(_ what: String, from needed: Int, _ opset: Int) -> OsteonError {
        OsteonError(.unsupported, "Operator set \(opset) has no \(what); the lowest that has is \(needed) (\(Parameter.opset) \(needed)).")
    }

    private static func refused(_ inputs: [ElementType?], by version: Version) -> (index: Int, type: ElementType)? {
        for (index, type) in inputs.enumerated() {
            guard let type, let letter = letters[type],
                let allowed = index < version.inputs.count ? version.inputs[index] : version.inputs.last
            else { continue }
            if !allowed.contains(letter) { return (index, type) }
        }
        return nil
    }
}
