import Bytes

/// What lies where in a pickle: its dicts of tensors, and the entries that stay closed.
struct PickleWalk {
    static let arrow = " → "

    /// A dict with at least one tensor or array under a text.
    struct Dict {
        var keys: [String]
        var place: Int
        var members: [(key: PickleValue, value: PickleValue)]
    }

    /// An entry that only running code could make, or whose elements aren't read.
    struct Closed {
        var path: String
        var name: String
        var reason: PickleOpaque.Reason
        var isRoot: Bool
    }

    /// How deep and how much is looked at, whatever the pickle is: it may be circular.
    private static let deepest = 5, mostVisited = 1 << 18, mostClosed = 1000

    private(set) var closed: [Closed] = []
    private var found: [Dict] = []
    private var arrays: [(title: String, dict: Int)] = []

    init(contents: TorchContents) {
        var queue: [(value: PickleValue, path: [String], isNamed: Bool, dict: Int)] = [(contents.root, [], true, -1)]
        var next = 0
        var seen: Set<Int> = []
        while next < queue.count {
            let (value, path, isNamed, dict) = queue[next]
            next += 1
            guard case .object(let place) = value else {
                if case .global(.foreign(let name)) = value { note(path, name, .code) }
                continue
            }
            switch contents.objects[place] {
            case .opaque(let opaque): if opaque.reason != .plain { note(path, opaque.name, opaque.reason) }
            case .array(let array):
                if !array.shape.isEmpty { arrays.append(("\(path.joined(separator: Self.arrow)) (numpy array)", dict)) }
            case .dictionary(let members):
                guard seen.insert(place).inserted else { continue }
                if isNamed, members.contains(where: { Self.isWeight($0, contents) }) {
                    found.append(Dict(keys: path, place: place, members: members))
                }
                guard path.count < Self.deepest else { continue }
                for (key, value) in members
                where queue.count < Self.mostVisited && (Self.isWorthALook(value, contents) || Self.isClass(key)) {
                    var name = Self.describe(key)
                    var isText = isNamed
                    if case .text = key {} else { isText = false }
                    if name.utf8.count > 200 { name = String(name.prefix(80)) + "…" }
                    queue.append((value, path + [name], isText, place))
                    if case .global(.foreign(let other)) = key { note(path + [name], other, .code) }
                }
            case .sequence(let items):
                guard seen.insert(place).inserted, path.count < Self.deepest else { continue }
                for (index, item) in items.enumerated() where queue.count < Self.mostVisited && Self.isWorthALook(item, contents) {
                    queue.append((item, path + ["[\(index)]"], false, place))
                }
            case .storage, .tensor, .bytes, .numpyType: continue
            }
        }
    }

    private mutating func note(_ path: [String], _ name: String, _ reason: PickleOpaque.Reason) {
        guard closed.count < Self.mostClosed else { return }
        closed.append(Closed(path: path.joined(separator: Self.arrow), name: name, reason: reason, isRoot: path.isEmpty))
    }

    /// The dicts of tensors under so many keys at most, the outermost first.
    func dicts(deepest: Int) -> [Dict] { found.filter { $0.keys.count <= deepest } }

    /// The arrays of numbers that lie elsewhere than in the dict `place`, for a person.
    func arrays(outside place: Int) -> [String] {
        arrays.prefix(Self.mostClosed).filter { $0.dict != place }.map(\.title)
    }

    private static func isWeight(_ member: (key: PickleValue, value: PickleValue), _ contents: TorchContents) -> Bool {
        guard case .text = member.key, case .object(let place) = member.value else { return false }
        switch contents.objects[place] {
        case .tensor: return true
        case .array(let array): return !array.shape.isEmpty
        default: return false
        }
    }

    private static func isClass(_ key: PickleValue) -> Bool {
        if case .global(.foreign) = key { return true }
        return false
    }

    private static func isWorthALook(_ value: PickleValue, _ contents: TorchContents) -> Bool {
        switch value {
        case .global(.foreign): return true
        case .object(let place):
            switch contents.objects[place] {
            case .dictionary, .sequence, .opaque, .array: return true
            case .storage, .tensor, .bytes, .numpyType: return false
            }
        default: return false
        }
    }

    private static func describe(_ key: PickleValue) -> String {
        switch key {
        case .none: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .integer(let number): "\(number)"
        case .float(let number): "\(number)"
        case .text(let text): text
        case .global(let name): "class \(name.title)"
        case .object: "…"
        }
    }
}
