import Bytes
import Tensors

/// What a `torch.save` file holds: the pickled objects, and where the bytes of their storages lie.
struct TorchContents {
    var root: PickleValue
    var objects: [PickleObject]
    /// The first name in the pickle that only an attack would mention.
    var threat: String?
    /// The pickle itself, where arrays of numbers lie.
    var pickle: SharedBytes
    /// Whether the elements of storages lie with their highest byte first.
    var isBigEndian: Bool
    /// The bytes of a storage.
    var bytes: (TorchStorage) throws(OsteonError) -> SharedBytes
    /// The most bytes that views of storages may take when they're copied, all together.
    var copyLimit: Int

    /// How many dicts may lie between the file's own object and the weights, and how many dicts of tensors are looked at.
    private static let deepest = 3, mostDicts = 256

    /// Every dict with tensors or arrays under texts, with where it lies: the object itself, or a member of it, or of that.
    /// - Throws: `.unsafeReference` where only running code could give weights, by the path of the entry; `.unsupported` where there are
    ///   none.
    func candidates() throws(OsteonError) -> [WeightsCandidate] {
        let walk = PickleWalk(contents: self)
        if let threat {
            let place = walk.closed.first { $0.name == threat }.map { " at \($0.path)" } ?? ""
            throw OsteonError(
                .unsafeReference,
                """
                The pickle asks for \(threat)\(place), which has no use in a checkpoint but to run code on the machine that loads \
                it: the file is an attack or came by one. Nothing of it was run; don't load it with Python either.
                """
            )
        }
        let reader = ViewReader(contents: self)
        var result: [WeightsCandidate] = []
        for dict in walk.dicts(deepest: Self.deepest).prefix(Self.mostDicts) {
            result.append(try candidate(dict, walk, reader))
        }
        if result.isEmpty { throw noWeights(walk) }
        return result
    }

    private func candidate(_ dict: PickleWalk.Dict, _ walk: PickleWalk, _ reader: ViewReader) throws(OsteonError) -> WeightsCandidate {
        var entries: [StateDict.Entry] = []
        var refused: [UTF8Name: String] = [:]
        var others: [String] = []
        for (key, value) in dict.members {
            guard case .text(let name) = key else { continue }
            guard case .object(let place) = value else {
                others.append(name)
                continue
            }
            switch objects[place] {
            case .tensor(let view):
                entries.append(
                    StateDict.Entry(name: name, elementType: view.elementType, shape: view.shape) { () throws(OsteonError) in
                        try locating("tensor \(name)") { () throws(OsteonError) in try reader.tensor(view) }
                    })
            case .array(let array):
                entries.append(
                    StateDict.Entry(name: name, elementType: array.elements.elementType, shape: array.shape) { () throws(OsteonError) in
                        try locating("array \(name)") { () throws(OsteonError) in try reader.tensor(array) }
                    })
            case .opaque(let opaque) where opaque.reason != .plain:
                refused[UTF8Name(name)] = Self.refusal((dict.keys + [name]).joined(separator: PickleWalk.arrow), opaque).message
            case .dictionary, .sequence, .opaque, .storage, .bytes, .numpyType: others.append(name)
            }
        }
        let skipped = walk.closed.map { "\($0.path) (\($0.name))" } + walk.arrays(outside: dict.place)
        // At the top, scalars and dicts are the checkpoint's own; within a dict of weights they're worth a word.
        return WeightsCandidate(
            keys: dict.keys, weights: try StateDict(entries), isWhole: others.isEmpty && refused.isEmpty, refused: refused,
            skipped: skipped + (dict.keys.isEmpty ? [] : others.map { (dict.keys + [$0]).joined(separator: PickleWalk.arrow) }))
    }

    // MARK: Errors

    /// The error for an entry that's closed.
    private static func refusal(_ path: String, _ opaque: PickleOpaque) -> OsteonError {
        if opaque.reason == .elements {
            return OsteonError(.unsupported, "\(path) is a tensor of \(opaque.name): complex and quantised elements aren't read.")
        }
        return OsteonError(
            .unsafeReference,
            """
            \(path) would have to be made by \(opaque.name), which is neither a tensor nor a plain container; reading it could run \
            any code. Write the weights alone, in Python: torch.save(model.state_dict(), \"weights.pt\").
            """
        )
    }

    private func noWeights(_ walk: PickleWalk) -> OsteonError {
        if let only = walk.closed.first(where: \.isRoot) {
            return OsteonError(
                .unsafeReference,
                """
                The file holds a pickled object of class \(only.name), as torch.save(model) writes it, instead of plain weights; \
                reading it would run code. Write the weights alone, in Python: torch.save(model.state_dict(), \"weights.pt\").
                """
            )
        }
        // Under the names that trainers use first: there the weights are to be expected.
        let expected = walk.closed.first { entry in WeightsCandidate.usualKeys.contains { entry.path.hasPrefix($0) } }
        if let closed = expected ?? walk.closed.first {
            return Self.refusal(closed.path, PickleOpaque(name: closed.name, reason: closed.reason))
        }
        guard case .object(let place) = root, case .dictionary = objects[place] else {
            return OsteonError(
                .unsupported,
                "The file holds \(describe(root)) instead of a dict of tensors. Write a state dict: torch.save(model.state_dict(), …).")
        }
        return OsteonError(.unsupported, "The file holds no dict of tensors, but \(describe(root)).")
    }

    /// What a value is, for a person.
    private func describe(_ value: PickleValue) -> String {
        switch value {
        case .none: return "None"
        case .bool, .integer, .float: return "a number"
        case .text: return "a text"
        case .global: return "the name of a class"
        case .object(let place):
            switch objects[place] {
            case .sequence(let items): return "a list of \(items.count) values"
            case .storage: return "a bare storage"
            case .tensor: return "a bare tensor"
            case .array: return "a bare array"
            case .bytes: return "bytes"
            case .numpyType: return "a numpy.dtype"
            case .opaque(let opaque): return opaque.name
            case .dictionary(let members):
                let keys = members.prefix(10).map { if case .text(let name) = $0.key { name } else { "…" } }
                return members.isEmpty ? "an empty dict" : "a dict of \(keys.joined(separator: ", "))"
            }
        }
    }
}
