import Bytes
import Tensors
import WireFormats

/// What's known of the outputs of TensorFlow's operations: their names and number, and their element types.
enum OperationOutputs {
    /// The names of operations with more than one output. A part of a function names an output by them.
    static let names: [String: [String]] = [
        "FusedBatchNorm": ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
        "FusedBatchNormV2": ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
        "FusedBatchNormV3": ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3"],
        "_FusedBatchNormEx": ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3"],
        "Merge": ["output", "value_index"], "RefMerge": ["output", "value_index"],
        "Switch": ["output_false", "output_true"], "RefSwitch": ["output_false", "output_true"],
        "TopK": ["values", "indices"], "TopKV2": ["values", "indices"],
        "MaxPoolWithArgmax": ["output", "argmax"],
        "Unique": ["y", "idx"], "UniqueV2": ["y", "idx"], "UniqueWithCounts": ["y", "idx", "count"],
        "UniqueWithCountsV2": ["y", "idx", "count"], "ListDiff": ["out", "idx"],
        "NonMaxSuppressionV4": ["selected_indices", "valid_outputs"],
        "NonMaxSuppressionV5": ["selected_indices", "selected_scores", "valid_outputs"],
        "CombinedNonMaxSuppression": ["nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"],
        "BlockLSTM": ["i", "cs", "f", "o", "ci", "co", "h"], "BlockLSTMV2": ["i", "cs", "f", "o", "ci", "co", "h"],
        "LSTMBlockCell": ["i", "cs", "f", "o", "ci", "co", "h"], "GRUBlockCell": ["r", "u", "c", "h"],
        "SoftmaxCrossEntropyWithLogits": ["loss", "backprop"], "SparseSoftmaxCrossEntropyWithLogits": ["loss", "backprop"],
        "TensorListPopBack": ["output_handle", "tensor"], "SampleDistortedBoundingBox": ["begin", "size", "bboxes"],
        "SampleDistortedBoundingBoxV2": ["begin", "size", "bboxes"],
        "QuantizeV2": ["output", "output_min", "output_max"], "BroadcastGradientArgs": ["r0", "r1"], "Svd": ["s", "u", "v"],
        "Qr": ["q", "r"],
        "LookupTableExportV2": ["keys", "values"],
    ]

    /// The attributes that say how many outputs an operation has, or list their types.
    private static let counts: [String: String] = [
        "Split": "num_split", "SplitV": "num_split", "Unpack": "num", "ShapeN": "N", "DynamicPartition": "num_partitions",
    ]
    private static let lists: [String: String] = [
        "IdentityN": "T", "IteratorGetNext": "output_types", "PartitionedCall": "Tout", "StatefulPartitionedCall": "Tout", "If": "Tout",
        "StatelessIf": "Tout", "While": "T", "StatelessWhile": "T", "PyFunc": "Tout", "EagerPyFunc": "Tout",
    ]

    /// How many outputs a node has; nil for an operation this doesn't know, which likely has one.
    static func count(of node: GraphNode) throws(OsteonError) -> Int? {
        if let names = names[node.operation] { return names.count }
        if let name = counts[node.operation] { return try node.attributes.int(name, default: 1) }
        // A call that was replaced by its function's nodes is one without the list.
        if node.operation == "IdentityN" { return node.inputs.count }
        if let name = lists[node.operation] { return try node.attributes.types(name) }
        return nil
    }

    // MARK: Element types

    private static let bools: Set<String> = [
        "Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalOr", "LogicalNot", "IsNan", "IsInf",
        "IsFinite", "Any", "All", "InTopK", "InTopKV2", "ApproximateEqual",
    ]
    private static let bytes: Set<String> = ["DecodeJpeg", "DecodeBmp", "DecodeGif", "DecodeAndCropJpeg", "CompareAndBitpack"]
    private static let floats: Set<String> = ["ResizeBilinear", "ResizeBicubic", "ResizeArea", "CropAndResize"]
    private static let small: Set<String> = ["Rank", "NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3", "Bucketize"]

    /// Which attribute tells the type of an output, and the type where that's missing; for other outputs it's `dtype` or `T`.
    private static let attributes: [String: (name: String, otherwise: ElementType)] = [
        "ArgMax:0": ("output_type", .i64), "ArgMin:0": ("output_type", .i64), "Size:0": ("out_type", .i32),
        "TopKV2:1": ("index_type", .i32), "MaxPoolWithArgmax:1": ("Targmax", .i64), "Unique:1": ("out_idx", .i32),
        "UniqueV2:1": ("out_idx", .i32), "Cast:0": ("DstT", .f32), "DecodeRaw:0": ("out_type", .f32), "DecodePng:0": ("dtype", .u8),
        "DecodeImage:0": ("dtype", .u8), "StringToNumber:0": ("out_type", .f32), "LookupTableFindV2:0": ("Tout", .i64),
        "Multinomial:0": ("output_dtype", .i64), "HistogramFixedWidth:0": ("dtype", .i32), "LowerBound:0": ("out_type", .i32),
        "UpperBound:0": ("out_type", .i32),
    ]

    /// The element type of an output; nil where the node doesn't tell.
    static func elementType(of node: GraphNode, _ output: Int) throws(OsteonError) -> ElementType? {
        let operation = node.operation
        let attributes = node.attributes
        if let type = try attributes.type("output_types", at: output) { return type }
        if let list = lists[operation] { return try attributes.type(list, at: output) }
        if bools.contains(operation) { return .bool }
        if bytes.contains(operation) { return .u8 }
        if floats.contains(operation) { return .f32 }
        if small.contains(operation) { return .i32 }
        if operation == "NonMaxSuppressionV4" || operation == "NonMaxSuppressionV5", output != 1 || operation.hasSuffix("4") { return .i32 }
        if operation == "Where" { return .i64 }
        if operation == "Shape" || operation == "ShapeN" { return try attributes.type("out_type") ?? .i32 }
        if operation == "Merge" || operation == "RefMerge" || operation == "TopK", output == 1 { return .i32 }
        let isNorm = operation.hasPrefix("FusedBatchNorm") || operation == "_FusedBatchNormEx"
        if isNorm, output > 0, let type = try attributes.type("U") { return type }
        if let told = Self.attributes["\(operation):\(output)"] { return try attributes.type(told.name) ?? told.otherwise }
        for name in ["dtype", "T"] {
            if case .type(let type)? = attributes.values[name]?.value { return try type.elementType() }
        }
        return nil
    }
}
