import Bytes
import CKernels
import Tensors

/// A part of a result, across the first axis: all of it that no later window touches.
package struct WindowSlab {
    /// The first place along the image's first axis.
    package var start: Int
    /// [channels, places, …] of `f32`, valid during the call only.
    package var tensor: Tensor
}

extension SlidingWindow {
    /// Runs a network over an image and emits the blended result slab by slab, from the first place of the first axis to
    /// the last.
    ///
    /// Beyond image and result it holds one window's thickness of the image across (its channels and weights) and the windows
    /// of a batch. An image smaller than the window is padded on both sides, the odd voxel behind.
    /// - Parameters:
    ///   - image: [channels, extents…] of `f32`, as many extents as the window has.
    ///   - network: [batch, channels, window…] to [batch, channels′, window…].
    ///   - progress: gets windows done and windows in all.
    ///   - slab: takes each finished part.
    package func run(
        _ image: Tensor, progress: (Int, Int) -> Void = { _, _ in }, network: (Tensor) throws(OsteonError) -> Tensor,
        slab: (WindowSlab) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        try windowRun(image).run(progress, network, slab)
    }

    /// Some of the windows that `run` would give a network.
    /// - Parameters:
    ///   - image: [channels, extents…] of `f32`, as many extents as the window has.
    ///   - indices: places in the order of `run`, each below `count(on:)`.
    /// - Returns: [1, channels, window…] of `f32` each.
    /// - Throws: `.invalidGraph` for an image of other axes.
    package func windows(of image: Tensor, at indices: [Int]) throws(OsteonError) -> [Tensor] {
        let run = try windowRun(image)
        return try indices.map { (index) throws(OsteonError) in try run.batch([run.place(index)], slots: 1) }
    }

    private func windowRun(_ image: Tensor) throws(OsteonError) -> WindowRun {
        guard image.rank == region.count + 1, image.elementType == .f32, image.count > 0 else {
            throw OsteonError(.invalidGraph, "A window of \(region.count) axes doesn't fit \(image.type).")
        }
        return try WindowRun(self, image)
    }

    /// The whole blended result: [channels, extents…].
    package func run(
        _ image: Tensor, progress: (Int, Int) -> Void = { _, _ in }, network: (Tensor) throws(OsteonError) -> Tensor
    ) throws(OsteonError) -> Tensor {
        var result: Tensor?
        try run(image, progress: progress, network: network) { (slab) throws(OsteonError) in
            try slab.copy(into: &result, extents: Array(image.shape.dropFirst()))
        }
        guard let result else { throw OsteonError(.internalFault, "No window gave a result.") }
        return result
    }
}

extension WindowSlab {
    /// Puts the slab in its place of a whole result, which is made for the first one.
    package func copy(into whole: inout Tensor?, extents: [Int]) throws(OsteonError) {
        let target: Tensor
        if let whole { target = whole } else { target = try Tensor(uninitialized: tensor.elementType, [tensor.shape[0]] + extents) }
        whole = target
        try copy(into: target)
    }

    /// Puts the slab in its place of a whole result of the same element type.
    package func copy(into whole: Tensor) throws(OsteonError) {
        let places = tensor.shape[1]
        let inner = tensor.shape.dropFirst(2).reduce(1, *)
        let element = tensor.elementType.byteCount
        guard whole.elementType == tensor.elementType, whole.shape[0] == tensor.shape[0],
            whole.shape.dropFirst(2) == tensor.shape.dropFirst(2),
            start + places <= whole.shape[1]
        else { throw OsteonError(.internalFault, "A slab of \(tensor.type) doesn't fit into \(whole.type).") }
        for channel in 0..<tensor.shape[0] {
            let bytes = tensor.bytes.extracting(channel * places * inner * element..<(channel + 1) * places * inner * element)
            whole.write(bytes, at: (channel * whole.shape[1] + start) * inner * element)
        }
    }
}

