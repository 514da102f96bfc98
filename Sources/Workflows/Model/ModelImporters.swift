import ArchiveImport
import Bytes
import GraphIR
import KerasImport
import ONNXImport
import TensorFlowImport
import TorchImport

/// The one table of what Osteon reads. A source is recognised by its content, never by the name alone.
package enum ModelImporters {
    /// What may lie in an archive.
    private static let models: [any ModelImporter] = [
        ONNXImporter(), FrozenGraphImporter(), CheckpointImporter(), SavedModelImporter(),
        KerasImporter(operations: TensorFlowOperation.fragment), TorchImporter(),
    ]
    static let archive = ArchiveImporter(importers: models)

    /// In the order in which they're listed for a person.
    package static let all: [any ModelImporter] = [NativeImporter()] + models + [archive]

    /// The importer that is surest of the source.
    /// - Throws: `.unsupported` where none knows it, saying what it is if that's known; `.unreadable` where nothing is there,
    ///   `.malformed` for an empty file.
    package static func recognize(_ source: Source) throws(OsteonError) -> any ModelImporter {
        if let file = source.file, file.count == 0 { throw OsteonError(.malformed, "\(source.path) is empty.") }
        var best: (importer: any ModelImporter, recognition: Recognition)?
        for importer in all {
            let recognition = importer.recognize(source)
            if recognition > best?.recognition ?? .no { best = (importer, recognition) }
        }
        if let best, best.recognition > .possible { return best.importer }
        if case .missing(let error) = source.content { throw error }
        if let known = ForeignFile.describe(source) { throw OsteonError(.unsupported, known, trail: [source.path]) }
        if let best { return best.importer }
        for importer in all {
            if let error = importer.refusal(of: source) { throw error }
        }
        let formats = all.map(\.format.title).joined(separator: ", ")
        throw OsteonError(
            .unsupported, "\(source.path) is none of the formats Osteon reads (\(formats)); it may be truncated or damaged.")
    }
}
