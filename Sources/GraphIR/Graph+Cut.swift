import Bytes
import Tensors

extension Graph {
    /// Cuts the graph at the values named in `options`, as importers do for foreign files: new inputs and outputs,
    /// constants fed, and everything no output needs removed, unused inputs too.
    /// - Throws: `.usage` where a name isn't there or a shape doesn't fit.
    package mutating func cut(_ options: ImportOptions) throws(OsteonError) {
        if options.inputs.isEmpty && options.outputs.isEmpty && options.constants.isEmpty { return }
        let options = try options.settlingShapes { value(named: $0) != nil }
        for (name, shape) in options.inputs.sorted(by: { $0.key < $1.key }) {
            let value = try namedValue(name)
            var type = self.type(value)
            if let shape {
                let wanted = TensorType(type.elementType, fixed: shape)
                guard type.isCompatible(with: wanted) else {
                    throw OsteonError(.usage, "Value \(name) is \(type); \(shape) doesn't fit.")
                }
                type = wanted
            }
            cutInput(value, type: type)
        }
        for (name, number) in options.constants.sorted(by: { $0.key < $1.key }) {
            let value = try namedValue(name)
            guard let shape = type(value).fixedShape else {
                throw OsteonError(.usage, "Value \(name) is \(type(value)): only a value of fixed shape can be fed a constant.")
            }
            let count = try Checked.product(shape)
            let tensor = try Tensor([Double](budgeted: number, count: count), shape: shape).converted(to: type(value).elementType)
            bindInput(value, to: tensor)
        }
        if !options.outputs.isEmpty {
            var values: [ValueID] = []
            for name in options.outputs { values.append(try namedValue(name)) }
            setOutputs(values)
        }
        removeDeadCode()
        let used = consumers()
        for input in inputs where used[input] == nil && !outputs.contains(input) && options.inputs[self[input].name] == nil {
            removeInput(input)
        }
        try reinferTypes()
    }

    private func namedValue(_ name: String) throws(OsteonError) -> ValueID {
        guard let value = value(named: name) else {
            let known = inputs.isEmpty ? "it has no inputs" : "its inputs are \(inputs.map { self[$0].name }.joined(separator: ", "))"
            throw OsteonError(.usage, "The graph has no value \(name) (\(known)); `osteon inspect` lists them all.")
        }
        return value
    }
}
