import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Sampling of images at other places than a plain resize: by area, and in boxes. Data are channels-last.
enum SamplingRules {
    static let table: [String: ImportRule] = ["ResizeArea": resizeArea, "CropAndResize": cropAndResize]

    /// The mean of the area that each new pixel covers: a product with a matrix along either axis.
    private static func resizeArea(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let layout = ChannelLayout(isChannelsLast: true, spatialRank: 2)
        let x = try f.cast(builder.channelsFirst(node.input(0), layout), .f32)
        let sizes = try builder.asInt64(node.input(1))
        let alignsCorners = try node.attributes.bool("align_corners", default: false)
        let height = try f(Gather(axis: 0), sizes, f.integer(0))
        let width = try f(Gather(axis: 0), sizes, f.integer(1))
        let rows = try areaWeights(f.extent(x, 2), height, alignsCorners, f)
        let columns = try areaWeights(f.extent(x, 3), width, alignsCorners, f)
        let narrow = try f(MatMul(), x, f(Transpose(permutation: [1, 0]), columns))
        return [try builder.channelsLast(f(MatMul(), rows, narrow), layout)]
    }

    /// How much of each old place (a column) a new one (a row) covers, in parts of the new one.
    private static func areaWeights(
        _ before: ValueID, _ after: ValueID, _ alignsCorners: Bool, _ f: Formula
    ) throws(OsteonError) -> ValueID {
        let old = try f.cast(before, .f32)
        let new = try f.cast(after, .f32)
        let one = try f.number(1, like: old)
        var scale = try f(Divide(), old, new)
        if alignsCorners {
            let steps = try f(Subtract(), new, one)
            scale = try f(Where(), f(Greater(), new, one), f(Divide(), f(Subtract(), old, one), steps), scale)
        }
        let start = try f(Multiply(), f.cast(f.unsqueezed(f.range(after), [1]), .f32), scale)
        let end = try f(Multiply(), f.cast(f.unsqueezed(f(Add(), f.range(after), f.integer(1)), [1]), .f32), scale)
        let place = try f.cast(f.unsqueezed(f.range(before), [0]), .f32)
        // What reaches beyond the edge repeats the last place.
        let next = try f(Add(), place, one)
        let isLast = try f(GreaterOrEqual(), next, old)
        let limit = try f(Where(), isLast, f(Maximum(), end, next), next)
        let covered = try f(Maximum(), f(Subtract(), f(Minimum(), limit, end), f(Maximum(), place, start)), f.number(0, like: old))
        return try f(Divide(), covered, scale)
    }

    /// One axis of boxes sampled at even steps: for each box and step the place, and whether it lies inside.
    private struct Places {
        /// R × n, in places of the axis.
        let position: ValueID
        let isInside: ValueID
        /// The last place of the axis.
        let last: ValueID

        /// - Parameter first: which of a box' four numbers is the start along this axis.
        init(_ boxes: ValueID, _ first: Int, extent: ValueID, count: ValueID, _ f: Formula) throws(OsteonError) {
            last = try f.cast(f(Subtract(), extent, f.integer(1)), .f32)
            let start = try f(Gather(axis: 1), boxes, f.integers([first]))
            let end = try f(Gather(axis: 1), boxes, f.integers([first + 2]))
            let steps = try f.cast(f(Subtract(), count, f.integer(1)), .f32)
            let zero = try f.number(0, like: last)
            let scale = try f(Divide(), f(Multiply(), f(Subtract(), end, start), last), steps)
            let places = try f(Add(), f(Multiply(), start, last), f(Multiply(), f.cast(f.range(count), .f32), scale))
            let middle = try f(Multiply(), f(Multiply(), f.number(0.5, like: last), f(Add(), start, end)), last)
            position = try f(Where(), f(Greater(), steps, zero), places, middle)
            isInside = try f(And(), f(GreaterOrEqual(), position, zero), f(LessOrEqual(), position, last))
        }

        /// Places on the axis as indices, those outside it at its ends.
        func index(_ place: ValueID, _ f: Formula) throws(OsteonError) -> ValueID {
            try f.cast(f(Minimum(), f(Maximum(), place, f.number(0, like: last)), last), .i64)
        }

        /// The nearest place; halves go up.
        func nearest(_ f: Formula) throws(OsteonError) -> ValueID {
            let below = try f(Floor(), position)
            let isHalf = try f(GreaterOrEqual(), f(Subtract(), position, below), f.number(0.5, like: position))
            return try f(Where(), isHalf, f(Add(), below, f.number(1, like: position)), below)
        }
    }

    /// Boxes of images sampled to one size. A box is y1, x1, y2, x2 in parts of the image, corners on centres of pixels.
    private static func cropAndResize(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let boxes = try f.cast(node.input(1), .f32)
        let sizes = try builder.asInt64(node.input(3))
        let height = try f.extent(x, 1)
        let width = try f.extent(x, 2)
        let rows = try Places(boxes, 0, extent: height, count: f(Gather(axis: 0), sizes, f.integer(0)), f)
        let columns = try Places(boxes, 1, extent: width, count: f(Gather(axis: 0), sizes, f.integer(1)), f)
        let pixels = try f.cast(f(Reshape(), x, f(Concat(axis: 0), f.integers([-1]), f(ShapeOf(start: 3), x))), .f32)
        let image = try f.unsqueezed(f(Multiply(), builder.asInt64(node.input(2)), height), [1])

        /// The pixels where rows and columns of each box meet.
        func pixel(_ row: ValueID, _ column: ValueID) throws(OsteonError) -> ValueID {
            let line = try f(Multiply(), f(Add(), image, rows.index(row, f)), width)
            return try f(Gather(axis: 0), pixels, f(Add(), f.unsqueezed(line, [2]), f.unsqueezed(columns.index(column, f), [1])))
        }
        let value: ValueID
        switch try node.attributes.string("method", default: "bilinear") {
        case "bilinear":
            let top = try f(Floor(), rows.position)
            let bottom = try f(Ceil(), rows.position)
            let left = try f(Floor(), columns.position)
            let right = try f(Ceil(), columns.position)
            let across = try f.unsqueezed(f(Subtract(), columns.position, left), [1, 3])
            let down = try f.unsqueezed(f(Subtract(), rows.position, top), [2, 3])
            func mixed(_ a: ValueID, _ b: ValueID, _ part: ValueID) throws(OsteonError) -> ValueID {
                try f(Add(), a, f(Multiply(), f(Subtract(), b, a), part))
            }
            let upper = try mixed(pixel(top, left), pixel(top, right), across)
            value = try mixed(upper, mixed(pixel(bottom, left), pixel(bottom, right), across), down)
        case "nearest": value = try pixel(rows.nearest(f), columns.nearest(f))
        case let other: throw OsteonError(.malformed, "method is \(other).")
        }
        let isInside = try f(And(), f.unsqueezed(rows.isInside, [2, 3]), f.unsqueezed(columns.isInside, [1, 3]))
        let outside = try f.number(node.attributes.double("extrapolation_value", default: 0), like: value)
        return [try f.result(f(Where(), isInside, value, outside))]
    }
}
