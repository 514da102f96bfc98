import Bytes
import Tensors

/// What the few known functions and classes make of their arguments.
extension Unpickler {
    private static let highestRank = 32

    /// The items of a list, tuple or set; nil for anything else.
    func sequence(_ value: PickleValue) -> [PickleValue]? {
        guard case .object(let place) = value, case .sequence(let items) = objects[place] else { return nil }
        return items
    }

    func integers(_ value: PickleValue) -> [Int]? {
        guard let items = sequence(value), items.count <= Self.highestRank else { return nil }
        var result: [Int] = []
        for case .integer(let number) in items { result.append(number) }
        return result.count == items.count ? result : nil
    }

    private func storage(_ value: PickleValue) -> (whole: TorchStorage, part: Range<Int>)? {
        guard case .object(let place) = value, case .storage(let storage, let part) = objects[place] else { return nil }
        return (storage, part)
    }

    /// What a value is closed by, where it is; also the name of an unknown class.
    func closure(_ value: PickleValue) -> PickleOpaque? {
        switch value {
        case .global(.foreign(let name)): return PickleOpaque(name: name, reason: .code)
        case .object(let place):
            if case .opaque(let opaque) = objects[place] { return opaque }
            return nil
        default: return nil
        }
    }

    mutating func call(_ function: PickleGlobal, _ arguments: [PickleValue], at offset: Int) throws(OsteonError) -> PickleValue {
        switch function {
        case .dictionary: return try dictionary(arguments)
        case .collection:
            guard let first = arguments.first else { return try add(.sequence([])) }
            guard let items = sequence(first) else { return try closed(.global(function)) }
            try charge(items.count)
            return try add(.sequence(items))
        case .rebuildTensor, .rebuildTensorV2, .rebuildTensorV3: return try tensor(function, arguments, at: offset)
        case .rebuildParameter:
            guard let first = arguments.first, case .object(let place) = first else {
                return try unreadable(function, arguments, at: offset)
            }
            switch objects[place] {
            case .tensor, .opaque: return first
            default: return try unreadable(function, arguments, at: offset)
            }
        case .rebuildDerived:
            // The class only adds behaviour: its elements are those of the tensor it's made from.
            guard arguments.count >= 3, case .global(let inner) = arguments[0], inner.makesPlainTensors, let items = sequence(arguments[2])
            else {
                return try add(.opaque(arguments.count > 1 ? closure(arguments[1]) ?? Self.derived : Self.derived))
            }
            return try call(inner, items, at: offset)
        case .encode, .bytes, .numpyType, .numpyScalar, .numpyReconstruct, .numpyFromBuffer: return try array(function, arguments)
        case .plain(let name): return try add(.opaque(PickleOpaque(name: name, reason: .plain)))
        case .storage, .elementType, .foreign: return try closed(Self.maker(function, arguments))
        }
    }

    private static let derived = PickleOpaque(name: "a class derived from torch.Tensor", reason: .code)

    /// The class that copyreg's helpers make an object of, rather than the helper.
    private static func maker(_ function: PickleGlobal, _ arguments: [PickleValue]) -> PickleValue {
        let helpers = ["copy_reg._reconstructor", "copyreg._reconstructor", "copyreg.__newobj__", "copy_reg.__newobj__"]
        if case .foreign(let name) = function, helpers.contains(name), let first = arguments.first, case .global = first { return first }
        return .global(function)
    }

    /// A dict of another one, of pairs, or empty with the factory of its defaults, which is never asked.
    private mutating func dictionary(_ arguments: [PickleValue]) throws(OsteonError) -> PickleValue {
        var members: [(key: PickleValue, value: PickleValue)] = []
        for case .object(let place) in arguments {
            switch objects[place] {
            case .dictionary(let others):
                try charge(others.count)
                members += others
            case .sequence(let items):
                try charge(items.count)
                for item in items {
                    guard let pair = sequence(item), pair.count == 2 else { return try closed(.global(.dictionary)) }
                    members.append((pair[0], pair[1]))
                }
            default: continue
            }
        }
        return try add(.dictionary(members))
    }

    /// A state set on an object: attributes of a dict (`_metadata`), which nobody reads; what describes numpy's types and arrays.
    /// Anything else it could change is closed from then on.
    mutating func build(_ target: PickleValue, _ state: PickleValue, at offset: Int) throws(OsteonError) {
        guard case .object(let place) = target else {
            throw OsteonError(
                .unsafeReference, "The pickle sets the state of a class or a plain value, which would run code.", offset: offset)
        }
        switch objects[place] {
        case .dictionary, .opaque: return
        case .numpyType(let type): objects[place] = described(type, by: state)
        case .array(let array): objects[place] = described(array, by: state)
        case .tensor: objects[place] = .opaque(PickleOpaque(name: "a tensor's __setstate__", reason: .code))
        default: objects[place] = .opaque(PickleOpaque(name: "an object's __setstate__", reason: .code))
        }
    }

