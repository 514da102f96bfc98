import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Operations that move elements: joining, splitting, gathering, padding.
enum MovementRules {
    static let table: [String: ImportRule] = [
        "Transpose": transpose, "ConcatV2": concatLastAxis, "Concat": concatFirstAxis, "Split": split, "SplitV": splitSizes,
        "Pack": pack, "Unpack": unpack, "Tile": tile, "Gather": gather, "GatherV2": gather, "ResourceGather": gather,
        "GatherNd": gatherPoints,
        "Pad": pad, "PadV2": pad, "MirrorPad": mirrorPad, "ReverseV2": reverse, "OneHot": oneHot, "TopKV2": top,
        "DataFormatVecPermute": permuteVector, "DataFormatDimMap": mapDimension,
    ]

    static func transpose(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let permutation = try builder.constantIntegers(node.input(1), "permutation")
        let rank = permutation.count
        let resolved = permutation.map { $0 < 0 ? $0 + rank : $0 }
        guard Set(resolved) == Set(0..<rank) else {
            throw OsteonError(.malformed, "\(permutation) isn't a permutation.")
        }
        return [try builder.result(Transpose(permutation: resolved), [node.input(0)])]
    }

    private static func concatLastAxis(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        guard let axis = node.inputs.last else { throw OsteonError(.malformed, "It has no inputs.") }
        return try concat(Array(node.inputs.dropLast()), axis, builder)
    }

    private static func concatFirstAxis(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        try concat(Array(node.inputs.dropFirst()), node.input(0), builder)
    }

    private static func concat(_ parts: [ValueID], _ axis: ValueID, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let axis = try builder.constantInteger(axis, "axis")
        guard let first = parts.first else { throw OsteonError(.malformed, "There's nothing to concatenate.") }
        if parts.count > 1, let result = try repetition(parts, axis, builder) { return [result] }
        return parts.count == 1 ? [first] : [try builder.result(Concat(axis: axis), parts)]
    }

    private static func split(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let axis = try builder.constantInteger(node.input(0), "axis")
        return try splitEvenly(node.input(1), axis, node.attributes.int("num_split", default: 1), builder)
    }

    private static func splitEvenly(
        _ x: ValueID, _ axis: Int, _ count: Int, _ builder: GraphBuilder
    ) throws(OsteonError) -> [ValueID] {
        try checkCount(count)
        guard count > 1 else { return [x] }
        return try builder.outputs(Split(axis: axis, count: count), [x], count: count)
    }

    private static func checkCount(_ count: Int) throws(OsteonError) {
        guard count >= 1, count <= 1 << 16 else { throw OsteonError(.malformed, "\(count) parts.") }
    }

    private static func splitSizes(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        var sizes = try builder.constantIntegers(node.input(1), "sizes")
        let axis = try builder.constantInteger(node.input(2), "axis")
        try checkCount(sizes.count)
        guard sizes.count > 1 else { return [x] }
        if let open = sizes.firstIndex(of: -1) {
            sizes[open] = 0
            var total = 0
            for size in sizes { total = try Checked.add(total, size) }
            guard let shape = builder.graph.type(x).shape, let position = resolve(axis, shape.count),
                let extent = shape[position].fixed
            else {
                let parts = try rest(of: x, axis, without: sizes, total, at: open, builder)
                return try builder.outputs(Split(axis: axis, count: 0), [x, parts], count: sizes.count)
            }
            sizes[open] = extent - total
        }
        guard sizes.allSatisfy({ $0 >= 0 }) else { throw OsteonError(.malformed, "Parts of sizes \(sizes).") }
        return try builder.outputs(Split(axis: axis, count: 0), [x, builder.integers(sizes, "sizes")], count: sizes.count)
    }

    /// The sizes of the parts where one takes what the others leave of an extent known when the graph runs.
    private static func rest(
        of x: ValueID, _ axis: Int, without sizes: [Int], _ total: Int, at place: Int, _ builder: GraphBuilder
    ) throws(OsteonError) -> ValueID {
        guard sizes.allSatisfy({ $0 >= 0 }) else { throw OsteonError(.malformed, "Parts of sizes \(sizes).") }
        let shape = try builder.step("shape", ShapeOf(), [x])
        let extent = try builder.step("extent", Gather(axis: 0), [shape, builder.integers([axis], "place")])
        let left = try builder.step("left", Subtract(), [extent, builder.integers([total], "others")])
        let isRest = try builder.integers(sizes.indices.map { $0 == place ? 1 : 0 }, "is_rest")
        let own = try builder.step("rest", Multiply(), [left, isRest])
        return try builder.step("sizes", Add(), [own, builder.integers(sizes, "fixed_sizes")])
    }

    private static func resolve(_ axis: Int, _ rank: Int) -> Int? {
        let position = axis < 0 ? axis + rank : axis
        return position >= 0 && position < rank ? position : nil
    }

