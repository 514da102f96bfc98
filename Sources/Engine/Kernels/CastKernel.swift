import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// `Cast` between f32 and a 16-bit float, rounded to nearest even.
final class CastKernel: Kernel {
    static let name = "cast-float"
    private let from: osteon_element
    private let to: osteon_element
    private let threads: Int32

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is Cast else { return KernelTable.notMine }
        guard facts.shape(0) != nil else { return "needs fixed shapes" }
        return elements(facts) == nil ? "only between f32 and a 16-bit float" : nil
    }

    private static func elements(_ facts: NodeFacts) -> (from: osteon_element, to: osteon_element)? {
        guard let source = facts.inputs.first??.elementType, let target = facts.outputs.first?.elementType else { return nil }
        guard source == .f32 && target.isHalf || source.isHalf && target == .f32 else { return nil }
        guard let from = source.inC, let to = target.inC else { return nil }
        return (from, to)
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        guard let (from, to) = Self.elements(facts) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        self.from = from
        self.to = to
        threads = Int32(clamping: facts.threads)
    }

    func run(_ call: KernelCall) {
        osteon_convert_all(from, call.bytes(0), to, call.resultBytes(), call.outputs[0].count, threads)
    }
}
