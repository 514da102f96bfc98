import TestSupport
import Testing

/// Every operator case on every runner, with all inputs free and with all but the first constant.
@Suite struct ConformanceTests {
    @Test(arguments: Runner.all, OperatorCase.FreeInputs.allCases)
    func casesGiveTheirResults(runner: Runner, free: OperatorCase.FreeInputs) throws {
        for operatorCase in OperatorCases.all {
            let graph = try operatorCase.graph(free: free)
            do {
                let results = try runner.run(graph, operatorCase.graphInputs(free: free))
                let outputs = try operatorCase.expected.indices.map { try #require(results["output\($0)"]) }
                let mismatches = try operatorCase.mismatches(in: outputs)
                #expect(mismatches.isEmpty, "\(operatorCase) on \(runner): \(mismatches.joined(separator: "; "))")
            } catch {
                Issue.record("\(operatorCase) on \(runner): \(error)")
            }
        }
    }
}
