import Bytes
import Tensors

/// Reads pickles as data: a machine for the opcodes that knows tensors and plain containers only.
///
/// Names of classes and functions outside `PickleGlobal` are refused where they're mentioned, before anything could be done
/// with them. Every list the machine keeps has a limit, and no opcode makes more than its own bytes pay for.
struct Unpickler {
    /// Guards for files from strangers: each far above what a checkpoint of 100 000 tensors needs.
    struct Limits {
        var opcodes = 1 << 23
        var objects = 1 << 21
        var stack = 1 << 20
        var marks = 1 << 10
        var textBytes = 1 << 20
        /// Items of containers made from other containers, which take no bytes of their own.
        var copies = 1 << 21
    }

    private(set) var objects: [PickleObject] = []
    private var reader: ByteReader
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var opcodeCount = 0
    private var copyCount = 0
    private let limits: Limits

    init(_ bytes: UnsafeRawBufferPointer, limits: Limits = Limits()) {
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

    private mutating func push(_ value: PickleValue) throws(OsteonError) {
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
            for _ in PickleOpcode.tuple1.rawValue ... opcode.rawValue { items.insert(try pop(), at: 0) }
            try pushObject(.sequence(items))
        case .dictionary: try pushObject(.dictionary(pairs(popToMark())))
        case .append: try extend([pop()])
        case .appends, .addItems: try extend(popToMark())
        case .setItem:
            let value = try pop(), key = try pop()
            try setItems([(key, value)])
        case .setItems: try setItems(pairs(popToMark()))
        case .get, .binaryGet, .longBinaryGet, .put, .binaryPut, .longBinaryPut, .memoize: try runMemo(opcode)
        case .global, .stackGlobal, .reduce, .build, .binaryPersistentID: try runReference(opcode, at: offset)
        case .instance:
            let module = try line(), name = try line()
            throw PickleGlobal.refusal("\(module).\(name)", isRoot: false, offset: offset)
        case .object, .newObject, .newObjectExtended:
            throw OsteonError(.unsafeReference, "The pickle makes an object of a class, which would run code; only tensors and plain containers are read.", offset: offset)
        case .persistentID:
            throw OsteonError(.unsupported, "A persistent id of pickle protocol 0; save with a newer protocol.", offset: offset)
        case .extension1, .extension2, .extension4:
            throw OsteonError(.unsafeReference, "The pickle refers to code by a number of copyreg's registry; nothing is looked up there.", offset: offset)
        case .nextBuffer, .readOnlyBuffer:
            throw OsteonError(.unsupported, "The pickle refers to a buffer outside it.", offset: offset)
        default: try runScalar(opcode, at: offset)
        }
    }

    private mutating func pushObject(_ object: PickleObject) throws(OsteonError) { try push(add(object)) }

    private func pairs(_ values: [PickleValue]) throws(OsteonError) -> [(key: PickleValue, value: PickleValue)] {
        guard values.count.isMultiple(of: 2) else {
            throw OsteonError(.malformed, "A key of a dict has no value.", offset: reader.position)
        }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    /// Appends to the list on top of the stack.
    private mutating func extend(_ items: [PickleValue]) throws(OsteonError) {
        guard case .object(let place) = try top(), case .sequence(var list) = objects[place] else {
            throw OsteonError(.malformed, "The pickle appends to what is no list or set.", offset: reader.position)
        }
        objects[place] = .opaque("")  // so that `list` is the only reference and grows in place
        list += items
        objects[place] = .sequence(list)
    }

    /// Sets items of the dict on top of the stack.
    private mutating func setItems(_ items: [(key: PickleValue, value: PickleValue)]) throws(OsteonError) {
        guard case .object(let place) = try top(), case .dictionary(var members) = objects[place] else {
            throw OsteonError(.malformed, "The pickle sets an item of what is no dict.", offset: reader.position)
        }
        objects[place] = .opaque("")
        members += items
        objects[place] = .dictionary(members)
    }

    private mutating func runMemo(_ opcode: PickleOpcode) throws(OsteonError) {
        let index: Int
        switch opcode {
        case .get, .put:
            let text = try line()
            guard let number = Int(text) else { throw OsteonError(.malformed, "\"\(text.prefix(20))\" is no place in the memo.", offset: reader.position) }
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
        case .global:
            let isRoot = stack.isEmpty
            try push(.global(PickleGlobal(module: line(), name: line(), isRoot: isRoot, offset: offset)))
        case .stackGlobal:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw OsteonError(.malformed, "A name of a class that isn't text.", offset: offset)
            }
            try push(.global(PickleGlobal(module: module, name: name, isRoot: stack.isEmpty, offset: offset)))
        case .reduce:
            let arguments = try pop()
            guard case .global(let function) = try pop(), let items = sequence(arguments) else {
                throw OsteonError(.unsafeReference, "The pickle calls something that is no known name; nothing is called.", offset: offset)
            }
            try push(call(function, items, at: offset))
        case .build:
            let state = try pop()
            try build(top(), state, at: offset)
        default:
            try push(add(.storage(persistent(pop(), at: offset))))
        }
    }

