import Bytes
import Tensors

/// One check of a model: what was compared with what, on which inputs, and what came out, so that it can be shown and
/// repeated without the source. `formats/osteon.md` has its JSON.
package struct VerificationRecord: Sendable, Hashable {
    /// What was compared.
    package enum Kind: String, Sendable, CaseIterable {
        /// The optimised graph with the graph as imported.
        case optimized
        /// The model with its framework's outputs, from a file.
        case reference
        /// The model with another one.
        case against
        /// A variant of fixed shape with the model it was made from.
        case fixedShape = "fixed_shape"
        /// A model of reduced precision with the one it was made from.
        case reducedPrecision = "reduced_precision"
        /// A file in another format, read back, with the model it was written from.
        case exported
    }

    /// One tensor that was fed.
    package struct Input: Sendable, Hashable {
        package var name: String
        package var elementType: ElementType
        package var shape: [Int]
        /// Of its bytes; 64 hexadecimal digits.
        package var sha256: String
        /// Its elements, where inputs come from a seed and this one doesn't: a shape, sizes, axes.
        package var values: [Int]?

        package init(name: String, elementType: ElementType, shape: [Int], sha256: String, values: [Int]? = nil) {
            self.name = name
            self.elementType = elementType
            self.shape = shape
            self.sha256 = sha256
            self.values = values
        }

        /// Whether it's the same tensor under the same name, however its elements are written.
        package func isSameData(as other: Input) -> Bool {
            name == other.name && elementType == other.elementType && shape == other.shape && sha256 == other.sha256
        }

        /// The most elements that are written out.
        package static let mostValues = 64

        package init(name: String, _ tensor: Tensor) {
            self.init(
                name: name, elementType: tensor.elementType, shape: tensor.shape,
                sha256: withExtendedLifetime(tensor) { SHA256Digest(of: tensor.unsafeBytes).hexadecimal })
        }
    }

    /// Where the inputs come from.
    package enum Origin: Sendable, Hashable {
        /// Made from a seed: the graph's inputs in order, by the generator that `formats/osteon.md` describes.
        case seeded(seed: UInt64, integerLimit: Int)
        /// Read from a file.
        case file(Provenance.Source)
    }

    /// The differences of one tensor from its reference.
    package struct Errors: Sendable, Hashable {
        package var maximumAbsolute: Double
        /// The largest difference relative to the reference's largest magnitude.
        package var relativeToMaximum: Double
        package var meanAbsolute: Double
        /// NaN where no numbers were compared, or a number met something that's none.
        package var cosine: Double
        /// Signal to noise in decibels; nil where nothing differs, and where it isn't a number: the errors show which.
        package var signalToNoise: Double?

        package init(maximumAbsolute: Double, relativeToMaximum: Double, meanAbsolute: Double, cosine: Double, signalToNoise: Double?) {
            self.maximumAbsolute = maximumAbsolute
            self.relativeToMaximum = relativeToMaximum
            self.meanAbsolute = meanAbsolute
            self.cosine = cosine
            self.signalToNoise = signalToNoise
        }

        package init(_ comparison: TensorComparison) {
            let noise = comparison.signalToNoiseDecibels
            self.init(
                maximumAbsolute: comparison.maximumAbsoluteError, relativeToMaximum: comparison.maximumRelativeToMaximum,
                meanAbsolute: comparison.meanAbsoluteError, cosine: comparison.cosine, signalToNoise: noise.isFinite ? noise : nil)
        }
    }

    /// One output.
    package struct Output: Sendable, Hashable {
        package var name: String
        package var errors: Errors
        /// The largest absolute difference allowed.
        package var tolerance: Double
        package var passed: Bool
        /// What the reference gave.
        package var expected: TensorSummary
        /// Of the bytes the model gave; the same kernels give them again.
        package var resultSHA256: String

        package init(name: String, errors: Errors, tolerance: Double, passed: Bool, expected: TensorSummary, resultSHA256: String) {
            self.name = name
            self.errors = errors
            self.tolerance = tolerance
            self.passed = passed
            self.expected = expected
            self.resultSHA256 = resultSHA256
        }
    }

    /// One layer, measured by itself or together with those before it.
    package struct Layer: Sendable, Hashable {
        /// The value it computes.
        package var name: String
        /// `int8`, `f16`, …; nil where it wasn't changed.
        package var precision: String?
        package var errors: Errors

        package init(name: String, precision: String? = nil, errors: Errors) {
            self.name = name
            self.precision = precision
            self.errors = errors
        }
    }

    /// How the ranges of activations were found.
    package struct Calibration: Sendable, Hashable {
        /// `minmax`, `percentile`, `mse`, `entropy`, …
        package var method: String
        /// SHA-256 of each case's bytes, in order; names are no part of a record, since they may be a patient's.
        package var cases: [String]

        package init(method: String, cases: [String]) {
            self.method = method
            self.cases = cases
        }
    }

    package var kind: Kind
    /// The program and version that made the check.
    package var tool: String
    /// What the kernels were allowed to use: `avx2`, …; others round otherwise.
    package var isa: String
    /// The files of what the model was compared with; empty for its own source.
    package var other: [Provenance.Source]
    package var origin: Origin
    /// In the graph's order.
    package var inputs: [Input]
    /// The largest difference allowed relative to the reference's largest magnitude, and in absolute terms; the wider counts.
    package var relativeTolerance: Double
    package var absoluteTolerance: Double
    package var outputs: [Output]
    package var layers: [Layer]
    /// What was done to the model between reference and result.
    package var passes: [Provenance.Pass]
    /// SHA-256 of the precision plan, where one was applied.
    package var planSHA256: String?
    package var calibration: Calibration?
    package var notes: [String]
    /// Whether the record is about the model this one was made from, so that it can't be repeated on this one.
    package var isInherited: Bool

    package init(
        kind: Kind, tool: String, isa: String, other: [Provenance.Source] = [], origin: Origin, inputs: [Input],
        relativeTolerance: Double, absoluteTolerance: Double, outputs: [Output], layers: [Layer] = [],
        passes: [Provenance.Pass] = [], planSHA256: String? = nil, calibration: Calibration? = nil, notes: [String] = [],
        isInherited: Bool = false
    ) {
        self.kind = kind
        self.tool = tool
        self.isa = isa
        self.other = other
        self.origin = origin
        self.inputs = inputs
        self.relativeTolerance = relativeTolerance
        self.absoluteTolerance = absoluteTolerance
        self.outputs = outputs
        self.layers = layers
        self.passes = passes
        self.planSHA256 = planSHA256
        self.calibration = calibration
        self.notes = notes
        self.isInherited = isInherited
    }

    /// Whether every output passed.
    package var passed: Bool { outputs.allSatisfy(\.passed) }
}

