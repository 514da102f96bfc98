import Bytes

/// A dict of tensors in a file of weights: one the network's weights may be.
package struct WeightsCandidate {
    /// Dicts that trainers put the network's weights under.
    static let usualKeys = [
        "state_dict", "model", "model_state_dict", "net", "network", "network_weights", "ema", "model_ema", "ema_state_dict", "weights",
    ]
    private static let mostListed = 10

    /// The keys it lies under; none for the file's own object.
    package var keys: [String]
    package var weights: StateDict
    /// Whether there's nothing but tensors in it.
    var isWhole: Bool
    /// Why entries of it that only running code could make aren't read, by name.
    var refused: [UTF8Name: String]
    /// What of the file isn't read, for a person.
    package var skipped: [String]

    /// As `signature-def` takes it.
    var title: String { keys.joined(separator: "/") }

    /// A sentence about what of the file was left closed; nil for nothing.
    var note: String? {
        guard !skipped.isEmpty else { return nil }
        let more = skipped.count > Self.mostListed ? " and \(skipped.count - Self.mostListed) more" : ""
        return
            """
            Entries that hold no weights are skipped, and nothing was run for them: \
            \(skipped.prefix(Self.mostListed).joined(separator: ", "))\(more).
            """
    }

    /// The one that's meant where no network decides it: the file's own object where it holds tensors only, else the only one under a
    /// usual name, else the only one.
    /// - Throws: `.usage` naming them, where there are several.
    static func preferred(_ candidates: [WeightsCandidate]) throws(OsteonError) -> WeightsCandidate {
        if let root = candidates.first, root.keys.isEmpty, root.isWhole { return root }
        let usual = candidates.filter { candidate in candidate.keys.last.map { usualKeys.contains($0) } == true }
        let choice = usual.isEmpty ? candidates : usual
        guard let only = choice.first, choice.count == 1 else {
            throw OsteonError(
                .usage,
                """
                The file has several dicts of tensors; there are \
                \(choice.prefix(mostListed).map { $0.keys.isEmpty ? "its own object" : $0.title }.joined(separator: ", ")). Choose \
                one by \(Parameter.signatureDef).
                """
            )
        }
        return only
    }

    /// The one that `signature-def` names.
    static func named(_ wanted: String, in candidates: [WeightsCandidate]) throws(OsteonError) -> WeightsCandidate {
        if let found = candidates.first(where: { $0.title == wanted || $0.keys.joined(separator: PickleWalk.arrow) == wanted }) {
            return found
        }
        let titles = candidates.filter { !$0.keys.isEmpty }.prefix(mostListed).map(\.title)
        throw OsteonError(
            .usage,
            """
            The file has no dict of tensors named \(wanted); \
            \(titles.isEmpty ? "it's one dict of tensors itself" : "there are \(titles.joined(separator: ", "))").
            """
        )
    }
}
