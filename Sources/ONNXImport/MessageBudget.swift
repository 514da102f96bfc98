import Bytes

/// Walks the bytes of a model before they're decoded and refuses what would blow up in memory.
///
/// A message of two bytes on the wire takes some hundred in memory, so a small file could ask for gigabytes. The walk
/// adds up what decoding will take, costs almost nothing (it jumps over the data of tensors), and also bounds how deep
/// graphs are nested in graphs.
struct MessageBudget {
    private enum Message {
        case model, graph, node, attribute, tensor, function, valueInfo, type, tensorType, shape, plain
    }

    /// Largest file: the limit of protobuf itself.
    static let largestFile = Int(Int32.max)
    private static let deepestNesting = 64

    private let limit: Int
    private var cost = 0

    /// Checks a whole `ModelProto`.
    /// - Throws: `.limitExceeded` over a limit, `.malformed` for bytes that aren't protobuf at all.
    static func check(_ bytes: SharedBytes) throws(OsteonError) {
        guard bytes.count <= largestFile else {
            throw OsteonError(
                .limitExceeded, "The model has \(bytes.count) bytes; protobuf files end at 2 GiB. Keep the weights as external data.")
        }
        var budget = MessageBudget(limit: bytes.count * 8 + 64 << 20)
        try budget.walk(bytes, .model, depth: 0)
    }

    private init(limit: Int) { self.limit = limit }

    private mutating func spend(_ amount: Int) throws(OsteonError) {
        cost += amount
        guard cost <= limit else {
            throw OsteonError(
                .limitExceeded, "The model is made of so many tiny messages that decoding it would take over \(limit >> 20) MiB.")
        }
    }

    private mutating func walk(_ bytes: SharedBytes, _ message: Message, depth: Int) throws(OsteonError) {
        guard depth <= Self.deepestNesting else {
            throw OsteonError(.limitExceeded, "Messages are nested more than \(Self.deepestNesting) deep.")
        }
        try spend(Self.size(of: message))
        var reader = ByteReader(bytes)
        while !reader.isAtEnd {
            let tag = try reader.variableInteger()
            switch tag & 7 {
            case 0: _ = try reader.variableInteger()
            case 1: try reader.skip(8)
            case 5: try reader.skip(4)
            case 2:
                let count = try reader.variableInteger()
                guard count <= UInt64(reader.remaining) else {
                    throw OsteonError(.malformed, "A field has \(count) bytes, but only \(reader.remaining) are left: the file is cut off.")
                }
                let content = try reader.read(Int(count))
                if let child = Self.child(of: message, field: tag >> 3) {
                    try walk(content, child, depth: depth + 1)
                } else {
                    try spend(Self.isPackedIntegers(message, field: tag >> 3) ? content.count * 8 : 16)
                }
            default:
                throw OsteonError(.malformed, "Not a protobuf message: wire type \(tag & 7).", offset: reader.position)
            }
        }
    }

    /// About what one message takes in memory beside its data.
    private static func size(of message: Message) -> Int {
        switch message {
        case .attribute, .tensor: 320
        case .graph, .function, .model: 512
        case .node: 160
        default: 64
        }
    }

    private static func child(of message: Message, field: UInt64) -> Message? {
        switch (message, field) {
        case (.model, 7), (.attribute, 6), (.attribute, 11): .graph
        case (.model, 25): .function
        case (.graph, 1), (.function, 7): .node
        case (.graph, 5), (.attribute, 5), (.attribute, 10): .tensor
        case (.node, 5), (.function, 11): .attribute
        case (.graph, 11), (.graph, 12), (.graph, 13): .valueInfo
        case (.valueInfo, 2): .type
        case (.type, 1): .tensorType
        case (.tensorType, 2): .shape
        case (.shape, 1), (.model, 8), (.model, 14), (.graph, 15), (.graph, 16), (.function, 9), (.tensor, 13): .plain
        default: nil
        }
    }

    /// Lists that take eight bytes in memory for as little as one on the wire.
    private static func isPackedIntegers(_ message: Message, field: UInt64) -> Bool {
        switch (message, field) {
        case (.tensor, 1), (.tensor, 5), (.tensor, 7), (.tensor, 11), (.attribute, 8): true
        default: false
        }
    }
}
