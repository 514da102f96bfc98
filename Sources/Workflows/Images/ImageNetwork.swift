import Bytes
import Contracts
import Engine
import GraphIR
import Imaging
import Tensors

/// A model as a function of image windows: batches with channels first in and out, whatever the graph's layout.
package final class ImageNetwork {
    package let model: Model
    package let contract: ImagingContract
    private let engine: PlanOptions
    private var sessions: [[Int]: Session] = [:]

    package init(_ model: Model, _ contract: ImagingContract, engine: PlanOptions = PlanOptions()) throws(OsteonError) {
        self.model = model
        self.contract = contract
        self.engine = engine
        guard model.graph.value(named: contract.input.name) != nil, model.outputNames.contains(contract.output.name) else {
            throw OsteonError(
                .invalidGraph,
                "The model's contract names \(contract.input.name) and \(contract.output.name), which the graph doesn't have.")
        }
    }

    private var inputShape: [Dimension] { model.graph.value(named: contract.input.name).flatMap { model.graph.type($0).shape } ?? [] }

    /// Axes of an image, without batch and channels; nil where the graph doesn't say.
    package var spatialRank: Int? { inputShape.isEmpty ? nil : inputShape.count - 2 }

    /// The graph's own extents; nil for free ones.
    package var spatialExtents: [Int?] {
        guard inputShape.count > 2 else { return [] }
        let axes = contract.input.layout == .channelsFirst ? inputShape.dropFirst(2) : inputShape.dropFirst().dropLast()
        return axes.map(\.fixed)
    }

    /// The extents where all are fixed.
    package var fixedExtents: [Int]? {
        let extents = spatialExtents.compactMap { $0 }
        return extents.count == spatialExtents.count && !extents.isEmpty ? extents : nil
    }

    /// The batch the graph is fixed to.
    package var fixedBatch: Int? { inputShape.first?.fixed }

    /// - Parameter batch: [batch, channels, extents…] of `f32`.
    /// - Returns: the contract's output, [batch, channels, extents…] (or [batch, values] of classifications) of `f32`.
    package func run(_ batch: Tensor) throws(OsteonError) -> Tensor {
        let inputs = try inputs(batch)
        let session = try session(inputs)
        guard let output = try session.run(inputs)[contract.output.name] else {
            throw OsteonError(.internalFault, "The network gave no \(contract.output.name).")
        }
        return try NetworkLayout.fromNetwork(output.converted(to: .f32), contract.output.layout)
    }

    /// The graph's inputs for a batch: the image in the graph's layout and type, switches off.
    func inputs(_ batch: Tensor) throws(OsteonError) -> [String: Tensor] {
        var input = try NetworkLayout.toNetwork(batch, contract.input.layout)
        if let id = model.graph.value(named: contract.input.name) { input = try input.converted(to: model.graph.type(id).elementType) }
        var inputs = [contract.input.name: input]
        for value in model.graph.inputs where model.graph[value].name != contract.input.name {
            inputs[model.graph[value].name] = try Self.switchedOff(model, value)
        }
        return inputs
    }

    /// Graphs may have switches beside the image (training or not), which are off.
    private static func switchedOff(_ model: Model, _ value: ValueID) throws(OsteonError) -> Tensor {
        let type = model.graph.type(value)
        guard type.elementType == .bool, type.fixedShape?.isEmpty ?? false else {
            throw OsteonError(
                .usage,
                """
                The network has a second input, \(model.graph[value].name): \(type); cut it off with \(Parameter.input) \
                \(model.graph[value].name)=VALUE.
                """
            )
        }
        return try Tensor(scalar: false)
    }

    private func session(_ inputs: [String: Tensor]) throws(OsteonError) -> Session {
        let shape = inputs[contract.input.name]?.shape ?? []
        if let session = sessions[shape] { return session }
        // One shape at a time: an arena may be large.
        sessions = [:]
        let session: Session
        do {
            session = try model.session(for: inputs, engine)
        } catch  where error.code == .invalidGraph || error.code == .usage {
            throw OsteonError(
                error.code,
                """
                The network can't take an image of \(shape.map(String.init).joined(separator: "×")): \(error.message) `osteon \
                inspect` lists the legal sizes; \(Parameter.window) W×H×D leads a window of one of them over the image.
                """,
                trail: error.trail)
        }
        sessions[shape] = session
        return session
    }
}
