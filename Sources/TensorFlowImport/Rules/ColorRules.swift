import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Changes of colours and contrast; colours are the last axis, red, green and blue.
enum ColorRules {
    static let table: [String: ImportRule] = [
        "RGBToHSV": toHue, "HSVToRGB": fromHue, "AdjustContrastv2": contrast, "AdjustHue": adjustHue,
        "AdjustSaturation": adjustSaturation,
    ]

    /// A colour as its hue (0 to 1), its largest part, and how far the others lie below that at most.
    private struct Hue {
        let hue: ValueID, most: ValueID, range: ValueID

        init(_ colors: ValueID, _ f: Formula) throws(OsteonError) {
            func part(_ index: Int) throws(OsteonError) -> ValueID { try f(Gather(axis: -1), colors, f.integers([index])) }
            let r = try part(0)
            let g = try part(1)
            let b = try part(2)
            let zero = try f.number(0, like: colors)
            let one = try f.number(1, like: colors)
            most = try f(Maximum(), f(Maximum(), r, g), b)
            range = try f(Subtract(), most, f(Minimum(), f(Minimum(), r, g), b))
            let unit = try f(Divide(), f.number(1.0 / 6, like: colors), range)
            func side(_ first: ValueID, _ second: ValueID, _ start: Double) throws(OsteonError) -> ValueID {
                try f(Add(), f(Multiply(), unit, f(Subtract(), first, second)), f.number(start / 6, like: colors))
            }
            let fromGreen = try f(Where(), f(Equal(), g, most), side(b, r, 2), side(r, g, 4))
            let angle = try f(Where(), f(Equal(), r, most), side(g, b, 0), fromGreen)
            let known = try f(Where(), f(Greater(), range, zero), angle, zero)
            hue = try f(Where(), f(Less(), known, zero), f(Add(), known, one), known)
        }

        init(hue: ValueID, most: ValueID, range: ValueID) { (self.hue, self.most, self.range) = (hue, most, range) }

        func saturation(_ f: Formula) throws(OsteonError) -> ValueID {
            let zero = try f.number(0, like: most)
            return try f(Where(), f(Greater(), most, zero), f(Divide(), range, most), zero)
        }

        /// Back to red, green and blue.
        func colors(_ f: Formula) throws(OsteonError) -> ValueID {
            let sixths = try f(Multiply(), hue, f.number(6, like: hue))
            let one = try f.number(1, like: hue)
            func distance(_ place: Double) throws(OsteonError) -> ValueID {
                try f(Abs(), f(Subtract(), sixths, f.number(place, like: hue)))
            }
            let two = try f.number(2, like: hue)
            let red = try f(Subtract(), distance(3), one)
            let green = try f(Subtract(), two, distance(2))
            let parts = try f(Concat(axis: -1), red, green, f(Subtract(), two, distance(4)))
            let bounded = try f(Clip(), parts, f.number(0, like: hue), one)
            return try f(Subtract(), most, f(Multiply(), range, f(Subtract(), one, bounded)))
        }
    }

    private static func toHue(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let color = try Hue(node.input(0), f)
        return [try f.result(f(Concat(axis: -1), color.hue, color.saturation(f), color.most))]
    }

    private static func fromHue(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        func part(_ index: Int) throws(OsteonError) -> ValueID { try f(Gather(axis: -1), x, f.integers([index])) }
        let most = try part(2)
        return [try f.result(Hue(hue: part(0), most: most, range: f(Multiply(), most, part(1))).colors(f))]
    }

    /// Distances from the mean of each channel of each image times a factor.
    private static func contrast(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let factor = try f.cast(node.input(1), f.elementType(x))
        let mean = try f(ReduceMean(), x, f.integers([-3, -2]))
        return [try f.result(f(Add(), f(Multiply(), f(Subtract(), x, mean), factor), mean))]
    }

    private static func adjustHue(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let color = try Hue(x, f)
        let turned = try f(Add(), color.hue, f.cast(node.input(1), f.elementType(x)))
        let hue = try f(Modulo(), turned, f.number(1, like: x))
        return [try f.result(Hue(hue: hue, most: color.most, range: color.range).colors(f))]
    }

    private static func adjustSaturation(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let color = try Hue(x, f)
        let scaled = try f(Multiply(), color.saturation(f), f.cast(node.input(1), f.elementType(x)))
        let saturation = try f(Clip(), scaled, f.number(0, like: x), f.number(1, like: x))
        return [try f.result(Hue(hue: color.hue, most: color.most, range: f(Multiply(), saturation, color.most)).colors(f))]
    }
}
