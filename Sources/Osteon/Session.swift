import Bytes
import Engine
import Tensors
import Workflows

/// A model made ready to run at fixed input shapes. It owns the memory between inputs and outputs and serves any number of runs;
/// one runs at a time, a second caller waits.
public final class Session: Sendable {
    private let inner: Engine.Session

    /// - Parameters:
    ///   - model: what to run; optimise it first.
    ///   - shapes: a shape for each input, by name; the smallest legal ones for what is left out.
    /// - Throws: `.usage` or `.invalidGraph` for shapes the network doesn't take, `.limitExceeded` for lack of memory.
    public init(_ model: Model, shapes: [String: [Int]] = [:], engine: EngineOptions = EngineOptions()) throws(OsteonError) {
        inner = try facing { () throws(Bytes.OsteonError) in try Engine.Session(model.inner.plan(shapes: shapes, engine.inner())) }
    }

    /// The memory between inputs and outputs, in bytes.
    public var arenaByteCount: Int { inner.plan.arenaByteCount }

    /// One inference.
    /// - Parameter inputs: a tensor for each input, by name, of the session's shapes and the input's element type.
    /// - Returns: the outputs by name.
    /// - Throws: `.usage` for inputs that don't fit.
    public func run(_ inputs: [String: Tensor]) throws(OsteonError) -> [String: Tensor] {
        try facing { () throws(Bytes.OsteonError) in try inner.run(inputs.mapValues(\.inner)).mapValues { Tensor($0) } }
    }
}
