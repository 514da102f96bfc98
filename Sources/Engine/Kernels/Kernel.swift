import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// A node made ready to be computed: weights packed, sizes settled.
package protocol PreparedKernel: AnyObject {
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
package protocol Kernel: PreparedKernel, SendableMetatype {
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
    /// Whether the kernel may be given `NodeFacts.byteInputs`.
    static var readsBytes: Bool { get }
    /// Whether the kernel may be given a `NodeFacts.byteOutput`.
    static var writesBytes: Bool { get }
    /// Whether the kernel's whole numbers may come out as f32, in the place of a `Cast` behind it: the output's type says so.
    static var givesFloats: Bool { get }

    /// Packs weights and settles sizes.
    init(preparing facts: NodeFacts) throws(OsteonError)
}

extension PreparedKernel {
    package var scratchByteCount: Int { 0 }
    package var absorbedInputs: Set<Int> { [] }
    package var precision: String? { nil }
}

extension Kernel {
    package static var tier: InstructionSet { .scalar }
    package static var fusesActivation: Bool { false }
    package static var readsBytes: Bool { false }
    package static var writesBytes: Bool { false }
    package static var givesFloats: Bool { false }
    package static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [] }
    package var label: String { Self.name }
}

/// What a kernel may know about the node it's prepared for.
package struct NodeFacts: Sendable {
    package var name: String
    package var op: any Operator
    package var inputs: [TensorType?]
    /// The values of constant inputs.
    package var constants: [Tensor?]
    package var outputs: [TensorType]
    /// The tier to use at most.
    package var isa: InstructionSet
    /// Threads to compute with.
    package var threads: Int
    /// What's done to the result at once, where the kernel fuses activations.
    package var activation = FusedActivation.none
    /// The bytes behind the input and the weights, where they're dequantized ones, for integer kernels: the node's first
    /// input then is the bytes' tensor.
    package var quantized: QuantizedFacts?
    /// Inputs that are given as the bytes they're dequantized from, though their type is f32; only for kernels that read
    /// bytes.
    package var byteInputs: [Int: ByteScale] = [:]
    /// How the result is quantized at once, though its type is f32; only for kernels that write bytes.
    package var byteOutput: ByteScale?

    package init(
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

    package func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The shape of an input in numbers.
    package func shape(_ index: Int) -> [Int]? { index < inputs.count ? inputs[index]?.fixedShape : nil }

    package func constant(_ index: Int) -> Tensor? { index < constants.count ? constants[index] : nil }

    package var outputShape: [Int]? { outputs.first?.fixedShape }

    /// Whether every input and output is of type `f32` and has a fixed shape.
    package var isFixedF32: Bool {
        for case let type? in inputs where type.elementType != .f32 || type.fixedShape == nil { return false }
        for type in outputs where type.elementType != .f32 || type.fixedShape == nil { return false }
        return true
    }

    /// How an input's elements lie in memory, for kernels that read more than f32; nil for a type they don't.
    func form(ofInput index: Int) -> osteon_form? {
        if let bytes = byteInputs[index] { return osteon_form(bytes) }
        guard index < inputs.count, let type = inputs[index]?.elementType, type == .f32 || type.isHalf else { return nil }
        return type.inC.map { osteon_form(element: $0, scale: 1, zero: 0) }
    }

    /// How the result's elements lie in memory, for kernels that write more than f32.
    var formOfOutput: osteon_form? {
        if let byteOutput { return osteon_form(byteOutput) }
        guard let type = outputs.first?.elementType, type == .f32 || type.isHalf else { return nil }
        return type.inC.map { osteon_form(element: $0, scale: 1, zero: 0) }
    }

    /// The first refusal of kernels that read and write all floats: another type, or shapes that aren't fixed.
    /// - Parameter indices: the inputs read in every run.
    func refusalUnlessFloats(_ indices: Range<Int>) -> String? {
        for index in indices where has(index) && (form(ofInput: index) == nil || shape(index) == nil) {
            return "needs floats and fixed shapes"
        }
        return formOfOutput == nil || outputShape == nil || outputs.count != 1 ? "needs floats and fixed shapes" : nil
    }

    /// The type of 16-bit floats among what's read and written, for reports.
    var halfType: ElementType? { (inputs.compactMap(\.self) + outputs).first { $0.elementType.isHalf }?.elementType }

    /// A kernel's name for this node: what 16-bit floats or bytes it reads and writes.
    func label(_ name: String) -> String {
        if !byteInputs.isEmpty || byteOutput != nil {
            let from = byteInputs.values.map { $0.type.rawValue }.sorted().first
            let to = byteOutput?.type.rawValue
            return [from.map { "\(name) from \($0)" } ?? name, to.map { "to \($0)" }].compactMap(\.self).joined(separator: " ")
        }
        return halfType.map { "\(name) on \($0.rawValue)" } ?? name
    }

    /// Whether all inputs and outputs are `u8`, or all `i8`, and have fixed shapes.
    package var isFixedBytes: Bool {
        guard let type = outputs.first?.elementType, type == .u8 || type == .i8 else { return false }
        for case let input? in inputs where input.elementType != type || input.fixedShape == nil { return false }
        return outputs.allSatisfy { $0.elementType == type && $0.fixedShape != nil }
    }

    /// The usual first refusal: anything but `f32` and fixed shapes.
    package var refusalUnlessF32: String? { isFixedF32 ? nil : "needs f32 and fixed shapes" }
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

/// The memory of one run of one node. Addresses taken from it are for C and valid during `run`, which holds it.
package struct KernelCall {
    package let inputs: [Tensor?]
    package let outputs: [Tensor]
    package let scratch: UnsafeMutableRawBufferPointer
    /// What the scratch memory belongs to.
    package let scratchOwner: AnyObject

    package init(inputs: [Tensor?], outputs: [Tensor], scratch: UnsafeMutableRawBufferPointer, of owner: AnyObject) {
        self.inputs = inputs
        self.outputs = outputs
        self.scratch = scratch
        scratchOwner = owner
    }

    /// The elements of an input as floats; nil for one left out. Valid during `run`.
    @inline(__always)
    package func floats(_ index: Int) -> UnsafePointer<Float>? {
        guard index < inputs.count, let tensor = inputs[index] else { return nil }
        return UnsafePointer(tensor.unsafeBytes.baseAddress?.assumingMemoryBound(to: Float.self))
    }

    /// An input's elements of any type; nil for one left out. Valid during `run`.
    @inline(__always)
    package func bytes(_ index: Int) -> UnsafeRawPointer? {
        guard index < inputs.count, let tensor = inputs[index] else { return nil }
        return tensor.unsafeBytes.baseAddress
    }

    /// An output's elements of any type.
    @inline(__always)
    package func resultBytes(_ index: Int = 0) -> UnsafeMutableRawPointer? {
        outputs[index].unsafeMutableBytes.baseAddress
    }

    /// The elements of an output as floats.
    @inline(__always)
    package func result(_ index: Int = 0) -> UnsafeMutablePointer<Float>? {
        outputs[index].unsafeMutableBytes.baseAddress?.assumingMemoryBound(to: Float.self)
    }
}

extension osteon_form {
    init(_ bytes: ByteScale) {
        self.init(element: bytes.type == .i8 ? OSTEON_I8 : OSTEON_U8, scale: bytes.scale, zero: bytes.zero)
    }

    static let f32 = osteon_form(element: OSTEON_F32, scale: 1, zero: 0)
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
