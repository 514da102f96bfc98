import Metrics
import TestSupport
import Testing
import Workflows

/// Figures as MONAI, DeepMind's surface-distance, scikit-learn and MLstatkit have them (`tools/check metrics`).
@Suite struct MetricsOracleTests {
    static let fixture = try! OracleFixture("metrics")

    @Test(arguments: fixture.cases.filter { $0.json["spacing"] != nil })
    func masks(oracle: OracleFixture.Case) throws {
        let shape = try oracle.json.member("shape").integers()
        let prediction = try mask("\(oracle.name) prediction", shape)
        let reference = try mask("\(oracle.name) reference", shape)
        let spacing = try oracle.json.member("spacing").array().map { try $0.double() }
        var known: [JSONValue: JSONValue] = [:]
        try hold(oracle) { settings in
            if let figures = known[settings] { return figures }
            let rules = MetricSettings(
                emptyMasks: try settings.member("empty_masks").choice(), hausdorff: try settings.member("hd95").choice(),
                surfaceTolerance: try oracle.json.member("tau").double(), surfacePieces: try settings["pieces"]?.choice() ?? .elements)
            let report = try MaskComparison.report(
                prediction: prediction, reference: reference, labels: [1], spacing: spacing, settings: rules)
            let structures = try report.member("structures").array()
            let figures = try #require(structures.first)
            known[settings] = figures
            return figures
        }
    }

    @Test(arguments: fixture.cases.filter { $0.json["spacing"] == nil })
    func scores(oracle: OracleFixture.Case) throws {
        let shape = try oracle.json.member("shape").integers()
        let report = try ScoreComparison.report(
            scores: Self.fixture.array("\(oracle.name) scores"), truth: mask("\(oracle.name) truth", shape),
            against: Self.fixture.array("\(oracle.name) other"), threshold: 0.5)
        let labels = try report.member("labels")
        try hold(oracle) { _ in labels }
    }

    /// Masks are kept as bits, the first in the highest place.
    private func mask(_ name: String, _ shape: [Int]) throws -> Tensor {
        let bits = try Self.fixture.bytes(name)
        return try Tensor((0..<shape.reduce(1, *)).map { bits[$0 / 8] >> (7 - $0 % 8) & 1 }, shape: shape)
    }

    /// Holds every figure of a case to the library's: NaN only to NaN, others to a millionth (of it, where it's above 1).
    /// - Parameter figures: the report by the settings it's made with.
    private func hold(_ oracle: OracleFixture.Case, _ figures: (JSONValue) throws -> JSONValue) throws {
        let all = try oracle.json.member("wanted").array()
        #expect(!all.isEmpty)
        for entry in all {
            let parts = try entry.array()
            var found = try figures(parts[1])
            for step in try parts[2].array() {
                if case .integer(let index) = step { found = try found.array()[index] } else { found = try found.member(step.string()) }
            }
            let got = try found.double()
            let wanted: Double
            if case .string(let text) = parts[3] { wanted = text == "NaN" ? .nan : .infinity } else { wanted = try parts[3].double() }
            let figure = try parts[0].string()
            // PyTorch rounds the rank of a percentile to single precision, Osteon doesn't.
            let allowed = figure == "HD95 (MONAI)" ? 2e-6 : 1e-6
            let isEqual = got == wanted || got.isNaN && wanted.isNaN || abs(got - wanted) <= allowed * max(1, abs(wanted))
            #expect(isEqual, "\(oracle.name): \(figure) is \(got), not \(wanted)")
        }
    }
}