    /// The storage that a persistent id names: `("storage", class, key, location, count)`, before PyTorch 1.0 with
    /// `(key, offset, count)` of a view of it behind, or nothing; or a class of modules with its source text, which stays closed.
    mutating func persistent(_ id: PickleValue, at offset: Int) throws(OsteonError) -> PickleValue {
        let items = sequence(id) ?? []
        if items.count >= 2, case .text("module") = items[0], case .global = items[1] { return items[1] }
        guard items.count == 5 || items.count == 6, case .text("storage") = items[0],
            case .global(.storage(let elements)) = items[1], case .text(let key) = items[2], case .integer(let count) = items[4], count >= 0
        else {
            throw OsteonError(.unsafeReference, "A persistent id that names no storage of this file.", offset: offset)
        }
        var part = 0..<count
        if items.count == 6, let view = sequence(items[5]) {
            guard view.count == 3, case .text = view[0], case .integer(let start) = view[1], case .integer(let length) = view[2],
                start >= 0, length >= 0, start <= count, length <= count - start
            else { throw OsteonError(.malformed, "A view that doesn't lie in storage \(key) of \(count) elements.", offset: offset) }
            part = start..<start + length
        } else if items.count == 6 {
            guard case .none = items[5] else {
                throw OsteonError(.malformed, "A view of storage \(key) that isn't described by its offset and length.", offset: offset)
            }
        }
        return try add(.storage(TorchStorage(key: key, elements: elements, count: count), part: part))
    }

    // MARK: Tensors

    /// What stands for a tensor that can't be read because of what it's made from.
    /// - Throws: `.malformed` where its arguments are plain and just don't fit.
    private mutating func unreadable(
        _ function: PickleGlobal, _ arguments: [PickleValue], at offset: Int
    ) throws(OsteonError) -> PickleValue {
        for argument in arguments {
            if let opaque = closure(argument) { return try add(.opaque(opaque)) }
        }
        throw OsteonError(.malformed, "A tensor that isn't described by storage, offset, shape and strides.", offset: offset)
    }

    private mutating func tensor(_ function: PickleGlobal, _ arguments: [PickleValue], at offset: Int) throws(OsteonError) -> PickleValue {
        let least = function == .rebuildTensor ? 4 : function == .rebuildTensorV2 ? 6 : 7
        guard arguments.count >= least, let (storage, part) = storage(arguments[0]), case .integer(let start) = arguments[1],
            let shape = integers(arguments[2]), let strides = integers(arguments[3])
        else { return try unreadable(function, arguments, at: offset) }
        var type: ElementType?
        var count = part.count
        switch storage.elements {
        case .known(let known): type = known
        case .bytes: type = nil
        case .foreign(let name, _): return try add(.opaque(PickleOpaque(name: name, reason: .elements)))
        }
        if function == .rebuildTensorV3 {
            guard case .global(.elementType(let own)) = arguments[6] else {
                return try add(
                    .opaque(PickleOpaque(name: closure(arguments[6])?.name ?? "a tensor of unknown elements", reason: .elements)))
            }
            type = own
            if storage.elements == .bytes {
                guard part.count == storage.count else {
                    throw OsteonError(.malformed, "A view of a storage of bytes, which no version of PyTorch wrote.", offset: offset)
                }
                count /= own.byteCount
            }
        }
        guard let type else { throw OsteonError(.malformed, "A tensor without an element type.", offset: offset) }
        guard shape.count == strides.count, start >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            throw OsteonError(
                .malformed, "A tensor with shape \(shape.prefix(8)), strides \(strides.prefix(8)) and offset \(start).", offset: offset)
        }
        if try Checked.product(shape) > 0 {
            var last = start
            for (extent, stride) in zip(shape, strides) { last = try Checked.add(last, Checked.multiply(extent - 1, stride)) }
            guard last < count else {
                throw OsteonError(
                    .malformed, "A tensor of shape \(shape) that reaches element \(last) of a storage of \(count).", offset: offset)
            }
        }
        let place = try Checked.add(part.lowerBound, start)
        return try add(.tensor(TorchView(storage: storage, elementType: type, offset: place, shape: shape, strides: strides)))
    }
}

extension PickleGlobal {
    /// Whether it makes a tensor of a storage, or takes one over.
    fileprivate var makesPlainTensors: Bool {
        [.rebuildTensor, .rebuildTensorV2, .rebuildTensorV3, .rebuildParameter, .rebuildDerived].contains(self)
    }
}
