import Bytes
import GraphIR
import Operators
import Tensors
import TestSupport
import Testing

/// What operators say of channels, weights and windows, held to be true on their conformance cases.
@Suite struct ChannelTraitTests {
    private static func factors(_ count: Int) -> [Double] { (0..<count).map { [2, 0.5, 4, 0.25, 8][$0 % 5] } }

    /// A tensor with each place along an axis multiplied by its factor.
    private static func multiplied(_ tensor: Tensor, axis: Int, _ factors: [Double]) throws -> Tensor {
        let inner = tensor.shape[(axis + 1)...].reduce(1, *)
        let numbers = try tensor.doubles().enumerated().map { $1 * factors[$0 / inner % factors.count] }
        return try Tensor(numbers, shape: tensor.shape).converted(to: tensor.elementType)
    }

    private static func scaling(_ use: OperatorUse, _ parameter: ChannelParameters.Parameter, _ factors: [Double]) throws -> OperatorUse {
        guard parameter.input < use.inputs.count, let tensor = use.inputs[parameter.input] else { return use }
        var result = use
        result.inputs[parameter.input] = try parameter.scaled(tensor, by: factors)
        return result
    }

    @Test func factorAndShiftMultiplyTheChannels() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() where use.isWide {
            guard let parameters = use.op.channelParameters(use.context) else { continue }
            let y = try use.outputs()[0]
            let factors = Self.factors(y.shape[parameters.axis])
            guard let factor = use.inputs[parameters.factor.input], parameters.factor.serves(factors.count, factor) else { continue }
            if parameters.shift < use.inputs.count, let shift = use.inputs[parameters.shift], shift.count != factors.count { continue }
            var scaled = try Self.scaling(use, parameters.factor, factors)
            scaled = try Self.scaling(scaled, .init(parameters.shift), factors)
            let wanted = try Self.multiplied(y, axis: parameters.axis, factors)
            #expect(try relativeDifference(scaled.outputs()[0].doubles(), wanted.doubles()) < 1e-5, "\(use)")
            seen.insert(identifier(use.op))
        }
        let wanted = ["BatchNormalization", "Convolution", "Gemm", "GroupNormalization", "LayerNormalization", "TransposedConvolution"]
        #expect(seen.isSuperset(of: wanted), "\(Set(wanted).subtracting(seen))")
    }

    /// The shift alone moves each channel by as much as it changes times its weight.
    @Test func unweightedOperatorsTakeTheShiftTimesItsWeight() throws {
        for use in try OperatorUse.all() {
            guard let parameters = use.op.channelParameters(use.context), parameters.shiftWeight != 1 else { continue }
            var other = use
            other.op = parameters.unweighted
            if parameters.shift < use.inputs.count {
                other = try other.changing(parameters.shift) { $0.map { $0 * parameters.shiftWeight } }
            }
            #expect(try relativeDifference(other.outputs()[0].doubles(), use.outputs()[0].doubles()) < 1e-5, "\(use)")
        }
    }

    @Test func dividedParametersTakeAFactorBack() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() where use.isWide {
            guard let parameters = use.op.channelParameters(use.context), !parameters.divided.isEmpty, let x = use.inputs[0] else {
                continue
            }
            let factors = Self.factors(x.shape[1])
            var other = use
            other.inputs[0] = try Self.multiplied(x, axis: 1, factors)
            for parameter in parameters.divided { other = try Self.scaling(other, parameter, factors.map { 1 / $0 }) }
            for parameter in parameters.multiplied { other = try Self.scaling(other, parameter, factors) }
            #expect(try relativeDifference(other.outputs()[0].doubles(), use.outputs()[0].doubles()) < 1e-5, "\(use)")
            seen.insert(identifier(use.op))
        }
        #expect(seen == ["BatchNormalization", "Convolution", "TransposedConvolution"])
    }

    // MARK: Layers

    /// The weights' axis is that of the output's channels, which one factor a place multiplies; a bias is such a shift.
    @Test func layersNameTheirWeightsAndBias() throws {
        var families: Set<LayerTraits.Family> = []
        for use in try OperatorUse.all() {
            guard let layer = use.op.layer(use.context) else { continue }
            families.insert(layer.family)
            #expect(layer.dataInputs.allSatisfy { $0 < use.inputs.count }, "\(use)")
            guard layer.family.isProduct else {
                #expect(layer.weightInput == nil && layer.biasInput == nil, "\(use)")
                continue
            }
            if let parameters = use.op.channelParameters(use.context) {
                #expect(parameters.factor == .init(try #require(layer.weightInput), axis: layer.weightAxis, groups: layer.groups), "\(use)")
                #expect(layer.biasInput == nil || layer.biasInput == parameters.shift, "\(use)")
            } else if let index = layer.weightInput, let weight = use.inputs[index], weight.rank > 1, use.isWide {
                let factors = Self.factors(weight.shape[layer.weightAxis])
                var scaled = use
                scaled.inputs[index] = try Self.multiplied(weight, axis: layer.weightAxis, factors)
                let y = try use.outputs()[0]
                let wanted = try Self.multiplied(y, axis: y.rank - 1, factors)
                let got = try scaled.outputs()[0]
                if y.elementType.isFloat { #expect(try relativeDifference(got.doubles(), wanted.doubles()) < 1e-5, "\(use)") }
            }
        }
        // An addition of constants is none.
        #expect(families == Set(LayerTraits.Family.allCases).subtracting([.addition]))
        let values = InferenceContext(inputs: [TensorType(.f32, fixed: [2]), TensorType(.f32, fixed: [2])], constants: [nil, nil])
        #expect(Add().layer(values)?.dataInputs == [0, 1])
    }

    // MARK: Windows

    /// A padding before a window is one of the window's own.
    @Test func paddingIsAbsorbed() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() {
            guard let op = use.op as? any Windowed, let x = use.inputs[0], x.elementType.isFloat, use.outputCount == 1 else { continue }
            let window = op.window
            guard window.autoPadding == .explicit || window.autoPadding == .valid else { continue }
            let axes = x.rank - 2
            let own = window.autoPadding == .explicit && !window.pads.isEmpty ? window.pads : [Int](repeating: 0, count: 2 * axes)
            for value in [0, -Double.infinity] {
                guard var absorbed = op.absorbing(padding: value, use.context) else { continue }
                if absorbed.needsElements { guard window.kernel.allSatisfy({ $0 > 1 }), own.allSatisfy({ $0 == 0 }) else { continue } }
                absorbed.op.window.pads = own.map { $0 + 1 }
                absorbed.op.window.autoPadding = .explicit
                let given = absorbed.needsElements ? try use.changing(0) { $0.map(abs) } : use
                var padded = given
                let pads = [0, 0] + [Int](repeating: 1, count: axes) + [0, 0] + [Int](repeating: 1, count: axes)
                let filler = try Tensor(scalar: value).converted(to: x.elementType)
                padded.inputs[0] = try Pad().evaluate([given.inputs[0], Tensor(pads.map { Int64($0) }), filler])[0]
                var folded = given
                folded.op = absorbed.op
                #expect(try relativeDifference(folded.outputs()[0].doubles(), padded.outputs()[0].doubles()) < 1e-6, "\(use) by \(value)")
                seen.insert(identifier(use.op))
            }
        }
        #expect(seen == ["AveragePool", "Convolution", "MaxPool"])
    }
}