/// One pass over one image.
private struct WindowRun {
    let window: SlidingWindow
    let image: Tensor
    /// Three of each: missing axes have extent 1.
    let extents: [Int], size: [Int]
    /// Places of the padded image before the image's first, along each axis.
    let before: [Int]
    let starts: [[Int]]
    let weights: Tensor?
    let lead: Int

    init(_ window: SlidingWindow, _ image: Tensor) throws(OsteonError) {
        self.window = window
        self.image = image
        let own = Array(image.shape.dropFirst())
        let region = window.extents(on: own)
        // Leading axes of extent 1 are left out of what the network sees.
        lead = 3 - own.count
        extents = [Int](repeating: 1, count: lead) + own
        size = [Int](repeating: 1, count: lead) + region
        before = zip(size, extents).map { max($0 - $1, 0) / 2 }
        starts = zip(extents, size).map { window.starts(image: max($0, $1), window: $1) }
        let blend = try BlendWeights.weights(window, extents: region)
        weights = try blend.map { (values) throws(OsteonError) in try Tensor(values) }
    }

    /// With flat images all windows are in one slab: the walked axis is the first of the image's own.
    private var walked: Int { lead }

    /// Where the window of this number stands in the padded image: the last axis is walked first.
    func place(_ index: Int) -> [Int] {
        var rest = index
        var place = [0, 0, 0]
        for axis in (0..<3).reversed() {
            place[axis] = starts[axis][rest % starts[axis].count]
            rest /= starts[axis].count
        }
        return place
    }

    func run(
        _ progress: (Int, Int) -> Void, _ network: (Tensor) throws(OsteonError) -> Tensor, _ give: (WindowSlab) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        let walk = walked
        let padded = zip(extents, size).map { max($0, $1) }
        let total = starts.map(\.count).reduce(1, *)
        let perSlab = total / starts[walk].count
        var done = 0
        var sums: Sums?
        progress(0, total)
        for (index, first) in starts[walk].enumerated() {
            let places = (index * perSlab..<(index + 1) * perSlab).map(place)
            for group in stride(from: 0, to: places.count, by: window.batch) {
                let batch = Array(places[group..<min(group + window.batch, places.count)])
                let output = try network(self.batch(batch, slots: window.batch))
                try check(output)
                let channels = output.shape[1]
                if sums == nil {
                    var slab = padded
                    slab[walk] = size[walk]
                    sums = try Sums(channels: channels, extents: slab, walk: walk)
                }
                guard let sums, sums.channels == channels else {
                    throw OsteonError(.internalFault, "The network's channels changed from window to window.")
                }
                for (slot, place) in batch.enumerated() {
                    var local = place
                    local[walk] -= first
                    sums.add(output, slot, size, local, weights)
                }
                done += batch.count
                progress(done, total)
            }
            guard let sums else { continue }
            let next = index + 1 < starts[walk].count ? starts[walk][index + 1] : padded[walk]
            try emit(sums, from: first, to: next, give)
            if index + 1 < starts[walk].count { try sums.shift(by: next - first) }
        }
    }

    /// The windows at these places as [batch, channels, window…]; a batch that isn't full repeats its last.
    func batch(_ places: [[Int]], slots: Int) throws(OsteonError) -> Tensor {
        let channels = image.shape[0]
        let own = Array(size.dropFirst(lead))
        let result = try Tensor(uninitialized: .f32, [slots, channels] + own)
        let count = try Checked.product([channels] + size)
        for slot in 0..<slots {
            let place = places[min(slot, places.count - 1)]
            let tables = (lead..<3).map { axis in
                window.padding.table(start: place[axis] - before[axis], count: size[axis], extent: extents[axis])
            }
            let cut = try Resampler.gather(image, tables, fill: window.padding.fill)
            result.write(cut.bytes, at: slot * count * MemoryLayout<Float>.stride)
        }
        return result
    }

