import Bytes
import GraphIR
import WireFormats

/// One signature of a SavedModel: the tensors it takes and gives, under the names it has for them.
struct SavedSignature {
    let name: String
    /// The other signatures with outputs, sorted.
    let others: [String]
    private let definition: Tensorflow_SignatureDef

    /// The signature TensorFlow saves to initialise tables.
    private static let internalNames: Set<String> = ["__saved_model_init_op", "__saved_model_train_op"]
    private static let standard = "serving_default"

    /// - Parameter wanted: nil for the one for serving, or the only one.
    init(_ meta: MetaGraph, named wanted: String?) throws(OsteonError) {
        let all = meta.description.signatureDef.filter { !Self.internalNames.contains($0.key) && !$0.value.outputs.isEmpty }
        let known = all.keys.sorted()
        guard !known.isEmpty else {
            throw OsteonError(.unsupported, "The SavedModel has no signature, so it doesn't say what to run; save it with one.")
        }
        let list = known.joined(separator: ", ")
        var chosen = wanted
        if chosen == nil { chosen = known.contains(Self.standard) ? Self.standard : known.count == 1 ? known[0] : nil }
        guard let chosen else {
            throw OsteonError(.usage, "The SavedModel has several signatures; choose with \(Parameter.signatureDef): \(list).")
        }
        guard let definition = all[chosen] else {
            throw OsteonError(.usage, "There's no signature \(chosen); there are \(list).")
        }
        name = chosen
        others = known.filter { $0 != chosen }
        self.definition = definition
    }

    /// The signature's names by the names of the tensors ("node", or "node:1").
    var names: [String: String] {
        var result: [String: String] = [:]
        for (key, tensor) in definition.inputs.merging(definition.outputs, uniquingKeysWith: { first, _ in first }).sorted(by: {
            $0.key < $1.key
        }) {
            result[Self.shortened(tensor.name)] = key
        }
        return result
    }

    /// The tensors it takes.
    var inputs: [DeclaredInput] {
        definition.inputs.sorted { $0.key < $1.key }.filter { !$0.value.name.isEmpty }.map {
            DeclaredInput(tensor: $0.value.name, type: $0.value.dtype, shape: $0.value.hasTensorShape ? $0.value.tensorShape : nil)
        }
    }

    /// The options with the signature's names replaced by the tensors', its outputs given out.
    func cutting(_ options: ImportOptions) throws(OsteonError) -> ImportOptions {
        var result = options
        result.inputs = [:]
        result.constants = [:]
        result.suggestedEnds = nil
        let options = try options.settlingShapes { definition.inputs[$0] != nil }
        for (name, shape) in options.inputs { result.inputs[tensor(name, in: definition.inputs)] = shape }
        for (name, value) in options.constants { result.constants[tensor(name, in: definition.inputs)] = value }
        result.arrays = [:]
        for (name, array) in options.arrays { result.arrays[tensor(name, in: definition.inputs)] = array }
        result.outputs = options.outputs.map { tensor($0, in: definition.outputs) }
        if result.outputs.isEmpty {
            result.outputs = definition.outputs.sorted { $0.key < $1.key }.map(\.value.name)
        }
        for (key, input) in definition.inputs where input.name.isEmpty {
            throw OsteonError(.unsupported, "The input \(key) of the signature isn't one dense tensor.")
        }
        for output in result.outputs where output.isEmpty {
            throw OsteonError(.unsupported, "An output of the signature isn't one dense tensor.")
        }
        return result
    }

    private func tensor(_ name: String, in tensors: [String: Tensorflow_TensorInfo]) -> String { tensors[name]?.name ?? name }

    private static func shortened(_ tensor: String) -> String { tensor.hasSuffix(":0") ? String(tensor.dropLast(2)) : tensor }
}