    private static func pack(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let axis = try node.attributes.int("axis", default: 0)
        let axes = try builder.integers([axis], "axis")
        guard node.inputs.count > 1 else { return [try builder.result(Unsqueeze(), [node.input(0), axes])] }
        var parts: [ValueID] = []
        for (index, input) in node.inputs.enumerated() {
            parts.append(try builder.step("part_\(index)", Unsqueeze(), [input, axes]))
        }
        return [try builder.result(Concat(axis: axis), parts)]
    }

    private static func unpack(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let axis = try node.attributes.int("axis", default: 0)
        let count = try node.attributes.int("num", default: 1)
        try checkCount(count)
        let axes = try builder.integers([axis], "axis")
        guard count > 1 else { return [try builder.result(Squeeze(), [node.input(0), axes])] }
        let parts = try builder.steps("part", Split(axis: axis, count: count), [node.input(0)], count: count)
        var results: [ValueID] = []
        for (index, part) in parts.enumerated() {
            let squeezed =
                index == 0
                ? try builder.result(Squeeze(), [part, axes]) : try builder.step("\(index)", Squeeze(), [part, axes])
            results.append(squeezed)
        }
        return results
    }

    private static func tile(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        let multiples = try builder.asInt64(node.input(1))
        let result = try builder.result(Tile(), [x, multiples])
        if var factors = builder.axisFactors(x), let counts = try builder.graph.constant(multiples)?.integers(),
            counts.count == factors.axes.count, counts.allSatisfy({ $0 >= 1 }), builder.graph.constant(result) == nil
        {
            for (axis, count) in counts.enumerated() where count > 1 { factors.axes[axis].insert(.copies(count), at: 0) }
            builder.factors[result] = factors
        }
        return [result]
    }

    /// A concatenation of the slices of a split, or of a value of extent 1, each several times in a row: nearest
    /// upsampling of that axis.
    private static func repetition(_ parts: [ValueID], _ axis: Int, _ builder: GraphBuilder) throws(OsteonError) -> ValueID? {
        var source = parts[0]
        var slices = [parts[0]]
        if let split = builder.graph.producer(source), builder.graph[split].op is Split,
            let whole = builder.graph[split].inputs.first ?? nil
        {
            let node = builder.graph[split]
            guard node.inputs.count == 1, let op = node.op as? Split, let rank = builder.graph.type(whole).rank else { return nil }
            guard resolve(axis, rank) == resolve(op.axis, rank) else { return nil }
            (source, slices) = (whole, node.outputs)
        }
        guard parts.count > slices.count, parts.count % slices.count == 0, var factors = builder.axisFactors(source) else { return nil }
        let times = parts.count / slices.count
        guard parts == slices.flatMap({ Array(repeating: $0, count: times) }) else { return nil }
        guard let place = resolve(axis, factors.axes.count), builder.graph.type(source).shape?[place] == .fixed(slices.count) else {
            return nil
        }
        guard factors.axes[place].count == 1, case .axis(let origin, let before) = factors.axes[place][0] else { return nil }
        factors.axes[place] = [.axis(origin, times: try Checked.multiply(before, times))]
        return try builder.result(of: factors)
    }

    private static func gather(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        var axis = node.inputs.count > 2 ? try builder.constantInteger(node.input(2), "axis") : 0
        var batches = try node.attributes.int("batch_dims", default: 0)
        let x = try node.input(0)
        let indices = try builder.asInt64(node.input(1))
        guard batches != 0 else { return [try builder.result(Gather(axis: axis), [x, indices])] }
        let f = Formula(builder)
        let rank = try f.rank(x)
        let count = try f.rank(indices, "indices")
        if batches < 0 { batches += count }
        if axis < 0 { axis += rank }
        guard batches >= 0, batches <= count, axis >= batches, axis < rank else {
            throw OsteonError(.malformed, "\(batches) batch dimensions with axis \(axis).")
        }
        // One index a place, behind the batch axes: what GatherND does with indices of one entry.
        let between = Array(batches..<axis)
        let first = Array(0..<batches)
        let moved = between.isEmpty ? x : try f(Transpose(permutation: first + [axis] + between + Array(axis + 1..<rank)), x)
        let taken = try f(GatherND(batchDimensions: batches), moved, f.unsqueezed(indices, [-1]))
        guard !between.isEmpty else { return [try f.result(taken)] }
        let places = Array(batches..<count)
        let shifted = between.map { $0 + places.count }
        let order = first + shifted + places + Array(count + between.count..<count + rank - batches - 1)
        return [try f.result(f(Transpose(permutation: order), taken))]
    }

