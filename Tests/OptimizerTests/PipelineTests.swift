import Optimizer
import TestSupport
import Testing

@Suite struct PipelineTests {
    @Test func passesAreUniqueAndDocumented() {
        let ids = PassCatalogue.all.map { $0.id }
        #expect(Set(ids).count == ids.count)
        for pass in PassCatalogue.all {
            let documentation = pass.documentation
            #expect(documentation.summary.hasSuffix("."), "\(pass.id)")
            #expect(!documentation.before.isEmpty && !documentation.after.isEmpty, "\(pass.id)")
            #expect(pass.id.wholeMatch(of: /(fold|fuse|eliminate|push|merge|recognize|simplify|lower)(-[a-z]+)+/) != nil, "\(pass.id)")
            #expect(pass.runsAfter.allSatisfy { ids.contains($0) }, "\(pass.id)")
        }
    }

    @Test func theStandardOrderHolds() {
        #expect(Pipeline.standard.problems() == [])
        #expect(Set(Pipeline.standard.passes) == Set(PassCatalogue.all.map { $0.id }))
        print(Pipeline.standard)
    }

    @Test func wrongOrdersAreNamed() {
        var reversed = Pipeline.standard
        reversed.passes.reverse()
        reversed.passes.append("fold-paper")
        #expect(reversed.problems().contains("fold-paper is not a pass."))
        #expect(reversed.problems().count > 1)
    }
}
