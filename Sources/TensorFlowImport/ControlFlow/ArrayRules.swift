import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// `TensorArray…V3`, the arrays that loops of TensorFlow 1 read from and write to.
///
/// Each operation that changes an array takes its flow and gives a new one, and those that read it take the flow of the
/// change they must see: so the flow stands for what the array holds then, and the handle says nothing.
enum ArrayRules {
    static let table: [String: ListRule] = [
        "TensorArrayV3": { (node) throws(OsteonError) in
            let elements: [TensorList.Element?] = Array(repeating: nil, count: try node.length(0))
            let grows = try node.node.attributes.bool("dynamic_size", default: false)
            let list = TensorList(
                elements: elements, elementType: try node.type("dtype"), shape: try node.shape("element_shape"), grows: grows)
            return [.handle, .list(list)]
        },
        "TensorArrayWriteV3": { (node) throws(OsteonError) in
            let list = try node.list(3)
            if node.builder.graph.constant(try node.tensor(1)) != nil {
                let place = try node.integer(1, "index")
                guard !list.elements.indices.contains(place) || list.elements[place] == nil else {
                    throw OsteonError(.unsupported, "an element of an array is written twice")
                }
            }
            return [.list(try ListRules.written(node, list, 1, 2))]
        },
        "TensorArrayReadV3": { (node) throws(OsteonError) in
            let list = try node.list(2)
            guard node.builder.graph.constant(try node.tensor(1)) == nil else {
                return [.tensor(try node.context.element(list, node.integer(1, "index")))]
            }
            return [.tensor(try ListRules.gathered(node, list, node.tensor(1), nil))]
        },
        "TensorArrayGatherV3": { (node) throws(OsteonError) in
            [.tensor(try ListRules.gathered(node, node.list(2), node.tensor(1), node.shape("element_shape")))]
        },
        "TensorArrayScatterV3": { (node) throws(OsteonError) in
            [.list(try node.scattering(2, node.integers(1, "indices"), into: node.list(3)))]
        },
        "TensorArrayConcatV3": { (node) throws(OsteonError) in
            let (value, lengths) = try node.joined(node.list(1))
            return [.tensor(value), .tensor(lengths)]
        },
        "TensorArraySplitV3": { (node) throws(OsteonError) in
            let list = try node.list(3)
            let slices = try node.slices(1, node.integers(2, "lengths"), list.shape)
            var result = list
            for (place, slice) in slices.elements.enumerated() {
                if let slice { result = try node.setting(result, place, slice) }
            }
            return [.list(result)]
        },
        "TensorArraySizeV3": { (node) throws(OsteonError) in
            [.tensor(node.builder.constant(try Tensor(scalar: Int32(node.list(1).elements.count)), "size"))]
        },
    ]
}
