import Bytes
import Tensors

/// Inputs of a network that are loaded one at a time, so that memory doesn't grow with their number.
package struct Samples: Sendable {
    /// Where a sample comes from.
    package enum Origin: Sendable, Hashable {
        /// Made by `SeededInput`, the inputs in the graph's order.
        case seeded(UInt64)
        /// All of a file, at this path.
        case file(String)
        /// Anything else: part of a file, a preprocessed volume.
        case made
    }

    /// What each is called, in reports; never in files, since it may be a patient's name.
    package var names: [String]
    package var origins: [Origin]
    /// SHA-256 of what each is made from; empty where a seed makes it.
    package var hashes: [String]
    private let loader: @Sendable (Int) throws(OsteonError) -> [String: Tensor]

    package var count: Int { names.count }

    /// - Parameter load: the tensor of every input of sample `index`, by name.
    package init(
        names: [String], hashes: [String] = [], origins: [Origin] = [],
        load: @escaping @Sendable (_ index: Int) throws(OsteonError) -> [String: Tensor]
    ) {
        self.names = names
        self.hashes = hashes.isEmpty ? names.map { _ in "" } : hashes
        self.origins = origins.isEmpty ? names.map { _ in .made } : origins
        loader = load
    }

    package func load(_ index: Int) throws(OsteonError) -> [String: Tensor] {
        try locating("sample \(names[index])") { () throws(OsteonError) in try loader(index) }
    }

    /// The first `count` of them.
    package func prefix(_ count: Int) -> Samples {
        Samples(names: Array(names.prefix(count)), hashes: Array(hashes.prefix(count)), origins: Array(origins.prefix(count)), load: loader)
    }
}
