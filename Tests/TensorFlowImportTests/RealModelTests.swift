import Foundation
import TensorFlowImport
import TestSupport
import Testing

/// Real models, where they are at hand: `$OSTEON_REAL`, or `shared/real` beside a folder this package lies in.
@Suite struct RealModelTests {
    static let folder: String? = {
        if let given = ProcessInfo.processInfo.environment["OSTEON_REAL"] { return given }
        var place = URL(fileURLWithPath: #filePath)
        while place.path != "/" {
            place.deleteLastPathComponent()
            let candidate = place.appendingPathComponent("shared/real").path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
        }
        return nil
    }()

    private var deepbrain: String { (Self.folder ?? "") + "/deepbrain/graph_v1.pb" }

    @Test(.enabled(if: folder != nil, "no real models here"))
    func deepbrainIsCutByNamingItsOutput() throws {
        let model = try FrozenGraphImporter().importModel(path: deepbrain, options: ImportOptions(outputs: ["prob"]))
        try model.graph.verify()
        #expect(model.inputNames == ["img"])
        #expect(model.outputNames == ["prob"])
        #expect(
            Set(model.operators) == [
                "Transpose", "Convolution", "Add", "Relu", "MaxPool", "TransposedConvolution", "Concat", "Sigmoid",
            ])
        #expect(model.graph.type(model.graph.outputs[0]).description == "f32[N×128×128×128×1]")
        #expect(model.notes == ["training is fixed to false"])
    }

    @Test(.enabled(if: folder != nil, "no real models here"))
    func deepbrainAsAWholeNamesWhatToCut() throws {
        let error = try #require(throws: OsteonError.self) { try FrozenGraphImporter().importModel(path: deepbrain) }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("Iterator") && error.message.contains("‹output› prob"))
    }
}
