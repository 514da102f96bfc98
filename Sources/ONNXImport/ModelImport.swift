import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// The import of one model: its main graph, cut as asked.
struct ModelImport {
    private let model: Onnx_ModelProto
    private let options: ImportOptions
    private let importer: GraphImporter
    private let scope: Scope
    private let initializerNames: Set<String>
    /// What the file says of values: its inputs, outputs, and those in between.
    private let declared: [String: Onnx_ValueInfoProto]
    /// The names that the file gives dimensions.
    private let labels: Set<String>

    init(_ model: Onnx_ModelProto, _ decoder: TensorDecoder, _ options: ImportOptions) throws(OsteonError) {
        guard model.hasGraph else { throw OsteonError(.malformed, "The model has no graph.") }
        try EquivalentNames.refuse(GraphOutline.names(in: model.graph))
        for function in model.functions { try EquivalentNames.refuse(function.input + GraphOutline.names(in: function.node)) }
        self.model = model
        importer = GraphImporter(name: model.graph.name, decoder: decoder, functions: try FunctionLibrary(model.functions))
        scope = Scope(prefix: "", opsets: try Scope.opsets(model.opsetImport))
        initializerNames = Set(model.graph.initializer.map(\.name))
        var declared: [String: Onnx_ValueInfoProto] = [:]
        for info in model.graph.valueInfo + model.graph.output + model.graph.input { declared[info.name] = info }
        self.declared = declared
        var names = Set(try GraphOutline.producers(of: model.graph.node).keys).union(initializerNames)
        names.formUnion(model.graph.input.map(\.name))
        self.options = try options.settlingShapes { names.contains($0) }
        labels = Set(declared.values.flatMap { $0.type.tensorType.shape.dim.map(\.dimParam) })
    }

    func run() throws(OsteonError) -> ImportedModel {
        let produced = try checkNames()
        let wanted = options.outputs.isEmpty ? model.graph.output.map(\.name) : options.outputs
        guard !wanted.isEmpty else { throw OsteonError(.malformed, "The graph has no outputs.") }
        try importer.declareInitializers(model.graph, in: scope)
        for name in options.constants.keys { scope.initializers[name] = nil }
        for name in options.inputs.keys { scope.initializers[name] = nil }

        let isGiven = { (name: String) in
            scope.initializers[name] != nil || options.inputs[name] != nil || options.constants[name] != nil
        }
        let outline = try GraphOutline(model.graph.node, wanted: wanted, given: isGiven)
        try checkVersion(of: outline.nodes)
        let used = Set(outline.nodes.flatMap { $0.input + GraphOutline.captured(by: $0) } + wanted)
        try addInputs(used, produced)
        try importer.importNodes(outline.nodes, in: scope)
        try setOutputs(wanted)
        importer.graph.removeDeadCode()
        return ImportedModel(
            graph: importer.graph, format: "onnx", producer: producer, notes: importer.notes, metadata: try metadata())
    }

    // MARK: Checks

    private func checkVersion(of nodes: [Onnx_NodeProto]) throws(OsteonError) {
        guard let version = scope.opsets[""] else {
            // Files from before version 3 of the format have no operator sets but the first.
            let isBare = nodes.contains { $0.domain.isEmpty || $0.domain == "ai.onnx" }
            guard model.irVersion < 3 || !isBare else {
                throw OsteonError(
                    .malformed, "The model doesn't say which operator set (opset_import) its nodes are of, so what they mean isn't known.")
            }
            return
        }
        if version > RuleTable.newestVersion {
            importer.note(
                "Operator set \(version) is newer than \(RuleTable.newestVersion), the newest Osteon knows; it's read as that one.")
        }
    }