    // MARK: Scalars

    private mutating func runScalar(_ opcode: PickleOpcode, at offset: Int) throws(OsteonError) {
        switch opcode {
        case .binaryInteger: try push(.integer(Int(reader.integer(Int32.self))))
        case .binaryInteger1: try push(.integer(Int(reader.integer(UInt8.self))))
        case .binaryInteger2: try push(.integer(Int(reader.integer(UInt16.self))))
        case .long1: try pushLong(Int(reader.integer(UInt8.self)))
        case .long4: try pushLong(Int(reader.integer(Int32.self)))
        case .binaryFloat: try push(.float(Double(bitPattern: reader.integer(UInt64.self).byteSwapped)))
        case .integer, .long, .float: try pushNumber(opcode, line(), at: offset)
        case .shortBinaryUnicode: try pushText(Int(reader.integer(UInt8.self)))
        case .binaryUnicode: try pushText(Int(reader.integer(UInt32.self)))
        case .binaryUnicode8: try pushText(Checked.int(reader.integer(UInt64.self)))
        case .shortBinaryString: try pushText(Int(reader.integer(UInt8.self)))
        case .binaryString: try pushText(Int(reader.integer(Int32.self)))
        case .shortBinaryBytes: try pushBytes(Int(reader.integer(UInt8.self)))
        case .binaryBytes: try pushBytes(Int(reader.integer(UInt32.self)))
        case .binaryBytes8, .byteArray8: try pushBytes(Checked.int(reader.integer(UInt64.self)))
        default:
            throw OsteonError(.unsupported, "Text of pickle protocol 0; save with a newer protocol.", offset: offset)
        }
    }

    private mutating func pushLong(_ count: Int) throws(OsteonError) {
        let bytes = try reader.read(count)
        guard count <= 8 else { return try pushObject(.opaque("int")) }
        var value = bytes.last.map { $0 & 0x80 != 0 } == true ? -1 : 0
        for byte in bytes.reversed() { value = value << 8 | Int(byte) }
        try push(.integer(value))
    }

    private mutating func pushNumber(_ opcode: PickleOpcode, _ text: String, at offset: Int) throws(OsteonError) {
        if opcode == .float, let value = Double(text) { return try push(.float(value)) }
        if opcode == .integer, text == "00" || text == "01" { return try push(.bool(text == "01")) }
        let digits = opcode == .long && text.hasSuffix("L") ? String(text.dropLast()) : text
        guard opcode != .float, let value = Int(digits) else {
            throw OsteonError(.malformed, "\"\(text.prefix(20))\" is no number in range.", offset: offset)
        }
        try push(.integer(value))
    }

    private mutating func pushText(_ count: Int) throws(OsteonError) {
        guard count <= limits.textBytes else { throw limit("bytes in one text", limits.textBytes) }
        try push(.text(reader.text(count)))
    }

    private mutating func pushBytes(_ count: Int) throws(OsteonError) {
        try reader.skip(count)
        try pushObject(.opaque("bytes"))
    }

    /// The text up to the next line feed.
    private mutating func line() throws(OsteonError) -> String {
        let start = reader.position
        var count = 0
        while try reader.integer(UInt8.self) != 0x0A {
            count += 1
            guard count <= 4096 else { throw limit("bytes in one line", 4096) }
        }
        try reader.seek(to: start)
        let text = try reader.text(count)
        try reader.skip(1)
        return text
    }
}