    private static func gatherPoints(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(GatherND(), [node.input(0), builder.asInt64(node.input(1))])]
    }

    private static func pad(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let pads = try padVector(node.input(1), builder)
        let value = node.inputs.count > 2 ? node.inputs[2] : nil
        return [try builder.result(Pad(), [node.input(0), pads, value])]
    }

    private static func mirrorPad(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try Formula(builder).result(mirrored(node, builder, "padded"))]
    }

    /// The first input of a node padded by what's inside, as the second says.
    static func mirrored(_ node: RuleNode, _ builder: GraphBuilder, _ part: String) throws(OsteonError) -> ValueID {
        var op = Pad()
        switch try node.attributes.string("mode", default: "REFLECT") {
        case "REFLECT": op.mode = .reflect
        case "SYMMETRIC": op.mode = .symmetric
        case let other: throw OsteonError(.malformed, "mode is \(other).")
        }
        return try builder.step(part, op, [node.input(0), padVector(node.input(1), builder)])
    }

    /// Rows of begin and end as all begins, then all ends.
    static func padVector(_ paddings: ValueID, _ builder: GraphBuilder) throws(OsteonError) -> ValueID {
        let columns = try builder.step("pad_columns", Transpose(permutation: [1, 0]), [builder.asInt64(paddings)])
        return try builder.step("pads", Reshape(), [columns, builder.integers([-1], "vector")])
    }

    private static func reverse(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(Reverse(), [node.input(0), builder.axes(node.input(1))])]
    }

    private static func oneHot(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let zero = try builder.integers([0], "axis")
        let off = try builder.step("off", Unsqueeze(), [node.input(3), zero])
        let on = try builder.step("on", Unsqueeze(), [node.input(2), zero])
        let values = try builder.step("values", Concat(axis: 0), [off, on])
        var op = OneHot()
        op.axis = try node.attributes.int("axis", default: -1)
        // A negative index is none at all in TensorFlow; it would count from the end otherwise.
        let indices = try builder.asInt64(node.input(0))
        let depth = try builder.asInt64(node.input(1))
        let isNegative = try builder.step("negative", Less(), [indices, builder.constant(try Tensor(scalar: Int64(0)), "zero")])
        return [try builder.result(op, [builder.step("indices", Where(), [isNegative, depth, indices]), depth, values])]
    }

    private static func top(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        var op = TopK()
        op.sorted = try node.attributes.bool("sorted", default: true)
        let count = try builder.axes(node.input(1))
        let both = try builder.outputs(op, [node.input(0), count], count: 2)
        return [both[0], try builder.converted(both[1], to: node.attributes.type("index_type") ?? .i32)]
    }

    /// The places of one layout's axes in another ("NHWC" to "NCHW").
    private static func layoutPermutation(_ node: RuleNode) throws(OsteonError) -> (source: [Character], target: [Character]) {
        let source = Array(try node.attributes.string("src_format", default: "NHWC"))
        let target = Array(try node.attributes.string("dst_format", default: "NCHW"))
        guard Set(source) == Set(target), source.count == target.count, Set(source).count == source.count else {
            throw OsteonError(.malformed, "Layouts \(String(source)) and \(String(target)).")
        }
        return (source, target)
    }

    private static func permuteVector(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let (source, target) = try layoutPermutation(node)
        let x = try node.input(0)
        let all = source.count
        let spatial = (source: source.filter { $0 != "N" && $0 != "C" }, target: target.filter { $0 != "N" && $0 != "C" })
        let whole = target.compactMap { source.firstIndex(of: $0) }
        let short = spatial.target.compactMap { spatial.source.firstIndex(of: $0) }
        if let length = builder.graph.type(x).shape?.first?.fixed {
            return [try builder.result(Gather(axis: 0), [x, builder.integers(length == short.count ? short : whole, "places")])]
        }
        // Both tables in a row; the length at hand says which is meant.
        guard short.count == all - 2 else { throw OsteonError(.malformed, "Layouts \(String(source)) and \(String(target)).") }
        let shape = try builder.step("shape", ShapeOf(end: 1), [x])
        let missing = try builder.step("missing", Subtract(), [builder.integers([all], "all"), shape])
        let twice = try builder.step("twice", Multiply(), [missing, builder.integers([all], "width")])
        let start = try builder.step("start", Divide(), [twice, builder.integers([2], "two")])
        let end = try builder.step("end", Add(), [start, shape])
        let places = try builder.step("places", Slice(), [builder.integers(whole + short, "tables"), start, end])
        return [try builder.result(Gather(axis: 0), [x, places])]
    }

    private static func mapDimension(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let (source, target) = try layoutPermutation(node)
        let x = try node.input(0)
        let places = source.compactMap { target.firstIndex(of: $0) }
        let table = try builder.converted(builder.integers(places, "places"), to: builder.graph.type(x).elementType)
        return [try builder.result(Gather(axis: 0), [table, builder.asInt64(x)])]
    }
}
