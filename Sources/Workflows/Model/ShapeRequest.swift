import Bytes
import Contracts
import GraphIR
import Tensors

/// A shape asked for: of one input, or of every input it fits.
package struct ShapeRequest: Sendable, Hashable {
    /// nil for every input the extents fit.
    package var input: String?
    /// Of all axes, or of the spatial ones alone.
    package var extents: [Int]

    package init(input: String? = nil, _ extents: [Int]) {
        self.input = input
        self.extents = extents
    }

    /// More elements than any machine holds; sizes made of fewer (channels, bytes) can be reckoned without overflow.
    private static let mostElements = 1 << 40

    /// - Throws: `.usage` for an extent below 0, and for a shape of more than 2⁴⁰ elements.
    package static func check(_ extents: [Int]) throws(OsteonError) {
        // An extent of 0 doesn't make the others small.
        guard extents.allSatisfy({ $0 >= 0 }), extents.reduce(1.0, { $0 * Double(max($1, 1)) }) <= Double(mostElements) else {
            throw OsteonError(.usage, "A shape of \(Self.text(extents)) has more elements than any machine holds.")
        }
    }

    fileprivate static func text(_ extents: [Int]) -> String { extents.map(String.init).joined(separator: "x") }
}

extension ShapeRequest: CustomStringConvertible {
    /// `96x96x96` or `image=1x1x96x96x96`.
    package var description: String { (input.map { "\($0)=" } ?? "") + Self.text(extents) }
}

extension Model {
    /// The whole shape of each input that `requests` are for: the one rule for shapes in every command.
    ///
    /// As many extents as an input has axes are its shape. Two fewer are its spatial extents: those behind batch and channels by the
    /// imaging contract, else the free ones, else those of N C D H W. Batch and channels are then the input's own.
    /// - Parameter batch: for a free batch beside spatial extents.
    /// - Throws: `.usage` for an input that isn't there, and for a shape that fits no input, leaves channels open, or could mean the
    ///   whole of one input and the spatial extents of another.
    package func shapes(for requests: [ShapeRequest], batch: Int = 1) throws(OsteonError) -> [String: [Int]] {
        var result: [String: [Int]] = [:]
        for request in requests {
            try ShapeRequest.check(request.extents)
            if let name = request.input, !inputNames.contains(name) { throw OsteonError.noInput(name, among: inputNames) }
            let inputs = graph.inputs.filter { request.input == nil || graph[$0].name == request.input }
            let count = request.extents.count
            let whole = inputs.filter { graph.type($0).rank ?? count == count }
            let spatial = inputs.filter { graph.type($0).rank == count + 2 && count > 0 }
            guard whole.isEmpty != spatial.isEmpty else { throw misfit(request, inputs, isAmbiguous: !whole.isEmpty) }
            for input in whole { result[graph[input].name] = request.extents }
            for input in spatial { result[graph[input].name] = try wholeShape(request.extents, batch, input) }
        }
        return result
    }

    private func misfit(_ request: ShapeRequest, _ inputs: [ValueID], isAmbiguous: Bool) -> OsteonError {
        let known = inputs.map { "\(graph[$0].name): \(graph.type($0))" }.joined(separator: ", ")
        return OsteonError(
            .usage,
            isAmbiguous
                ? "\(Parameter.shape) \(request) is the whole shape of one input and the spatial extents of another (\(known)); write NAME=\(request)."
                : "\(Parameter.shape) \(request) fits no input (\(known))."
        )
    }

    private func wholeShape(_ extents: [Int], _ batch: Int, _ input: ValueID) throws(OsteonError) -> [Int] {
        let axes = spatialAxes(of: input)
        var shape: [Int] = []
        for (axis, dimension) in (graph.type(input).shape ?? []).enumerated() {
            if let place = axes.firstIndex(of: axis) {
                shape.append(extents[place])
            } else if let fixed = dimension.fixed {
                shape.append(fixed)
            } else if axis == 0 {
                shape.append(batch)
            } else {
                throw OsteonError(
                    .usage, "Input \(graph[input].name) is \(graph.type(input)): give its whole shape, the channels are open too.")
            }
        }
        return shape
    }

    /// The axes of an input of known rank that count places.
    func spatialAxes(of input: ValueID) -> [Int] {
        let dimensions = graph.type(input).shape ?? []
        guard dimensions.count > 2 else { return [] }
        let first = Array(2..<dimensions.count)
        let last = Array(1..<dimensions.count - 1)
        if let imaging, imaging.input.name == graph[input].name { return imaging.input.layout == .channelsLast ? last : first }
        let isFree = dimensions.map { $0.fixed == nil }
        // Channels are the axis that isn't free; the last of two fixed ones is a guess only where nothing decides it.
        if !isFree[1], first.contains(where: { isFree[$0] }) { return first }
        if let end = isFree.last, !end, last.contains(where: { isFree[$0] }) { return last }
        return first
    }
}
