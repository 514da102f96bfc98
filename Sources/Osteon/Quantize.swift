import Bytes
import Quantization
import Workflows

/// Writes a model with fewer bits, held to a budget.
public struct Quantizer: Sendable {
    /// What layers are computed in.
    public enum Precision: String, Sendable, CaseIterable {
        case fp16, bf16, int8
        /// int8 where the budget allows it, more bits elsewhere.
        case mixed
    }

    /// What the reduced model may lose; nil for no bound.
    public struct Budget: Sendable, Hashable {
        /// The largest error of an output, relative to its largest magnitude.
        public var maximumError: Double?
        /// The least signal to noise, in decibels.
        public var minimumDecibels: Double?
        /// The Dice lost on average, by structure.
        public var maximumMeanDrift: Double?
        /// The Dice lost in any case.
        public var maximumCaseDrift: Double?

        /// No bound at all.
        public init() {}
    }

    /// What layers are computed in.
    public var precision: Precision
    /// What the reduced model may lose.
    public var budget = Budget()
    /// The conversion that comes first.
    public var converter: Converter
    /// Samples for int8: `.npz` files, scans, folders or a data list.
    public var calibration: [String] = []
    /// Cases the budget is held on; the calibration samples where there are none.
    public var evaluation: [String] = []
    /// Layers to leave in `f32`, by name.
    public var keptLayers: Set<String> = []

    /// A quantiser; further settings are properties.
    public init(_ precision: Precision, converter: Converter = Converter()) {
        self.precision = precision
        self.converter = converter
    }

    /// What a quantisation did.
    public struct Report: Sendable {
        /// The largest error of an output on the cases, relative to its largest magnitude; nil where nothing was measured.
        public var maximumError: Double?
        /// Signal to noise on the cases, in decibels.
        public var decibels: Double?
        /// The size of the file written.
        public var fileBytes: Int
        /// Bytes of the float network's weights.
        public var floatBytes: Int
        /// What a person should know, a sentence each.
        public var notes: [String]
        /// All of it, layer by layer, as `osteon quantize` prints it in JSON.
        public var json: String
    }

    /// Quantises the source at `source` to the native file `destination`.
    /// - Throws: `.targetMissed` where the budget can't be kept, `.usage` where int8 lacks calibration samples. Nothing is written then.
    public func quantize(_ source: String, to destination: String) throws(OsteonError) -> Report {
        let inner: LayerPrecision =
            switch precision {
            case .fp16: .f16
            case .bf16: .bf16
            case .int8, .mixed: .int8
            }
        var reduction = ReductionOptions(precision: inner)
        reduction.kept = keptLayers
        let report = try facing { () throws(Bytes.OsteonError) in
            var quantization = ModelQuantization(try converter.conversion(source, destination), reduction)
            quantization.isMixed = precision == .mixed
            quantization.budget.maximumError = budget.maximumError
            quantization.budget.minimumDecibels = budget.minimumDecibels
            quantization.budget.maximumMeanDrift = budget.maximumMeanDrift
            quantization.budget.maximumCaseDrift = budget.maximumCaseDrift
            quantization.calibration = calibration
            quantization.evaluation = evaluation
            quantization.engine = try converter.engine.inner()
            return try quantization.run()
        }
        return Report(
            maximumError: report.loss?.maximumError, decibels: report.loss?.decibels, fileBytes: report.fileBytes,
            floatBytes: report.floatBytes, notes: report.notes, json: report.json.text())
    }
}
