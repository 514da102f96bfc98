import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Conditions: a known one takes its branch. Of one that isn't known both branches are computed, which no operation imported
/// can tell from one being left out, and each result is chosen.
extension GraphConversion {
    enum Decision {
        case known(Bool)
        case open(ValueID)
    }

    /// The truth of a condition as TensorFlow has it: a number other than zero; of other ranks whether there's any element.
    func decision(_ condition: ImportedValue.Content) throws(OsteonError) -> Decision {
        if case .unfollowed(let reason) = condition { throw OsteonError(.unsupported, reason) }
        guard case .tensor(let value) = condition else { throw OsteonError(.unsupported, "a condition that isn't a tensor") }
        if let tensor = builder.graph.constant(value) {
            return .known(tensor.rank == 0 ? try tensor.doubles().first ?? 0 != 0 : tensor.count > 0)
        }
        let type = builder.graph.type(value)
        guard type.rank == 0 else { throw OsteonError(.unsupported, "a condition that isn't known and of shape \(type)") }
        guard type.elementType != .bool else { return .open(value) }
        let zero = try builder.scalar(0, like: value, "zero")
        return .open(try builder.step("condition", Not(), [builder.step("is_zero", Equal(), [value, zero])]))
    }

    /// `Switch`: outputs for false and true.
    func switched(_ inputs: [ImportedValue], _ guards: Guards) throws(OsteonError) -> [ImportedValue]? {
        guard inputs.count == 2 else { throw OsteonError(.malformed, "It has \(inputs.count) inputs, not 2.") }
        let content = inputs[0].content
        var results: [ImportedValue] = []
        let decision = try decision(inputs[1].content)
        for side in [false, true] {
            switch decision {
            case .known(let value): results.append(ImportedValue(content: value == side ? content : .dead, guards: guards))
            case .open(let condition):
                context.note(openCondition: condition)
                let own = guards.joined(with: Guards(sides: [condition: side]))
                results.append(own.map { ImportedValue(content: content, guards: $0) } ?? ImportedValue(content: .dead))
            }
        }
        return results
    }

    /// `Merge`: what's computed, and the number of the input it is; nil where nothing is.
    func merged(_ inputs: [ImportedValue]) throws(OsteonError) -> [ImportedValue]? {
        let live = inputs.indices.filter { !inputs[$0].isDead }
        guard let first = live.first else { return nil }
        func number(_ place: Int) throws(OsteonError) -> ValueID { builder.constant(try Tensor(scalar: Int32(place)), "number") }
        if live.count == 1 {
            return [inputs[first], ImportedValue(content: .tensor(try number(first)), guards: inputs[first].guards)]
        }
        guard live.count == 2, let condition = Self.condition(between: inputs[live[0]].guards, inputs[live[1]].guards) else {
            throw OsteonError(.unsupported, "joins branches of which it isn't clear that one alone runs")
        }
        let guards = inputs[first].guards.without(condition)
        let places = inputs[live[0]].guards.sides[condition] == true ? live : live.reversed()
        let content = try chosen(condition, inputs[places[0]].content, inputs[places[1]].content)
        let index = try chosen(condition, .tensor(number(places[0])), .tensor(number(places[1])))
        return [ImportedValue(content: content, guards: guards), ImportedValue(content: index, guards: guards)]
    }

    /// The one condition on whose sides both lie, all others being alike.
    private static func condition(between a: Guards, _ b: Guards) -> ValueID? {
        let found = a.sides.filter { condition, side in b.sides[condition] == !side }.keys
        guard found.count == 1, let condition = found.first, a.without(condition) == b.without(condition) else { return nil }
        return condition
    }

    /// `If` and `Case`.
    func branch(_ node: GraphNode, _ inputs: [ImportedValue.Content], _ name: String) throws(OsteonError) -> [ImportedValue.Content] {
        guard let selector = inputs.first else { throw OsteonError(.malformed, "It has no condition.") }
        let arguments = Array(inputs.dropFirst())
        if node.operation.hasSuffix("Case") {
            return try anyCase(node.attributes.functions("branches"), selector, arguments, name)
        }
        guard let then = try node.attributes.function("then_branch"), let other = try node.attributes.function("else_branch") else {
            throw OsteonError(.malformed, "It names no branches.")
        }
        switch try decision(selector) {
        case .known(let isTrue): return try run(isTrue ? then : other, arguments, prefix: "\(name)/")
        case .open(let condition):
            context.note(openCondition: condition)
            let a = try run(then, arguments, prefix: "\(name)/then/")
            let b = try run(other, arguments, prefix: "\(name)/else/")
            builder.scope = name
            return try chosen(condition, a, b)
        }
    }

