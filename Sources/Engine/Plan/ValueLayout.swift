import Bytes
import Tensors

/// Decides where each value of a plan lives: views and in-place outputs share their input's bytes, graph outputs and
/// observed values get memory of their own, the rest goes into the arena for as long as somebody reads it.
struct ValueLayout {
    private(set) var values: [PlannedValue]
    private(set) var steps: [Step]
    private(set) var inPlaceSteps: [Int] = []
    private let overwritable: [[Int]]
    private let outputs: [Int]
    private let observed: [Int]
    private let keepAll: Bool
    /// Whether an observed value lives in these bytes; by root value.
    private var held: [Bool]
    /// The first and the last step that touch each value's bytes; by root value.
    private var first: [Int]
    private var last: [Int]

    init(values: [PlannedValue], steps: [Step], overwritable: [[Int]], outputs: [Int], observed: [Int], keepAll: Bool) {
        self.values = values
        self.steps = steps
        self.overwritable = overwritable
        self.outputs = outputs
        self.observed = observed
        self.keepAll = keepAll
        held = Array(repeating: false, count: values.count)
        first = Array(repeating: Int.max, count: values.count)
        last = Array(repeating: -1, count: values.count)
    }

    /// Settles every place. Returns the bytes of the arena.
    mutating func settle() throws(OsteonError) -> Int {
        shareViews()
        for slot in observed { held[root(slot)] = true }
        if !keepAll { shareInPlace() }
        measureLifetimes()
        let total = try placeInArena()
        dropUnreadConstants()
        listReleases()
        return total
    }

    /// The value whose memory `slot` uses in the end.
    private func root(_ slot: Int) -> Int {
        var slot = slot
        while case .alias(let other) = values[slot].place { slot = other }
        return slot
    }

    private mutating func shareViews() {
        for step in steps {
            guard case .view = step.work, let source = step.inputs[0] else { continue }
            values[step.outputs[0]].place = .alias(of: source)
        }
    }

    /// Lets kernels write over an input that has the output's size and that nobody reads afterwards.
    private mutating func shareInPlace() {
        var lastReader = [Int](repeating: -1, count: values.count)
        for (index, step) in steps.enumerated() {
            for case let input? in step.inputs { lastReader[root(input)] = index }
        }
        for output in outputs { lastReader[root(output)] = Int.max }
        for (index, step) in steps.enumerated() {
            guard let output = step.outputs.first, !held[root(output)] else { continue }
            for candidate in overwritable[index] where candidate < step.inputs.count {
                guard let input = step.inputs[candidate], canOverwrite(input, index, lastReader) else { continue }
                guard !isReadOtherwise(input, by: step) else { continue }
                // Equal bytes of unequal counts would be a broadcast.
                guard values[input].type.byteCount == values[output].type.byteCount, values[input].type.count == values[output].type.count
                else { continue }
                let owner = root(input)
                lastReader[owner] = lastReader[output]
                values[output].place = .alias(of: owner)
                inPlaceSteps.append(index)
                break
            }
        }
    }

    private func canOverwrite(_ input: Int, _ index: Int, _ lastReader: [Int]) -> Bool {
        let owner = root(input)
        guard case .fresh = values[owner].place, values[owner].type.byteCount != nil, !held[owner] else { return false }
        return lastReader[owner] == index
    }

    /// Whether the step sees the same bytes through another input under another shape, and so might read late.
    private func isReadOtherwise(_ input: Int, by step: Step) -> Bool {
        let owner = root(input)
        let type = values[input].type
        for case let other? in step.inputs where root(other) == owner {
            if values[other].type != type { return true }
        }
        return false
    }

    private mutating func measureLifetimes() {
        for (index, step) in steps.enumerated() {
            for case let slot? in step.inputs + step.outputs {
                let owner = root(slot)
                first[owner] = min(first[owner], index)
                last[owner] = max(last[owner], index)
            }
        }
        for output in outputs { last[root(output)] = Int.max }
    }

    private mutating func placeInArena() throws(OsteonError) -> Int {
        var requests: [MemoryRequest] = []
        var takers: [Taker] = []
        for slot in values.indices {
            guard case .fresh = values[slot].place, !keepAll, !held[slot], last[slot] != Int.max, last[slot] >= 0 else { continue }
            guard let bytes = values[slot].type.byteCount, bytes > 0 else { continue }
            requests.append(MemoryRequest(byteCount: bytes, first: first[slot], last: last[slot]))
            takers.append(.value(slot))
        }
        for index in steps.indices where steps[index].scratchByteCount > 0 {
            requests.append(MemoryRequest(byteCount: steps[index].scratchByteCount, first: index, last: index))
            takers.append(.scratch(index))
        }
        let (offsets, total) = try MemoryPlanner.place(requests)
        for (taker, offset) in zip(takers, offsets) {
            switch taker {
            case .value(let slot): values[slot].place = .arena(offset: offset)
            case .scratch(let index): steps[index].scratchOffset = offset
            }
        }
        return total
    }

    private enum Taker {
        case value(Int)
        case scratch(Int)
    }

    private mutating func dropUnreadConstants() {
        var read = Set(outputs)
        for step in steps { for case let input? in step.inputs { read.insert(input) } }
        for slot in values.indices where !read.contains(slot) {
            if case .constant = values[slot].place { values[slot].place = .unused }
        }
    }

    private mutating func listReleases() {
        guard !keepAll else { return }
        for slot in values.indices {
            guard case .fresh = values[root(slot)].place else { continue }
            let end = last[root(slot)]
            if end >= 0, end < steps.count { steps[end].released.append(slot) }
        }
    }
}
