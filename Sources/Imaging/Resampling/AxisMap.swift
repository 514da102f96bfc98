import Bytes

/// How values between voxels are found.
package enum Interpolation: String, Sendable, CaseIterable {
    /// Between the two neighbours along each axis (bi- or trilinear).
    case linear
    /// The nearest voxel's; for labels.
    case nearest
    /// The mean over the input voxels an output voxel covers (PyTorch's `area`).
    case area
}

/// Which place of the input each place of the output along one axis takes its value from.
package struct AxisMap: Sendable, Hashable {
    /// The conventions in use.
    package enum Rule: Sendable, Hashable {
        /// First meets first and last meets last: SciPy's `zoom`, `align_corners=True`. in = out · (n − 1) / (m − 1).
        case corners
        /// Voxels are cells and the whole extents meet: `align_corners=False`. in = (out + ½) · n / m − ½. Nearest takes
        /// ⌊out · n / m⌋, as PyTorch's `nearest`.
        case cells
        /// in = scale · out + offset, held within the input; halves between voxels go up, as ITK has them.
        case places(scale: Double, offset: Double)
    }

    package var rule: Rule
    package var input: Int
    package var output: Int

    package init(_ rule: Rule, input: Int, output: Int) {
        self.rule = rule
        self.input = input
        self.output = output
    }

    /// The same axis untouched.
    package static func identity(_ extent: Int) -> AxisMap { AxisMap(.places(scale: 1, offset: 0), input: extent, output: extent) }

    /// Input places an output step moves by, and the input place of output 0.
    package var scale: Double {
        switch rule {
        case .corners: output > 1 ? Double(input - 1) / Double(output - 1) : 1
        case .cells: Double(input) / Double(output)
        case .places(let scale, _): scale
        }
    }

    package var offset: Double {
        switch rule {
        case .corners: 0
        case .cells: (scale - 1) / 2
        case .places(_, let offset): offset
        }
    }

    package var isIdentity: Bool { input == output && scale == 1 && offset == 0 }

    /// What leads back.
    package var inverse: AxisMap {
        switch rule {
        case .corners, .cells: AxisMap(rule, input: output, output: input)
        case .places(let scale, let offset): AxisMap(.places(scale: 1 / scale, offset: -offset / scale), input: output, output: input)
        }
    }

    /// The input place of each output.
    package func position(_ place: Int) -> Double {
        min(max(scale * Double(place) + offset, 0), Double(input - 1))
    }

    /// The input voxel nearest to each output.
    package func nearest() -> [Int32] {
        (0..<output).map { place in
            if case .cells = rule {
                return Int32(min(Double((Float(place) * (Float(input) / Float(output))).rounded(.down)), Double(input - 1)))
            }
            return Int32(min((position(place) + 0.5).rounded(.down), Double(input - 1)))
        }
    }
}

/// Weights along one axis: output o is Σₖ weight[o · count + k] · input[start[o] + k].
struct AxisTaps {
    var count: Int
    var start: [Int32]
    var weight: [Float]

    init(_ map: AxisMap, _ interpolation: Interpolation) {
        switch interpolation {
        case .nearest: self.init(single: map.nearest())
        case .area: self.init(area: map)
        case .linear:
            let positions = (0..<map.output).map(map.position)
            if map.input == 1 || positions.allSatisfy({ $0 == $0.rounded() }) {
                self.init(single: positions.map { Int32($0) })
            } else {
                self.init(linear: positions, last: map.input - 2)
            }
        }
    }

    private init(single: [Int32]) {
        count = 1
        start = single
        weight = [Float](repeating: 1, count: single.count)
    }

    private init(linear positions: [Double], last: Int) {
        count = 2
        start = positions.map { Int32(min($0.rounded(.down), Double(last))) }
        weight = zip(positions, start).flatMap { position, start in
            let fraction = position - Double(start)
            return [Float(1 - fraction), Float(fraction)]
        }
    }

    private init(area map: AxisMap) {
        let (n, m) = (map.input, map.output)
        let ranges = (0..<m).map { o in (o * n / m)..<(((o + 1) * n + m - 1) / m) }
        count = ranges.map(\.count).max() ?? 1
        start = []
        weight = []
        for range in ranges {
            let first = min(range.lowerBound, n - count)
            start.append(Int32(first))
            weight += (first..<first + count).map { range.contains($0) ? 1 / Float(range.count) : 0 }
        }
    }
}
