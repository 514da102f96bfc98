import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Builds the portable graph of a Keras model: applies layers in order, with their variables.
///
/// Values are named as layers are, with the names of nested models in front (`encoder/conv2d_1`); further calls of a shared
/// layer get `_1`, `_2`…
package final class KerasBuilder: ImportBuilder {
    let weights: WeightTable
    let dialect: KerasDialect
    /// The version of Keras that laid out the weights, which may be another one than that of the configuration.
    var weightsMajor: Int
    /// The backend that trained the weights; nil where nothing says it.
    var weightsBackend: String?
    /// Imports TensorFlow nodes that a model holds; nil where nobody knows how.
    var operations: FragmentImport?
    private(set) var notes: [String]
    private(set) var unsupported = UnsupportedLayers()
    private var variables: [String: ValueID] = [:]
    private var scopes: Set<String> = []
    private var reserved: Set<String> = []
    /// The masks that values carry, as Keras attaches them to tensors.
    var masks: [ValueID: KerasMask] = [:]
    /// Shapes of values that are to be fed from outside, by name: what reads them reads an input of the graph instead, and
    /// what would make them needn't be supported.
    private let feeds: [String: [Int]?]
    /// Calls of layers that may still be applied: shared models can multiply without end.
    private var budget = 10_000

    init(_ weights: WeightTable, _ dialect: KerasDialect, name: String, feeds: [String: [Int]?] = [:]) {
        self.weights = weights
        self.dialect = dialect
        self.feeds = feeds
        weightsMajor = dialect.major
        weightsBackend = dialect.backend
        notes = weights.notes
        super.init(name: name)
    }

    /// Tells a person something, once.
    func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    /// Whether kernels are stored mirrored, as Theano has them.
    /// - Throws: `.usage` for weights of Keras 1 that nothing tells the backend of.
    func mirrorsKernels() throws(OsteonError) -> Bool {
        guard let weightsBackend else {
            if weightsMajor == 1 {
                throw OsteonError(
                    .usage,
                    """
                    The file doesn't record whether Theano or TensorFlow trained it (by variables named layer_W or layer_W:0), and \
                    Theano's kernels are mirrored; give it with \(Parameter.kerasBackend) theano or tensorflow.
                    """
                )
            }
            return false
        }
        guard weightsBackend == KerasOrigin.Backend.theano.rawValue else { return false }
        note("kernels written by the Theano backend were mirrored")
        return true
    }

    // MARK: Variables

    /// A variable of the layer called, of the shape it must have, as a constant of the type the layer computes in.
    /// - Throws: `.malformed` where the file doesn't hold it or its shape is another.
    func variable(_ name: String, of call: LayerCall, shape: [Int], like value: ValueID? = nil) throws(OsteonError) -> ValueID {
        try variable(name, of: call, shapes: [shape], like: value).value
    }

    /// The same for a variable that may come in several shapes.
    /// - Returns: also the place in `shapes` of the one it has.
    func variable(
        _ name: String, of call: LayerCall, shapes: [[Int]], like value: ValueID? = nil
    ) throws(OsteonError) -> (value: ValueID, form: Int) {
        let stored = try stored(name, of: call)
        guard let form = shapes.firstIndex(of: stored.shape) else {
            throw OsteonError(
                .malformed, "Its variable \(name) has shape \(stored.shape) in the file (\(stored.name)); \(shapes[0]) is needed.")
        }
        return (try constant(name, stored, of: call, like: value), form)
    }

    /// A variable of whatever shape it has.
    func anyVariable(_ name: String, of call: LayerCall, like value: ValueID? = nil) throws(OsteonError) -> ValueID {
        try constant(name, stored(name, of: call), of: call, like: value)
    }

    func stored(_ name: String, of call: LayerCall) throws(OsteonError) -> StoredVariable {
        guard let stored = weights[call.layer, name] else {
            throw OsteonError(.malformed, "The file doesn't hold its variable \(name).")
        }
        return stored
    }

    private func constant(_ name: String, _ stored: StoredVariable, of call: LayerCall, like value: ValueID?) throws(OsteonError) -> ValueID
    {
        let own = try call.configuration.computeType().type
        let wanted = value.map { graph.type($0).elementType } ?? own
        let key = "\(call.layer.path)/\(name) \(wanted.rawValue)"
        if let known = variables[key] { return known }
        var tensor = try locating("variable \(stored.name)") { () throws(OsteonError) in try stored.read() }
        guard tensor.shape == stored.shape else {
            throw OsteonError(.malformed, "The variable \(stored.name) has shape \(tensor.shape), not \(stored.shape).")
        }
        if tensor.elementType != wanted { tensor = try tensor.converted(to: wanted) }
        let id = graph.addConstant("\(call.layer.path)/\(name)", tensor)
        variables[key] = id
        return id
    }

    /// What `op` makes of a constant, now.
    func computed(_ op: any Operator, _ value: ValueID) throws(OsteonError) -> Tensor {
        guard let tensor = graph.constant(value), let result = try op.evaluate([tensor]).first else {
            throw OsteonError(.internalFault, "\(graph[value].name) isn't constant.")
        }
        return result
    }

    // MARK: Calling

    /// A name for the values of one call that no other call or layer has.
    func scope(for path: String, call: Int) -> String {
        var number = call
        var name = call == 0 ? path : "\(path)_\(call)"
        while (call > 0 && reserved.contains(name)) || !scopes.insert(name).inserted {
            number += 1
            name = "\(path)_\(number)"
        }
        return name
    }

    /// Keeps names of layers from being given to further calls of others.
    func reserve(_ paths: [String]) { reserved.formUnion(paths) }

    /// Applies a layer under `name`.
    /// - Returns: its outputs; nil where it isn't supported, which is noted.
    func apply(_ call: LayerCall, as name: String) throws(OsteonError) -> [ValueID]? {
        budget -= 1
        guard budget >= 0 else { throw OsteonError(.limitExceeded, "The model's layers are called more than 10000 times.") }
        let outer = scope
        defer { scope = outer }
        scope = name
        return try locating("layer \(call.layer.path) (\(call.layer.title))") { () throws(OsteonError) -> [ValueID]? in
            do throws(OsteonError) {
                let call = try MaskRules.reading(call, self)
                guard let values = try results(of: call) else { return fed(call) }
                let made = try cut(settle(values, of: call))
                try MaskRules.attach(call, made, self)
                return made
            } catch {
                guard error.code == .unsupported else { throw error }
                unsupported.add(call.layer, error.message)
                return fed(call)
            }
        }
    }

    /// Notes a layer that couldn't be imported whatever it read.
    func noteUnsupported(_ layer: KerasLayer) { _ = unsupported.rule(for: layer) }

    /// An input of the graph for a layer that isn't supported, where one is asked for.
    private func fed(_ call: LayerCall) -> [ValueID]? {
        guard let shape = feeds[scope] ?? nil, shape.allSatisfy({ $0 >= 0 }), graph.value(named: scope) == nil else { return nil }
        let type = (try? call.configuration.computeType().type) ?? .f32
        return [graph.addInput(scope, TensorType(type, fixed: shape))]
    }

    private func results(of call: LayerCall) throws(OsteonError) -> [ValueID]? {
        if let model = call.layer.model { return try applyModel(model, call.inputs, prefix: scope) }
        guard let rule = unsupported.rule(for: call.layer) else { return nil }
        if call.layer.isOperation || OperationRules.isFunctionCall(call.layer) { return try rule(call, self) }
        try checkArguments(call)
        var converted = try autocast(call)
        converted.masks = call.readsMasks ? call.masks : []
        return try rule(converted, self)
    }

    private func checkArguments(_ call: LayerCall) throws(OsteonError) {
        for (name, value) in call.named {
            if name == "training" {
                if case .json(.bool(true)) = value { note("\(call.layer.path) is called with training=True; imported for inference") }
                continue
            }
            guard value.values.isEmpty || AttentionRules.tensorArguments.contains(name) || MaskRules.reads(name, call.layer) else {
                throw OsteonError(.unsupported, "it's called with a tensor \(name)")
            }
        }
    }

    /// Floats become what the layer computes in, as Keras does.
    private func autocast(_ call: LayerCall) throws(OsteonError) -> LayerCall {
        let (type, isMixed) = try call.configuration.computeType()
        if isMixed { note("layers of mixed precision are computed in f32") }
        let tensors = call.inputs + call.named.flatMap(\.value.values)
        let isOff = tensors.allSatisfy { !graph.type($0).elementType.isFloat || graph.type($0).elementType == type }
        guard !isOff, !call.configuration.flag("autocast", true) == false, call.layer.className != "InputLayer" else { return call }
        var positional: [LayerCall.Argument] = []
        for (index, argument) in call.positional.enumerated() { positional.append(try cast(argument, type, "\(index)")) }
        var named = call.named
        for (index, argument) in named.enumerated() where ["query", "value", "key"].contains(argument.name) {
            named[index].value = try cast(argument.value, type, argument.name)
        }
        return LayerCall(call.layer, positional, named)
    }

    private func cast(_ argument: LayerCall.Argument, _ type: ElementType, _ part: String) throws(OsteonError) -> LayerCall.Argument {
        switch argument {
        case .json: return argument
        case .list(let items):
            var result: [LayerCall.Argument] = []
            for (index, item) in items.enumerated() { result.append(try cast(item, type, "\(part)_\(index)")) }
            return .list(result)
        case .value(let value):
            let current = graph.type(value).elementType
            guard current.isFloat, current != type else { return argument }
            let cast = try step("input_\(part)", Cast(elementType: type), [value])
            masks[cast] = masks[value]
            return .value(cast)
        }
    }

    /// The outputs of a call, the first replaced by an input of the graph where it's to be fed.
    private func cut(_ values: [ValueID]) throws(OsteonError) -> [ValueID] {
        guard feeds[scope] != nil, let first = values.first else { return values }
        try graph.rename(first, to: graph.uniqueValueName("\(scope):made"))
        return [graph.addInput(scope, graph.type(first))] + values.dropFirst()
    }

    /// Gives a layer's outputs its name; what it passes on unchanged gets a value of its own.
    private func settle(_ values: [ValueID], of call: LayerCall) throws(OsteonError) -> [ValueID] {
        // What a model passes on keeps its mask, and so does what a layer made a mask for.
        let carried = values.map { call.layer.model != nil || !call.inputs.contains($0) ? masks[$0] : nil }
        let result = try settled(values)
        for (value, mask) in zip(result, carried) { masks[value] = mask }
        return result
    }

    private func settled(_ values: [ValueID]) throws(OsteonError) -> [ValueID] {
        var result: [ValueID] = []
        for (index, value) in values.enumerated() {
            let name = index == 0 ? scope : "\(scope):\(index)"
            let current = graph[value].name
            guard graph.producer(value) != nil || graph.constant(value) != nil, current == scope || current.hasPrefix("\(scope):"),
                !result.contains(value)
            else {
                result.append(try graph.add(Identity(), [value], outputNames: [name])[0])
                continue
            }
            if current != name { try give(name, to: value, among: values) }
            result.append(value)
        }
        return result
    }

    /// Gives a layer's output its name, which a step on the way to it may have taken.
    private func give(_ name: String, to value: ValueID, among outputs: [ValueID]) throws(OsteonError) {
        if let other = graph.value(named: name) {
            guard !outputs.contains(other), !graph.inputs.contains(other) else { return }
            let inner = "\(name):inner"
            try graph.rename(other, to: graph.uniqueValueName(inner))
            if let node = graph.producer(other), graph[node].name == name { try graph.rename(node, to: graph.uniqueNodeName(inner)) }
        }
        try graph.rename(value, to: name)
        if let node = graph.producer(value), graph.uniqueNodeName(name) == name { try graph.rename(node, to: name) }
    }
}
