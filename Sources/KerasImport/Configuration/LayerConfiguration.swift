import Bytes
import ImportSupport
import Tensors

/// Reads a layer's `config`: each member by its names across versions, with the default the versions share.
///
/// `null` counts as missing. Tuples and arrays that Keras 3 wraps into objects are read as arrays.
struct LayerConfiguration {
    private let members: [String: JSONValue]
    let dialect: KerasDialect

    /// The largest extent, factor or count taken from a configuration.
    static let limit = 1 << 31

    init(_ json: JSONValue, _ dialect: KerasDialect) throws(OsteonError) {
        var members: [String: JSONValue] = [:]
        for member in try json.members() { members[member.name] = Self.unwrapped(member.value) }
        self.members = members
        self.dialect = dialect
    }

    /// The array inside `{"class_name": "__tuple__", …}` and its like, anything else as it is.
    static func unwrapped(_ value: JSONValue) -> JSONValue {
        guard case .string(let name)? = value["class_name"] else { return value }
        switch name {
        case "__tuple__", "TensorShape": return value["items"] ?? value["config"]?["value"] ?? value
        case "__numpy__", "__array__", "__tensor__": return value["config"]?["value"] ?? value
        default: return value
        }
    }

    private init(members: [String: JSONValue], dialect: KerasDialect) {
        self.members = members
        self.dialect = dialect
    }

    /// The same with a member set.
    func adding(_ name: String, _ value: JSONValue) -> LayerConfiguration {
        LayerConfiguration(members: members.merging([name: value]) { $1 }, dialect: dialect)
    }

    /// Everything, for a look at what's in it.
    var all: JSONValue { .object(members.map { JSONValue.Member($0.key, $0.value) }) }

    /// The first of these members that's there and not null.
    func value(_ names: [String]) -> JSONValue? {
        for name in names {
            if let value = members[name], value != .null { return value }
        }
        return nil
    }

    /// Whether a member is there and is null.
    func isNull(_ name: String) -> Bool { members[name] == .null }

    func has(_ name: String) -> Bool { value([name]) != nil }

    /// Whether a member is there, be it null.
    func mentions(_ name: String) -> Bool { members[name] != nil }

    private func read<T>(
        _ names: [String], _ body: (JSONValue) throws(OsteonError) -> T
    ) throws(OsteonError) -> T? {
        guard let value = value(names) else { return nil }
        return try locating("its \(names[0])") { () throws(OsteonError) in try body(value) }
    }

    private static func missing(_ name: String) -> OsteonError {
        OsteonError(.malformed, "Its configuration has no \(name).")
    }

    // MARK: Scalars

    func optionalInt(_ names: String...) throws(OsteonError) -> Int? { try optionalInt(names) }

    private func optionalInt(_ names: [String]) throws(OsteonError) -> Int? {
        try read(names) { (value) throws(OsteonError) in try Self.bounded(value) }
    }

    func int(_ names: String..., default fallback: Int) throws(OsteonError) -> Int {
        try optionalInt(names) ?? fallback
    }

    /// A number that must be there and be at least 1.
    func positive(_ names: String...) throws(OsteonError) -> Int {
        guard let number = try optionalInt(names) else { throw Self.missing(names[0]) }
        guard number >= 1 else { throw OsteonError(.malformed, "Its \(names[0]) is \(number).") }
        return number
    }

    func double(_ names: String..., default fallback: Double) throws(OsteonError) -> Double {
        try optionalDouble(names) ?? fallback
    }

    func optionalDouble(_ names: String...) throws(OsteonError) -> Double? { try optionalDouble(names) }

    private func optionalDouble(_ names: [String]) throws(OsteonError) -> Double? {
        try read(names) { (value) throws(OsteonError) in
            // A NumPy number that Keras 2 serialised whole.
            if case .string(let type)? = value["type"], type == "ndarray", let inner = value["value"] { return try inner.double() }
            return try value.double()
        }
    }

    func bool(_ names: String..., default fallback: Bool) throws(OsteonError) -> Bool {
        try read(names) { (value) throws(OsteonError) in
            switch value {
            case .integer(let number): number != 0
            default: try value.bool()
            }
        } ?? fallback
    }

    func string(_ names: String..., default fallback: String) throws(OsteonError) -> String {
        try read(names) { (value) throws(OsteonError) in try value.string() } ?? fallback
    }

    private static func bounded(_ value: JSONValue) throws(OsteonError) -> Int {
        // JSON made by hand may say 3.0.
        let number: Int
        if case .number(let double) = value { number = try Checked.int(double) } else { number = try value.integer() }
        guard number > -limit, number < limit else { throw OsteonError(.limitExceeded, "The number \(number) is out of range.") }
        return number
    }

    // MARK: Lists

    /// A list of integers, or one integer alone as a list of one.
    func optionalInts(_ names: String...) throws(OsteonError) -> [Int]? { try optionalInts(names) }