/// What's kept of a tensor to know it again: enough to decide whether another one is the same, or how near.
package struct TensorSummary: Sendable, Hashable {
    /// One element.
    package struct Sample: Sendable, Hashable {
        /// Row-major.
        package var index: Int
        package var value: Double

        package init(index: Int, value: Double) {
            self.index = index
            self.value = value
        }
    }

    /// The elements that are NaN or infinite, and where they are.
    package struct NonFinite: Sendable, Hashable {
        package var nan = 0
        package var positive = 0
        package var negative = 0
        /// FNV-1a of 64 bits over each one's index (eight bytes, the lowest first) and kind (a byte: 0 NaN, 1 ∞, 2 −∞), in order.
        package var places: UInt64 = 0xCBF2_9CE4_8422_2325

        package init() {}

        mutating func add(_ value: Double, at index: Int) {
            let kind: UInt8 = value.isNaN ? 0 : value > 0 ? 1 : 2
            switch kind {
            case 0: nan += 1
            case 1: positive += 1
            default: negative += 1
            }
            for shift in stride(from: 0, to: 64, by: 8) { mix(UInt8(truncatingIfNeeded: index >> shift)) }
            mix(kind)
        }

        private mutating func mix(_ byte: UInt8) { places = (places ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    package var elementType: ElementType
    package var shape: [Int]
    /// Of the bytes; 64 hexadecimal digits.
    package var sha256: String
    /// Elements that are neither NaN nor infinite.
    package var finiteCount: Int
    /// Those that are; nil where there are none, and in records of versions that didn't count them.
    package var nonFinite: NonFinite?
    /// Of the finite elements; 0 where there are none.
    package var minimum: Double
    package var maximum: Double
    package var mean: Double
    /// Finite elements spread over the tensor, `index` rising.
    package var samples: [Sample]

    /// How many elements a summary keeps at most.
    package static let sampleCount = 64

    package init(
        elementType: ElementType, shape: [Int], sha256: String, finiteCount: Int, minimum: Double, maximum: Double, mean: Double,
        samples: [Sample], nonFinite: NonFinite? = nil
    ) {
        self.nonFinite = nonFinite
        self.elementType = elementType
        self.shape = shape
        self.sha256 = sha256
        self.finiteCount = finiteCount
        self.minimum = minimum
        self.maximum = maximum
        self.mean = mean
        self.samples = samples
    }
}
