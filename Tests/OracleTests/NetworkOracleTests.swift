import Engine
import Foundation
import TestSupport
import Testing
import Workflows

/// Networks given by name with their weights alone, as MONAI and Keras compute them (`tools/check monai`, `tools/check keras`).
@Suite struct NetworkOracleTests {
    static let monai = try! OracleFixture("monai")
    static let keras = try! OracleFixture("keras")

    @Test(arguments: monai.cases)
    func networksOfMONAI(oracle: OracleFixture.Case) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/weights.safetensors"
            try writeWeights(Self.monai.bytes("\(oracle.name) weights"), to: path)
            try Self.monai.hold(run(oracle, path), to: oracle, summary: "\(oracle.name) output", tolerance: 1e-4)
        }
    }

    @Test(arguments: keras.cases)
    func networksOfKeras(oracle: OracleFixture.Case) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/weights.h5"
            let inner = try NPZ.read(Self.keras.bytes(oracle.json.member("file").string()))
            let file = try #require(inner.first).tensor.array(UInt8.self)
            try Data(file).write(to: URL(fileURLWithPath: path))
            try Self.keras.hold(run(oracle, path), to: oracle, summary: oracle.name, tolerance: 1e-4)
        }
    }

    /// The network's only output for the case's input, as `osteon run` computes it.
    private func run(_ oracle: OracleFixture.Case, _ path: String) throws -> Tensor {
        let options = ImportOptions(architecture: try Architecture(oracle.json.member("architecture").string()))
        let model = try Model.open(path, options: options)
        let input = try OracleFixture.noise(
            shape: oracle.json.member("input").integers(), seed: oracle.json.member("seed").integer())
        let inputs = [try #require(model.inputNames.first): input]
        let output = try #require(model.outputNames.first)
        let results = try model.session(for: inputs).run(inputs)
        return try #require(results[output])
    }

    /// Writes a safetensors file of weights that follow from seeds.
    /// - Parameter description: JSON, for each tensor its name, shape, bounds and seed.
    private func writeWeights(_ description: [UInt8], to path: String) throws {
        var header: [JSONValue.Member] = []
        var data = Data()
        for entry in try JSONValue(parsing: String(decoding: description, as: UTF8.self)).array() {
            let parts = try entry.array()
            let count = try parts[1].integers().reduce(1, *)
            let values = OracleFixture.noise(
                count, seed: try parts[4].integer(), low: try parts[2].double(), high: try parts[3].double())
            let begin = data.count
            values.withUnsafeBytes { data.append(contentsOf: $0) }
            let offsets: JSONValue = [.integer(begin), .integer(data.count)]
            header.append(
                .init(try parts[0].string(), .object([.init("dtype", "F32"), .init("shape", parts[1]), .init("data_offsets", offsets)])))
        }
        let text = JSONValue.object(header).encoded()
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        try (length + Data(text) + data).write(to: URL(fileURLWithPath: path))
    }
}