    private func optionalInts(_ names: [String]) throws(OsteonError) -> [Int]? {
        try read(names) { (value) throws(OsteonError) in
            guard case .array(let items) = value else { return [try Self.bounded(value)] }
            var result: [Int] = []
            for item in items { result.append(try Self.bounded(item)) }
            return result
        }
    }

    /// `rank` positive integers; one alone stands for all.
    func extents(_ names: String..., rank: Int, default fallback: [Int]? = nil) throws(OsteonError) -> [Int] {
        guard let list = try optionalInts(names) ?? fallback else { throw Self.missing(names[0]) }
        guard list.count == rank || list.count == 1, list.allSatisfy({ $0 >= 1 }) else {
            throw OsteonError(.malformed, "Its \(names[0]) is \(list); \(rank) positive numbers are needed.")
        }
        return list.count == rank ? list : Array(repeating: list[0], count: rank)
    }

    /// Numbers of any nesting in order, with the shape they have; a number alone has shape [].
    func numbers(_ name: String) throws(OsteonError) -> (values: [Double], shape: [Int])? {
        try read([name]) { (value) throws(OsteonError) in
            if case .string(let type)? = value["type"], type == "ndarray", let inner = value["value"] {
                return try Self.numbers(inner, depth: 0)
            }
            return try Self.numbers(value, depth: 0)
        }
    }

    private static func numbers(_ value: JSONValue, depth: Int) throws(OsteonError) -> (values: [Double], shape: [Int]) {
        guard case .array(let items) = value else { return ([try value.double()], []) }
        guard depth < 8 else { throw OsteonError(.limitExceeded, "Numbers nested more than 8 deep.") }
        var values: [Double] = []
        var inner: [Int] = []
        for (index, item) in items.enumerated() {
            let part = try numbers(item, depth: depth + 1)
            guard index == 0 || part.shape == inner else { throw OsteonError(.malformed, "Rows of different length.") }
            inner = part.shape
            values += part.values
        }
        return (values, [items.count] + inner)
    }

    /// Extents with nil for those that aren't fixed: an input's shape.
    func shape(_ names: String...) throws(OsteonError) -> [Int?]? {
        try read(names) { (value) throws(OsteonError) in try Self.shape(value) }
    }

    static func shape(_ value: JSONValue) throws(OsteonError) -> [Int?] {
        let items = try unwrapped(value).array()
        guard items.count <= 16 else { throw OsteonError(.limitExceeded, "A shape of rank \(items.count).") }
        var result: [Int?] = []
        for item in items {
            if item == .null {
                result.append(nil)
                continue
            }
            let extent = try bounded(item)
            guard extent >= -1 else { throw OsteonError(.malformed, "A shape can't hold \(extent).") }
            result.append(extent == -1 ? nil : extent)
        }
        return result
    }

    // MARK: What many layers have

    /// Where the channels are; last unless it's said otherwise.
    func layout(spatialRank: Int) throws(OsteonError) -> ChannelLayout {
        let format = try string("data_format", "dim_ordering", default: "channels_last")
        switch format {
        case "channels_last", "tf", "default": return ChannelLayout(isChannelsLast: true, spatialRank: spatialRank)
        case "channels_first", "th": return ChannelLayout(isChannelsLast: false, spatialRank: spatialRank)
        default: throw OsteonError(.malformed, "Its data_format is \(format).")
        }
    }

    /// The name of the floating-point policy: `float32`, `mixed_float16`, …
    func policyName() throws(OsteonError) -> String? {
        guard let value = value(["dtype"]) else { return nil }
        if case .string(let name) = value { return name }
        // {"class_name": "DTypePolicy" | "Policy", "config": {"name": "float32"}}
        return try locating("its dtype") { () throws(OsteonError) in try value.member("config").member("name").string() }
    }

    /// The type a layer computes in, and whether the policy was a mixed one, which is computed in `f32`.
    func computeType() throws(OsteonError) -> (type: ElementType, isMixed: Bool) {
        let name = try policyName() ?? "float32"
        if name.hasPrefix("mixed_") { return (.f32, true) }
        // Layers of integer type (Embedding's input, hashing) still hold float weights.
        let type = try ElementType(keras: name)
        return (type.isFloat ? type : .f32, false)
    }
}

extension ElementType {
    /// The type Keras calls `name`.
    init(keras name: String) throws(OsteonError) {
        let types: [String: ElementType] = [
            "float16": .f16, "half": .f16, "bfloat16": .bf16, "float32": .f32, "float64": .f64, "double": .f64, "int8": .i8,
            "int16": .i16, "int32": .i32, "int64": .i64, "uint8": .u8, "uint16": .u16, "uint32": .u32, "uint64": .u64, "bool": .bool,
        ]
        guard let type = types[name] else { throw OsteonError(.unsupported, "the type \(name)") }
        self = type
    }
}