    /// Checks that each name stands for one thing, and the names asked for exist.
    /// - Returns: the names that nodes make.
    private func checkNames() throws(OsteonError) -> Set<String> {
        let produced = Set(try GraphOutline.producers(of: model.graph.node).keys)
        var inputs: Set<String> = []
        for input in model.graph.input {
            guard inputs.insert(input.name).inserted else { throw OsteonError(.malformed, "Two inputs are named \(input.name).") }
        }
        if let name = produced.intersection(inputs).min() ?? produced.intersection(initializerNames).min() {
            throw OsteonError(.malformed, "The value \(name) is made by a node, but is an input or a constant as well.")
        }
        let asked = options.outputs + options.inputs.keys.sorted() + options.constants.keys.sorted()
        for name in asked where !produced.contains(name) && !inputs.contains(name) && !initializerNames.contains(name) {
            let open = inputs.subtracting(initializerNames).sorted().prefix(5).joined(separator: ", ")
            let given = model.graph.output.map(\.name).prefix(5).joined(separator: ", ")
            throw OsteonError(
                .usage,
                """
                The model has no value named \(name); \(open.isEmpty ? "it has no inputs" : "its inputs are \(open)"), \
                \(given.isEmpty ? "and no outputs" : "its outputs \(given)").
                """
            )
        }
        return produced
    }

    // MARK: Inputs

    /// Adds the graph's inputs (all of them, where nothing is cut), then the values cut to be inputs and constants.
    private func addInputs(_ used: Set<String>, _ produced: Set<String>) throws(OsteonError) {
        let open = model.graph.input.filter { !initializerNames.contains($0.name) && options.constants[$0.name] == nil }
        let isWhole = options.inputs.isEmpty && options.outputs.isEmpty
        let kept = open.filter { isWhole || used.contains($0.name) || options.inputs[$0.name] != nil }
        let cuts = options.inputs.keys.sorted().filter { name in !kept.contains { $0.name == name } }
        let isOnly = kept.count + cuts.count == 1
        for name in kept.map(\.name) + cuts {
            var type = try inputType(name, isOnly: isOnly)
            if let given = options.inputs[name], let shape = given { type = try Self.fixing(type, shape, name) }
            if let array = options.arrays[name] {
                if let constant = try settled(array, type) {
                    scope.values[name] = importer.graph.addConstant(name, constant)
                    importer.note(
                        """
                        Input \(name) is fixed to \
                        \(try constant.doubles().first.map { Int(exactly: $0).map(String.init) ?? "\($0)" } ?? ""), the value of \
                        its array: what the graph does depends on it.
                        """
                    )
                    continue
                }
                if TensorType(type.elementType, fixed: array.shape).isCompatible(with: type) {
                    type.shape = array.shape.map(Dimension.fixed)
                }
            }
            scope.values[name] = importer.graph.addInput(name, type)
        }
        for (name, number) in options.constants.sorted(by: { $0.key < $1.key }) {
            let type = try inputType(name, isOnly: false)
            // Without a shape it's a switch or a share: one number.
            guard let shape = type.shape == nil ? [] : type.fixedShape else {
                throw OsteonError(.usage, "\(name) is \(type): only a value of fixed shape can be fed a constant.")
            }
            let count = try Checked.product(shape)
            guard count <= 1 << 24 else { throw OsteonError(.usage, "\(name) is \(type), too large to be filled with a constant.") }
            let tensor = try Tensor([Double](budgeted: number, count: count), shape: shape).converted(to: type.elementType)
            scope.values[name] = importer.graph.addConstant(name, tensor)
        }
    }

    /// The value of an input that conditions and counts may depend on: a whole number or truth value that will be fed.
    private func settled(_ array: Tensor, _ type: TensorType) throws(OsteonError) -> Tensor? {
        guard array.count == 1, array.shape.count <= 1, type.elementType.isInteger || type.elementType == .bool else { return nil }
        guard array.elementType == type.elementType, type.shape == nil || array.type.isCompatible(with: type) else { return nil }
        return array
    }

    private static func fixing(_ type: TensorType, _ shape: [Int], _ name: String) throws(OsteonError) -> TensorType {
        let fixed = TensorType(type.elementType, fixed: shape)
        guard shape.allSatisfy({ $0 >= 0 }), fixed.isCompatible(with: type) else {
            throw OsteonError(.usage, "\(name) is \(type); \(fixed) doesn't fit.")
        }
        return fixed
    }

