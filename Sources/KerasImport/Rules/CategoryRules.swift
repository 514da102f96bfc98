import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Numbers as categories, and categories as rows of zeros and ones.
enum CategoryRules {
    private static let limit = 1 << 20

    /// How many of the boundaries a number isn't below.
    static func discretization(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard let (bounds, shape) = try call.configuration.numbers("bin_boundaries"), shape.count == 1 else {
            throw OsteonError(.unsupported, "boundaries that aren't in its configuration")
        }
        let x = try builder.float(call.input(), call)
        let list = builder.constant(try Tensor(bounds, shape: shape).converted(to: builder.graph.type(x).elementType), "boundaries")
        let column = try builder.step("column", Unsqueeze(), [x, builder.integers([-1], "column_axis")])
        let isReached = try builder.step("is_reached", GreaterOrEqual(), [column, list])
        let ones = try builder.step("ones", Cast(elementType: .i64), [isReached])
        let place = try builder.step("place", ReduceSum(keepDimensions: false), [ones, builder.integers([-1], "boundary_axis")])
        return [try encoded(place, call, builder, mode: call.configuration.string("output_mode", default: "int"), count: bounds.count + 1)]
    }

    static func encoding(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var x = try call.input()
        if builder.graph.type(x).elementType != .i64 { x = try builder.step("indices", Cast(elementType: .i64), [x]) }
        let count = try call.configuration.positive("num_tokens", "max_tokens")
        return [try encoded(x, call, builder, mode: call.configuration.string("output_mode", default: "multi_hot"), count: count)]
    }

    /// Categories as numbers, as one row each (`one_hot`), or a row for all of the last axis (`multi_hot`, `count`).
    private static func encoded(
        _ x: ValueID, _ call: LayerCall, _ builder: KerasBuilder, mode: String, count: Int
    ) throws(OsteonError) -> ValueID {
        guard try !call.configuration.bool("sparse", default: false) else { throw OsteonError(.unsupported, "a sparse result") }
        guard count <= limit else { throw OsteonError(.limitExceeded, "\(count) categories.") }
        let rank = try builder.rank(x)
        if mode == "int" {
            let name = try call.configuration.policyName() ?? "int64"
            let type = name.hasPrefix("mixed_") ? ElementType.f32 : try ElementType(keras: name)
            // Keras 3 counts in 32 bits whatever float the layer computes in.
            let isCounted = builder.dialect.major >= 3 && type.isFloat
            return try builder.step("categories", Cast(elementType: isCounted ? .i32 : type), [x])
        }
        let numbers = builder.constant(try Tensor((0..<count).map { Int64($0) }), "categories")
        var x = x
        if mode == "one_hot", rank > 1, try builder.shape(x)[rank - 1] == 1 {
            x = try builder.step("single", Squeeze(), [x, builder.integers([-1], "single_axis")])
        }
        guard mode == "one_hot" || rank > 1 else { throw OsteonError(.unsupported, "output_mode \(mode) of an input of rank 1") }
        let column = try builder.step("category_column", Unsqueeze(), [x, builder.integers([-1], "category_axis")])
        let isSame = try builder.step("is_category", Equal(), [column, numbers])
        let rows = try builder.step("rows", Cast(elementType: call.configuration.computeType().type), [isSame])
        let axis = try builder.integers([-2], "samples_axis")
        switch mode {
        case "one_hot": return rows
        case "multi_hot", "binary": return try builder.step("any", ReduceMaximum(keepDimensions: false), [rows, axis])
        case "count": return try builder.step("count", ReduceSum(keepDimensions: false), [rows, axis])
        default: throw OsteonError(.unsupported, "output_mode \(mode)")
        }
    }
}
