import Bytes
import GraphIR
import Tensors

/// Tensors given on the command line.
package enum InputFile {
    /// The tensors of a `.npy` file (for the input `name`) or of a `.npz` file (arrays named by input).
    /// - Throws: `.usage` where the model has no such input.
    package static func read(_ path: String, for name: String, of graph: Graph) throws(OsteonError) -> [String: Tensor] {
        let inputs = graph.inputs.map { graph[$0].name }
        guard let input = ValueNames.match(name, among: inputs) else {
            throw OsteonError.noInput(name, among: inputs)
        }
        let tensor = try locating(path) { () throws(OsteonError) in try NPY.read(path) }
        return [input: try ValueNames.fit(tensor, to: graph, input)]
    }
}

extension Model {
    /// Opens a model that will be fed the arrays of a reference (`.npz`) and of files (`.npy`) by input; see `open(_:options:feeding:)`.
    package static func open(
        _ path: String, options: ImportOptions, reference: String?, files: [String: String] = [:]
    ) throws(OsteonError) -> Model {
        func arrays() throws(OsteonError) -> [String: Tensor] {
            var result = try ReferenceArrays.all(reference)
            for (name, file) in files { result[name] = try locating(file) { () throws(OsteonError) in try NPY.read(file) } }
            return result
        }
        return try open(path, options: options, feeding: arrays())
    }
}

/// How arrays of other tools are named.
package enum ValueNames {
    /// The one of `names` meant by `name`: itself, or without TensorFlow's `:0`.
    package static func match(_ name: String, among names: [String]) -> String? {
        if names.contains(name) { return name }
        let bare = name.hasSuffix(":0") ? String(name.dropLast(2)) : name
        return names.first { $0 == bare || $0 == bare + ":0" }
    }

    /// The error for a file with several arrays that are all meant by one name (`x`, `x:0`, `x` in other bytes of Unicode).
    static func ambiguous(_ name: String, _ arrays: [String]) -> OsteonError {
        let meant = arrays.filter { match($0, among: [name]) != nil }
        return OsteonError(.usage, "\(meant.joined(separator: " and ")) are all arrays for \(name); leave one.")
    }

    /// A float tensor of another float type is converted to the input's; anything else stays as it is.
    static func fit(_ tensor: Tensor, to graph: Graph, _ input: String) throws(OsteonError) -> Tensor {
        guard let id = graph.value(named: input) else { return tensor }
        let wanted = graph.type(id).elementType
        return tensor.elementType != wanted && tensor.elementType.isFloat && wanted.isFloat ? try tensor.converted(to: wanted) : tensor
    }
}
