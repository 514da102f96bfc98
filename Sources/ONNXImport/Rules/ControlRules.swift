import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// Branches and loops whose course is known: the live branch is taken, the loop unrolled.
enum ControlRules {
    static let table: [String: ImportRule] = [
        "If": branch, "Loop": loop, "Scan": scan,
        // Every value here is a tensor, so it's there unless it's left out.
        "OptionalHasElement": { (node) throws(OsteonError) in
            [node.importer.graph.addConstant(node.outputName(), try Tensor(scalar: node.has(0)))]
        },
        "OptionalGetElement": same(Identity()),
    ]

    /// Loops with more passes stay unsupported: unrolled they'd be larger than the model.
    private static let mostPasses = 1024

    private static let branch: ImportRule = { (node) throws(OsteonError) in
        let taken = try node.graph("then_branch")
        let other = try node.graph("else_branch")
        guard let condition = node.constant(0) else { return try both(node, taken, other) }
        let isTrue = try condition.doubles().first ?? 0 != 0
        return try node.importer.inline(
            isTrue ? taken : other, arguments: [], prefix: prefix(node), around: node.scope)
    }

    /// A condition that's computed: both branches are, and one result is chosen, where they're of one type and shape.
    private static func both(
        _ node: NodeContext, _ taken: Onnx_GraphProto, _ other: Onnx_GraphProto
    ) throws(OsteonError) -> [ValueID] {
        let first = try node.importer.inline(taken, arguments: [], prefix: prefix(node) + "then/", around: node.scope)
        let second = try node.importer.inline(other, arguments: [], prefix: prefix(node) + "else/", around: node.scope)
        let condition = try node.reshape(try node.input(0), [], "condition")
        var results: [ValueID] = []
        for (index, (a, b)) in zip(first, second).enumerated() {
            guard node.type(a) == node.type(b), node.type(a).fixedShape != nil else {
                throw OsteonError(
                    .unsupported,
                    "Which branch runs is computed from the data or from open shapes; give the shapes of the inputs to settle it.")
            }
            results += try node.importer.add(Where(), [condition, a, b], name: "", outputNames: [node.outputName(index)])
        }
        return results
    }

    private static func prefix(_ node: NodeContext) -> String {
        "\(node.node.name.isEmpty ? node.node.output.first ?? "" : node.node.name)/"
    }

    private static let loop: ImportRule = { (node) throws(OsteonError) in
        let body = try node.graph("body")
        let carriedCount = max(0, node.inputs.count - 2)
        guard body.input.count == carriedCount + 2, body.output.count >= carriedCount + 1 else {
            throw OsteonError(.malformed, "Its body takes \(body.input.count) inputs, not \(carriedCount + 2).")
        }
        let passes = try node.constantIntegers(0, "trip counts")?.first ?? Int.max
        var isRunning = true
        if node.has(1) {
            guard let condition = node.constant(1) else { throw computed() }
            isRunning = try condition.doubles().first ?? 0 != 0
        }
        var carried = Array(node.inputs.dropFirst(2))
        var collected = [[ValueID]](repeating: [], count: body.output.count - 1 - carriedCount)
        var pass = 0
        while isRunning, pass < passes {
            guard pass < mostPasses else {
                throw OsteonError(.unsupported, "It runs more than \(mostPasses) times; loops that long aren't unrolled.")
            }
            let count = node.constant(try Tensor(scalar: Int64(pass)), "pass_\(pass)")
            let condition = node.constant(try Tensor(scalar: true), "condition_\(pass)")
            let results = try node.importer.inline(
                body, arguments: [count, condition] + carried, prefix: "\(prefix(node))\(pass)/", around: node.scope)
            guard let next = node.importer.graph.constant(results[0]) else { throw computed() }
            isRunning = try next.doubles().first ?? 0 != 0
            carried = Array(results.dropFirst().prefix(carriedCount))
            for (index, value) in results.dropFirst(1 + carriedCount).enumerated() { collected[index].append(value) }
            pass += 1
        }
        var outputs: [ValueID] = []
        for value in carried {
            guard let value else { throw OsteonError(.malformed, "A carried value has no start.") }
            outputs.append(value)
        }
        for (index, values) in collected.enumerated() { outputs.append(try stacked(node, values, output: carriedCount + index)) }
        return outputs
    }

