import Bytes
import FoundationEssentials
import GraphIR
import SwiftProtobuf
import Tensors
import WireFormats

/// Reads ONNX models (operator sets 7 and newer) as portable graphs.
///
/// Tensors share the memory the file's weights were decoded to; external data stays in its mapped file. External data
/// is taken from the model's own folder only.
package struct ONNXImporter: ModelImporter {
    package let format = SourceFormat("onnx", title: "ONNX")

    package init() {}

    /// By its first fields: a model has no signature.
    package func recognize(_ source: Source) -> Recognition { source.file.map { Self.recognizes($0.bytes) } ?? false ? .possible : .no }

    /// Whether `bytes`, the start or all of a file, look like an ONNX model; the file's name plays no part.
    package static func recognizes(_ bytes: SharedBytes) -> Bool {
        var reader = ByteReader(bytes)
        var hasVersion = false
        while let tag = try? reader.variableInteger() {
            let field = tag >> 3
            let isText = tag & 7 == 2
            switch (field, tag & 7) {
            case (1, 0), (5, 0):
                guard (try? reader.variableInteger()) != nil else { return false }
                hasVersion = hasVersion || field == 1
            case (2, 2), (3, 2), (4, 2), (6, 2), (8, 2), (14, 2), (20, 2), (25, 2), (26, 2), (7, 2):
                guard let count = try? reader.variableInteger() else { return false }
                if field == 7 || field == 8 { return hasVersion || field == 7 && startsGraph(reader, count) }
                guard count <= UInt64(reader.remaining), (try? reader.skip(Int(count))) != nil else { return false }
            default: return false
            }
            if !isText, field > 5 { return false }
        }
        return false
    }

    /// Whether a field of `count` bytes begins as a graph does: with nodes, a name, constants or values.
    private static func startsGraph(_ reader: ByteReader, _ count: UInt64) -> Bool {
        var reader = reader
        guard count > 1, let tag = try? reader.variableInteger() else { return false }
        return [1, 2, 5, 11, 12, 13].contains(tag >> 3) && tag & 7 == 2
    }

    /// - Throws: `.unreadable`, `.malformed`, `.unsupported` (naming every operator there's no rule for),
    ///   `.limitExceeded`, `.unsafeReference` (external data outside the folder), `.invalidGraph` (shapes that don't
    ///   fit), `.usage` (names in `options` the model doesn't have).
    package func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        try locating(source.path) { () throws(OsteonError) in
            let file = try source.mapped()
            let model = try Self.decode(file)
            let decoder = TensorDecoder(folder: source.folder)
            var imported = try ModelImport(model, decoder, options).run()
            imported.sourceFiles = [file] + decoder.externalFiles
            return imported
        }
    }

    /// Imports a model that's in memory; it can't have external data.
    package static func importModel(bytes: SharedBytes, options: ImportOptions = ImportOptions()) throws(OsteonError)
        -> ImportedModel
    {
        try MessageBudget.check(bytes)
        guard !bytes.isEmpty else { throw OsteonError(.malformed, "The model is empty.") }
        return try ModelImport(parse(bytes.data), TensorDecoder(folder: nil), options).run()
    }

    /// The message in a mapped file; nothing in it refers to the mapping afterwards, whose memory is given back.
    private static func decode(_ file: MappedFile) throws(OsteonError) -> Onnx_ModelProto {
        guard file.count > 0 else { throw OsteonError(.malformed, "The file is empty.") }
        defer { file.release(before: file.count) }
        try MessageBudget.check(file.bytes)
        return try parse(file.bytes.data)
    }

    private static func parse(_ data: Data) throws(OsteonError) -> Onnx_ModelProto {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            return try Onnx_ModelProto(serializedBytes: data, options: options)
        } catch {
            throw OsteonError(.malformed, "Not a readable ONNX model (\(error)): the file is damaged or of another kind.")
        }
    }
}
