import Bytes
import GraphIR

/// What a tensor of a TensorFlow graph is while the graph is imported.
struct ImportedValue {
    enum Content {
        case tensor(ValueID)
        /// A list of tensors (`TensorList…`), or an array of them (`TensorArray…`), which its flow stands for.
        case list(TensorList)
        /// The handle of an array; what the array holds goes along with its flow.
        case handle
        /// The tensor is never computed: it lies in a branch that isn't taken.
        case dead
        /// It couldn't be imported within a loop or a branch; whoever needs it fails for this reason.
        case unfollowed(String)
    }

    var content: Content
    /// Under which conditions TensorFlow computes it.
    var guards = Guards()

    var isDead: Bool { if case .dead = content { true } else { false } }

    /// Why it couldn't be imported.
    var failure: String? { if case .unfollowed(let reason) = content { reason } else { nil } }
}

/// Conditions whose values aren't known at import, each with the side on which a value lies.
struct Guards: Equatable {
    var sides: [ValueID: Bool] = [:]

    /// Both together; nil where they contradict each other, so that nothing lies under both.
    func joined(with other: Guards) -> Guards? {
        var result = self
        for (condition, side) in other.sides {
            if let known = result.sides.updateValue(side, forKey: condition), known != side { return nil }
        }
        return result
    }

    func without(_ condition: ValueID) -> Guards {
        var result = self
        result.sides[condition] = nil
        return result
    }
}
