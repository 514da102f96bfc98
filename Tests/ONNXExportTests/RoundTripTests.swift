import ONNXExport
import ONNXImport
import TestSupport
import Testing

/// Every operator case, written as ONNX in several operator sets and imported again.
@Suite struct RoundTripTests {
    @Test func everyOperatorHasARuleOrAReason() {
        for type in OperatorCatalogue.all {
            let isKnown = ExportRules.ids.contains(type.id) != (ExportRules.notExpressible[type.id] != nil)
            #expect(isKnown, "\(type.id) has neither a rule nor a reason why there's none, or both")
        }
        #expect(ExportRules.duplicates == [])
    }

    @Test(arguments: [13, 15, 17, 18, 20, 21, 24, 26], OperatorCase.FreeInputs.allCases)
    func casesGiveTheirResults(opset: Int, free: OperatorCase.FreeInputs) throws {
        var refused: [String: Int] = [:]
        for operatorCase in OperatorCases.all {
            let graph = try operatorCase.graph(free: free)
            let back: Graph
            do {
                back = try Exports.roundTrip(graph, opset: opset)
            } catch let error as OsteonError where error.code == .unsupported {
                #expect(error.trail.contains { $0.contains("node ") }, "\(operatorCase): \(error)")
                refused[type(of: operatorCase.op).id, default: 0] += 1
                continue
            } catch {
                Issue.record("\(operatorCase) in operator set \(opset): \(error)")
                continue
            }
            do {
                let results = try back.evaluateReference(operatorCase.graphInputs(free: free))
                var outputs: [Tensor] = []
                for index in operatorCase.expected.indices { outputs.append(try #require(results["output\(index)"])) }
                var lenient = operatorCase
                // Spelled-out operators round at other places.
                lenient.tolerance.absolute = max(lenient.tolerance.absolute, 4e-6)
                lenient.tolerance.relative = max(lenient.tolerance.relative, 1e-5)
                let mismatches = try lenient.mismatches(in: outputs)
                #expect(mismatches.isEmpty, "\(operatorCase) in operator set \(opset): \(mismatches.joined(separator: "; "))")
            } catch {
                Issue.record("\(operatorCase) in operator set \(opset): \(error)")
            }
        }
        // Most must pass: a rule that refuses everything would go unseen otherwise.
        let share = Double(refused.values.reduce(0, +)) / Double(OperatorCases.all.count)
        #expect(share < (opset < 20 ? 0.2 : 0.12), "refused in operator set \(opset): \(refused.sorted { $0.key < $1.key })")
    }
}
