import Bytes

/// Reads how a layer is called, in the forms of Keras 1 and 2 (`["conv", 0, 0, {…}]`) and of Keras 3 (`{"args": …}`).
///
/// Everything a node reads is told by layer name; the places in the model are `indices`.
struct CallParser {
    let indices: [UTF8Name: Int]
    private static let deepest = 16

    /// The calls in `inbound_nodes`.
    func calls(_ nodes: JSONValue?) throws(OsteonError) -> [LayerCallArguments] {
        guard let nodes, nodes != .null else { return [] }
        var result: [LayerCallArguments] = []
        for node in try nodes.array() {
            if node["args"] != nil || node["kwargs"] != nil {
                result.append(try modern(node))
            } else {
                result.append(try classic(node))
            }
        }
        return result
    }

    /// The tensors in `input_layers` or `output_layers`: one reference, a list, or an object of them.
    func references(_ value: JSONValue, depth: Int = 0) throws(OsteonError) -> [LayerOutput] {
        if let reference = try reference(value) { return [reference] }
        guard depth < Self.deepest else { throw OsteonError(.limitExceeded, "References nested more than \(Self.deepest) deep.") }
        var result: [LayerOutput] = []
        switch LayerConfiguration.unwrapped(value) {
        case .array(let items):
            for item in items { result += try references(item, depth: depth + 1) }
        case .object(let members):
            for member in members { result += try references(member.value, depth: depth + 1) }
        default: throw value.mismatch("a reference to a layer's output")
        }
        return result
    }

    /// `[name, node, tensor]`, perhaps with keyword arguments behind; nil where it's something else.
    private func reference(_ value: JSONValue) throws(OsteonError) -> LayerOutput? {
        guard case .array(let items) = value, items.count == 3 || items.count == 4, case .string(let name) = items[0],
            case .integer(let node) = items[1], case .integer(let tensor) = items[2], node >= 0
        else { return nil }
        return try output(name, node, tensor)
    }

    private func output(_ name: String, _ node: Int, _ tensor: Int) throws(OsteonError) -> LayerOutput {
        guard let layer = indices[UTF8Name(name)] else { throw OsteonError(.malformed, "It reads a layer \(name), which isn't there.") }
        guard node >= 0, node < 1 << 20, tensor >= 0, tensor < 1 << 20 else {
            throw OsteonError(.malformed, "It reads output \(tensor) of call \(node) of \(name).")
        }
        return LayerOutput(layer: layer, node: node, tensor: tensor)
    }

    // MARK: Keras 1 and 2

    private func classic(_ node: JSONValue) throws(OsteonError) -> LayerCallArguments {
        var call = LayerCallArguments()
        var keywords: JSONValue?
        let first = try firstArgument(node, &keywords, depth: 0)
        // A list of one tensor is how Keras 1 and early 2 wrote a single one.
        if case .list(let items) = first, items.count == 1 { call.positional = [items[0]] } else { call.positional = [first] }
        if case .object(let members)? = keywords {
            for member in members where member.value != .null {
                call.named.append((member.name, try keyword(member.value, depth: 0)))
            }
        }
        return call
    }

    private func firstArgument(_ value: JSONValue, _ keywords: inout JSONValue?, depth: Int) throws(OsteonError) -> CallArgument {
        guard depth < Self.deepest else { throw OsteonError(.limitExceeded, "Arguments nested more than \(Self.deepest) deep.") }
        switch value {
        case .array(let items):
            if case .string(let name)? = items.first {
                if items.count > 3, keywords == nil { keywords = items[3] }
                if name == "_CONSTANT_VALUE", items.count > 2 { return .value(items[2]) }
                guard let reference = try reference(value) else { throw value.mismatch("a reference to a layer's output") }
                return .tensor(reference)
            }
            var result: [CallArgument] = []
            for item in items { result.append(try firstArgument(item, &keywords, depth: depth + 1)) }
            return .list(result)
        case .object(let members):
            var result: [CallArgument] = []
            for member in members { result.append(try firstArgument(member.value, &keywords, depth: depth + 1)) }
            return .list(result)
        default: throw value.mismatch("a reference to a layer's output")
        }
    }

    private func keyword(_ value: JSONValue, depth: Int) throws(OsteonError) -> CallArgument {
        guard depth < Self.deepest else { throw OsteonError(.limitExceeded, "Arguments nested more than \(Self.deepest) deep.") }
        guard case .array(let items) = value else { return .value(value) }
        if items.count == 3, case .string(let name) = items[0], case .integer = items[1], indices[UTF8Name(name)] != nil,
            let reference = try reference(value)
        {
            return .tensor(reference)
        }
        return try list(items, value) { (item) throws(OsteonError) in try keyword(item, depth: depth + 1) }
    }

    // MARK: Keras 3

    private func modern(_ node: JSONValue) throws(OsteonError) -> LayerCallArguments {
        var call = LayerCallArguments()
        for item in try node["args"]?.array() ?? [] { call.positional.append(try argument(item, depth: 0)) }
        for member in try node["kwargs"]?.members() ?? [] where member.value != .null {
            call.named.append((member.name, try argument(member.value, depth: 0)))
        }
        return call
    }

    private func argument(_ value: JSONValue, depth: Int) throws(OsteonError) -> CallArgument {
        guard depth < Self.deepest else { throw OsteonError(.limitExceeded, "Arguments nested more than \(Self.deepest) deep.") }
        if case .string("__keras_tensor__")? = value["class_name"] {
            let history = try value.member("config").member("keras_history").array()
            guard history.count == 3 else { throw OsteonError(.malformed, "A keras_history of \(history.count) parts.") }
            return .tensor(try output(history[0].string(), history[1].integer(), history[2].integer()))
        }
        let plain = LayerConfiguration.unwrapped(value)
        switch plain {
        case .array(let items):
            return try list(items, plain) { (item) throws(OsteonError) in try argument(item, depth: depth + 1) }
        case .object(let members) where members.contains(where: { $0.value["class_name"] == "__keras_tensor__" }):
            var result: [CallArgument] = []
            for member in members { result.append(try argument(member.value, depth: depth + 1)) }
            return .list(result)
        default: return .value(plain)
        }
    }

    /// The arguments in a list, or the plain value where none of them is a tensor.
    private func list(
        _ items: [JSONValue], _ whole: JSONValue, _ read: (JSONValue) throws(OsteonError) -> CallArgument
    ) throws(OsteonError) -> CallArgument {
        var result: [CallArgument] = []
        var hasTensor = false
        for item in items {
            let part = try read(item)
            hasTensor = hasTensor || !part.tensors.isEmpty
            result.append(part)
        }
        return hasTensor ? .list(result) : .value(whole)
    }
}
