import Bytes
import Quantization

/// What a quantisation did.
package struct QuantizationReport: Sendable {
    package internal(set) var converted: ConversionReport
    package internal(set) var plan: PrecisionPlan
    package internal(set) var loss: TaskLoss?
    package internal(set) var notes: [String] = []
    package internal(set) var fileBytes = 0
    /// Milliseconds a run takes less by layer, measured on this machine.
    package internal(set) var millisecondsSaved: [String: Double] = [:]
    /// Bytes of the float network's constants.
    package internal(set) var floatBytes = 0

    init(converted: ConversionReport, result: PrecisionReduction.Result) {
        self.converted = converted
        plan = result.plan
        loss = result.loss
        millisecondsSaved = result.millisecondsSaved
    }

    package var json: JSONValue {
        .record([
            ("schema", .string("osteon.quantize.1")), ("file_bytes", .integer(fileBytes)), ("float_bytes", .integer(floatBytes)),
            ("int8_work_share", .number(plan.workShare(of: [.int8]))),
            ("peak_bytes", .integer(converted.steps.map(\.peakBytes).max() ?? 0)),
            (
                "loss",
                loss.map { loss in
                    .record([
                        ("max_rel", .number(loss.maximumError)), ("sqnr_db", loss.decibels.isFinite ? .number(loss.decibels) : .null),
                        (
                            "dice_loss",
                            .array(
                                loss.meanDrifts.map { .record([("structure", .string($0.structure)), ("mean", .number($0.loss))]) })
                        ),
                        (
                            "worst_case",
                            loss.worstDrift.map {
                                .record([("case", .string($0.caseName)), ("structure", .string($0.structure)), ("loss", .number($0.loss))])
                            } ?? .null
                        ),
                    ])
                } ?? .null
            ),
            (
                "ms_saved",
                .record(plan.layers.compactMap { layer in millisecondsSaved[layer.name].map { (layer.name, .number($0)) } })
            ),
            ("plan", plan.json), ("notes", .array(notes.map { .string($0) })),
        ])
    }
}
