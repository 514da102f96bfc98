import Bytes
import Container
import GraphIR

/// Reads Osteon's own files, whose records are kept beside the graph: `Model` opens them by `read`.
struct NativeImporter: ModelImporter {
    let format = SourceFormat("osteon", title: "Osteon")

    func recognize(_ source: Source) -> Recognition {
        source.file.map { NativeFormat.recognizes($0.bytes) } ?? false ? .certain : .no
    }

    func read(_ source: Source) throws(OsteonError) -> ModelFile {
        try locating(source.path) { () throws(OsteonError) in
            let file = try source.mapped()
            return try NativeReader.read(file.bytes)
        }
    }

    func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        var graph = try read(source).graph
        try graph.cut(options)
        return ImportedModel(graph: graph, format: format.name, sourceFiles: [try source.mapped()])
    }
}
