import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Python's subscripts on tensors (`x[:, 1:-1, ::2, 0]`) and splitting.
enum SlicingRules {
    static let table: [String: LayerRule] = ["SlicingOpLambda": slice]

    /// The same as operations of `keras.ops`.
    static let operations: [String: LayerRule] = ["getitem": slice, "split": split]

    /// What a subscript asks of the axes.
    fileprivate struct Subscript {
        var axes: [Int] = [], starts: [Int] = [], ends: [Int] = [], steps: [Int] = []
        /// Axes of which one place is taken, and places of the result that get an axis of 1.
        var dropped: [Int] = [], added: [Int] = []
    }

    private static func slice(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let function = try call.configuration.string("function", default: "getitem")
        guard function.hasSuffix("getitem") else { throw OsteonError(.unsupported, "the function \(function)") }
        var spec = call.json("slice_spec")
        if spec == nil, call.positional.count == 2, case .json(let value) = call.positional[1] { spec = value }
        guard let spec else { throw OsteonError(.unsupported, "a subscript that's computed") }
        var items = [spec]
        if case .array(let list) = spec { items = list }
        var x = try call.input()
        let plan = try plan(items, rank: builder.rank(x))
        if !plan.axes.isEmpty {
            x = try builder.step(
                "cut", Slice(),
                [
                    x, builder.integers(plan.starts, "starts"), builder.integers(plan.ends, "ends"), builder.integers(plan.axes, "axes"),
                    builder.integers(plan.steps, "steps"),
                ])
        }
        if !plan.dropped.isEmpty { x = try builder.step("taken", Squeeze(), [x, builder.integers(plan.dropped, "dropped")]) }
        if !plan.added.isEmpty { x = try builder.step("widened", Unsqueeze(), [x, builder.integers(plan.added, "added")]) }
        return [x]
    }

    private static func plan(_ items: [JSONValue], rank: Int) throws(OsteonError) -> Subscript {
        var plan = Subscript()
        var axis = 0
        var place = 0
        let taking = items.filter { $0 != .null && !isEllipsis($0) }.count
        guard taking <= rank, items.count <= 64 else {
            throw OsteonError(.malformed, "A subscript of \(items.count) parts on rank \(rank).")
        }
        for item in items {
            if item == .null {
                plan.added.append(place)
                place += 1
            } else if isEllipsis(item) {
                axis += rank - taking
                place += rank - taking
            } else if case .object = item {
                let range = item["config"] ?? item
                let step = try bound(range["step"]) ?? 1
                guard step != 0 else { throw OsteonError(.malformed, "A subscript with a step of 0.") }
                let far = LayerConfiguration.limit
                let start = try bound(range["start"]) ?? (step > 0 ? 0 : far)
                let stop = try bound(range["stop"]) ?? (step > 0 ? far : -far)
                if start != 0 || stop != far || step != 1 { plan.add(axis, start, stop, step) }
                axis += 1
                place += 1
            } else {
                let index = try bound(item) ?? 0
                plan.add(axis, index, index == -1 ? LayerConfiguration.limit : index + 1, 1)
                plan.dropped.append(axis)
                axis += 1
            }
            guard axis <= rank else { throw OsteonError(.malformed, "A subscript with more parts than the \(rank) axes.") }
        }
        return plan
    }

    private static func isEllipsis(_ item: JSONValue) -> Bool { item["class_name"] == "__ellipsis__" }

    private static func bound(_ value: JSONValue?) throws(OsteonError) -> Int? {
        guard let value, value != .null else { return nil }
        let number = try value.integer()
        guard number.magnitude < LayerConfiguration.limit else {
            throw OsteonError(.limitExceeded, "The number \(number) is out of range.")
        }
        return number
    }

    private static func split(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let axis = try OperationRules.setting(["axis"], 2, call)?.integer() ?? 0
        guard let parts = try OperationRules.integers(OperationRules.setting(["indices_or_sections", "num_or_size_splits"], 1, call)),
            parts.count == 1, (1...1024).contains(parts[0])
        else { throw OsteonError(.unsupported, "into parts of their own sizes") }
        let x = try call.input()
        if let extent = try builder.shape(x)[safe: axis < 0 ? axis + builder.rank(x) : axis] ?? nil, extent % parts[0] != 0 {
            throw OsteonError(.malformed, "\(extent) places can't be split into \(parts[0]) equal parts.")
        }
        return try builder.steps("part", Split(axis: axis, count: parts[0]), [x], count: parts[0])
    }
}

extension SlicingRules.Subscript {
    fileprivate mutating func add(_ axis: Int, _ start: Int, _ end: Int, _ step: Int) {
        axes.append(axis)
        starts.append(start)
        ends.append(end)
        steps.append(step)
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
