import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// `TensorList…`, the lists that loops of TensorFlow 2 read from and write to.
enum ListRules {
    static let table: [String: ListRule] = [
        "TensorListReserve": { (node) throws(OsteonError) in
            [.list(try empty(node, Array(repeating: nil, count: node.length(1))))]
        },
        "EmptyTensorList": { (node) throws(OsteonError) in [.list(try empty(node, []))] },
        "TensorListFromTensor": { (node) throws(OsteonError) in [.list(try node.rows(0, node.shape(1)))] },
        "TensorListStack": { (node) throws(OsteonError) in [.tensor(try node.stacked(node.list(0), node.shape(1)))] },
        "TensorListGetItem": get, "TensorListSetItem": set,
        "TensorListPushBack": { (node) throws(OsteonError) in
            var list = try node.list(0)
            list.elements.append(try node.element(1))
            return [.list(list)]
        },
        "TensorListPopBack": { (node) throws(OsteonError) in
            var list = try node.list(0)
            guard let last = list.elements.indices.last else { throw OsteonError(.unsupported, "an element of an empty list is taken") }
            let element = try node.content(list, last, node.shape(1))
            list.elements.removeLast()
            return [.list(list), element]
        },
        "TensorListLength": { (node) throws(OsteonError) in
            [.tensor(node.builder.constant(try Tensor(scalar: Int32(node.list(0).elements.count)), "length"))]
        },
        "TensorListGather": { (node) throws(OsteonError) in
            let list = try node.list(0)
            return [.tensor(try gathered(node, list, node.tensor(1), node.shape(2)))]
        },
        "TensorListScatter": scatter, "TensorListScatterV2": scatter,
        "TensorListScatterIntoExistingList": { (node) throws(OsteonError) in
            [.list(try node.scattering(1, node.integers(2, "indices"), into: node.list(0)))]
        },
        "TensorListConcat": concat, "TensorListConcatV2": concat,
        "TensorListSplit": { (node) throws(OsteonError) in
            [.list(try node.slices(0, node.integers(2, "lengths"), node.shape(1)))]
        },
        "TensorListResize": { (node) throws(OsteonError) in
            var list = try node.list(0)
            let length = try node.length(1)
            list.elements = Array(list.elements.prefix(length))
            list.elements += Array(repeating: nil, count: length - list.elements.count)
            return [.list(list)]
        },
        "TensorListConcatLists": { (node) throws(OsteonError) in
            var list = try node.list(0)
            list.elements += try node.list(1).elements
            return [.list(list)]
        },
        "TensorListElementShape": { (node) throws(OsteonError) in
            guard let shape = try node.list(0).shape else { throw OsteonError(.unsupported, "the shape of elements of unknown rank") }
            let value = try node.builder.integers(shape, "shape")
            return [.tensor(try node.builder.converted(value, to: node.type("shape_type")))]
        },
    ]

    private static func empty(_ node: ListNode, _ elements: [TensorList.Element?]) throws(OsteonError) -> TensorList {
        TensorList(elements: elements, elementType: try node.elementType(), shape: try node.shape(0))
    }

    private static func get(_ node: ListNode) throws(OsteonError) -> [ImportedValue.Content] {
        let list = try node.list(0)
        let shape = try node.shape(2)
        guard node.builder.graph.constant(try node.tensor(1)) == nil else {
            return [try node.content(list, node.integer(1, "index"), shape)]
        }
        return [.tensor(try gathered(node, list, node.tensor(1), shape))]
    }

    /// The elements that places, which may be computed, say.
    static func gathered(_ node: ListNode, _ list: TensorList, _ places: ValueID, _ shape: [Int]?) throws(OsteonError) -> ValueID {
        if let known = try node.builder.graph.constant(places)?.integers() {
            return try node.stacked(list, known, shape)
        }
        return try node.builder.step("gathered", Gather(axis: 0), [node.stacked(list, shape), places])
    }

    private static func set(_ node: ListNode) throws(OsteonError) -> [ImportedValue.Content] {
        var list = try node.list(0)
        list.grows = try node.node.attributes.bool("resize_if_index_out_of_bounds", default: false)
        return [.list(try written(node, list, 1, 2))]
    }

    /// The list with an input at the place that input `index` says: where that's computed, each element is chosen.
    static func written(_ node: ListNode, _ list: TensorList, _ index: Int, _ input: Int) throws(OsteonError) -> TensorList {
        let place = try node.tensor(index)
        guard node.builder.graph.constant(place) == nil else {
            return try node.setting(list, node.integer(index, "index"), node.element(input))
        }
        let value = try node.tensor(input)
        let type = node.builder.graph.type(value)
        guard node.builder.graph.type(place).rank == 0, let shape = type.fixedShape, list.elements.count <= 256, !list.grows else {
            throw OsteonError(.unsupported, "the place where a list is written isn't known")
        }
        var result = list
        for place in list.elements.indices {
            let old = try node.context.element(list, place, shape: shape)
            guard node.builder.graph.type(old) == type else {
                throw OsteonError(.unsupported, "the place where a list is written isn't known, and its elements differ in shape")
            }
            let number = try node.builder.scalar(Double(place), like: node.tensor(index), "place")
            let isHere = try node.builder.step("is_\(place)", Equal(), [node.tensor(index), number])
            result.elements[place] = .value(try node.builder.step("written_\(place)", Where(), [isHere, value, old]))
        }
        return result
    }

    private static func scatter(_ node: ListNode) throws(OsteonError) -> [ImportedValue.Content] {
        let places = try node.integers(1, "indices")
        guard places.allSatisfy({ $0 >= 0 }) else { throw OsteonError(.malformed, "A negative place in a list.") }
        let given = node.inputs.count > 3 ? try node.integer(3, "length of a list") : -1
        let type = node.builder.graph.type(try node.tensor(0)).elementType
        var list = TensorList(elements: [], elementType: type, shape: try node.shape(2), grows: true)
        if given >= 0 { list.elements = Array(repeating: nil, count: try node.length(3)) }
        list = try node.scattering(0, places, into: list)
        list.grows = false
        return [.list(list)]
    }

    private static func concat(_ node: ListNode) throws(OsteonError) -> [ImportedValue.Content] {
        let (value, lengths) = try node.joined(node.list(0))
        return [.tensor(value), .tensor(lengths)]
    }
}