    /// A number chooses the branch; one out of range the last.
    private func anyCase(
        _ branches: [String], _ selector: ImportedValue.Content, _ arguments: [ImportedValue.Content], _ name: String
    ) throws(OsteonError) -> [ImportedValue.Content] {
        if case .unfollowed(let reason) = selector { throw OsteonError(.unsupported, reason) }
        guard case .tensor(let number) = selector, let last = branches.indices.last, last < 1 << 10 else {
            throw OsteonError(.malformed, "It has no branches, or no number to choose one by.")
        }
        if let known = try builder.graph.constant(number)?.integers().first {
            return try run(branches[branches.indices.contains(known) ? known : last], arguments, prefix: "\(name)/")
        }
        guard builder.graph.type(number).rank == 0 else { throw OsteonError(.unsupported, "a number of a branch that isn't a scalar") }
        context.note(openCondition: number)
        var result = try run(branches[last], arguments, prefix: "\(name)/branch_\(last)/")
        for place in branches.indices.dropLast().reversed() {
            let other = try run(branches[place], arguments, prefix: "\(name)/branch_\(place)/")
            builder.scope = name
            let index = try builder.scalar(Double(place), like: number, "place")
            result = try chosen(builder.step("is_\(place)", Equal(), [number, index]), other, result)
        }
        return result
    }

    // MARK: Choosing

    func chosen(
        _ condition: ValueID, _ a: [ImportedValue.Content], _ b: [ImportedValue.Content]
    ) throws(OsteonError) -> [ImportedValue.Content] {
        guard a.count == b.count else { throw OsteonError(.malformed, "Its branches give \(a.count) and \(b.count) results.") }
        var results: [ImportedValue.Content] = []
        for (a, b) in zip(a, b) { results.append(try chosen(condition, a, b)) }
        return results
    }

    /// `a` where the condition holds, else `b`.
    /// - Throws: `.unsupported` where they aren't of one type and shape.
    func chosen(_ condition: ValueID, _ a: ImportedValue.Content, _ b: ImportedValue.Content) throws(OsteonError) -> ImportedValue.Content {
        switch (a, b) {
        case (.tensor(let a), .tensor(let b)): return try following { () throws(OsteonError) in .tensor(try chosen(condition, a, b)) }
        case (.list(let a), .list(let b)): return try following { () throws(OsteonError) in .list(try chosen(condition, a, b)) }
        case (.handle, .handle): return .handle
        case (.unfollowed, _): return a
        case (_, .unfollowed): return b
        default: throw OsteonError(.unsupported, "a condition that isn't known, between a tensor and a list")
        }
    }

    /// What's unsupported about one result is left to whoever needs it.
    private func following(_ make: () throws(OsteonError) -> ImportedValue.Content) throws(OsteonError) -> ImportedValue.Content {
        do {
            return try make()
        } catch {
            guard error.code == .unsupported else { throw error }
            return .unfollowed(error.message)
        }
    }

    private func chosen(_ condition: ValueID, _ a: TensorList, _ b: TensorList) throws(OsteonError) -> TensorList {
        guard a.elements.count == b.elements.count, a.elementType == b.elementType else {
            throw OsteonError(.unsupported, "a condition that isn't known, between lists of different lengths or types")
        }
        guard let type = a.elementType else { throw OsteonError(.unsupported, "a condition that isn't known, between lists of lists") }
        var result = a
        for index in a.elements.indices where a.elements[index] != b.elements[index] {
            // What one side lacks has the shape of the other's.
            var sides = [a, b]
            for place in 0..<2 where sides[place].elements[index] == nil {
                let other = sides[1 - place]
                let written = try context.element(other, index)
                sides[place].elements[index] = .value(
                    try Formula(builder).filled(Formula(builder).shape(written), type))
            }
            let values = [try context.element(sides[0], index), try context.element(sides[1], index)]
            result.elements[index] = .value(try chosen(condition, values[0], values[1]))
        }
        return result
    }

    private func chosen(_ condition: ValueID, _ a: ValueID, _ b: ValueID) throws(OsteonError) -> ValueID {
        if a == b { return a }
        let (first, second) = (builder.graph.type(a), builder.graph.type(b))
        if let x = builder.graph.constant(a), let y = builder.graph.constant(b), x.count == 1, x.isIdentical(to: y) { return a }
        let isOpen = first.fixedShape == nil || second.fixedShape == nil
        guard first.elementType == second.elementType, isOpen || first == second else {
            throw OsteonError(
                .unsupported, "a condition that isn't known, between results of different shapes or types (\(first) and \(second))")
        }
        // Open shapes are held to be one when they're bound.
        let op: any Operator = isOpen ? Select() : Where()
        return try builder.step("chosen", op, [condition, a, b])
    }
}
