import Bytes
import GraphIR
import Tensors

/// What to say to a person who gives weights without the network they're of: never a guess to go on with, only a suggestion.
enum ArchitectureAdvice {
    private static let mostShown = 6

    static func error(_ source: WeightsFile) -> OsteonError {
        let most = source.candidates.max { $0.weights.entries.count < $1.weights.entries.count }
        guard let candidate = (try? source.preferred()) ?? most else { return OsteonError(.malformed, "The file holds no weights.") }
        let entries = candidate.weights.entries
        let shown = entries.prefix(mostShown).map { "\($0.name) \(TensorType($0.elementType, fixed: $0.shape))" }
        let more = entries.count > mostShown ? ", …" : ""
        let place = candidate.keys.isEmpty ? "" : " under \"\(candidate.title)\""
        var text =
            "The file holds \(entries.count) weights\(place) without the network they belong to (\(shown.joined(separator: ", "))\(more)). "
        if let suggestion = source.candidates.lazy.compactMap({ suggestion($0.weights) }).first {
            text +=
                """
                Their names and shapes fit \(Parameter.architecture) '\(suggestion)'; check what leaves no trace in them \
                (activations, groups of normalisations, strides, ways of upsampling) against the network's own configuration.
                """
        } else {
            text +=
                """
                Name it by \(Parameter.architecture), for example segresnet:init_filters=16,in_channels=1; there are \
                \(TorchImporter.networkNames.joined(separator: ", ")).
                """
        }
        if let note = candidate.note { text += " \(note)" }
        return OsteonError(.usage, text)
    }

    /// The prefixes looked behind: so many, of so many modules one in another.
    private static let mostPrefixes = 64, deepestPrefix = 4

    /// The one network, with arguments, whose parameters have just the names and shapes behind a prefix of `weights`, the outermost
    /// first; nil where none or several do.
    static func suggestion(_ weights: StateDict) -> String? {
        for weights in [weights, weights.unwrapped()].compactMap({ $0 }) {
            for level in prefixes(weights) {
                var fitting: [(text: String, prefix: String)] = []
                for prefix in level {
                    guard let part = try? weights.under(prefix) else { continue }
                    for guess in NetworkGuess.all(WeightShapes(weights: part)) where fits(guess, part) {
                        fitting.append((guess.text, prefix))
                    }
                }
                guard let first = fitting.first else { continue }
                if fitting.count == 1 { return first.text }
                guard fitting.allSatisfy({ $0.text == first.text }) else { return nil }
                // The same network more than once: student and teacher.
                return "\(first.text)\(first.text.contains(":") ? "," : ":")\(TorchImporter.prefixArgument)=\(first.prefix)"
            }
        }
        return nil
    }

    /// The prefixes of the names, by how many modules they name.
    private static func prefixes(_ weights: StateDict) -> [[String]] {
        var levels = [[""]]
        var seen: Set<UTF8Name> = []
        for _ in 0..<deepestPrefix { levels.append([]) }
        for entry in weights.entries {
            let parts = entry.name.split(separator: ".", omittingEmptySubsequences: false)
            for count in stride(from: 1, through: min(deepestPrefix, parts.count - 2), by: 1) where levels[count].count < mostPrefixes {
                let prefix = parts.prefix(count).joined(separator: ".") + "."
                if seen.insert(UTF8Name(prefix)).inserted { levels[count].append(prefix) }
            }
        }
        return levels
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

    /// As `architecture` takes it.
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
            segResNet(weights), segResNetDS(weights), unet(weights), basicUNet(weights), dynUNet(weights), attentionUnet(weights),
            vnet(weights),
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
