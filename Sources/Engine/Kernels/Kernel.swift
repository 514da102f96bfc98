import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// A node made ready to be computed: weights packed, sizes settled.
public protocol PreparedKernel: AnyObject {
    /// The name in reports: the kernel's, or a closer one.
    var label: String { get }
    /// Bytes of scratch memory `run` needs.
    var scratchByteCount: Int { get }
    /// Inputs whose values were taken in by preparing, so the plan needn't keep them.
    var absorbedInputs: Set<Int> { get }
    /// What it computes in, where that's not the type of its result; see `NodeReport.precision`.
    var precision: String? { get }
    /// Computes every output in full.
    func run(_ call: KernelCall) throws(OsteonError)
}

/// How one node is computed by the engine: prepared once for the node's fixed types, run many times.
///
/// A kernel is one file and one row of `KernelTable`. It must give what the operator's reference evaluation gives,
/// within the rounding its arithmetic implies, and the same bits whatever the number of threads.
public protocol Kernel: PreparedKernel, SendableMetatype {
    /// The name in reports, for example `convolution-direct-f32`.
    static var name: String { get }
    /// The lowest tier the kernel runs on; it uses the highest allowed one by itself.
    static var tier: InstructionSet { get }
    /// Why this kernel can't (or shouldn't) take the node, or nil where it can.
    static func refusal(for facts: NodeFacts) -> String?
    /// The inputs whose memory output 0 may take over, where the input has the output's size and isn't read later.
    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int]

    /// Whether the kernel also computes `NodeFacts.activation`.
    static var fusesActivation: Bool { get }

    /// Packs weights and settles sizes.
    init(preparing facts: NodeFacts) throws(OsteonError)
}

extension PreparedKernel {
    public var scratchByteCount: Int { 0 }
    public var absorbedInputs: Set<Int> { [] }
    public var precision: String? { nil }
}

extension Kernel {
    public static var tier: InstructionSet { .scalar }
    public static var fusesActivation: Bool { false }
    public static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [] }
    public var label: String { Self.name }
}

/// What a kernel may know about the node it's prepared for.
public struct NodeFacts: Sendable {
    public var name: String
    public var op: any Operator
    public var inputs: [TensorType?]
    /// The values of constant inputs.
    public var constants: [Tensor?]
    public var outputs: [TensorType]
    /// The tier to use at most.
    public var isa: InstructionSet
    /// Threads to compute with.
    public var threads: Int
    /// What's done to the result at once, where the kernel fuses activations.
    public var activation = FusedActivation.none
    /// The bytes behind the input and the weights, where they're dequantized ones: the node's first input then is the
    /// bytes' tensor, and its result what the bytes of the output say. For integer kernels.
    public var quantized: QuantizedFacts?

    public init(
        name: String, op: any Operator, inputs: [TensorType?], constants: [Tensor?], outputs: [TensorType], isa: InstructionSet,
        threads: Int
    ) {
        self.name = name
        self.op = op
        self.inputs = inputs
        self.constants = constants
        self.outputs = outputs
        self.isa = isa
        self.threads = threads
    }

    public func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The shape of an input in numbers.
    public func shape(_ index: Int) -> [Int]? { index < inputs.count ? inputs[index]?.fixedShape : nil }

    public func constant(_ index: Int) -> Tensor? { index < constants.count ? constants[index] : nil }

    public var outputShape: [Int]? { outputs.first?.fixedShape }

    /// Whether every input and output is of type `f32` and has a fixed shape.
    public var isFixedF32: Bool {
        for case let type? in inputs where type.elementType != .f32 || type.fixedShape == nil { return false }
        for type in outputs where type.elementType != .f32 || type.fixedShape == nil { return false }
        return true
    }

    /// Whether all inputs and outputs are `u8`, or all `i8`, and have fixed shapes.
    public var isFixedBytes: Bool {
        guard let type = outputs.first?.elementType, type == .u8 || type == .i8 else { return false }
        for case let input? in inputs where input.elementType != type || input.fixedShape == nil { return false }
        return outputs.allSatisfy { $0.elementType == type && $0.fixedShape != nil }
    }

    /// The usual first refusal: anything but `f32` and fixed shapes.
    public var refusalUnlessF32: String? { isFixedF32 ? nil : "needs f32 and fixed shapes" }
}

/// The inner loops a kernel calls, and on how many threads; every kernel keeps one.
struct Loops: @unchecked Sendable {
    let table: UnsafePointer<osteon_ops>
    let threads: Int32

    init(_ facts: NodeFacts) {
        table = osteon_ops_for(facts.isa.inC)
        threads = Int32(clamping: facts.threads)
    }
}

/// The memory of one run of one node.
public struct KernelCall {
    public let inputs: [Tensor?]
    public let outputs: [Tensor]
    public let scratch: UnsafeMutableRawBufferPointer

    public init(inputs: [Tensor?], outputs: [Tensor], scratch: UnsafeMutableRawBufferPointer) {
        self.inputs = inputs
        self.outputs = outputs
        self.scratch = scratch
    }

    /// The elements of an input as floats; nil for one left out. Valid during `run`.
    @inline(__always)
    public func floats(_ index: Int) -> UnsafePointer<Float>? {
        guard index < inputs.count, let tensor = inputs[index] else { return nil }
        return UnsafePointer(tensor.unsafeBytes.baseAddress?.assumingMemoryBound(to: Float.self))
    }

    /// An input's elements of any type; nil for one left out. Valid during `run`.
    @inline(__always)
    public func bytes(_ index: Int) -> UnsafeRawPointer? {
        guard index < inputs.count, let tensor = inputs[index] else { return nil }
        return tensor.unsafeBytes.baseAddress
    }

    /// An output's elements of any type.
    @inline(__always)
    public func resultBytes(_ index: Int = 0) -> UnsafeMutableRawPointer? {
        outputs[index].unsafeMutableBytes.baseAddress
    }

    /// The elements of an output as floats.
    @inline(__always)
    public func result(_ index: Int = 0) -> UnsafeMutablePointer<Float>? {
        outputs[index].unsafeMutableBytes.baseAddress?.assumingMemoryBound(to: Float.self)
    }
}

extension ElementType {
    /// The C side's name for the types it stores values in.
    var inC: osteon_element? {
        switch self {
        case .f32: OSTEON_F32
        case .f16: OSTEON_F16
        case .bf16: OSTEON_BF16
        case .u8: OSTEON_U8
        case .i8: OSTEON_I8
        default: nil
        }
    }
}
