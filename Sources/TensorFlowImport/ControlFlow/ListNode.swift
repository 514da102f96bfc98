import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// A node on lists of tensors about to be imported.
struct ListNode {
    let node: GraphNode
    let inputs: [ImportedValue.Content]
    let context: ConversionContext

    var builder: GraphBuilder { context.builder }

    private static let longest = 1 << 16

    func tensor(_ index: Int) throws(OsteonError) -> ValueID {
        guard index < inputs.count else { throw OsteonError(.malformed, "Input \(index) is missing.") }
        guard case .tensor(let value) = inputs[index] else { throw OsteonError(.unsupported, "reads a list where a tensor is expected") }
        return value
    }

    func list(_ index: Int) throws(OsteonError) -> TensorList {
        guard index < inputs.count else { throw OsteonError(.malformed, "Input \(index) is missing.") }
        guard case .list(let list) = inputs[index] else {
            throw OsteonError(.unsupported, "reads a list that isn't made where it can be followed")
        }
        return list
    }

    func integers(_ index: Int, _ what: String) throws(OsteonError) -> [Int] {
        let value = try tensor(index)
        guard builder.graph.constant(value) != nil else {
            throw OsteonError(.unsupported, "the \(what) isn't known: \(LoopBound(builder.graph).explanation(value, of: "it"))")
        }
        return try builder.constantIntegers(value, what)
    }

    func integer(_ index: Int, _ what: String) throws(OsteonError) -> Int {
        guard let number = try integers(index, what).first else { throw OsteonError(.malformed, "The \(what) is empty.") }
        return number
    }

    /// The length of a list to be made.
    func length(_ index: Int) throws(OsteonError) -> Int { try checked(integer(index, "length of a list")) }

    private func checked(_ length: Int) throws(OsteonError) -> Int {
        guard length >= 0 else { throw OsteonError(.malformed, "A list can't have \(length) elements.") }
        guard length <= Self.longest else {
            throw OsteonError(.limitExceeded, "A list has \(length) elements; \(Self.longest) are the most that are followed.")
        }
        return length
    }

    /// A shape given as a vector, −1 for open extents; nil for an unknown rank (a scalar −1) and where it's computed.
    func shape(_ index: Int) throws(OsteonError) -> [Int]? {
        guard let tensor = builder.graph.constant(try tensor(index)) else { return nil }
        return tensor.rank == 0 ? nil : try tensor.integers().map { max($0, -1) }
    }

    /// A shape given as an attribute.
    func shape(_ name: String) throws(OsteonError) -> [Int]? {
        guard let shape = try node.attributes.shape(name), !shape.unknownRank else { return nil }
        return shape.dim.map { Int(max($0.size, -1)) }
    }

    func type(_ name: String) throws(OsteonError) -> ElementType {
        guard let type = try node.attributes.type(name) else { throw OsteonError(.malformed, "The attribute \(name) is missing.") }
        return type
    }

    /// An input as an element of a list.
    func element(_ index: Int) throws(OsteonError) -> TensorList.Element {
        guard index < inputs.count, case .list(let list) = inputs[index] else { return .value(try tensor(index)) }
        return .list(list)
    }

    /// An element of a list as an output.
    func content(_ list: TensorList, _ index: Int, _ shape: [Int]?) throws(OsteonError) -> ImportedValue.Content {
        if list.elements.indices.contains(index), case .list(let inner)? = list.elements[index] { return .list(inner) }
        return .tensor(try context.element(list, index, shape: shape))
    }

    /// The type of the elements of a list to be made; nil for lists.
    func elementType() throws(OsteonError) -> ElementType? {
        if case .type(.dtVariant)? = node.attributes.values["element_dtype"]?.value { return nil }
        return try type("element_dtype")
    }

    // MARK: Many elements

