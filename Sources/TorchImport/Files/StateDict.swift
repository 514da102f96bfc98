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

    /// Prefixes that wrappers put before all names: DataParallel, torch.compile, trainers that hold the network.
    private static let wrappers = ["module.", "_orig_mod.", "model.", "net.", "network.", "_model."]

    /// The same weights without the first prefix of a wrapper that all names share; nil where they share none.
    func unwrapped() throws(OsteonError) -> (weights: StateDict, prefix: String)? {
        guard let prefix = Self.wrappers.first(where: { prefix in entries.allSatisfy { $0.name.hasPrefix(prefix) } }), !entries.isEmpty
        else { return nil }
        var renamed = entries
        for place in renamed.indices { renamed[place].name = String(renamed[place].name.dropFirst(prefix.count)) }
        return (try StateDict(renamed), prefix)
    }
}
