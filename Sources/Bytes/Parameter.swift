/// A setting that a message refers to, by its name.
///
/// A library doesn't know how its callers spell settings: a message says `‹max-error›`, and whoever shows it may put its own
/// spelling in that place, as the command line puts `--max-error`.
package enum Parameter: String, Sendable, CaseIterable, CustomStringConvertible {
    case allowOverlap = "allow-overlap"
    case architecture
    case calibration
    case dataRoot = "data-root"
    case decide
    case evaluation
    case externalData = "external-data"
    case input
    case keep
    case kerasBackend = "keras-backend"
    case kerasDataFormat = "keras-data-format"
    case kerasVersion = "keras-version"
    case mask
    case maskOutput = "mask-output"
    case maxCaseDrift = "max-case-drift"
    case maxDiceDrift = "max-dice-drift"
    case maxError = "max-error"
    case memoryLimit = "memory-limit"
    case minSqnr = "min-sqnr"
    case opset
    case out
    case output
    case point
    case precision
    case reference
    case shape
    case signatureDef = "signature-def"
    case transforms
    case triton
    case tritonName = "triton-name"
    case window

    package var description: String { "‹\(rawValue)›" }

    /// `text` with each parameter's name spelled by `spelling`.
    package static func spelled(in text: String, _ spelling: (Parameter) -> String) -> String {
        guard text.contains("‹") else { return text }
        var result = text
        for parameter in allCases { result = result.replacing(parameter.description, with: spelling(parameter)) }
        return result
    }
}
