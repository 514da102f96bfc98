import Bytes
import Container
import Engine
import Glibc
import GraphIR
import ONNXExport
import Optimizer
import Tensors
import Verification

/// The proof that what's about to be written computes what the source's model does: both run by the engine on the same seeded inputs.
///
/// Where values in between are 16-bit floats the two may round at other places (an activation that's computed along with
/// the convolution before it is rounded once, by itself twice); then at least 2e-3 of the largest output is allowed for `f16`, 2e-2 for
/// `bf16`.
struct ExportProof {
    let model: Model
    /// By input; empty where free dimensions stay free, which are then compared at a small legal size.
    let shapes: [String: [Int]]
    let tolerance: Double
    let engine: PlanOptions

    struct Result {
        var comparison: ModelComparison.Result
        var outputShapes: [String: [Int]]

        var checks: [OutputCheck] { comparison.checks }
    }

    /// - Throws: `.verificationFailed` where an output differs by more than the tolerance.
    func run(_ candidate: Model) throws(OsteonError) -> Result {
        var shapes = shapes
        if shapes.isEmpty {
            shapes = try model.inputShapes()
            if let smaller = EconomicalShapes.smaller(than: shapes, model.graph, candidate.graph) { shapes = smaller }
        }
        let comparison = try ModelComparison(
            candidate.taking(shapes), against: model.taking(shapes), "the model it's made of",
            tolerance: max(tolerance, Self.rounding(candidate.graph)), engine: engine
        ).run(shapes: shapes)
        var bound = candidate.taking(shapes).graph
        try bound.specialize(inputShapes: shapes)
        var outputShapes: [String: [Int]] = [:]
        for output in bound.outputs { outputShapes[bound[output].name] = bound.type(output).fixedShape }
        return Result(comparison: comparison, outputShapes: outputShapes)
    }

    /// Writes an ONNX model into a folder of its own beside its destination, reads it back and compares that.
    func run(_ exported: ExportedModel, beside path: String) throws(OsteonError) -> Result {
        // A repository's folders aren't made before the proof; then it's done where they will be.
        try StagingFolder(beside: path).using { (file) throws(OsteonError) in
            try exported.write(to: file)
            let candidate: Model
            do throws(OsteonError) {
                candidate = try Model.open(file)
            } catch {
                throw OsteonError(.internalFault, "The ONNX model can't be read back: \(error.message)", trail: error.trail)
            }
            return try run(candidate)
        }
    }

    /// What rounding of values in between may make.
    private static func rounding(_ graph: Graph) -> Double {
        var result = 0.0
        for id in graph.nodeIDs {
            for output in graph[id].outputs where graph.contains(output) && graph.constant(output) == nil {
                switch graph.type(output).elementType {
                case .bf16: return 2e-2
                case .f16: result = 2e-3
                default: break
                }
            }
        }
        return result
    }

    /// The proof for the native file's list of verifications.
    /// - Parameter variant: what was proved.
    func record(_ result: Result, of variant: Model, _ passes: [Provenance.Pass]) throws(OsteonError) -> VerificationRecord {
        var record = try VerificationRecord.make(
            .fixedShape, of: variant, origin: result.comparison.origin, result.comparison.outputs, engine: engine)
        record.passes = passes
        return record
    }
}
