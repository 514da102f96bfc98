import Bytes
import Tensors

/// Reads pickles as data: a machine for the opcodes that knows tensors, arrays of numbers and plain containers only.
///
/// What anything else would be (an object of a class, what a function gives) stays closed: it's kept by its name alone, and
/// nothing is looked up, called or made for it. Every list the machine keeps has a limit, and no opcode makes more than its own
/// bytes pay for.
struct Unpickler {
    /// Guards for files from strangers: each far above what a checkpoint of 100 000 tensors needs.
    struct Limits {
        var opcodes = 1 << 23
        var objects = 1 << 21
        var stack = 1 << 20
        var marks = 1 << 10
        /// Longer texts are left where they are; only arrays of numbers in old pickles have such.
        var textBytes = 1 << 20
        /// Items of containers made from other containers, which take no bytes of their own.
        var copies = 1 << 21
    }

    var objects: [PickleObject] = []
    /// The first name that only an attack would mention.
    private(set) var threat: String?
    var reader: ByteReader
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var opcodeCount = 0
    private var copyCount = 0
    let limits: Limits

    init(_ bytes: SharedBytes, limits: Limits = Limits()) {
        reader = ByteReader(bytes)
        self.limits = limits
    }

    /// Where the next pickle would begin.
    var position: Int { reader.position }

