import Bytes
import Tensors

/// What a `torch.save` file holds: the pickled objects, and where the bytes of their storages lie.
struct TorchContents {
    var root: PickleValue
    var objects: [PickleObject]
    /// Whether the elements lie with their highest byte first.
    var isBigEndian: Bool
    /// The bytes of a storage, with what keeps them alive.
    var bytes: (TorchStorage) throws(OsteonError) -> (bytes: UnsafeRawBufferPointer, owner: AnyObject)
    /// The most bytes that views of storages may take when they're copied, all together.
    var copyLimit: Int

    /// Dicts that trainers put the network's weights under.
    private static let usualKeys = [
        "state_dict", "model", "model_state_dict", "net", "network", "network_weights", "ema", "model_ema", "ema_state_dict", "weights",
    ]

    /// The one dict of tensors: the object itself or a member of it.
    /// - Parameter wanted: the member to take, where there are several.
    /// - Returns: also the member it was found under; empty for the object itself.
    func stateDict(_ wanted: String?) throws(OsteonError) -> (weights: StateDict, key: String) {
        guard case .object(let place) = root, case .dictionary(let members) = objects[place] else {
            throw OsteonError(.unsupported, "The file holds \(describe(root)) instead of a dict of tensors. Write a state dict: torch.save(model.state_dict(), …).")
        }
        if wanted == nil, let views = views(root) { return (try weights(views), "") }
        var candidates: [(key: String, views: [(String, TorchView)])] = []
        for (key, value) in members {
            if case .text(let name) = key, let views = views(value) { candidates.append((name, views)) }
        }
        if let wanted {
            guard let found = candidates.first(where: { $0.key == wanted }) else {
                throw OsteonError(.usage, "The file has no dict of tensors named \(wanted); \(list(candidates.map(\.key), or: describe(root))).")
            }
            return (try weights(found.views), found.key)
        }
        let usual = candidates.filter { Self.usualKeys.contains($0.key) }
        let chosen = usual.isEmpty ? candidates : usual
        guard let only = chosen.first else {
            throw OsteonError(.unsupported, "The file holds no dict of tensors, but \(describe(root)).")
        }
        guard chosen.count == 1 else {
            throw OsteonError(.usage, "The file has several dicts of tensors; \(list(chosen.map(\.key), or: "")). Choose one by --signature-def.")
        }
        return (try weights(only.views), only.key)
    }

    private func list(_ keys: [String], or other: String) -> String {
        keys.isEmpty ? "it holds \(other)" : "there are \(keys.prefix(10).joined(separator: ", "))"
    }

    /// The members of a dict all of whose keys are texts and all of whose values are tensors, at least one.
    private func views(_ value: PickleValue) -> [(String, TorchView)]? {
        guard case .object(let place) = value, case .dictionary(let members) = objects[place], !members.isEmpty else { return nil }
        var result: [(String, TorchView)] = []
        for (key, value) in members {
            guard case .text(let name) = key, case .object(let place) = value, case .tensor(let view) = objects[place] else { return nil }
            result.append((name, view))
        }
        return result
    }

    private func weights(_ views: [(String, TorchView)]) throws(OsteonError) -> StateDict {
        let reader = ViewReader(contents: self)
        return try StateDict(views.map { name, view in
            StateDict.Entry(name: name, elementType: view.elementType, shape: view.shape) { () throws(OsteonError) in
                try locating("tensor \(name)") { () throws(OsteonError) in try reader.tensor(view) }
            }
        })
    }

    /// What a value is, for a person.
    private func describe(_ value: PickleValue) -> String {
        switch value {
        case .none: return "None"
        case .bool, .integer, .float: return "a number"
        case .text: return "a text"
        case .global: return "the name of a class"
        case .object(let place):
            switch objects[place] {
            case .sequence(let items): return "a list of \(items.count) values"
            case .storage: return "a bare storage"
            case .tensor: return "a bare tensor"
            case .opaque(let name): return name
            case .dictionary(let members):
                let keys = members.prefix(10).map { if case .text(let name) = $0.key { name } else { "…" } }
                return members.isEmpty ? "an empty dict" : "a dict of \(keys.joined(separator: ", "))"
            }
        }
    }
}

