import ArchiveImport
import Contracts
import Foundation
import KerasImport
import ONNXImport
import TensorFlowImport
import TestSupport
import TorchImport

/// An archive's folder being made for a test: configurations written here, a small graph of the fixtures as its model.
struct ArchiveMaker {
    let path: String

    /// A new folder called `name` in `parent`.
    init(_ parent: String, _ name: String) throws {
        path = "\(parent)/\(name)"
        for folder in ["config", "models"] { try make(folder) }
    }

    func make(_ folder: String) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }

    func write(_ location: String, _ json: JSONValue) throws { try write(location, text: json.text(.indented)) }

    func write(_ location: String, text: String) throws {
        let file = "\(path)/\(location)"
        try FileManager.default.createDirectory(atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }

    func remove(_ location: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(location)") }

    func link(_ location: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(location)", withDestinationPath: target)
    }

    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../fixtures").standardizedFileURL.path

    /// A copy of a fixture as the file at `location`.
    func copy(_ fixture: String, to location: String = "models/model.fzn.pb") throws {
        try FileManager.default.copyItem(atPath: "\(Self.fixtures)/\(fixture)", toPath: "\(path)/\(location)")
    }

    func imported(_ options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        try Self.importer.importModel(path: path, options: options)
    }

    static let importer = ArchiveImporter(importers: [
        ONNXImporter(), FrozenGraphImporter(), CheckpointImporter(), SavedModelImporter(),
        KerasImporter(operations: TensorFlowOperation.fragment), TorchImporter(),
    ])

    /// Whether the folder at `path` is taken for an archive.
    static func recognizes(_ path: String) throws -> Bool { try importer.recognize(Source(path: path)) == .enclosing }

    func contract(_ options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImagingContract {
        guard let contract = try imported(options).imaging else { throw OsteonError(.internalFault, "The archive has no contract.") }
        return contract
    }
}

/// The error that `body` throws, as text with its places; empty where it throws none.
func refusal(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}

/// Components as configurations write them.
enum Component {
    static func make(_ name: String, _ arguments: JSONValue = [:]) -> JSONValue { ["name": .string(name), "args": arguments] }

    static func load(_ field: String) -> [JSONValue] {
        [make("LoadNifti", ["fields": .string(field)]), make("ConvertToChannelsFirst", ["fields": .string(field)])]
    }

    static func range(_ lower: JSONValue, _ upper: JSONValue) -> JSONValue {
        make("ScaleIntensityRange", ["fields": "image", "a_min": lower, "a_max": upper, "b_min": 0.0, "b_max": 1.0, "clip": true])
    }
}
