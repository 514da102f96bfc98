import Bytes
import Dispatch
import GraphIR
import Tensors

/// Runs a plan. It owns the memory between inputs and outputs, so one run at a time: a second caller waits.
package final class Session: @unchecked Sendable {
    package let plan: Plan
    /// Whose run it is; a semaphore, since a run may end on another thread than it began on.
    let turn = DispatchSemaphore(value: 1)
    private let arena: Arena
    /// The tensors that stay the same from run to run: constants, and values in the arena.
    let standing: [Tensor?]

    /// Reserves the memory; none of it is touched before the first run.
    package init(_ plan: Plan) throws(OsteonError) {
        self.plan = plan
        let arena = try Arena(byteCount: plan.arenaByteCount)
        self.arena = arena
        var standing: [Tensor?] = []
        for value in plan.values {
            switch value.place {
            case .constant(let tensor): standing.append(tensor)
            case .arena(let offset):
                standing.append(try arena.tensor(value.type.elementType, value.type.fixedShape ?? [], at: offset))
            default: standing.append(nil)
            }
        }
        self.standing = standing
    }

    /// Computes the graph's outputs.
    /// - Parameters:
    ///   - inputs: a tensor for each graph input, by name; shape and element type must be the plan's.
    ///   - onTensor: called with each value as soon as it's computed, in order; without `keepAll`, values whose activation is
    ///     computed along with them are left out. The tensor may lie in memory that's used
    ///     again: compare or copy it within the call.
    ///   - profile: filled with the time each node took, where given.
    /// - Returns: the outputs by name; with `keepAll`, every value that isn't a constant.
    /// - Throws: `.usage` for a missing, unknown or ill-fitting input; else what a node throws, with its name.
    package func run(
        _ inputs: [String: Tensor], onTensor: ((_ name: String, _ tensor: Tensor) throws(OsteonError) -> Void)? = nil,
        profile: Profile? = nil
    ) throws(OsteonError) -> [String: Tensor] {
        let run = try SessionRun(self, inputs)
        while let computed = try run.advance(profile: profile) {
            guard let onTensor else { continue }
            for value in computed { try onTensor(value.name, value.tensor) }
        }
        return try run.results()
    }

    func bind(_ inputs: [String: Tensor], into values: inout [Tensor?]) throws(OsteonError) {
        for port in plan.inputs {
            guard let tensor = inputs[port.name] else {
                throw OsteonError(.usage, "Input \(port.name) is missing: \(port.type) expected.")
            }
            guard tensor.type == port.type else {
                throw OsteonError(.usage, "Input \(port.name) is \(tensor.type), but \(port.type) is expected.")
            }
            values[port.slot] = tensor
        }
        for name in inputs.keys.sorted() where !plan.inputs.contains(where: { $0.name == name }) {
            throw OsteonError.noInput(name, among: plan.inputs.map(\.name))
        }
    }

    func results(_ values: [Tensor?]) throws(OsteonError) -> [String: Tensor] {
        var results: [String: Tensor] = [:]
        for port in plan.outputs {
            guard let tensor = values[port.slot] else {
                throw OsteonError(.internalFault, "Output \(port.name) wasn't computed.")
            }
            results[port.name] = tensor
        }
        guard plan.options.keepAll else { return results }
        for (slot, value) in plan.values.enumerated() {
            if case .constant = value.place { continue }
            if let tensor = values[slot] { results[value.name] = tensor }
        }
        return results
    }

    // MARK: One node

    func run(_ step: Step, _ values: inout [Tensor?]) throws(OsteonError) {
        var inputs: [Tensor?] = []
        for slot in step.inputs { inputs.append(slot.flatMap { values[$0] }) }
        switch step.work {
        case .view:
            guard let shape = step.outputTypes[0].fixedShape, let input = inputs[0] else { return }
            values[step.outputs[0]] = try input.reshaped(shape)
        case .kernel(let kernel):
            var outputs: [Tensor] = []
            for index in step.outputs.indices {
                let output = try memory(step, index, values)
                values[step.outputs[index]] = output
                outputs.append(output)
            }
            let scratch = UnsafeMutableRawBufferPointer(
                start: arena.bytes.baseAddress.map { $0 + step.scratchOffset }, count: step.scratchByteCount)
            try kernel.run(KernelCall(inputs: inputs, outputs: outputs, scratch: scratch, of: arena))
        case .reference:
            try runReference(step, inputs, &values)
        }
    }

    /// The memory planned for an output: the arena's, an overwritten input's, or new.
    private func memory(_ step: Step, _ index: Int, _ values: [Tensor?]) throws(OsteonError) -> Tensor {
        let slot = step.outputs[index]
        let type = step.outputTypes[index]
        if let standing = standing[slot] { return standing }
        let shape = type.fixedShape ?? []
        if case .alias(let owner) = plan.values[slot].place, let tensor = values[owner] {
            return try Tensor(type.elementType, shape, storage: tensor.storage, byteOffset: tensor.byteOffset)
        }
        return try Tensor(uninitialized: type.elementType, shape)
    }

    private func runReference(_ step: Step, _ inputs: [Tensor?], _ values: inout [Tensor?]) throws(OsteonError) {
        let standing = standing
        let context = EvaluationContext(inputs: inputs, outputCount: step.outputs.count) {
            (index, type, shape) throws(OsteonError) in
            if let planned = standing[step.outputs[index]], planned.shape == shape, planned.elementType == type { return planned }
            return try Tensor(uninitialized: type, shape)
        }
        try step.op.evaluateReference(in: context)
        for (index, slot) in step.outputs.enumerated() {
            guard let output = context.outputs[index] else {
                throw OsteonError(.internalFault, "It made no output \(index).")
            }
            guard output.type.isCompatible(with: step.outputTypes[index]) else {
                throw OsteonError(
                    .internalFault, "It made \(output.type) where \(step.outputTypes[index]) was inferred.")
            }
            values[slot] = try settled(output, slot, inputs)
        }
    }

    /// A result in memory that's its own: an operator may have handed out a view of an input instead.
    private func settled(_ output: Tensor, _ slot: Int, _ inputs: [Tensor?]) throws(OsteonError) -> Tensor {
        guard let planned = standing[slot] else {
            return inputs.contains { $0?.storage === output.storage } ? try output.copied() : output
        }
        if planned.storage !== output.storage || planned.byteOffset != output.byteOffset { planned.write(output.bytes) }
        return planned
    }
}
