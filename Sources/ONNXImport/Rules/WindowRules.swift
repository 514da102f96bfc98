import Bytes
import GraphIR
import Operators
import Tensors

/// Window functions of signal processing: `a − b·cos(2πn/N) + c·cos(4πn/N)`.
enum WindowRules {
    static let table: [String: ImportRule] = [
        "HannWindow": window(0.5, 0.5, 0), "HammingWindow": window(25.0 / 46, 21.0 / 46, 0), "BlackmanWindow": window(0.42, 0.5, 0.08),
    ]

    private static func window(_ a: Double, _ b: Double, _ c: Double) -> ImportRule {
        { (node) throws(OsteonError) in
            let elementType = try node.elementType("output_datatype") ?? .f32
            let size = try node.cast(try node.input(0), to: .f32, "size")
            let one = try node.scalar(1, .f32, "one")
            let places = try node.add(NumericRange(), [try node.scalar(0, .f32, "zero"), size, one])
            let period = try node.flag("periodic", true) ? size : try node.add(Subtract(), [size, one], "period")
            let angle = try node.add(Multiply(), [places, try node.scalar(2 * .pi, .f32, "turn")], "turns")
            let phase = try node.add(Divide(), [angle, period], "phase")
            let first = try node.add(Multiply(), [try node.add(Cos(), [phase]), try node.scalar(b, .f32, "b")], "first")
            var sum = try node.add(Subtract(), [try node.scalar(a, .f32, "a"), first], "sum")
            if c != 0 {
                let doubled = try node.add(Add(), [phase, phase], "doubled")
                let second = try node.add(
                    Multiply(), [try node.add(Cos(), [doubled], "second_cos"), try node.scalar(c, .f32, "c")], "second")
                sum = try node.add(Add(), [sum, second], "sum_2")
            }
            var cast = Cast()
            cast.elementType = elementType
            return try node.finish(cast, [sum])
        }
    }
}
