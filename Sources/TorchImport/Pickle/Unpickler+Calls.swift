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

    private func integers(_ value: PickleValue) -> [Int]? {
        guard let items = sequence(value), items.count <= Self.highestRank else { return nil }
        var result: [Int] = []
        for case .integer(let number) in items { result.append(number) }
        return result.count == items.count ? result : nil
    }

    private func storage(_ value: PickleValue) -> TorchStorage? {
        guard case .object(let place) = value, case .storage(let storage) = objects[place] else { return nil }
        return storage
    }

    mutating func call(_ function: PickleGlobal, _ arguments: [PickleValue], at offset: Int) throws(OsteonError) -> PickleValue {
        let malformed = OsteonError(.malformed, "A call whose arguments don't fit (\(function)).", offset: offset)
        switch function {
        case .orderedDictionary:
            guard let first = arguments.first else { return try add(.dictionary([])) }
            guard arguments.count == 1, let items = sequence(first) else { throw malformed }
            try charge(items.count)
            var members: [(key: PickleValue, value: PickleValue)] = []
            for item in items {
                guard let pair = sequence(item), pair.count == 2 else { throw malformed }
                members.append((pair[0], pair[1]))
            }
            return try add(.dictionary(members))
        case .rebuildTensor, .rebuildTensorV2, .rebuildTensorV3:
            return try add(.tensor(view(function, arguments, at: offset)))
        case .rebuildParameter:
            guard let first = arguments.first, case .object(let place) = first, case .tensor = objects[place] else { throw malformed }
            return first
        case .size, .collection:
            guard arguments.count <= 1 else { throw malformed }
            guard let first = arguments.first else { return try add(.sequence([])) }
            guard let items = sequence(first) else { throw malformed }
            try charge(items.count)
            return try add(.sequence(items))
        case .plain(let name): return try add(.opaque(name))
        case .storage, .elementType:
            throw OsteonError(.unsafeReference, "The pickle makes a storage of its own instead of referring to one; that isn't read.", offset: offset)
        }
    }

    /// A state set on an object: the attributes of an OrderedDict (`_metadata`) and of a numpy type, which nobody reads.
    func build(_ target: PickleValue, _ state: PickleValue, at offset: Int) throws(OsteonError) {
        if case .object(let place) = target {
            switch objects[place] {
            case .dictionary, .opaque("numpy.dtype"): return
            default: break
            }
        }
        throw OsteonError(.unsafeReference, "The pickle sets the state of an object that isn't plain data, which would run code.", offset: offset)
    }

    /// The storage that a persistent id names: `("storage", class, key, location, count)`, in older files with a view behind it.
    func persistent(_ id: PickleValue, at offset: Int) throws(OsteonError) -> TorchStorage {
        guard let items = sequence(id), items.count == 5 || items.count == 6, case .text("storage") = items[0],
            case .global(.storage(let type)) = items[1], case .text(let key) = items[2], case .integer(let count) = items[4], count >= 0
        else {
            throw OsteonError(.unsafeReference, "A persistent id that names no storage of this file.", offset: offset)
        }
        if items.count == 6 {
            guard case .none = items[5] else {
                throw OsteonError(.unsupported, "A storage that is a view of another one, as PyTorch 0.4 wrote them.", offset: offset)
            }
        }
        return TorchStorage(key: key, elementType: type, count: count)
    }

    private func view(_ function: PickleGlobal, _ arguments: [PickleValue], at offset: Int) throws(OsteonError) -> TorchView {
        let least = function == .rebuildTensor ? 4 : function == .rebuildTensorV2 ? 6 : 7
        guard arguments.count >= least, let storage = storage(arguments[0]), case .integer(let start) = arguments[1],
            let shape = integers(arguments[2]), let strides = integers(arguments[3])
        else {
            throw OsteonError(.malformed, "A tensor that isn't told by storage, offset, shape and strides.", offset: offset)
        }
        var type = storage.elementType, count = storage.count
        if function == .rebuildTensorV3 {
            guard case .global(.elementType(let own)) = arguments[6] else {
                throw OsteonError(.unsupported, "A tensor of an element type that isn't read.", offset: offset)
            }
            type = own
            if storage.elementType == nil { count /= own.byteCount }
        }
        guard let type else { throw OsteonError(.malformed, "A tensor without an element type.", offset: offset) }
        guard shape.count == strides.count, start >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            throw OsteonError(.malformed, "A tensor with shape \(shape.prefix(8)), strides \(strides.prefix(8)) and offset \(start).", offset: offset)
        }
        if try Checked.product(shape) > 0 {
            var last = start
            for (extent, stride) in zip(shape, strides) { last = try Checked.add(last, Checked.multiply(extent - 1, stride)) }
            guard last < count else {
                throw OsteonError(.malformed, "A tensor of shape \(shape) that reaches element \(last) of a storage of \(count).", offset: offset)
            }
        }
        return TorchView(storage: storage, elementType: type, offset: start, shape: shape, strides: strides)
    }
}