    private static func computed() -> OsteonError {
        OsteonError(.unsupported, "How often it runs is computed from the data; only loops of known length are unrolled.")
    }

    /// The results of all passes along a new first axis.
    private static func stacked(
        _ node: NodeContext, _ values: [ValueID], output: Int, axis: Int = 0
    ) throws(OsteonError) -> ValueID {
        guard !values.isEmpty else { throw OsteonError(.unsupported, "It never runs, but its collected results are used.") }
        var parts: [ValueID] = []
        for value in values { parts.append(try node.add(Unsqueeze(), [value, try node.constant([axis], "axis")], "pass")) }
        var concat = Concat()
        concat.axis = axis
        return try node.importer.add(concat, parts, name: "", outputNames: [node.outputName(output)])[0]
    }

    /// A loop over the elements of sequences; their length must be known.
    private static let scan: ImportRule = { (node) throws(OsteonError) in
        guard node.version >= 9 else { throw OsteonError(.unsupported, "Scan before version 9, over batches, isn't supported.") }
        let body = try node.graph("body")
        guard let scanned = try node.integer("num_scan_inputs"), scanned >= 1, scanned <= node.inputs.count,
            body.input.count == node.inputs.count
        else { throw OsteonError(.malformed, "Its scan inputs don't fit its body.") }
        let stateCount = node.inputs.count - scanned
        let resultCount = body.output.count - stateCount
        guard resultCount >= 0 else { throw OsteonError(.malformed, "Its body gives fewer outputs than it has states.") }
        let inputAxes = try padded(node.integers("scan_input_axes"), scanned)
        let inputDirections = try padded(node.integers("scan_input_directions"), scanned)
        let outputAxes = try padded(node.integers("scan_output_axes"), resultCount)
        let outputDirections = try padded(node.integers("scan_output_directions"), resultCount)
        let sequences = Array(try node.allInputs().dropFirst(stateCount))
        let length = try scanLength(node, sequences, inputAxes)

        var states = Array(try node.allInputs().prefix(stateCount))
        var collected = [[ValueID]](repeating: [], count: resultCount)
        for pass in 0..<length {
            var arguments: [ValueID?] = states
            for (index, sequence) in sequences.enumerated() {
                let place = inputDirections[index] == 0 ? pass : length - 1 - pass
                var gather = Gather()
                gather.axis = inputAxes[index]
                let position = node.constant(try Tensor(scalar: Int64(place)), "place")
                arguments.append(try node.add(gather, [sequence, position], "element"))
            }
            let results = try node.importer.inline(
                body, arguments: arguments, prefix: "\(prefix(node))\(pass)/", around: node.scope)
            states = Array(results.prefix(stateCount))
            for (index, value) in results.dropFirst(stateCount).enumerated() { collected[index].append(value) }
        }
        var outputs = states
        for (index, values) in collected.enumerated() {
            let ordered = outputDirections[index] == 0 ? values : values.reversed()
            outputs.append(try stacked(node, ordered, output: stateCount + index, axis: outputAxes[index]))
        }
        return outputs
    }

    private static func padded(_ list: [Int]?, _ count: Int) throws(OsteonError) -> [Int] {
        guard let list else { return [Int](repeating: 0, count: count) }
        guard list.count == count else {
            throw OsteonError(.malformed, "A list of axes or directions has \(list.count) entries, not \(count).")
        }
        return list
    }

    private static func scanLength(_ node: NodeContext, _ sequences: [ValueID], _ axes: [Int]) throws(OsteonError) -> Int {
        guard let shape = node.type(sequences[0]).shape else {
            throw OsteonError(.unsupported, "The length of its sequences isn't known; give the shape of the model's inputs.")
        }
        let axis = axes[0] < 0 ? axes[0] + shape.count : axes[0]
        guard shape.indices.contains(axis), let length = shape[axis].fixed else {
            throw OsteonError(.unsupported, "The length of its sequences isn't known; give the shape of the model's inputs.")
        }
        guard length <= mostPasses else {
            throw OsteonError(.unsupported, "It runs \(length) times; loops longer than \(mostPasses) aren't unrolled.")
        }
        return length
    }
}
