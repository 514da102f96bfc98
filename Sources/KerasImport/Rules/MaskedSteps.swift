import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Recurrence over the steps a mask leaves: a step that doesn't count keeps the states, so that the others run as one shorter sequence.
///
/// They are moved to the front, in their order, the operator runs over as many as there are, and every step gets the result of the last
/// one taken before it (zeros where there's none).
struct MaskedSteps {
    /// Which steps count, `bool` [batch, steps].
    private let mask: ValueID
    /// How many count, `i64` [batch].
    let lengths: ValueID
    /// For each place the step that comes there, `i64` [batch, steps].
    private let order: ValueID
    /// How many count up to each step, itself included, and how many before it.
    private let upTo: ValueID
    private let before: ValueID

    init(_ mask: ValueID, _ builder: KerasBuilder, _ part: String) throws(OsteonError) {
        self.mask = mask
        let axis = builder.constant(try Tensor(scalar: Int64(1)), "\(part)steps_axis")
        let axes = try builder.integers([1], "\(part)steps_axes")
        let counts = try builder.step("\(part)counts", Cast(elementType: .i64), [mask])
        let rest = try builder.step("\(part)skips", Subtract(), [builder.scalar(1, like: counts, "\(part)one"), counts])
        lengths = try builder.step("\(part)lengths", ReduceSum(keepDimensions: false), [counts, axes])
        upTo = try builder.step("\(part)up_to", CumSum(), [counts, axis])
        before = try builder.step("\(part)before", Subtract(), [upTo, counts])
        var earlier = CumSum()
        earlier.exclusive = true
        let skipped = try builder.step("\(part)skipped", earlier, [rest, axis])
        let behind = try builder.step(
            "\(part)behind", Add(), [skipped, builder.step("\(part)total", ReduceSum(), [counts, axes])])
        let places = try builder.step("\(part)places", Where(), [mask, before, behind])
        let numbers = try builder.step("\(part)numbers", Add(), [before, skipped])
        order = try builder.step("\(part)order", ScatterElements(axis: 1), [numbers, places, numbers])
    }

    /// The steps of `x`, [batch, steps, features], with those that count in front.
    func compacted(_ x: ValueID, _ builder: KerasBuilder, _ part: String) throws(OsteonError) -> ValueID {
        try taken(x, at: order, builder, "\(part)compacted")
    }

    private func taken(_ x: ValueID, at places: ValueID, _ builder: KerasBuilder, _ part: String) throws(OsteonError) -> ValueID {
        let rows = try builder.step("\(part)_rows", Unsqueeze(), [places, builder.integers([-1], "\(part)_axis")])
        return try builder.step(part, GatherND(batchDimensions: 1), [x, rows])
    }

    /// What each step gives, from the results of those that count: its own or that of the last one taken before it.
    /// - Parameters:
    ///   - isBackwards: whether the steps are taken from the last to the first.
    ///   - givesZeros: whether a step that doesn't count gives zeros instead.
    func spread(
        _ results: ValueID, isBackwards: Bool, givesZeros: Bool, _ builder: KerasBuilder, _ part: String
    ) throws(OsteonError) -> ValueID {
        let one = try builder.scalar(1, like: before, "\(part)spread_one")
        let zero = try builder.scalar(0, like: before, "\(part)spread_zero")
        var place = before
        var exists: ValueID
        if isBackwards {
            let total = try builder.step(
                "\(part)spread_total", Unsqueeze(), [lengths, builder.integers([1], "\(part)spread_total_axis")])
            exists = try builder.step("\(part)exists", Less(), [before, total])
            // Behind the last that counts there's none to take.
            place = try builder.step("\(part)place", Where(), [exists, before, zero])
        } else {
            exists = try builder.step("\(part)exists", Greater(), [upTo, zero])
            place = try builder.step("\(part)place", Maximum(), [builder.step("\(part)last_place", Subtract(), [upTo, one]), zero])
        }
        if givesZeros { exists = mask }
        let rows = try taken(results, at: place, builder, "\(part)spread")
        let flags = try builder.step("\(part)exists_rows", Unsqueeze(), [exists, builder.integers([-1], "\(part)exists_axis")])
        return try builder.step("\(part)spread_kept", Where(), [flags, rows, builder.scalar(0, like: rows, "\(part)nothing")])
    }

    /// What the step taken last gives, from the state after it: zeros where none counts, or where `givesZeros` and it doesn't itself.
    func last(
        _ state: ValueID, isBackwards: Bool, givesZeros: Bool, _ builder: KerasBuilder, _ part: String
    ) throws(OsteonError) -> ValueID {
        var exists: ValueID
        if givesZeros {
            let place = builder.constant(try Tensor(scalar: Int64(isBackwards ? 0 : -1)), "\(part)last_index")
            exists = try builder.step("\(part)last_counts", Gather(axis: 1), [mask, place])
        } else {
            exists = try builder.step("\(part)any", Greater(), [lengths, builder.scalar(0, like: lengths, "\(part)none")])
        }
        exists = try builder.step("\(part)last_exists", Unsqueeze(), [exists, builder.integers([-1], "\(part)last_exists_axis")])
        return try builder.step("\(part)last_kept", Where(), [exists, state, builder.scalar(0, like: state, "\(part)last_nothing")])
    }
}