    /// The list of the rows of a tensor.
    func rows(_ index: Int, _ shape: [Int]?) throws(OsteonError) -> TensorList {
        let value = try tensor(index)
        let type = builder.graph.type(value)
        guard let count = type.shape?.first?.fixed else {
            let shape = try Formula(builder).shape(value)
            throw OsteonError(.unsupported, "the length of a list isn't known: \(LoopBound(builder.graph).explanation(shape, of: "it"))")
        }
        let elements = (0..<(try checked(count))).map { TensorList.Element?.some(.row(of: value, at: $0)) }
        return TensorList(elements: elements, elementType: type.elementType, shape: shape)
    }

    /// The elements at some places along a new first axis.
    func stacked(_ list: TensorList, _ places: [Int], _ shape: [Int]?) throws(OsteonError) -> ValueID {
        if places.elementsEqual(list.elements.indices), let whole = list.whole(in: builder.graph) { return whole }
        guard !places.isEmpty else {
            guard let extents = [shape, list.shape].compactMap({ $0 }).first(where: { $0.allSatisfy { $0 >= 0 } }) else {
                throw OsteonError(.unsupported, "an empty list of elements whose shape isn't known")
            }
            guard let type = list.elementType else { throw OsteonError(.unsupported, "a list of lists where tensors are expected") }
            return try Formula(builder).filled(builder.integers([0] + extents, "shape"), type)
        }
        let formula = Formula(builder)
        var parts: [ValueID] = []
        for place in places { parts.append(try formula.unsqueezed(context.element(list, place, shape: shape), [0])) }
        return parts.count == 1 ? parts[0] : try builder.step("stacked", Concat(axis: 0), parts)
    }

    func stacked(_ list: TensorList, _ shape: [Int]?) throws(OsteonError) -> ValueID {
        try stacked(list, Array(list.elements.indices), shape)
    }

    /// The elements joined along their first axis, and the extents they have there.
    func joined(_ list: TensorList) throws(OsteonError) -> (value: ValueID, lengths: ValueID) {
        var parts: [ValueID] = []
        var lengths: [ShapePart] = []
        for index in list.elements.indices {
            let element = try context.element(list, index)
            lengths.append(try builder.extent(element, 0))
            parts.append(element)
        }
        guard let first = parts.first else { throw OsteonError(.unsupported, "an empty list is joined") }
        return (
            parts.count == 1 ? first : try builder.step("joined", Concat(axis: 0), parts), try builder.shapeVector(lengths, "lengths")
        )
    }

    /// The list of a tensor's slices of these lengths along its first axis.
    func slices(_ index: Int, _ lengths: [Int], _ shape: [Int]?) throws(OsteonError) -> TensorList {
        let value = try tensor(index)
        let formula = Formula(builder)
        var elements: [TensorList.Element?] = []
        var start = 0
        for length in lengths {
            let end = try Checked.add(start, length)
            elements.append(.value(try formula.slice(value, 0, from: formula.integer(start), to: formula.integer(end))))
            start = end
        }
        return TensorList(elements: elements, elementType: builder.graph.type(value).elementType, shape: shape)
    }

    /// The list with an element put at a place; a list that grows gets longer where it has to.
    func setting(_ list: TensorList, _ place: Int, _ element: TensorList.Element) throws(OsteonError) -> TensorList {
        var result = list
        if list.grows, place >= list.elements.count {
            result.elements += Array(repeating: nil, count: try checked(place + 1) - list.elements.count)
        }
        guard result.elements.indices.contains(place) else {
            throw OsteonError(.unsupported, "element \(place) of a list of \(list.elements.count) is written")
        }
        result.elements[place] = element
        return result
    }

    /// The list with the rows of a tensor put at some places.
    func scattering(_ index: Int, _ places: [Int], into list: TensorList) throws(OsteonError) -> TensorList {
        let rows = try rows(index, nil)
        guard rows.elements.count == places.count else {
            throw OsteonError(.malformed, "\(places.count) places for \(rows.elements.count) elements.")
        }
        var result = list
        for (place, row) in zip(places, rows.elements) {
            if let row { result = try setting(result, place, row) }
        }
        return result
    }
}

/// Imports one operation on lists: returns the node's outputs in order.
typealias ListRule = @Sendable (ListNode) throws(OsteonError) -> [ImportedValue.Content]
