import Bytes
import Metrics

/// What a run found: every figure follows from its cases' records in the data list's order, so that neither shards nor
/// threads nor restarts change a bit of it.
package struct EvaluationSummary: Sendable {
    /// The difference between two models in one finding's area.
    package struct AreaDrift: Sendable {
        package var name: String
        /// nil where there's no area.
        package var difference: AreaDifference?
    }

    package let run: EvaluationRun
    package let records: [CaseRecord]
    package let first: ModelFigures
    package let second: ModelFigures?
    /// Of Dice, from the first… see `driftFrom`; nil without a second model or for scores.
    package let drift: Drift?
    package let areaDrift: [AreaDrift]
    /// By structure: the Dice of both models' masks of the same cases.
    package let agreement: ModelFigures.Column?
    package let targets: [TargetCheck]

    /// - Throws: `.usage` where no case could be evaluated.
    package init(_ run: EvaluationRun, _ records: [CaseRecord]) throws(OsteonError) {
        self.run = run
        self.records = records.sorted { $0.index < $1.index }
        let measured = self.records.filter { $0.result != nil }
        let results = measured.compactMap(\.result)
        let names = measured.map { run.cases[$0.index].name }
        let truth = results.map(\.truth)
        first = try ModelFigures(run, cases: names, results.map(\.first), truth: truth)
        second = run.against == nil ? nil : try ModelFigures(run, cases: names, results.compactMap(\.second), truth: truth)
        if let second, let mine = first.dice, let other = second.dice {
            drift = try Drift(from: other.table, to: mine.table, tolerance: run.driftTolerance, bootstrap: run.bootstrap)
            let table = try CaseTable(cases: names, structures: run.structures.map(\.name), values: results.map(\.agreement))
            let intervals = run.bootstrap.intervals(of: table)
            agreement = ModelFigures.Column(
                metric: "Dice of both masks", table: table,
                structures: run.structures.indices.map {
                    ModelFigures.Figure(value: table.mean($0), interval: intervals.structures[$0], cases: table.count($0))
                },
                mean: ModelFigures.Figure(value: table.meanOfStructures, interval: intervals.mean, cases: table.countOfAny))
        } else {
            drift = nil
            agreement = nil
        }
        var areas: [AreaDrift] = []
        if let second {
            for (structure, (mine, other)) in zip(run.structures, zip(first.findings, second.findings)) {
                let difference = mine.curve.area.isNaN ? nil : try AreaDifference(other.curve, mine.curve)
                areas.append(AreaDrift(name: structure.name, difference: difference))
            }
        }
        areaDrift = areas
        targets = Self.checks(run, first)
    }

    private static func checks(_ run: EvaluationRun, _ figures: ModelFigures) -> [TargetCheck] {
        guard let targets = run.targets else { return [] }
        return targets.figures.map { target in
            var measured = Double.nan
            var interval: Interval?
            var cases = 0
            switch (target.metric, target.subject, run.place(of: target.subject)) {
            case ("dice", .mean, _):
                if let mean = figures.dice?.mean { (measured, interval, cases) = (mean.value, mean.interval, mean.cases) }
            case ("dice", .structure, let place?):
                if let figure = figures.dice?.structures[place] {
                    (measured, interval, cases) = (figure.value, figure.interval, figure.cases)
                }
            case ("auc", .mean, _):
                if let mean = figures.meanArea {
                    (measured, interval, cases) = (
                        mean.value, mean.interval, figures.findings.first.map { $0.curve.positives + $0.curve.negatives } ?? 0
                    )
                }
            case ("auc", .structure, let place?) where place < figures.findings.count:
                let curve = figures.findings[place].curve
                (measured, interval, cases) = (
                    curve.area, curve.interval(confidence: run.bootstrap.confidence), curve.positives + curve.negatives
                )
            default: break
            }
            return TargetCheck(
                metric: target.metric, name: target.name, documented: target.value, tolerance: targets.tolerance, measured: measured,
                interval: interval, cases: cases)
        }
    }

    /// What a documented figure is of, such as `Dice mean_dice1 (Anterior)`: its own name, and the structure's where that's another.
    /// - Parameter place: in `targets`.
    package func targetTitle(_ place: Int) -> String {
        guard let figures = run.targets?.figures, figures.indices.contains(place) else { return "" }
        let figure = figures[place]
        let title = "\(figure.metric == "auc" ? "AUC" : "Dice") \(figure.name)"
        guard let structure = run.place(of: figure.subject).map({ run.structures[$0] }),
            structure.name.lowercased() != figure.name.lowercased()
        else { return title }
        return "\(title) (\(structure.name))"
    }

    /// Why a documented figure wasn't measured, for people; nil where it was.
    package func reasonUnmeasured(_ place: Int) -> String? {
        guard let figures = run.targets?.figures, figures.indices.contains(place), targets.indices.contains(place),
            targets[place].measured.isNaN
        else { return nil }
        if run.place(of: figures[place].subject) == nil, figures[place].subject != .mean {
            return "not scored: the data list's structures are others"
        }
        return "no case has a figure"
    }

    package var failures: [(name: String, reason: String)] {
        records.compactMap { record in record.failure.map { (run.cases[record.index].name, $0) } }
    }

    /// Whether every case was evaluated.
    package var isComplete: Bool { failures.isEmpty && records.count == run.cases.count }
    package var meetsTargets: Bool { targets.allSatisfy(\.isMet) }

    /// What a command gives back: 2 where a case couldn't be evaluated, 4 where a target was missed, 0.
    package var exitCode: Int32 { !isComplete ? 2 : meetsTargets ? 0 : 4 }

    /// The cases by their lowest Dice of any structure (for scores: none), the worst first; ties in the list's order.
    package func worstCases(_ limit: Int) -> [(record: CaseRecord, dice: Double)] {
        let ranked = records.compactMap { record -> (record: CaseRecord, dice: Double)? in
            guard case .masks(let structures)? = record.result?.first else { return nil }
            let lowest = structures.map(\.dice).filter { !$0.isNaN }.min()
            return lowest.map { (record, $0) }
        }
        return Array(ranked.sorted { ($0.dice, $0.record.index) < ($1.dice, $1.record.index) }.prefix(limit))
    }
}