/// Makes tensors of views: in place where the elements lie one after the other, else copied.
private final class ViewReader {
    private let contents: TorchContents
    private var copied = 0

    init(contents: TorchContents) { self.contents = contents }

    func tensor(_ view: TorchView) throws(OsteonError) -> Tensor {
        let count = try Checked.product(view.shape)
        guard count > 0 else { return try Tensor(zeros: view.elementType, view.shape) }
        let (bytes, owner) = try contents.bytes(view.storage)
        let size = view.elementType.byteCount
        let start = try Checked.multiply(view.offset, size)
        if isContiguous(view) {
            let end = try Checked.add(start, Checked.multiply(count, size))
            guard end <= bytes.count else { throw short(view, bytes.count) }
            let elements = UnsafeRawBufferPointer(rebasing: bytes[start ..< end])
            let isAligned = elements.baseAddress.map { Int(bitPattern: $0) % size == 0 } ?? true
            let tensor = try Tensor(view.elementType, view.shape, storage: TensorStorage(borrowing: elements, owner: owner))
            try checkBooleans(tensor)
            if isAligned, !contents.isBigEndian || size == 1 { return tensor }
            try charge(tensor.byteCount)
            return try ordered(tensor.copied())
        }
        guard count <= max(view.storage.count, 1 << 16) else {
            throw OsteonError(.limitExceeded, "A tensor of shape \(view.shape) made from \(view.storage.count) elements by strides \(view.strides): too much out of too little.")
        }
        let tensor = try Tensor(uninitialized: view.elementType, view.shape)
        try charge(tensor.byteCount)
        try gather(view, bytes, into: tensor.unsafeMutableBytes)
        withExtendedLifetime(owner) {}
        try checkBooleans(tensor)
        return ordered(tensor)
    }

    private func charge(_ count: Int) throws(OsteonError) {
        copied = try Checked.add(copied, count)
        guard copied <= contents.copyLimit else {
            throw OsteonError(.limitExceeded, "The file's tensors take more than \(contents.copyLimit) bytes once they're laid out: a bomb or damage.")
        }
    }

    private func short(_ view: TorchView, _ count: Int) -> OsteonError {
        OsteonError(.malformed, "A tensor of shape \(view.shape) doesn't fit its storage of \(count) bytes.")
    }

    /// Whether the elements lie row-major without gaps; axes of one place may have any stride.
    private func isContiguous(_ view: TorchView) -> Bool {
        var expected = 1
        for (extent, stride) in zip(view.shape, view.strides).reversed() where extent != 1 {
            guard stride == expected else { return false }
            let (next, overflow) = expected.multipliedReportingOverflow(by: extent)
            if overflow { return false }
            expected = next
        }
        return true
    }

    private func gather(_ view: TorchView, _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) throws(OsteonError) {
        let size = view.elementType.byteCount
        var place = [Int](repeating: 0, count: view.shape.count), element = view.offset, written = 0
        while written < target.count {
            let from = try Checked.multiply(element, size)
            guard try Checked.add(from, size) <= bytes.count else { throw short(view, bytes.count) }
            for byte in 0 ..< size { target[written + byte] = bytes[from + byte] }
            written += size
            // An axis of one place may have any stride: what wraps around is taken back.
            for axis in view.shape.indices.reversed() {
                place[axis] += 1
                element &+= view.strides[axis]
                if place[axis] < view.shape[axis] { break }
                element &-= place[axis] &* view.strides[axis]
                place[axis] = 0
            }
        }
    }

    /// A tensor of our own, its elements in this machine's byte order.
    private func ordered(_ tensor: Tensor) -> Tensor {
        let size = tensor.elementType.byteCount
        guard contents.isBigEndian, size > 1 else { return tensor }
        let bytes = tensor.unsafeMutableBytes
        for start in stride(from: 0, to: bytes.count, by: size) { bytes[start ..< start + size].reverse() }
        return tensor
    }

    private func checkBooleans(_ tensor: Tensor) throws(OsteonError) {
        guard tensor.elementType == .bool, tensor.unsafeBytes.contains(where: { $0 > 1 }) else { return }
        throw OsteonError(.malformed, "A tensor of booleans holds a byte that is neither 0 nor 1.")
    }
}
