import GraphIR
import Tensors

/// A list of tensors whose length is known: it holds values of the portable graph and isn't in that graph itself.
struct TensorList: Hashable {
    indirect enum Element: Hashable {
        case value(ValueID)
        /// A place along the first axis of a value; taken out when it's read.
        case row(of: ValueID, at: Int)
        /// In a list of lists.
        case list(TensorList)
    }

    /// nil for elements never written.
    var elements: [Element?]
    /// nil for a list of lists.
    let elementType: ElementType?
    /// The shape that all elements have, −1 for an open extent; nil for an unknown rank.
    var shape: [Int]?
    /// Whether writing behind the end makes it longer.
    var grows = false

    /// The value whose rows the elements are, all of them in order.
    func whole(in graph: Graph) -> ValueID? {
        guard case .row(let value, _)?? = elements.first, graph.type(value).shape?.first?.fixed == elements.count else { return nil }
        for (index, element) in elements.enumerated() where element != .row(of: value, at: index) { return nil }
        return value
    }
}
