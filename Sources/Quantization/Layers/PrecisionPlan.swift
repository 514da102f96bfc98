import Bytes
import Tensors

/// What each layer of a network is reduced to, and the numbers that need calibration: all it takes to reduce the same
/// network again to the same bytes.
///
/// Written as JSON (`formats/precision-plan.md`), to be read, edited and applied again.
package struct PrecisionPlan: Record, Hashable {
    /// One layer's precision, and what that costs and saves.
    package struct Layer: Record, Hashable {
        package var name = ""
        package var family = ""
        package var precision = LayerPrecision.f32
        /// Why it isn't what was asked for, or why it is what it is.
        package var reason = ""
        /// Signal to quantisation noise of the layer's own output, its inputs being the float network's, in decibels.
        package var ownError: Double?
        /// The same at the network's outputs with this layer alone reduced.
        package var outputErrorAlone: Double?
        /// The same at this layer's output in the reduced network as a whole.
        package var errorTogether: Double?
        package var floatBytes = 0
        package var bytes = 0
        package var multiplyAccumulates = 0
        /// What's added to the bias by output channel; empty for nothing.
        package var biasCorrection: [Float] = []
        /// The mean square of each input channel in calibration, which weights are rounded by; empty for all alike.
        package var inputSquares: [Float] = []

        package init() {}

        package init(name: String, family: String, precision: LayerPrecision, reason: String = "") {
            self.name = name
            self.family = family
            self.precision = precision
            self.reason = reason
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("family", &family, missing: "")
            try visitor.member("precision", &precision)
            try visitor.member("reason", &reason, missing: "")
            try visitor.optional("own_sqnr_db", &ownError, .decibels)
            try visitor.optional("output_sqnr_alone_db", &outputErrorAlone, .decibels)
            try visitor.optional("sqnr_together_db", &errorTogether, .decibels)
            try visitor.member("float_bytes", &floatBytes, missing: 0)
            try visitor.member("bytes", &bytes, missing: 0)
            try visitor.member("macs", &multiplyAccumulates, missing: 0)
            try visitor.member("bias_correction", &biasCorrection, omitting: [])
            try visitor.member("input_squares", &inputSquares, omitting: [])
        }
    }

    /// SHA-256 of the float network's weights and graph that the plan is for; empty where it's for any.
    package var model = ""
    package var layers: [Layer] = []
    /// 8-bit ranges by the name of the value.
    package var values: [String: AffineQuantization] = [:]
    /// What each output channel of a layer was multiplied with (and what reads it divided by) before anything was rounded, by
    /// the layer's name, in quarters of an octave: `2^(n/4)`. See `ChannelEqualization`.
    package var channelScales: [String: [Int]] = [:]
    /// How many bits integer weights use: 8 (to ±127) or 7 (to ±63).
    package var weightBits = 8
    /// Whether batch normalisations that stand by themselves are stored as a 16-bit scale and shift a channel.
    package var halvesNormalizations = false
    /// Values that 16-bit floats can't hold.
    package var overflowing: [String] = []
    /// How calibration was done, in words for people: method, samples, policies.
    package var settings: [String: String] = [:]

    package init() {}

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.schema("osteon.precision-plan.1")
        try visitor.member("model", &model, missing: "")
        try visitor.member("settings", &settings, missing: [:])
        try visitor.member("layers", &layers)
        try visitor.member("values", &values, missing: [:])
        try visitor.member("channel_scales", &channelScales, missing: [:])
        try visitor.member("weight_bits", &weightBits, JSONForm<Int>.own.holding("7 or 8 bits") { $0 == 7 || $0 == 8 }, missing: 8)
        try visitor.member("half_normalizations", &halvesNormalizations, missing: false)
        try visitor.member("overflowing", &overflowing, missing: [])
        var seen: Set<String> = []
        let twice = layers.first { !seen.insert($0.name).inserted }
        try visitor.require(twice == nil, "Layer \"\(twice?.name ?? "")\" is in the plan twice.")
    }

    /// The plan without the numbers that the reduced graph itself holds: what travels in its file. Channel scales stay: by them
    /// the float network's values can be compared with the reduced one's.
    package var summary: PrecisionPlan {
        var result = self
        for index in result.layers.indices { (result.layers[index].biasCorrection, result.layers[index].inputSquares) = ([], []) }
        result.values = [:]
        return result
    }

    package subscript(layer name: String) -> Layer? { layers.first { $0.name == name } }

    /// The share of all multiply-accumulates of layers in `precision`.
    package func workShare(of precisions: Set<LayerPrecision>) -> Double {
        let all = layers.reduce(0.0) { $0 + Double($1.multiplyAccumulates) }
        let part = layers.reduce(0.0) { $0 + (precisions.contains($1.precision) ? Double($1.multiplyAccumulates) : 0) }
        return all > 0 ? part / all : 0
    }
}

extension JSONForm<Double> {
    /// Decibels with two digits; null for no noise at all.
    fileprivate static var decibels: JSONForm {
        JSONForm(
            write: { $0.isFinite ? .number(($0 * 100).rounded() / 100) : .null },
            read: { (json) throws(OsteonError) in json == .null ? .infinity : try json.double() })
    }
}
