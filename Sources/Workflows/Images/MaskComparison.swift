import Bytes
import Metrics
import Tensors

/// Masks or scores that lie in files, held against a reference.
package enum MaskComparison {
    /// The figures of each label in two label volumes.
    /// - Parameters:
    ///   - labels: nil for all that occur in either, but for 0 and the one to be ignored.
    ///   - value: the reference's voxels with this value are left out of every figure.
    ///   - spacing: nil for 1 mm on every axis.
    package static func report(
        prediction: Tensor, reference: Tensor, labels: [Int]?, ignoring value: Int? = nil, spacing: [Double]?, settings: MetricSettings
    ) throws(OsteonError) -> JSONValue {
        let found: [Int]
        if let labels {
            found = labels
        } else {
            let predicted = try locating("the prediction") { () throws(OsteonError) in try prediction.labelValues() }
            let referenced = try locating("the reference") { () throws(OsteonError) in try reference.labelValues() }
            found = Set(predicted).union(referenced).subtracting([0] + (value.map { [$0] } ?? [])).sorted()
        }
        let spacing = spacing ?? [Double](repeating: 1, count: max(2, min(3, prediction.rank)))
        let metrics = try StructureMetrics.of(
            prediction: prediction, reference: reference, labels: found, ignoring: value, spacing: spacing, settings: settings)
        return .record([
            ("schema", .string("osteon.metrics.1")),
            ("settings", .object(try settings.json.members() + [.init("spacing_mm", spacing.json)])),
            (
                "structures",
                .array(
                    try zip(found, metrics).map { (label, metrics) throws(OsteonError) in
                        .object([.init("label", .integer(label))] + (try metrics.json.members()))
                    })
            ),
        ])
    }
}

/// Probabilities against truths, label by label.
package enum ScoreComparison {
    /// - Parameters:
    ///   - scores: cases × labels, or cases.
    ///   - truth: of the same shape; 0 or 1.
    ///   - other: a second model's scores of the same cases.
    package static func report(scores: Tensor, truth: Tensor, against other: Tensor?, threshold: Double) throws(OsteonError) -> JSONValue {
        guard scores.shape == truth.shape, other.map({ $0.shape == scores.shape }) ?? true, (1...2).contains(scores.rank) else {
            throw OsteonError(.usage, "Scores and truths must be of one shape, cases or cases × labels.")
        }
        let labels = scores.rank == 2 ? scores.shape[1] : 1
        let values = try scores.doubles()
        let others = try other?.doubles()
        let truths = try truth.doubles()
        guard truths.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw OsteonError(.malformed, "A truth is neither 0 nor 1.") }
        var entries: [JSONValue] = []
        for label in 0..<labels {
            let places = stride(from: label, to: values.count, by: labels)
            let answers = places.map { truths[$0] == 1 }
            let own = places.map { values[$0] }
            let curve = try ROCCurve(scores: own, truth: answers)
            let point = try OperatingPoint(scores: own, truth: answers, threshold: threshold)
            var members: [(String, JSONValue)] = [
                ("label", .integer(label)), ("auc", .number(curve.area)), ("variance", .number(curve.variance)),
                ("interval", curve.interval().json), ("sensitivity", .number(point.sensitivity)),
                ("specificity", .number(point.specificity)), ("sensitivity_interval", point.sensitivityInterval().json),
            ]
            if let others {
                let difference = try AreaDifference(curve, ROCCurve(scores: places.map { others[$0] }, truth: answers))
                members += [
                    ("difference", .number(difference.difference)), ("difference_variance", .number(difference.variance)),
                    ("difference_interval", difference.interval().json), ("p", .number(difference.pValue)),
                ]
            }
            entries.append(.record(members))
        }
        return .record([("schema", .string("osteon.scores.1")), ("threshold", .number(threshold)), ("labels", .array(entries))])
    }
}
