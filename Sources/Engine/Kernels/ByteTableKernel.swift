import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// An elementwise operator of bytes with one free input, as a table of its 256 results; in place where the input dies.
final class ByteTableKernel: Kernel {
    static let name = "byte-table"
    private var table: [UInt8] = []
    private let threads: Int32

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op.traits.contains(.elementwise), facts.outputs.count == 1, facts.isFixedBytes else { return KernelTable.notMine }
        for index in facts.inputs.indices.dropFirst() where facts.has(index) {
            guard facts.constant(index) != nil, facts.inputs[index]?.count == 1 else { return "more than one operand" }
        }
        return facts.shape(0) == facts.outputShape ? nil : "the operand is broadcast"
    }

    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [0] }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        threads = Int32(clamping: facts.threads)
        let type = facts.outputs[0].elementType
        // As bit patterns, so that a signed element finds its place by its bits too.
        let every = try Tensor((0...255).map { UInt8($0) })
        let argument = try Tensor(type, [256], storage: every.storage)
        let result = try facts.op.evaluate([argument] + facts.constants.dropFirst())[0]
        guard result.elementType == type, result.count == 256 else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        table = Array(result.bytes)
    }

    var absorbedInputs: Set<Int> { [1, 2] }

    func run(_ call: KernelCall) {
        let x = call.bytes(0)?.assumingMemoryBound(to: UInt8.self)
        let y = call.resultBytes()?.assumingMemoryBound(to: UInt8.self)
        osteon_lookup_all(table, x, y, call.outputs[0].count, threads)
    }
}
