import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// `IntegerConvolution` with constant weights, on the tiles of the integer convolution; the input's zero point may be known in the run
/// alone, as dynamic quantisation has it. The sums come out as `i32`, or as `f32` where only a `Cast` to it reads them.
final class IntegerSumConvolutionKernel: Kernel {
    static let name = "convolution-integer"
    static var givesFloats: Bool { true }
    private let conv: PreparedConvolution
    private let isSigned: Bool

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is IntegerConvolution else { return KernelTable.notMine }
        if let reason = WideWeights.refusal(facts, zero: 3, bias: 4) { return reason }
        if let reason = PreparedConvolution.refusal(sizes: facts) { return reason }
        let weights = facts.shape(1) ?? []
        return weights.dropFirst().reduce(1, *) <= WideWeights.mostTerms ? nil : "a sum of more than \(WideWeights.mostTerms) products"
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        guard let input = facts.inputs[0]?.elementType, let from = input.inC, let filters = facts.shape(1)?[0] else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let weights = try WideWeights.make(facts, zero: 3, axis: 0)
        isSigned = input == .i8
        let ones = facts.outputs[0].elementType == .f32 ? [Float](repeating: 1, count: filters) : nil
        let start = try facts.constant(4)?.array(Int32.self)
        conv = try withOptionalPointer(ones) { (ones) throws(OsteonError) in
            try withOptionalPointer(start) { (start) throws(OsteonError) in
                let storage = osteon_conv_storage(
                    input: from, output: OSTEON_F32, wide_weights: 1, output_zero: 0, output_scale: 1, filter_scale: ones,
                    filter_start: start)
                return try PreparedConvolution(facts, storage, weights: weights, bias: nil, activation: .none)
            }
        }
    }

    var precision: String? { "int8" }
    var absorbedInputs: Set<Int> { [1, 3, 4] }
    var scratchByteCount: Int { conv.scratchByteCount }
    func run(_ call: KernelCall) { conv.run(call, zero: call.zeroPoint(2, isSigned: isSigned)) }
}

/// `IntegerMatMul` with a constant matrix on the right, in the same way.
final class IntegerSumProductKernel: Kernel {
    static let name = "matrix-product-integer"
    static var givesFloats: Bool { true }
    private let product: OpaquePointer
    private let loops: Loops
    private let ones: [Float]?
    private let zeros: [Float]
    private let isSigned: Bool
    private let rows: Int
    private var factors = osteon_byte_factors()

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is IntegerMatMul else { return KernelTable.notMine }
        guard let a = facts.shape(0), a.count >= 2, let b = facts.shape(1), b.count == 2, facts.outputShape != nil else {
            return "needs matrices of fixed shapes"
        }
        if let reason = WideWeights.refusal(facts, zero: 3, bias: nil) { return reason }
        guard (a + b).allSatisfy({ $0 > 0 && $0 < 1 << 30 }) else { return "an extent is 0 or beyond 2³⁰" }
        return b[0] <= WideWeights.mostTerms ? nil : "a sum of more than \(WideWeights.mostTerms) products"
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        guard let input = facts.inputs[0]?.elementType, let element = input.inC, let a = facts.shape(0), let b = facts.shape(1) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let weights = try WideWeights.make(facts, zero: 3, axis: 1)
        let loops = Loops(facts)
        let made = withExtendedLifetime(weights) {
            osteon_byte_product_make(weights.unsafeElements(Int16.self).baseAddress, 1, b[0], b[1], b[1], 1, loops.table)
        }
        guard let made else { throw OsteonError(.limitExceeded, "Out of memory: can't pack the weights.") }
        product = made
        self.loops = loops
        isSigned = input == .i8
        ones = facts.outputs[0].elementType == .f32 ? [Float](repeating: 1, count: b[1]) : nil
        zeros = [Float](repeating: 0, count: b[1])
        rows = a.dropLast().reduce(1, *)
        factors.rows = rows
        factors.element = element
        factors.form_y = .f32
    }

    deinit { osteon_byte_product_free(product) }

    var precision: String? { "int8" }
    var absorbedInputs: Set<Int> { [1, 3] }
    var scratchByteCount: Int { osteon_byte_product_scratch(product, rows) }

    func run(_ call: KernelCall) {
        withOptionalPointer(ones) { ones in
            zeros.withUnsafeBufferPointer { zeros in
                var task = factors
                task.zero = call.zeroPoint(2, isSigned: isSigned)
                task.scale = ones
                task.bias = zeros.baseAddress
                osteon_byte_product_run(
                    product, &task, call.bytes(0)?.assumingMemoryBound(to: UInt8.self), call.resultBytes(), call.scratch.baseAddress,
                    loops.threads)
            }
        }
    }
}

/// Constant bytes less their zero points, as whole numbers of 16 bits.
private enum WideWeights {
    /// So many products of numbers within ±255 fit 32 bits.
    static let mostTerms = 33_000

    /// Why input 1 can't be packed, or nil.
    static func refusal(_ facts: NodeFacts, zero: Int, bias: Int?) -> String? {
        guard facts.constant(1) != nil else { return "the weights aren't constant" }
        for index in [zero, bias].compactMap(\.self) where facts.has(index) && facts.constant(index) == nil {
            return "the weights' zero point or the bias isn't constant"
        }
        guard !facts.has(2) || facts.inputs[2]?.count == 1 else { return "the input has a zero point a row" }
        guard let zero = facts.constant(zero), zero.rank > 1, zero.count > 1 else { return nil }
        return "the weights' zero point isn't a list"
    }

    /// - Parameter axis: what a list of zero points runs along.
    static func make(_ facts: NodeFacts, zero: Int, axis: Int) throws(OsteonError) -> Tensor {
        guard let weights = facts.constant(1) else { throw OsteonError(.internalFault, "Weights that aren't constant can't be packed.") }
        let wide = try weights.converted(to: .i16)
        guard let zero = facts.constant(zero) else { return wide }
        var shape = [Int](repeating: 1, count: weights.rank)
        if zero.count > 1 { shape[axis] = zero.count }
        return try Subtract().evaluate([wide, zero.converted(to: .i16).reshaped(shape)])[0]
    }
}

extension KernelCall {
    /// A zero point of bytes told in the run; 0 where there's none.
    fileprivate func zeroPoint(_ index: Int, isSigned: Bool) -> Int32 {
        guard let address = bytes(index) else { return 0 }
        return isSigned ? Int32(address.load(as: Int8.self)) : Int32(address.load(as: UInt8.self))
    }
}

/// `body` with the elements' address, or nil where there are none.
private func withOptionalPointer<Element, Result, Failure: Error>(
    _ elements: [Element]?, _ body: (UnsafePointer<Element>?) throws(Failure) -> Result
) throws(Failure) -> Result {
    guard let elements else { return try body(nil) }
    return try elements.withUnsafeBufferPointer { (buffer) throws(Failure) in try body(buffer.baseAddress) }
}
