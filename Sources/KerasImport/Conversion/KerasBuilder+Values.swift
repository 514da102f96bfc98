import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// What's known of values, and values as layers need them.
extension KerasBuilder {
    /// The value in a floating-point type: integers become what the layer computes in.
    func float(_ value: ValueID, _ call: LayerCall) throws(OsteonError) -> ValueID {
        if graph.type(value).elementType.isFloat { return value }
        return try step("float", Cast(elementType: call.configuration.computeType().type), [value])
    }

    /// The rank of a value; Keras always knows it.
    func rank(_ value: ValueID) throws(OsteonError) -> Int {
        guard let rank = graph.type(value).rank else {
            throw OsteonError(.unsupported, "the rank of \(graph[value].name) isn't known")
        }
        return rank
    }

    /// The shape of a value, extents that aren't fixed being nil.
    func shape(_ value: ValueID) throws(OsteonError) -> [Int?] {
        guard let shape = graph.type(value).shape else {
            throw OsteonError(.unsupported, "the rank of \(graph[value].name) isn't known")
        }
        return shape.map(\.fixed)
    }

    /// An extent that a variable's shape depends on.
    func fixedExtent(_ value: ValueID, _ axis: Int) throws(OsteonError) -> Int {
        let shape = try shape(value)
        let place = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(place) else { throw OsteonError(.malformed, "Axis \(axis) of an input of rank \(shape.count).") }
        guard let extent = shape[place] else {
            throw OsteonError(.unsupported, "its weights depend on axis \(axis) of \(graph[value].name), which isn't fixed")
        }
        return extent
    }

    /// The value with its rank checked to be that of batch, channels and `layout`'s spatial axes, channels first.
    func spatialInput(_ value: ValueID, _ layout: ChannelLayout) throws(OsteonError) -> ValueID {
        let rank = try rank(value)
        guard rank == layout.spatialRank + 2 else {
            throw OsteonError(.malformed, "Its input \(graph[value].name) has rank \(rank), not \(layout.spatialRank + 2).")
        }
        return try channelsFirst(value, layout)
    }
}
