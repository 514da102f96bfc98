import Engine
import TestSupport
import Testing

/// Every kernel against the reference evaluation of its operator, on every tier this processor has.
@Suite struct KernelTests {
    @Test(arguments: KernelCases.all)
    func agreesWithTheReference(_ sample: KernelCase) throws {
        let graph = try sample.graph()
        let feeds = try sample.feeds()
        let wanted = try reference(sample)
        for tier in InstructionSet.available {
            for threads in [1, 3] {
                let plan = try Plan.make(graph: graph, options: PlanOptions(threads: threads, isa: tier))
                let kernel = plan.report[0].kernel
                #expect(kernel != KernelTable.referenceName, "refused: \(plan.report[0].refusals)")
                #expect(sample.activation == nil || plan.report.last?.kernel == "fused into node")
                let got = try Session(plan).run(feeds)
                for (name, tensor) in wanted {
                    let result = try #require(got[name])
                    #expect(try difference(result, tensor) == nil, "\(kernel) on \(tier), \(threads) threads")
                }
            }
        }
    }

    /// What the reference evaluation gives. An activation and the 16-bit floats it's of are computed in f32 and rounded once, as
    /// a kernel does that takes it in.
    private func reference(_ sample: KernelCase) throws -> [String: Tensor] {
        var wide = sample
        let type = sample.inputs[0]?.elementType ?? .f32
        let isWidened = sample.activation != nil && type.isHalf
        if isWidened { wide.inputs = try sample.inputs.map { try $0.map { Sample.f32(try $0.tensor().doubles(), $0.shape) } } }
        let results = try Session(Plan.make(graph: wide.graph(), options: PlanOptions(referenceOnly: true))).run(wide.feeds())
        return isWidened ? try results.mapValues { try $0.converted(to: type) } : results
    }

    /// What's wrong, or nil: floats may differ by a few units in the last place of the largest value, 16-bit floats also
    /// by one of their own.
    private func difference(_ got: Tensor, _ wanted: Tensor) throws -> String? {
        guard got.type == wanted.type else { return "\(got.type) instead of \(wanted.type)" }
        guard wanted.elementType == .f32 || wanted.elementType.isHalf else { return got.isIdentical(to: wanted) ? nil : "other values" }
        let a = try got.converted(to: .f32).array(Float.self)
        let b = try wanted.converted(to: .f32).array(Float.self)
        let scale = b.reduce(0) { max($0, $1.isFinite ? $1.magnitude : 0) }
        let relative: Float =
            switch wanted.elementType {
            case .f16: 1.0 / 1024
            case .bf16: 1.0 / 128
            default: 1e-6
            }
        for index in a.indices where a[index] != b[index] {
            if a[index].isNaN && b[index].isNaN { continue }
            if (a[index] - b[index]).magnitude <= 2e-6 * scale + relative * b[index].magnitude { continue }
            return "element \(index) is \(a[index]) instead of \(b[index])"
        }
        return nil
    }

    @Test func everyKernelHasACase() throws {
        var chosen: Set<String> = []
        for sample in KernelCases.all { chosen.insert(try Plan.make(graph: sample.graph()).report[0].kernel) }
        for sample in IntegerCase.all { for node in try Plan.make(graph: sample.graph().0).report { chosen.insert(node.kernel) } }
        for kernel in KernelTable.all where kernel.tier <= InstructionSet.detected {
            #expect(chosen.contains(kernel.name), "no case is computed by \(kernel.name)")
        }
    }

    @Test func kernelNamesAreUnique() {
        let names = KernelTable.all.map { $0.name }
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: KernelCases.all)
    func threadsDoNotChangeABit(_ sample: KernelCase) throws {
        let graph = try sample.graph()
        let feeds = try sample.feeds()
        let first = try Session(Plan.make(graph: graph, options: PlanOptions(threads: 1))).run(feeds)
        for threads in [1, 2, 5] {
            let session = try Session(Plan.make(graph: graph, options: PlanOptions(threads: threads)))
            for _ in 0..<2 {
                for (name, tensor) in try session.run(feeds) {
                    #expect(try tensor.isIdentical(to: #require(first[name])))
                }
            }
        }
    }
}

/// The operators' own cases, run by the engine as it would run them in a model.
@Suite struct EngineCaseTests {
    @Test(arguments: OperatorCases.all)
    func givesWhatIsExpected(_ sample: OperatorCase) throws {
        for free in OperatorCase.FreeInputs.allCases {
            let graph = try sample.graph(free: free)
            for options in [PlanOptions(), PlanOptions(isa: .scalar), PlanOptions(referenceOnly: true)] {
                let results = try Session(Plan.make(graph: graph, options: options)).run(sample.graphInputs(free: free))
                let ordered = try sample.expected.indices.map { try #require(results["output\($0)"]) }
                #expect(try sample.mismatches(in: ordered) == [])
            }
        }
    }
}