    private func check(_ output: Tensor) throws(OsteonError) {
        guard output.elementType == .f32, output.rank == 5 - lead, output.shape[0] == window.batch, output.shape[1] > 0,
            Array(output.shape.dropFirst(2)) == Array(size.dropFirst(lead))
        else {
            throw OsteonError(
                .unsupported,
                """
                The network gives \(output.type) for \(window.batch) windows of \
                \(size.dropFirst(lead).map(String.init).joined(separator: "×")); windows are put together only where the extents \
                stay the same.
                """
            )
        }
    }

    /// Emits what lies between two places of the padded image, without the padding.
    private func emit(_ sums: Sums, from first: Int, to next: Int, _ give: (WindowSlab) throws(OsteonError) -> Void) throws(OsteonError) {
        let walk = walked
        let low = max(first, before[walk])
        let high = min(next, before[walk] + extents[walk])
        guard low < high else { return }
        let finished = try sums.divided(from: low - first, count: high - low)
        // Padding across the other axes is cut off.
        var tables: [[Int32]] = []
        for axis in lead..<3 {
            tables.append(
                axis == walk ? (0..<Int32(high - low)).map { $0 } : (Int32(before[axis])..<Int32(before[axis] + extents[axis])).map { $0 })
        }
        let shaped = try finished.reshaped([sums.channels] + (lead..<3).map { $0 == walk ? high - low : sums.extents[$0] })
        let isWhole = (lead..<3).allSatisfy { $0 == walk || sums.extents[$0] == extents[$0] }
        try give(WindowSlab(start: low - before[walk], tensor: isWhole ? shaped : Resampler.gather(shaped, tables)))
    }
}

/// Weighted sums of one window's thickness across the image, and the weights that went in.
private final class Sums {
    let channels: Int
    let extents: [Int]
    private let walk: Int
    private let values: Tensor
    private let weights: Tensor

    init(channels: Int, extents: [Int], walk: Int) throws(OsteonError) {
        self.channels = channels
        self.extents = extents
        self.walk = walk
        values = try Tensor(zeros: .f32, [channels] + extents)
        weights = try Tensor(zeros: .f32, extents)
    }

    private var count: Int { weights.count }
    /// Elements of one place along the walked axis; axes before it have extent 1.
    private var inner: Int { extents[(walk + 1)...].reduce(1, *) }

    func add(_ output: Tensor, _ slot: Int, _ size: [Int], _ place: [Int], _ blend: Tensor?) {
        var window = osteon_window()
        window.channels = channels
        window.extent = (size[0], size[1], size[2])
        window.channel_stride = count
        window.stride = (extents[1] * extents[2], extents[2])
        let start = (place[0] * extents[1] + place[1]) * extents[2] + place[2]
        let elements = channels * size[0] * size[1] * size[2]
        VolumeKernels.add(window, output, from: slot * elements, weights: blend, to: values, at: start)
        window.channels = 1
        VolumeKernels.add(window, nil, from: 0, weights: blend, to: weights, at: start)
    }

    /// Averages of some places: [channels, places · inner].
    func divided(from start: Int, count places: Int) throws(OsteonError) -> Tensor {
        let result = try Tensor(uninitialized: .f32, [channels, places * inner])
        VolumeKernels.divide(values, by: weights, from: start * inner, stride: count, into: result)
        return result
    }

    /// Moves on along the walked axis: what's finished goes, zeros come in.
    func shift(by places: Int) throws(OsteonError) {
        let moved = max(0, (extents[walk] - places) * inner)
        for channel in 0..<channels { Self.shift(values, channel * count, count, moved) }
        Self.shift(weights, 0, count, moved)
    }

    private static func shift(_ tensor: Tensor, _ start: Int, _ count: Int, _ kept: Int) {
        var elements = tensor.mutableElements(Float.self)
        for i in start..<start + kept { elements[i] = elements[i + count - kept] }
        for i in start + kept..<start + count { elements[i] = 0 }
    }
}
