import Bytes
import Dispatch
import GraphIR
import Tensors

/// One run of a session, a step at a time: for who looks at values on the way, or runs two graphs side by side.
///
/// A session runs once at a time: it's taken while the object lives, and a second run waits until it's gone.
package final class SessionRun {
    /// A value a step has computed.
    package struct Computed {
        package var name: String
        /// Valid until the next step, since its memory may be used again; for as long as it's kept where the plan was made
        /// with its name among `PlanOptions.observed` and these are held.
        package var tensor: Tensor
    }

    private let session: Session
    private var values: [Tensor?]
    private var position = 0

    /// Binds the inputs; nothing is computed yet.
    /// - Throws: `.usage` for a missing, unknown or ill-fitting input.
    package init(_ session: Session, _ inputs: [String: Tensor]) throws(OsteonError) {
        session.turn.wait()
        var values = session.standing
        do { try session.bind(inputs, into: &values) } catch {
            session.turn.signal()
            throw error
        }
        self.session = session
        self.values = values
    }

    deinit { session.turn.signal() }

    /// Runs the next step.
    /// - Parameter profile: gets the time the step took, where given.
    /// - Returns: what it computed, in the order of the node's outputs; nil where no step is left.
    /// - Throws: what the node throws, with its name. The run is of no use afterwards.
    package func advance(profile: Profile? = nil) throws(OsteonError) -> [Computed]? {
        guard position < session.plan.steps.count else { return nil }
        let step = session.plan.steps[position]
        position += 1
        let watch = profile == nil ? nil : Stopwatch()
        do { try session.run(step, &values) } catch { throw error.at(step.label) }
        if let watch { profile?.add(step, nanoseconds: watch.nanoseconds) }
        var computed: [Computed] = []
        for output in step.outputs {
            if let tensor = values[output] { computed.append(Computed(name: session.plan.values[output].name, tensor: tensor)) }
        }
        for slot in step.released { values[slot] = nil }
        return computed
    }

    /// The graph's outputs by name, once no step is left; with `keepAll`, every value that isn't a constant.
    package func results() throws(OsteonError) -> [String: Tensor] { try session.results(values) }
}
