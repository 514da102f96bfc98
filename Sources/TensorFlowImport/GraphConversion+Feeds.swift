import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// What's fed from outside, as inputs and constants of the portable graph.
extension GraphConversion {
    mutating func fed(_ reference: TensorReference, _ feed: Feeds.Feed) throws(OsteonError) -> ValueID {
        let tensor = table.tensorName(reference)
        let node = table.nodes[reference.node]
        let name = context.names[tensor] ?? tensor
        switch feed {
        case .constant(let number):
            context.settled[tensor] = number
            let type = try elementType(reference, nil, name)
            let shape = try shape(node, reference.output)
            // Without a shape it's a switch or a share: one number.
            let extents = shape.map { $0.unknownRank ? [] : $0.dim.map { Int($0.size) } } ?? []
            guard extents.allSatisfy({ $0 >= 0 }), let count = try? Checked.product(extents), count <= 1 << 24 else {
                throw OsteonError(.usage, "\(name) has the shape \(extents): only a tensor of fixed shape can be fed a constant.")
            }
            let filled = try Tensor([Double](repeating: number, count: count), shape: extents)
            return builder.graph.addConstant(name, try filled.converted(to: type))
        case .input(let cut):
            return builder.graph.addInput(name, TensorType(try elementType(reference, cut, name), try dimensions(reference, cut, name)))
        }
    }

    /// The element type of a tensor that's fed: as the signature, its node or what makes it tells, `f32` with a note where none does.
    private mutating func elementType(_ reference: TensorReference, _ cut: Feeds.Cut?, _ name: String) throws(OsteonError) -> ElementType {
        if let declared = cut?.declared, declared.type != .dtInvalid { return try declared.type.elementType() }
        if let type = try OperationOutputs.elementType(of: table.nodes[reference.node], reference.output) { return type }
        if let type = context.cutTypes[reference] { return type.elementType }
        context.untyped.insert(name)
        return .f32
    }

    /// A name shared by two inputs would force their batches to be equal, which nothing in the file says.
    private func batchName(_ name: String) -> String { builder.graph.inputs.isEmpty ? "N" : "\(name)_0" }

    /// The shape of an input: the caller's, the signature's, the node's, or what the graph before it makes.
    private func dimensions(_ reference: TensorReference, _ cut: Feeds.Cut, _ name: String) throws(OsteonError) -> [Dimension]? {
        let known = try notedDimensions(reference, cut, name)
        guard let fed = feeds.fedShape(reference), known?.count ?? fed.count == fed.count else { return known }
        if let known, zip(known, fed).contains(where: { $0.fixed != nil && $0.fixed != $1 }) { return known }
        return fed.map(Dimension.fixed)
    }

    private func notedDimensions(_ reference: TensorReference, _ cut: Feeds.Cut, _ name: String) throws(OsteonError) -> [Dimension]? {
        let batch = batchName(name)
        if let shape = cut.shape {
            guard shape.allSatisfy({ $0 >= -1 }) else { throw OsteonError(.usage, "The shape \(shape) for \(name) isn't one.") }
            return shape.enumerated().map { axis, extent in extent >= 0 ? .fixed(extent) : .free(axis == 0 ? batch : "\(name)_\(axis)") }
        }
        if let declared = cut.declared?.shape, !declared.unknownRank { return try declared.dimensions(of: name, batch: batch) }
        if let noted = try shape(table.nodes[reference.node], reference.output), !noted.unknownRank {
            return try noted.dimensions(of: name, batch: batch)
        }
        return context.cutTypes[reference]?.shape?.enumerated().map { axis, dimension in
            dimension.fixed == nil ? .free(axis == 0 ? batch : "\(name)_\(axis)") : dimension
        }
    }

    /// The shape the file notes for a node's output, or for the placeholder that it passes on.
    private func shape(_ node: GraphNode, _ output: Int, depth: Int = 16) throws(OsteonError) -> Tensorflow_TensorShapeProto? {
        if node.operation.hasPrefix("Placeholder"), let shape = try node.attributes.shape("shape") { return shape }
        for list in ["_output_shapes", "output_shapes"] {
            if let shape = try node.attributes.shape(list, at: output) { return shape }
        }
        guard depth > 0, node.operation == "Merge" || node.operation == "Identity" || LiveGraph.switches.contains(node.operation) else {
            return nil
        }
        let sources = node.operation == "Merge" ? node.inputs : Array(node.inputs.prefix(1))
        for source in sources where source.node >= 0 {
            if let shape = try shape(table.nodes[source.node], source.output, depth: depth - 1) { return shape }
        }
        return nil
    }
}
