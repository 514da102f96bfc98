import Bytes
import GraphIR
import Tensors

/// What to say to a person who gives weights without the network they're of: never a guess to go on with, only a suggestion.
enum ArchitectureAdvice {
    private static let mostShown = 6

    static func error(_ weights: StateDict) -> OsteonError {
        let shown = weights.entries.prefix(mostShown).map { "\($0.name) \(TensorType($0.elementType, fixed: $0.shape))" }
        let more = weights.entries.count > mostShown ? ", …" : ""
        var text = "The file holds \(weights.entries.count) weights without the network they belong to (\(shown.joined(separator: ", "))\(more)). "
        if let suggestion = suggestion(weights) {
            text += "Their names and shapes fit --architecture '\(suggestion)'; check what leaves no trace in them (activations, groups of normalisations, strides, ways of upsampling) against the network's own configuration."
        } else {
            text += "Name it by --architecture, for example segresnet:init_filters=16,in_channels=1; there are \(TorchImporter.networkNames.joined(separator: ", "))."
        }
        return OsteonError(.usage, text)
    }

    /// The one network, with arguments, whose parameters have just these names and shapes; nil where none or several do.
    static func suggestion(_ weights: StateDict) -> String? {
        var candidate = weights
        while true {
            let fitting = NetworkGuess.all(WeightShapes(weights: candidate)).filter { fits($0, candidate) }
            if let only = fitting.first { return fitting.count == 1 ? only.text : nil }
            guard let next = try? candidate.unwrapped() else { return nil }
            candidate = next.weights
        }
    }

    private static func fits(_ guess: NetworkGuess, _ weights: StateDict) -> Bool {
        guard let definition = try? NetworkCatalogue.definition(guess.name, guess.arguments) else { return false }
        return (try? Network.fits(definition, weights)) == true
    }
}

/// A network with arguments, read off the weights.
struct NetworkGuess {
    var name: String
    var arguments: [JSONValue.Member]

    init(_ name: String, _ arguments: [(String, JSONValue)]) {
        self.name = name
        self.arguments = arguments.map { JSONValue.Member($0.0, $0.1) }
    }

    /// As `--architecture` takes it.
    var text: String {
        let pairs = arguments.map { member in
            if case .string(let word) = member.value { return "\(member.name)=\(word)" }
            return "\(member.name)=\(member.value.text())"
        }
        return name + (pairs.isEmpty ? "" : ":" + pairs.joined(separator: ","))
    }

    /// What each kind of network would make of the weights, where it knows its first layers in them.
    static func all(_ weights: WeightShapes) -> [NetworkGuess] {
        [
            segResNet(weights), segResNetDS(weights), unet(weights), basicUNet(weights), dynUNet(weights), attentionUnet(weights), vnet(weights),
            ahnet(weights), denseNet(weights), resNet(weights),
        ].compactMap { $0 }
    }
}

/// The shapes of a state dict's tensors by name.
struct WeightShapes {
    let weights: StateDict

    subscript(name: String) -> [Int]? { weights[name]?.shape }

    func has(_ name: String) -> Bool { weights[name] != nil }

    /// How many of `name(0)`, `name(1)` … are there one after the other.
    func count(from first: Int = 0, _ name: (Int) -> String) -> Int {
        var number = first
        while number < first + 1024, has(name(number)) { number += 1 }
        return number - first
    }

    /// The normalisation whose parameters begin with `path`, in the way MONAI's arguments have it.
    func normalization(_ path: String) -> JSONValue {
        if has("\(path).running_mean") { return "batch" }
        return has("\(path).weight") ? ["instance", ["affine": true]] : "instance"
    }

    static func list(_ numbers: [Int]) -> JSONValue { .array(numbers.map(JSONValue.integer)) }

    /// One number where all are equal, as constructors take it.
    static func extent(_ numbers: some Collection<Int>) -> JSONValue {
        Set(numbers).count == 1 ? .integer(numbers.first ?? 1) : list(Array(numbers))
    }
}
