import Bytes

/// Reads the models of one source format.
///
/// All importers stand in one table. Who recognises a source best imports it, from the very files that were looked at: an importer opens
/// files through the source only.
package protocol ModelImporter: Sendable {
    var format: SourceFormat { get }

    /// How sure it is that the source is of this format. Looks at names, and at little of a file.
    func recognize(_ source: Source) -> Recognition

    /// Why a source isn't read that no importer recognises, where it's of a form this one refuses; nil where it isn't.
    func refusal(of source: Source) -> OsteonError?

    /// Imports the model.
    /// - Throws: `.malformed`, `.unsupported`, `.limitExceeded`, `.unsafeReference`, `.invalidGraph` or `.unreadable` for the files,
    ///   `.usage` for options that the model has nothing for.
    func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel
}

extension ModelImporter {
    package func refusal(of source: Source) -> OsteonError? { nil }

    /// Imports the model at `path`.
    package func importModel(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        try importModel(Source(path: path), options)
    }
}

/// A format that models are stored in.
package struct SourceFormat: Hashable, Sendable {
    /// As records and reports have it: `onnx`, `saved-model`.
    package let name: String
    /// What a person calls it.
    package let title: String

    package init(_ name: String, title: String) {
        self.name = name
        self.title = title
    }
}

/// How sure an importer is of a source; the surest one imports it, among equals the first of the table.
package enum Recognition: Int, Comparable, Sendable {
    case no
    /// The bytes could be of this format, which has no signature; asked after files of other kinds are ruled out.
    case possible
    /// Its structure, or the names of the files beside it, say so.
    case likely
    /// By a signature, or a name that only this format has.
    case certain
    /// A folder around a model of another format.
    case enclosing

    package static func < (a: Recognition, b: Recognition) -> Bool { a.rawValue < b.rawValue }
}
