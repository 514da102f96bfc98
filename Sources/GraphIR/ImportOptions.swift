import Bytes
import Tensors

/// What to import of a foreign model, by the names its file uses.
package struct ImportOptions: Sendable {
    /// Values to treat as the inputs, each with its shape where one is to be set (for TensorFlow's, -1 leaves an extent
    /// free). The graph is cut there: what made the value isn't imported. Inputs of the file not named here stay inputs as far as they're
    /// still needed.
    package var inputs: [String: [Int]?]
    /// Values to return as outputs, in order; empty for the outputs the file names.
    package var outputs: [String]
    /// Values fixed to a number, a scalar or every element (`training` = 0).
    package var constants: [String: Double]
    /// Arrays that will be fed to inputs, by name: where a file leaves a shape open that loops or conditions depend on, the array's
    /// settles it, and a single whole number or truth value becomes a constant. Names the file has no input for are passed over.
    package var arrays: [String: Tensor] = [:]
    /// What a configuration around the model calls its ends; nil where nothing does.
    package var suggestedEnds: SuggestedEnds?
    /// The signature of a source that has several (a SavedModel); nil for the one meant for serving.
    package var signature: String?
    /// The network of a source that holds weights only; nil where the source says it itself.
    package var architecture: Architecture?
    /// Who wrote a Keras file, where the file doesn't say it.
    package var kerasOrigin: KerasOrigin

    package init(
        inputs: [String: [Int]?] = [:], outputs: [String] = [], constants: [String: Double] = [:], signature: String? = nil,
        architecture: Architecture? = nil, kerasOrigin: KerasOrigin = KerasOrigin()
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.constants = constants
        self.signature = signature
        self.architecture = architecture
        self.kerasOrigin = kerasOrigin
    }

    /// The options with `NAME:3` as a shape of one axis for NAME, wherever `NAME:3` isn't a value itself.
    package func settlingShapes(isValue: (String) throws(OsteonError) -> Bool) throws(OsteonError) -> ImportOptions {
        var result = self
        for case (let text, .none) in inputs {
            guard let colon = text.lastIndex(of: ":"), let extent = Int(text[text.index(after: colon)...]), extent >= 0 else { continue }
            let name = String(text[..<colon])
            guard try !isValue(text), try isValue(name) else { continue }
            guard inputs[name] == nil else { throw OsteonError(.usage, "The input \(name) is given twice.") }
            result.inputs[text] = nil
            result.inputs[name] = .some([extent])
        }
        return result
    }
}
