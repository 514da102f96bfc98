import Bytes

/// Finds where in a file the weights of a network lie: in which dict, and behind which prefix of their names.
///
/// Trainers put a network into other modules (`net.`, `module.`, `student.`, `model.backbone.` …) and save more than it beside. Any
/// prefix is right under which the weights are just those of the network; where there are several, only the user knows which.
struct WeightsSearch {
    let definition: any NetworkDefinition
    /// The names of all parameters of the network.
    private let parameters: [String]

    /// The weights behind one prefix in one dict.
    struct Reading {
        var candidate: WeightsCandidate
        var prefix: String
        /// Without the prefix.
        var weights: StateDict
        /// How many parameters of the network are there by their names.
        var found: Int

        /// Names in the dict that don't have the prefix.
        var others: [String] {
            let bytes = prefix.utf8
            return candidate.weights.entries.map(\.name).filter { !$0.utf8.starts(with: bytes) }
        }
    }

    /// Prefixes looked at for an error's sake, and all together.
    private static let mostCounted = 64, mostPrefixes = 10_000, mostListed = 6

    init(_ definition: any NetworkDefinition) throws(OsteonError) {
        self.definition = definition
        parameters = try Network.parameterNames(definition)
    }

    /// The one reading of the file that gives the network's weights.
    /// - Parameter prefix: the prefix to take, where one is asked for.
    /// - Throws: `.usage` listing them, where there are several; `.unsafeReference` where a weight is an entry that only code could make;
    ///   `.invalidGraph` saying what doesn't fit in the reading that explains most.
    func reading(of candidates: [WeightsCandidate], prefix wanted: String?) throws(OsteonError) -> Reading {
        var fitting: [Reading] = []
        var best: Reading?
        for candidate in candidates {
            var hasFitting = false
            for weights in [candidate.weights, candidate.weights.unwrapped()].compactMap({ $0 }) where !hasFitting {
                for reading in try readings(candidate, weights, wanted) {
                    if reading.found == parameters.count, try Network.fits(definition, reading.weights) {
                        fitting.append(reading)
                        hasFitting = true
                    }
                    if reading.found > best?.found ?? -1 { best = reading }
                }
            }
        }
        if let only = fitting.first, fitting.count == 1 { return only }
        if !fitting.isEmpty { throw ambiguous(fitting) }
        guard let best else {
            throw OsteonError(.usage, "No weight of the file has a name that begins with the prefix \(wanted ?? "").")
        }
        for name in parameters where best.weights[name] == nil {
            if let refusal = best.candidate.refused[UTF8Name(best.prefix + name)] { throw OsteonError(.unsafeReference, refusal) }
        }
        throw try Network.problem(definition, best.weights) ?? OsteonError(.internalFault, "Weights that fit weren't taken.")
    }

    private func ambiguous(_ fitting: [Reading]) -> OsteonError {
        let hasDicts = Set(fitting.map(\.candidate.title)).count > 1
        let hasPrefixes = Set(fitting.map(\.prefix)).count > 1
        let listed = fitting.prefix(Self.mostListed).map { reading in
            let prefix = reading.prefix.isEmpty ? "no prefix" : "prefix \(reading.prefix)"
            let dict = reading.candidate.title.isEmpty ? "the file's own object" : "\"\(reading.candidate.title)\""
            return hasDicts ? hasPrefixes ? "\(dict) with \(prefix)" : dict : prefix
        }
        let more = fitting.count > Self.mostListed ? " and \(fitting.count - Self.mostListed) more" : ""
        var ways: [String] = []
        if hasDicts, let first = fitting.first(where: { !$0.candidate.keys.isEmpty }) {
            ways.append("\(Parameter.signatureDef) \(first.candidate.title)")
        }
        if hasPrefixes, let first = fitting.first(where: { !$0.prefix.isEmpty }) {
            ways.append("the argument prefix=\(first.prefix) of \(Parameter.architecture) (prefix=\"\" for none)")
        }
        return OsteonError(
            .usage,
            """
            The file has weights of \(Swift.type(of: definition).name) in \(fitting.count) places: \
            \(listed.joined(separator: ", "))\(more). Say which to take: \(ways.joined(separator: " and ")).
            """
        )
    }

    /// The ways to read a dict whose names, those of `weights`, may be the network's behind a prefix.
    private func readings(_ candidate: WeightsCandidate, _ weights: StateDict, _ wanted: String?) throws(OsteonError) -> [Reading] {
        var candidate = candidate
        var result: [Reading] = []
        candidate.weights = weights
        for prefix in try prefixes(weights, wanted) {
            // One that lacks a parameter can't fit; a few of those are kept for the error.
            let isComplete = parameters.allSatisfy { weights[prefix + $0] != nil }
            guard isComplete || result.count < Self.mostCounted else { continue }
            let found = isComplete ? parameters.count : parameters.count { weights[prefix + $0] != nil }
            result.append(Reading(candidate: candidate, prefix: prefix, weights: try weights.under(prefix), found: found))
        }
        return result
    }

    /// What stands before the names of a few parameters in `weights`; with no prefix where there's nothing.
    private func prefixes(_ weights: StateDict, _ wanted: String?) throws(OsteonError) -> [String] {
        if let wanted {
            // A module's name does for the prefix of its parameters.
            for prefix in wanted.isEmpty || wanted.hasSuffix(".") ? [wanted] : ["\(wanted).", wanted] {
                if weights.entries.contains(where: { $0.name.utf8.starts(with: prefix.utf8) }) { return [prefix] }
            }
            return []
        }
        var result = [""]
        var seen: Set<UTF8Name> = [UTF8Name("")]
        for parameter in [parameters.first, parameters.last].compactMap({ $0 }) {
            for entry in weights.entries where entry.name.utf8.count > parameter.utf8.count && entry.name.hasSuffix(".\(parameter)") {
                let prefix = String(decoding: entry.name.utf8.dropLast(parameter.utf8.count), as: UTF8.self)
                if seen.insert(UTF8Name(prefix)).inserted { result.append(prefix) }
            }
        }
        guard result.count <= Self.mostPrefixes else {
            throw OsteonError(
                .limitExceeded,
                """
                More than \(Self.mostPrefixes) modules of the file might be the network; say which by the argument prefix= of \
                \(Parameter.architecture).
                """
            )
        }
        return result
    }
}
