import Bytes
import GraphIR
import Tensors

/// What to say to a person who gives weights without the network they're of.
enum ArchitectureAdvice {
    private static let mostShown = 6

    static func error(_ weights: StateDict) -> OsteonError {
        let shown = weights.entries.prefix(mostShown).map { "\($0.name) \(TensorType($0.elementType, fixed: $0.shape))" }
        let more = weights.entries.count > mostShown ? ", …" : ""
        return OsteonError(
            .usage,
            "The file holds \(weights.entries.count) weights without the network they're of (\(shown.joined(separator: ", "))\(more)). Name it by --architecture, for example segresnet:init_filters=16,in_channels=1; there are \(TorchImporter.networkNames.joined(separator: ", ")).")
    }
}
