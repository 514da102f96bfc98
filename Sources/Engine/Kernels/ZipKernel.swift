import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Binary elementwise arithmetic on broadcast operands of floats, and `PRelu`; in place where an operand has the result's size.
final class ZipKernel: Kernel {
    static let name = "zip-f32"
    static let fusesActivation = true
    static let readsBytes = true
    static let writesBytes = true
    let label: String
    private let loops: Loops
    private let function: osteon_zip_kind
    private let activation: osteon_map
    private var shape: osteon_zip_shape

    static func refusal(for facts: NodeFacts) -> String? {
        guard function(for: facts.op) != nil else { return KernelTable.notMine }
        if let reason = facts.refusalUnlessFloats(0..<2) { return reason }
        return zipShape(facts) == nil ? "the broadcast is too ragged" : nil
    }

    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [0, 1] }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        label = facts.label(Self.name)
        guard let function = Self.function(for: facts.op), var shape = Self.zipShape(facts) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        shape.form_a = facts.form(ofInput: 0) ?? .f32
        shape.form_b = facts.form(ofInput: 1) ?? .f32
        shape.form_y = facts.formOfOutput ?? .f32
        self.function = function
        activation = osteon_map(facts.activation)
        self.shape = shape
    }

    func run(_ call: KernelCall) {
        osteon_zip_all(
            loops.table, function, activation, call.bytes(0), call.bytes(1), call.resultBytes(), &shape, loops.threads)
    }

    static func function(for op: any Operator) -> osteon_zip_kind? {
        switch op {
        case is Add: OSTEON_ADD
        case is Subtract: OSTEON_SUBTRACT
        case is Multiply: OSTEON_MULTIPLY
        case is Divide: OSTEON_DIVIDE
        case is Minimum: OSTEON_MINIMUM
        case is Maximum: OSTEON_MAXIMUM
        case is PRelu: OSTEON_PRELU
        default: nil
        }
    }

    private static func zipShape(_ facts: NodeFacts) -> osteon_zip_shape? {
        guard let a = facts.shape(0), let b = facts.shape(1), let y = facts.outputShape else { return nil }
        let merged = MergedAxes(
            shape: y, strides: [Broadcast.strides(of: a, in: y), Broadcast.strides(of: b, in: y)])
        guard merged.shape.count <= 9, let width = merged.shape.last else { return nil }
        var result = osteon_zip_shape()
        result.rank = Int32(merged.shape.count - 1)
        result.width = width
        result.step_a = merged.strides[0][merged.shape.count - 1]
        result.step_b = merged.strides[1][merged.shape.count - 1]
        guard result.step_a <= 1, result.step_b <= 1 else { return nil }
        for axis in 0..<merged.shape.count - 1 {
            setElement(&result.extent, axis, merged.shape[axis])
            setElement(&result.stride_a, axis, merged.strides[0][axis])
            setElement(&result.stride_b, axis, merged.strides[1][axis])
        }
        return result
    }
}

/// A shape whose neighbouring axes are joined wherever all operands walk them as one.
struct MergedAxes {
    private(set) var shape: [Int] = []
    private(set) var strides: [[Int]]

    /// - Parameter strides: one list an operand, in elements; 0 where it's broadcast.
    init(shape whole: [Int], strides given: [[Int]]) {
        strides = given.map { _ in [] }
        for axis in whole.indices where whole[axis] != 1 {
            if let last = shape.last, given.indices.allSatisfy({ strides[$0][shape.count - 1] == given[$0][axis] * whole[axis] }) {
                shape[shape.count - 1] = last * whole[axis]
                for operand in given.indices { strides[operand][shape.count - 1] = given[operand][axis] }
            } else {
                shape.append(whole[axis])
                for operand in given.indices { strides[operand].append(given[operand][axis]) }
            }
        }
        if shape.isEmpty {
            shape = [1]
            strides = given.map { _ in [1] }
        }
    }
}

/// Sets an element of an array in a C struct, which Swift sees as a tuple.
func setElement<Tuple, Element>(_ tuple: inout Tuple, _ index: Int, _ value: Element) {
    withUnsafeMutableBytes(of: &tuple) { bytes in
        precondition((index + 1) * MemoryLayout<Element>.stride <= bytes.count)
        bytes.storeBytes(of: value, toByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
    }
}
