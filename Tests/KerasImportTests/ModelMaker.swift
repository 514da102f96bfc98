import Foundation
import KerasImport
import TestSupport

/// Configurations made in tests, imported with the weights of a fixture (layers `conv2d`, `batch_normalization`, `dense`).
enum ModelMaker {
    static let weights = "\(FixtureTests.folder)/k2_apart.h5"

    static func input(_ name: String = "x", _ shape: [JSONValue] = [8, 8, 2]) -> JSONValue {
        [
            "class_name": "InputLayer", "name": .string(name), "inbound_nodes": [],
            "config": ["name": .string(name), "batch_input_shape": .array([.null] + shape), "dtype": "float32"],
        ]
    }

    /// A layer that's called once for each list of sources.
    static func layer(
        _ className: String, _ name: String, _ config: JSONValue = [:], from calls: [JSONValue] = [[["x", 0, 0, [:]]]]
    ) -> JSONValue {
        ["class_name": .string(className), "name": .string(name), "config": config, "inbound_nodes": .array(calls)]
    }

    static func model(_ layers: [JSONValue], inputs: [String] = ["x"], outputs: [JSONValue], keras: String = "2.4.0") -> JSONValue {
        [
            "class_name": "Functional", "keras_version": .string(keras),
            "config": [
                "name": "made", "layers": .array(layers), "input_layers": .array(inputs.map { [.string($0), 0, 0] }),
                "output_layers": .array(outputs),
            ],
        ]
    }

    /// A model of one layer that reads the input `x`.
    static func single(_ className: String, _ config: JSONValue, shape: [JSONValue] = [8, 8, 2]) -> JSONValue {
        model([input("x", shape), layer(className, "layer", config)], outputs: [["layer", 0, 0]])
    }

    static func importing(_ json: JSONValue, weights: String = weights, options: ImportOptions = ImportOptions()) throws -> ImportedModel {
        try importing(text: json.text(), weights: weights, options: options)
    }

    static func importing(text: String, weights: String = weights, options: ImportOptions = ImportOptions()) throws -> ImportedModel {
        try withTemporaryFolder { folder in
            let path = "\(folder)/model.json"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            var options = options
            options.architecture = .file(path)
            return try KerasImporter().importModel(path: weights, options: options)
        }
    }

    /// The error an import gives; nil where it gives none.
    static func error(_ body: () throws -> Void) -> OsteonError? {
        do { try body() } catch { return error as? OsteonError }
        return nil
    }

    static func error(_ json: JSONValue, weights: String = weights) -> OsteonError? {
        error { _ = try importing(json, weights: weights) }
    }
}
