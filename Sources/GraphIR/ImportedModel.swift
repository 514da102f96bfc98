import Bytes
import Contracts

/// What an importer makes of a foreign model.
package struct ImportedModel: Sendable {
    package var graph: Graph
    /// The kind of file: `onnx`, `tensorflow`, …
    package var format: String
    /// The program that wrote the model, as far as the file says; empty otherwise.
    package var producer: String
    /// Every file read, the model itself first.
    package var sourceFiles: [MappedFile]
    /// Things worth telling a person: approximations, ignored parts, versions newer than those known.
    package var notes: [String]
    /// Key-value pairs the model carries for its users.
    package var metadata: [String: String]
    /// What the archive around the model says of its use (channels, transforms, labels, targets); nil for a model alone.
    package var imaging: ImagingContract?
    /// Of the names in `ImportOptions.suggestedEnds`, those that weren't taken because the source hasn't got all of them.
    package var missingEnds: [String] = []

    package init(
        graph: Graph, format: String, producer: String = "", sourceFiles: [MappedFile] = [], notes: [String] = [],
        metadata: [String: String] = [:], imaging: ImagingContract? = nil
    ) {
        self.graph = graph
        self.format = format
        self.producer = producer
        self.sourceFiles = sourceFiles
        self.notes = notes
        self.metadata = metadata
        self.imaging = imaging
    }
}
