import Bytes
import GraphIR

/// The arguments of a network's constructor, read by MONAI's own names.
struct NetworkArguments {
    let network: String
    private var members: [JSONValue.Member]

    /// - Parameters:
    ///   - known: every argument the constructor has, in its order.
    ///   - renamed: older names, and what they're called now.
    /// - Throws: `.usage` for a name that isn't known.
    init(_ network: String, _ members: [JSONValue.Member], known: [String], renamed: [String: String] = [:]) throws(OsteonError) {
        self.network = network
        self.members = []
        for member in members {
            let name = renamed[member.name] ?? member.name
            guard known.contains(name) else {
                throw OsteonError(.usage, "\(network) has no argument \(member.name); its arguments are \(known.joined(separator: ", ")).")
            }
            guard self[name] == nil else { throw OsteonError(.usage, "\(network) is given \(name) twice.") }
            self.members.append(JSONValue.Member(name, member.value))
        }
    }

    subscript(name: String) -> JSONValue? { members.first { $0.name == name }?.value }

    func error(_ name: String, _ problem: String) -> OsteonError {
        OsteonError(.usage, "\(network)'s argument \(name) \(problem).")
    }

    /// Whether an argument is there and isn't None.
    func has(_ name: String) -> Bool { (self[name] ?? .null) != .null }

    private func value<T>(_ name: String, _ fallback: T?, _ what: String, _ read: (JSONValue) -> T?) throws(OsteonError) -> T {
        guard let given = self[name] else {
            guard let fallback else { throw OsteonError(.usage, "\(network) needs its argument \(name) (\(what)).") }
            return fallback
        }
        guard let result = read(given) else { throw error(name, "has to be \(what), not \(given.text().prefix(80))") }
        return result
    }

    // MARK: Kinds

    static let mostChannels = 1 << 16

    /// A whole number, 1 or more; an argument without a default has to be there.
    func integer(_ name: String, _ fallback: Int? = nil, in range: ClosedRange<Int> = 1...mostChannels) throws(OsteonError) -> Int {
        try value(name, fallback, "a whole number from \(range.lowerBound) to \(range.upperBound)") { json in
            Self.integer(json).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func boolean(_ name: String, _ fallback: Bool) throws(OsteonError) -> Bool {
        try value(name, fallback, "true or false") { json in if case .bool(let flag) = json { flag } else { nil } }
    }

    func text(_ name: String, _ fallback: String, of choices: [String]? = nil) throws(OsteonError) -> String {
        let what = choices.map { "one of \($0.joined(separator: ", "))" } ?? "a text"
        return try value(name, fallback, what) { json in
            guard case .string(let text) = json else { return nil }
            return choices == nil || choices?.contains(text) == true ? text : nil
        }
    }

    /// A list of whole numbers.
    func integers(_ name: String, _ fallback: [Int]? = nil, count: ClosedRange<Int> = 1...64, in range: ClosedRange<Int> = 1...mostChannels)
        throws(OsteonError) -> [Int]
    {
        try value(
            name, fallback,
            "a list of \(count.lowerBound) to \(count.upperBound) whole numbers from \(range.lowerBound) to \(range.upperBound)"
        ) { json in
            guard case .array(let items) = json, count.contains(items.count) else { return nil }
            let numbers = items.compactMap(Self.integer).filter(range.contains)
            return numbers.count == items.count ? numbers : nil
        }
    }

    /// A number for each spatial axis: a whole number for all, or a list.
    func extents(_ name: String, _ fallback: Int? = nil, rank: Int) throws(OsteonError) -> [Int] {
        try value(name, fallback.map { [Int](repeating: $0, count: rank) }, "a whole number or a list of \(rank)") { json in
            Self.extents(json, rank: rank)
        }
    }

    /// A list with a number, or a number for each spatial axis, for each level.
    func levels(_ name: String, rank: Int, count: ClosedRange<Int>) throws(OsteonError) -> [[Int]] {
        try value(name, nil, "a list of whole numbers or lists of \(rank)") { json in
            guard case .array(let items) = json, count.contains(items.count) else { return nil }
            let levels = items.compactMap { Self.extents($0, rank: rank) }
            return levels.count == items.count ? levels : nil
        }
    }

    /// Checks that arguments which change nothing at inference (rates of dropout) are numbers, lists, texts or None.
    func ignore(_ names: String...) throws(OsteonError) {
        for name in names {
            switch self[name] {
            case nil, .null, .number, .integer, .array, .bool, .string: continue
            case .object: throw error(name, "can't be a dict")
            }
        }
    }

    private static func extents(_ json: JSONValue, rank: Int) -> [Int]? {
        if let number = integer(json), (1...4096).contains(number) { return [Int](repeating: number, count: rank) }
        guard case .array(let items) = json, items.count == rank else { return nil }
        let numbers = items.compactMap(integer).filter((1...4096).contains)
        return numbers.count == rank ? numbers : nil
    }

    private static func integer(_ json: JSONValue) -> Int? {
        switch json {
        case .integer(let number): number
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }
}