    /// The type of a value cut to be an input, from the nodes that make it; nil where they aren't supported.
    private func madeType(_ name: String) -> TensorType? {
        var inner = options
        inner.outputs = [name]
        inner.inputs = options.inputs.filter { declared[$0.key]?.hasType == true }
        inner.constants = options.constants.filter { declared[$0.key]?.hasType == true }
        guard let graph = try? ModelImport(model, importer.decoder, inner).run().graph, let output = graph.outputs.first else { return nil }
        var type = graph.type(output)
        type.shape = type.shape?.enumerated().map { axis, dimension in dimension.fixed == nil ? .free("\(name)_\(axis)") : dimension }
        return type
    }

    /// The type the file declares for a value, free extents named.
    private func inputType(_ name: String, isOnly: Bool) throws(OsteonError) -> TensorType {
        guard let info = declared[name], info.hasType else {
            if let tensor = model.graph.initializer.first(where: { $0.name == name }) { return try importer.decoder.tensor(tensor).type }
            if let made = madeType(name) { return made }
            importer.note("The file doesn't say what type \(name) has; it's taken as f32.")
            return TensorType(.f32, nil)
        }
        guard case .tensorType(let tensor)? = info.type.value else {
            throw OsteonError(.unsupported, "\(name) is a sequence, a map or another kind of value; Osteon has only dense tensors.")
        }
        let elementType = try ElementType(onnx: tensor.elemType, of: "The value \(name)")
        guard tensor.hasShape else { return TensorType(elementType, nil) }
        var shape: [Dimension] = []
        for (axis, dimension) in tensor.shape.dim.enumerated() {
            switch dimension.value {
            case .dimValue(let extent)? where extent >= 0: shape.append(.fixed(try Checked.int(extent)))
            case .dimParam(let label)? where Self.isName(label): shape.append(.free(label))
            default: shape.append(.free(axis == 0 && isOnly && tensor.shape.dim.count >= 3 ? "N" : freeName(name, axis)))
            }
        }
        return TensorType(elementType, shape)
    }

    /// Whether a label says that dimensions with it are equal. `?`, `-1`, `None` and the like say that nothing is known: each such
    /// dimension stands for itself.
    private static func isName(_ label: String) -> Bool {
        let isWord = label.unicodeScalars.contains { $0.properties.isAlphabetic }
        return isWord && !["none", "null", "nan", "unknown", "unk", "dynamic", "any"].contains(label.lowercased())
    }

    /// A name for a dimension without one, which no other dimension of the file has.
    private func freeName(_ value: String, _ axis: Int) -> String {
        var name = "\(value)_\(axis)"
        while labels.contains(name) { name += "_" }
        return name
    }

    // MARK: Outputs

    /// Makes the wanted values outputs, each under the name it was asked for.
    private func setOutputs(_ wanted: [String]) throws(OsteonError) {
        var outputs: [ValueID] = []
        for name in wanted {
            var value = try importer.requiredValue(name, in: scope)
            if importer.graph[value].name != name {
                if let other = importer.graph.value(named: name) {
                    try importer.graph.rename(other, to: importer.graph.uniqueValueName("\(name).other"))
                }
                if outputs.contains(value) || importer.graph.inputs.contains(value) {
                    value = try importer.graph.add(Identity(), [value], outputNames: [name])[0]
                } else {
                    try importer.graph.rename(value, to: name)
                }
            }
            outputs.append(value)
        }
        importer.graph.setOutputs(outputs)
    }

    // MARK: What else the file says

    private var producer: String {
        [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func metadata() throws(OsteonError) -> [String: String] {
        var result: [String: String] = [:]
        for entry in model.metadataProps {
            guard result.updateValue(entry.value, forKey: entry.key) == nil else {
                throw OsteonError(.malformed, "The metadata gives \(entry.key) twice.")
            }
        }
        return result
    }
}
