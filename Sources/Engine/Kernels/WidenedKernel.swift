import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// A kernel of f32 that computes a node of 16-bit floats: inputs are widened into scratch memory before it, outputs
/// rounded once behind it. Constants are widened when it's prepared.
final class WidenedKernel: PreparedKernel {
    /// A 16-bit value and where its f32 form lies in the scratch memory.
    private struct Place {
        var index: Int
        var element: osteon_element
        var shape: [Int]
        var count: Int
        var offset: Int
    }

    let label: String
    let scratchByteCount: Int
    let absorbedInputs: Set<Int>
    private let kernel: any PreparedKernel
    private let threads: Int32
    private var constants: [Int: Tensor] = [:]
    private var inputs: [Place] = []
    private var outputs: [Place] = []

    /// - Parameters:
    ///   - original: the node as it is.
    ///   - widened: the same in f32, which `type` takes.
    init(_ type: any Kernel.Type, original: NodeFacts, widened: NodeFacts) throws(OsteonError) {
        kernel = try type.init(preparing: widened)
        threads = Int32(clamping: original.threads)
        let half = (original.inputs.compactMap(\.self) + original.outputs).first { $0.elementType.isHalf }
        label = "\(kernel.label) on \(half?.elementType.rawValue ?? "halves")"
        var absorbed = kernel.absorbedInputs
        var end = try Checked.roundUp(kernel.scratchByteCount, to: MemoryPlanner.alignment)
        for (index, type) in original.inputs.enumerated() {
            guard let type, type.elementType.isHalf, !absorbed.contains(index) else { continue }
            if let constant = widened.constant(index) {
                constants[index] = constant
                absorbed.insert(index)
            } else {
                inputs.append(try Self.place(index, type, &end))
            }
        }
        let inPlace = type.inputsToOverwrite(widened)
        for (index, type) in original.outputs.enumerated() where type.elementType.isHalf {
            if index == 0, let input = inputs.first(where: { inPlace.contains($0.index) && $0.shape == type.fixedShape }),
                let element = type.elementType.inC
            {
                outputs.append(Place(index: 0, element: element, shape: input.shape, count: input.count, offset: input.offset))
            } else {
                outputs.append(try Self.place(index, type, &end))
            }
        }
        absorbedInputs = absorbed
        scratchByteCount = end
    }

    private static func place(_ index: Int, _ type: TensorType, _ end: inout Int) throws(OsteonError) -> Place {
        guard let shape = type.fixedShape, let element = type.elementType.inC else {
            throw OsteonError(.internalFault, "A value of 16-bit floats without a fixed shape was to be widened.")
        }
        let count = try Checked.product(shape)
        let offset = end
        end = try Checked.roundUp(Checked.add(offset, Checked.multiply(count, 4)), to: MemoryPlanner.alignment)
        return Place(index: index, element: element, shape: shape, count: count, offset: offset)
    }

    func run(_ call: KernelCall) throws(OsteonError) {
        let storage = TensorStorage(writing: call.scratch, owner: call.scratchOwner)
        var given = call.inputs
        var made = call.outputs
        for (index, tensor) in constants { given[index] = tensor }
        for place in inputs {
            let floats = try Tensor(.f32, place.shape, storage: storage, byteOffset: place.offset)
            osteon_convert_all(
                place.element, call.bytes(place.index), OSTEON_F32, floats.unsafeMutableBytes.baseAddress, place.count, threads)
            given[place.index] = floats
        }
        for place in outputs {
            made[place.index] = try Tensor(.f32, place.shape, storage: storage, byteOffset: place.offset)
        }
        let scratch = UnsafeMutableRawBufferPointer(rebasing: call.scratch.prefix(kernel.scratchByteCount))
        try kernel.run(KernelCall(inputs: given, outputs: made, scratch: scratch, of: call.scratchOwner))
        for place in outputs {
            osteon_convert_all(
                OSTEON_F32, made[place.index].unsafeBytes.baseAddress, place.element, call.resultBytes(place.index), place.count, threads)
        }
    }
}

extension NodeFacts {
    /// Whether 16-bit floats are computed with, rather than moved.
    var computesHalves: Bool {
        guard !op.traits.contains(.movesBits) else { return false }
        return inputs.contains { $0?.elementType.isHalf == true } || outputs.contains { $0.elementType.isHalf }
    }

    /// The node with f32 in place of every 16-bit float, constants converted.
    func widened() throws(OsteonError) -> NodeFacts {
        var result = self
        for (index, type) in inputs.enumerated() where type?.elementType.isHalf == true {
            result.inputs[index]?.elementType = .f32
            if index < constants.count { result.constants[index] = try constants[index]?.converted(to: .f32) }
        }
        for (index, type) in outputs.enumerated() where type.elementType.isHalf { result.outputs[index].elementType = .f32 }
        return result
    }
}
