import Bytes
import Tensors

/// The weights in a file by their names, in the file's order; nothing is read before it's asked for.
package struct StateDict {
    package struct Entry {
        package var name: String
        package var elementType: ElementType
        package var shape: [Int]
        package var load: () throws(OsteonError) -> Tensor

        package init(name: String, elementType: ElementType, shape: [Int], load: @escaping () throws(OsteonError) -> Tensor) {
            self.name = name
            self.elementType = elementType
            self.shape = shape
            self.load = load
        }
    }

    package private(set) var entries: [Entry] = []
    private var places: [UTF8Name: Int] = [:]

    /// - Throws: `.malformed` where a name occurs twice.
    package init(_ entries: [Entry]) throws(OsteonError) {
        self.entries = entries
        for (place, entry) in entries.enumerated() {
            guard places.updateValue(place, forKey: UTF8Name(entry.name)) == nil else {
                throw OsteonError(.malformed, "Two tensors are named \(entry.name).")
            }
        }
    }

    package subscript(name: String) -> Entry? { places[UTF8Name(name)].map { entries[$0] } }

    /// The weights whose names begin with `prefix`, without it.
    func under(_ prefix: String) throws(OsteonError) -> StateDict {
        if prefix.isEmpty { return self }
        var renamed: [Entry] = []
        for var entry in entries where entry.name.utf8.starts(with: prefix.utf8) {
            entry.name = String(decoding: entry.name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
            renamed.append(entry)
        }
        return try StateDict(renamed)
    }

    /// Parts that wrappers put within names, which belong to no network: of `torch.compile`, of sharded and checkpointed training.
    private static let wrappers: Set<String> = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"]

    /// The same weights with the parts of wrappers taken out of their names; nil where there are none, or two names would be one.
    func unwrapped() -> StateDict? {
        var renamed = entries
        var hasAny = false
        for place in renamed.indices {
            let parts = renamed[place].name.split(separator: ".", omittingEmptySubsequences: false)
            let kept = parts.filter { !Self.wrappers.contains(String($0)) }
            guard kept.count < parts.count else { continue }
            hasAny = true
            renamed[place].name = kept.joined(separator: ".")
        }
        return hasAny ? try? StateDict(renamed) : nil
    }
}
