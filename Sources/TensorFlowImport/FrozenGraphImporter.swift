import Bytes
import GraphIR
import WireFormats

/// Reads frozen graphs of TensorFlow: a GraphDef whose variables have become constants.
///
/// Only what the outputs depend on is imported. Conditions on the training switch are settled (inference unless
/// `ImportOptions.constants` says otherwise) and the dead branches left out. Channels-last spatial operations become
/// channels-first ones between transposes; weights are transposed here, once. Values keep the names of their nodes,
/// further outputs as "node:1".
///
/// Names in the options may end in ":0". Without outputs, every float tensor is given out that nothing reads and that depends on an
/// input. An `.unsupported` error lists every operation there's no rule for.
package struct FrozenGraphImporter: ModelImporter {
    package let format = SourceFormat("tensorflow-graph", title: "TensorFlow frozen graph")

    package init() {}

    /// By the first node: a GraphDef has no signature.
    package func recognize(_ source: Source) -> Recognition {
        source.file.map { Self.recognizes($0.bytes) } ?? false ? .possible : .no
    }

    /// Whether `bytes` begin as a GraphDef does; reads no more than the first node.
    package static func recognizes(_ bytes: SharedBytes) -> Bool { GraphDefFile.recognizes(bytes) }

    package func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        try locating(source.path) { () throws(OsteonError) in
            let file = try source.mapped()
            let definition = try GraphDefFile.decode(file)
            let version = definition.versions.producer
            let producer = version > 0 ? "TensorFlow (graph version \(version))" : "TensorFlow"
            return try GraphSource(definition: definition, files: [file], format: "tensorflow", producer: producer).importModel(options)
        }
    }
}