    /// The value of the next pickle, up to its STOP; objects of earlier ones stay.
    mutating func load() throws(OsteonError) -> PickleValue {
        stack = []
        marks = []
        memo = [:]
        while true {
            let offset = reader.position
            opcodeCount += 1
            guard opcodeCount <= limits.opcodes else { throw limit("opcodes", limits.opcodes) }
            let byte: UInt8 = try reader.integer()
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw OsteonError(.malformed, "No pickle has an opcode \(byte).", offset: offset)
            }
            if opcode == .stop { break }
            try run(opcode, at: offset)
        }
        guard stack.count == 1, marks.isEmpty, let result = stack.popLast() else {
            throw OsteonError(.malformed, "The pickle ends with \(stack.count) values instead of one.", offset: reader.position)
        }
        return result
    }

    func limit(_ what: String, _ most: Int) -> OsteonError {
        OsteonError(.limitExceeded, "The pickle has more than \(most) \(what).", offset: reader.position)
    }

    /// Counts items that a container takes over from another.
    mutating func charge(_ count: Int) throws(OsteonError) {
        copyCount = try Checked.add(copyCount, count)
        guard copyCount <= limits.copies else { throw limit("items copied between containers", limits.copies) }
    }

    // MARK: Stack

    mutating func push(_ value: PickleValue) throws(OsteonError) {
        guard stack.count < limits.stack else { throw limit("values on its stack", limits.stack) }
        stack.append(value)
    }

    mutating func add(_ object: PickleObject) throws(OsteonError) -> PickleValue {
        guard objects.count < limits.objects else { throw limit("objects", limits.objects) }
        objects.append(object)
        return .object(objects.count - 1)
    }

    private mutating func pop() throws(OsteonError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw underflow() }
        return value
    }

    /// The values above the last mark, which goes too.
    private mutating func popToMark() throws(OsteonError) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw underflow() }
        let values = Array(stack[mark...])
        stack.removeLast(values.count)
        return values
    }

    private func top() throws(OsteonError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw underflow() }
        return value
    }

    private func underflow() -> OsteonError {
        OsteonError(.malformed, "The pickle takes a value that isn't there.", offset: reader.position)
    }

    // MARK: Opcodes

    private mutating func run(_ opcode: PickleOpcode, at offset: Int) throws(OsteonError) {
        switch opcode {
        case .protocolVersion:
            let version: UInt8 = try reader.integer()
            guard version <= 5 else { throw OsteonError(.unsupported, "Pickle protocol \(version); 0 to 5 are read.", offset: offset) }
        case .frame: try reader.skip(8)
        case .mark:
            guard marks.count < limits.marks else { throw limit("open marks", limits.marks) }
            marks.append(stack.count)
        case .pop:
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popToMark()
        case .duplicate: try push(top())
        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .emptyList, .emptyTuple, .emptySet: try pushObject(.sequence([]))
        case .emptyDictionary: try pushObject(.dictionary([]))
        case .list, .tuple, .frozenSet: try pushObject(.sequence(popToMark()))
        case .tuple1, .tuple2, .tuple3:
            var items: [PickleValue] = []
            for _ in PickleOpcode.tuple1.rawValue...opcode.rawValue { items.insert(try pop(), at: 0) }
            try pushObject(.sequence(items))
        case .dictionary: try pushObject(.dictionary(pairs(popToMark())))
        case .append: try extend([pop()])
        case .appends, .addItems: try extend(popToMark())
        case .setItem:
            let value = try pop()
            let key = try pop()
            try setItems([(key, value)])
        case .setItems: try setItems(pairs(popToMark()))
        case .get, .binaryGet, .longBinaryGet, .put, .binaryPut, .longBinaryPut, .memoize: try runMemo(opcode)
        case .global, .stackGlobal, .reduce, .build, .binaryPersistentID: try runReference(opcode, at: offset)
        case .instance:
            let value = try global(line(), line())
            _ = try popToMark()
            try push(closed(value))
        case .object:
            guard let value = try popToMark().first else { throw underflow() }
            try push(closed(value))
        case .newObject, .newObjectExtended:
            _ = try pop()
            if opcode == .newObjectExtended { _ = try pop() }
            try push(closed(pop()))
        case .persistentID:
            // Python writes such an id as its text, from which PyTorch can't find the storage again either.
            throw OsteonError(
                .unsupported, "A tensor in pickle protocol 0, whose place in the file is lost. Save it again with pickle_protocol=2.",
                offset: offset)
        case .extension1: try push(.global(.foreign("number \(reader.integer(UInt8.self)) of copyreg's registry")))
        case .extension2: try push(.global(.foreign("number \(reader.integer(UInt16.self)) of copyreg's registry")))
        case .extension4: try push(.global(.foreign("number \(reader.integer(UInt32.self)) of copyreg's registry")))
        case .nextBuffer, .readOnlyBuffer:
            throw OsteonError(.unsupported, "The pickle refers to a buffer outside it.", offset: offset)
        default: try runScalar(opcode, at: offset)
        }
    }

    mutating func pushObject(_ object: PickleObject) throws(OsteonError) { try push(add(object)) }

    private func pairs(_ values: [PickleValue]) throws(OsteonError) -> [(key: PickleValue, value: PickleValue)] {
        guard values.count.isMultiple(of: 2) else {
            throw OsteonError(.malformed, "A key of a dict has no value.", offset: reader.position)
        }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    /// Appends to the list on top of the stack; what a closed object is given is left out.
    private mutating func extend(_ items: [PickleValue]) throws(OsteonError) {
        if case .object(let place) = try top() {
            switch objects[place] {
            case .sequence(var list):
                objects[place] = Self.vacant  // so that `list` is the only reference and grows in place
                list += items
                objects[place] = .sequence(list)
                return
            case .opaque: return
            default: break
            }
        }
        throw OsteonError(.malformed, "The pickle appends to what is no list or set.", offset: reader.position)
    }

    /// Sets items of the dict on top of the stack; what a closed object is given is left out.
    private mutating func setItems(_ items: [(key: PickleValue, value: PickleValue)]) throws(OsteonError) {
        if case .object(let place) = try top() {
            switch objects[place] {
            case .dictionary(var members):
                objects[place] = Self.vacant
                members += items
                objects[place] = .dictionary(members)
                return
            case .opaque: return
            default: break
            }
        }
        throw OsteonError(.malformed, "The pickle sets an item of what is no dict.", offset: reader.position)
    }

    private static let vacant = PickleObject.opaque(PickleOpaque(name: "", reason: .plain))

    private mutating func runMemo(_ opcode: PickleOpcode) throws(OsteonError) {
        let index: Int
        switch opcode {
        case .get, .put:
            let text = try line()
            guard let number = Int(text) else {
                throw OsteonError(.malformed, "\"\(text.prefix(20))\" is no place in the memo.", offset: reader.position)
            }
            index = number
        case .binaryGet, .binaryPut: index = Int(try reader.integer(UInt8.self))
        case .longBinaryGet, .longBinaryPut: index = Int(try reader.integer(UInt32.self))
        default: index = memo.count
        }
        if [.get, .binaryGet, .longBinaryGet].contains(opcode) {
            guard let value = memo[index] else {
                throw OsteonError(.malformed, "Place \(index) of the memo is empty.", offset: reader.position)
            }
            try push(value)
        } else {
            guard memo.count < limits.objects else { throw limit("memo entries", limits.objects) }
            memo[index] = try top()
        }
    }

    private mutating func runReference(_ opcode: PickleOpcode, at offset: Int) throws(OsteonError) {
        switch opcode {
        case .global: try push(global(line(), line()))
        case .stackGlobal:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw OsteonError(.malformed, "A name of a class that isn't text.", offset: offset)
            }
            try push(global(module, name))
        case .reduce:
            let arguments = try pop()
            let function = try pop()
            guard let items = sequence(arguments) else {
                throw OsteonError(.malformed, "The arguments of a call are no tuple.", offset: offset)
            }
            if case .global(let known) = function { try push(call(known, items, at: offset)) } else { try push(closed(function)) }
        case .build:
            let state = try pop()
            try build(top(), state, at: offset)
        default:
            try push(persistent(pop(), at: offset))
        }
    }

    private mutating func global(_ module: String, _ name: String) -> PickleValue {
        if threat == nil, PickleThreat.isThreat(module, name) { threat = "\(module).\(name)" }
        return .global(PickleGlobal(module: module, name: name))
    }

    /// What stands for an object that `function`, a class or function or what one gives, would make.
    mutating func closed(_ function: PickleValue) throws(OsteonError) -> PickleValue {
        switch function {
        case .global(let name): return try add(.opaque(PickleOpaque(name: name.title, reason: .code)))
        case .object(let place):
            if case .opaque(let other) = objects[place] { return try add(.opaque(PickleOpaque(name: other.name, reason: .code))) }
        default: break
        }
        throw OsteonError(.malformed, "The pickle makes an object of what is no class.", offset: reader.position)
    }
}
