import Bytes
import Tensors

/// Puts chunks at their places in a dataset.
struct ChunkReader {
    private let file: HDF5File
    private let layout: ChunkLayout
    private let pipeline: FilterPipeline
    private let shape: [Int]
    private let buffers: (CountedBlock, CountedBlock)?
    /// Axes from this one on are covered by every chunk from end to end, so that they're copied in one go.
    private let firstWholeAxis: Int

    init(file: HDF5File, layout: ChunkLayout, pipeline: FilterPipeline, shape: [Int]) throws(OsteonError) {
        self.file = file
        self.layout = layout
        self.pipeline = pipeline
        self.shape = shape
        if pipeline.filters.isEmpty {
            buffers = nil
        } else {
            let size = try pipeline.bufferSize(layout.byteCount)
            buffers = (try CountedBlock(byteCount: size, ledger: file.ledger), try CountedBlock(byteCount: size, ledger: file.ledger))
        }
        var axis = shape.count
        while axis > 0, layout.extents[axis - 1] == shape[axis - 1] { axis -= 1 }
        firstWholeAxis = axis
    }

    func read(_ chunk: StoredChunk, into target: inout MutableSpan<UInt8>) throws(OsteonError) {
        var start: [Int] = []
        var extents: [Int] = []
        var isAtEdge = false
        for (axis, place) in chunk.place.enumerated() {
            let first = try Checked.multiply(place, layout.extents[axis])
            guard first < shape[axis] else { return }
            start.append(first)
            extents.append(min(layout.extents[axis], shape[axis] - first))
            if extents[axis] < layout.extents[axis] { isAtEdge = true }
        }
        let stored = try file.slice(chunk.address..<Checked.add(chunk.address, chunk.size))
        try file.ledger.spend(256)
        let source: SharedBytes
        if let buffers, !(isAtEdge && layout.skipsFiltersAtEdges) {
            try file.ledger.spend(Checked.add(layout.byteCount, stored.count))
            source = try pipeline.undo(stored, mask: chunk.mask, size: layout.byteCount, buffers: buffers)
        } else {
            source = stored
        }
        guard source.count >= layout.byteCount else {
            throw OsteonError(.malformed, "It has \(source.count) bytes where \(layout.byteCount) are needed.", offset: chunk.address)
        }
        try copy(source, start: start, extents: extents, into: &target)
    }

    /// Copies the part of a chunk that lies in the dataset, run by run.
    private func copy(
        _ source: SharedBytes, start: [Int], extents: [Int], into target: inout MutableSpan<UInt8>
    ) throws(OsteonError) {
        // A run: the axes every chunk covers, and the one before them.
        let runAxis = max(firstWholeAxis - 1, 0)
        var sourceSteps = [Int](repeating: layout.elementSize, count: shape.count)
        var targetSteps = sourceSteps
        for axis in (0..<shape.count).dropLast().reversed() {
            sourceSteps[axis] = sourceSteps[axis + 1] * layout.extents[axis + 1]
            targetSteps[axis] = targetSteps[axis + 1] * shape[axis + 1]
        }
        let run = extents[runAxis] * sourceSteps[runAxis]
        var targetOffset = zip(start, targetSteps).reduce(0) { $0 + $1.0 * $1.1 }
        var sourceOffset = 0
        var index = [Int](repeating: 0, count: runAxis)
        while true {
            try file.ledger.spend(run + 32)
            target.copy(source.span.extracting(sourceOffset..<sourceOffset + run), to: targetOffset)
            var axis = runAxis - 1
            while axis >= 0 {
                index[axis] += 1
                sourceOffset += sourceSteps[axis]
                targetOffset += targetSteps[axis]
                if index[axis] < extents[axis] { break }
                sourceOffset -= sourceSteps[axis] * index[axis]
                targetOffset -= targetSteps[axis] * index[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}
