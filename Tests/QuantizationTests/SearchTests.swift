import Bytes
import Engine
import GraphIR
import Operators
import Quantization
import Tensors
import Testing

@Suite struct SearchTests {
    static func search(_ budget: Budget, least: Double = 0) throws -> PrecisionReduction.Result {
        let graph = try Networks.residual()
        let samples = Networks.samples()
        var reduction = PrecisionReduction(graph, ReductionOptions(precision: .int8))
        reduction.budget = budget
        reduction.leastIntegerShare = least
        let evaluator = try OutputEvaluator(
            graph, samples: Networks.samples(2, first: 50), maskRule: .argmax(channelAxis: 1), maskOutput: "y", engine: PlanOptions())
        return try reduction.run(samples: samples, evaluator: evaluator, searching: true)
    }

    @Test func aLooseBudgetReducesEverything() throws {
        var budget = Budget()
        budget.minimumDecibels = 10
        let result = try Self.search(budget)
        #expect(result.violation == nil)
        #expect(result.plan.layers.allSatisfy { $0.precision == .int8 })
        // One evaluation tells; no layer needs to be measured alone.
        #expect(result.notes.contains { $0.contains("took 1 evaluations") })
    }

    @Test func aTighterBudgetRaisesWhatCostsMost() throws {
        var loose = Budget()
        loose.minimumDecibels = 10
        let plain = try #require(try Self.search(loose).loss).decibels
        var budget = Budget()
        budget.minimumDecibels = plain + 3
        let result = try Self.search(budget)
        #expect(result.violation == nil)
        #expect(try #require(result.loss).decibels >= plain + 3)
        let raised = result.plan.layers.filter { $0.precision != .int8 }
        #expect(!raised.isEmpty && raised.count < 4)
        #expect(raised.allSatisfy { $0.precision == .f16 && $0.reason.contains("raised") })
    }

    @Test func aBudgetThatHalvesCanNotKeepGoesToFloat() throws {
        var budget = Budget()
        budget.minimumDecibels = 120
        let result = try Self.search(budget)
        #expect(result.violation == nil)
        #expect(result.plan.layers.contains { $0.precision == .f32 })
    }

    @Test func whatCanNotBeKeptIsSaid() throws {
        var budget = Budget()
        budget.maximumError = 1e-12
        budget.minimumDecibels = 200
        let result = try Self.search(budget, least: 0.9)
        #expect(result.violation?.contains("int8") == true || result.violation?.contains("error") == true)
    }

    @Test func diceOfTheFloatMaskIsHeld() throws {
        var budget = Budget()
        budget.maximumMeanDrift = 0.2
        budget.maximumCaseDrift = 0.3
        let result = try Self.search(budget)
        let loss = try #require(result.loss)
        #expect(loss.drifts.count == 4 && loss.drifts.allSatisfy { $0.loss <= 0.3 && $0.loss >= 0 })
        #expect(loss.meanDrifts.map(\.structure) == ["1", "2"])
    }

    @Test func violationsNameStructureAndCase() {
        var loss = TaskLoss()
        var budget = Budget()
        loss.drifts = [
            .init(caseName: "a", structure: "spleen", loss: 0.01), .init(caseName: "b", structure: "spleen", loss: 0.05),
            .init(caseName: "a", structure: "tumor", loss: 0), .init(caseName: "b", structure: "tumor", loss: 0.002),
        ]
        budget.maximumMeanDrift = 0.02
        #expect(loss.violation(of: budget)?.contains("spleen") == true)
        budget.maximumMeanDrift = 0.04
        #expect(loss.violation(of: budget) == nil)
        budget.maximumCaseDrift = 0.02
        #expect(loss.violation(of: budget)?.contains("case b") == true)
        loss.maximumError = .nan
        budget = Budget()
        budget.maximumError = 1
        #expect(loss.violation(of: budget) != nil)
    }

    @Test func evaluationsAreBounded() {
        #expect(BudgetSearch.evaluations(layers: 4) == 4 + 4 + 8 + 1)
    }

    @Test func masksByRule() throws {
        let output = try Tensor([0.1, 0.9, 0.2, 0.6, 0.3, 0.7] as [Float], shape: [1, 2, 3])
        #expect(try Structures(output, .argmax(channelAxis: 1)).names == ["1"])
        let ones = try Tensor([1, 0, 1] as [Float], shape: [3])
        let mask = try Structures(output, .argmax(channelAxis: 1))
        // Channel 1 is larger at places 0 and 2.
        #expect(try mask.dice(with: Structures(label: ones, like: mask)) == [1])
        let thresholded = try Structures(output, .threshold(0.5, channelAxis: 1))
        #expect(thresholded.names == ["0", "1"])
        let last = try Structures(try Tensor([0.1, 0.6, 0.9, 0.3, 0.2, 0.7] as [Float], shape: [1, 3, 2]), .argmax(channelAxis: -1))
        #expect(try last.dice(with: mask) == [1])
    }
}

@Suite struct HalfSearchTests {
    /// Large logits before a sigmoid: what halves round is seen at the output.
    static func sharp() throws -> Graph {
        var graph = try Networks.residual()
        let logits = try #require(graph.value(named: "logits"))
        let found = try #require(Networks.run(graph, Networks.samples(1).load(0))["logits"]).array(Float.self)
        let largest = try #require(found.map(abs).max())
        let scale = graph.addConstant("gain", try Tensor([100 / largest], shape: [1]))
        let scaled = try graph.add(Multiply(), [logits, scale], name: "sharpen", outputNames: ["scaled"])[0]
        let sharp = try graph.add(Sigmoid(), [scaled], name: "sharp", outputNames: ["probability"])[0]
        graph.setOutputs([sharp])
        graph.removeDeadCode()
        return graph
    }

    static func run(_ budget: Budget = Budget()) throws -> (Graph, PrecisionReduction.Result) {
        let graph = try sharp()
        let samples = Networks.samples(2)
        var reduction = PrecisionReduction(graph, ReductionOptions(precision: .f16))
        reduction.budget = budget
        let evaluator = try OutputEvaluator(graph, samples: samples, engine: PlanOptions())
        return (graph, try reduction.run(samples: samples, evaluator: evaluator))
    }

    @Test func outputsAreHeldToTheUsualBound() throws {
        let (graph, result) = try Self.run()
        let plain = try PrecisionReduction(graph, ReductionOptions(precision: .f16)).run(samples: Networks.samples(2))
        let evaluator = try OutputEvaluator(graph, samples: Networks.samples(2), engine: PlanOptions())
        let loss = try evaluator.loss(of: plain.graph).maximumError
        #expect(loss > 2e-3, "\(loss)")
        #expect(try #require(result.loss).maximumError <= 1.5e-3)
        #expect(plain.plan.layers.allSatisfy { $0.precision == .f16 })
        // Something was raised, and the reason is told.
        #expect(result.plan.layers.contains { $0.precision != .f16 && $0.reason.contains("hold the outputs") })
    }

    @Test func aBudgetAllowsMore() throws {
        var budget = Budget()
        budget.maximumError = 0.9
        let (_, result) = try Self.run(budget)
        #expect(result.plan.layers.allSatisfy { $0.precision == .f16 } && result.violation == nil)
    }
}
