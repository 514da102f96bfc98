import Bytes
import Metrics
import Tensors

extension EvaluationRun {
    /// Draws of patients for the intervals at most.
    package static let mostDraws = 1_000_000
    /// Redrawn means that are held at once: draws times structures. A record of a few kilobytes can ask for any number.
    private static let mostMeans = 1 << 24
    /// Figures drawn: draws times structures times cases. Some minutes of work.
    private static let mostFigures = 1 << 34

    /// Looks at what a run's file says before it's believed: it may be damaged, or made by somebody who wants a figure.
    /// - Throws: `.malformed` for what no run can be, `.limitExceeded` for one that asks for too much work.
    func check() throws(OsteonError) {
        guard !cases.isEmpty else { throw OsteonError(.malformed, "The run has no cases.") }
        guard !structures.isEmpty, structures.count <= 4096 else {
            throw OsteonError(.malformed, "The run has \(structures.count) structures.")
        }
        guard Set(structures.map { UTF8Name($0.key) }).count == structures.count else {
            throw OsteonError(.malformed, "Two structures have one key.")
        }
        for structure in structures {
            let values = structure.values ?? []
            guard ([structure.index] + values).allSatisfy({ (0...WholeNumber.largestLabel).contains($0) }),
                structure.values?.isEmpty != true,
                Set(values).count == values.count
            else { throw OsteonError(.malformed, "Structure \(structure.name) has no possible label value.") }
        }
        guard (1...Self.mostDraws).contains(bootstrap.draws) else {
            throw OsteonError(.limitExceeded, "The run draws patients \(bootstrap.draws) times; from 1 to \(Self.mostDraws) are done.")
        }
        guard bootstrap.draws * (structures.count + 1) <= Self.mostMeans else {
            throw OsteonError(
                .limitExceeded,
                "\(bootstrap.draws) draws of \(structures.count) structures; \(Self.mostMeans / (structures.count + 1)) draws at most.")
        }
        guard try Checked.multiply(bootstrap.draws * (structures.count + 1), cases.count) <= Self.mostFigures else {
            throw OsteonError(
                .limitExceeded,
                """
                \(bootstrap.draws) draws of \(structures.count) structures in \(cases.count) cases are more work than is done at \
                once; draw fewer.
                """
            )
        }
        guard bootstrap.confidence > 0, bootstrap.confidence < 1 else {
            throw OsteonError(.malformed, "A confidence of \(bootstrap.confidence).")
        }
        let amounts = [driftTolerance, targets?.tolerance ?? 0, metrics.surfaceTolerance ?? 0]
        guard amounts.allSatisfy({ $0 >= 0 && $0.isFinite }), threshold.isFinite else {
            throw OsteonError(.malformed, "A tolerance or threshold of the run is none.")
        }
        for figure in targets?.figures ?? [] where !figure.value.isFinite {
            throw OsteonError(.malformed, "The documented figure \(figure.name) is no number.")
        }
    }
}
