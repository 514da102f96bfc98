import Bytes
import Tensors

/// Makes tensors of views and arrays: in place where the elements lie one after the other, else copied.
final class ViewReader {
    private let contents: TorchContents
    private var copied = 0

    init(contents: TorchContents) { self.contents = contents }

    func tensor(_ view: TorchView) throws(OsteonError) -> Tensor {
        let count = try Checked.product(view.shape)
        guard count > 0 else { return try Tensor(zeros: view.elementType, view.shape) }
        let bytes = try contents.bytes(view.storage)
        let size = view.elementType.byteCount
        let start = try Checked.multiply(view.offset, size)
        if isContiguous(view) {
            let end = try Checked.add(start, Checked.multiply(count, size))
            guard end <= bytes.count else { throw short(view.shape, bytes.count) }
            let elements = bytes.extracting(start..<end)
            let tensor = try Tensor(view.elementType, view.shape, storage: TensorStorage(sharing: elements))
            try checkBooleans(tensor)
            if elements.isAligned(to: size), !contents.isBigEndian || size == 1 { return tensor }
            try charge(tensor.byteCount)
            return try ordered(tensor.copied(), isBigEndian: contents.isBigEndian)
        }
        guard count <= max(view.storage.count, 1 << 16) else {
            throw OsteonError(
                .limitExceeded,
                """
                A tensor of shape \(view.shape) made from \(view.storage.count) elements by strides \(view.strides): too much out \
                of too little.
                """
            )
        }
        let tensor = try Tensor(uninitialized: view.elementType, view.shape)
        try charge(tensor.byteCount)
        try gather(view.offset, view.shape, view.strides, view.elementType.byteCount, bytes, into: tensor)
        try checkBooleans(tensor)
        return ordered(tensor, isBigEndian: contents.isBigEndian)
    }

    /// An array of numpy, whose elements lie in the pickle.
    func tensor(_ array: NumpyArray) throws(OsteonError) -> Tensor {
        let type = array.elements.elementType
        let count = try Checked.product(array.shape)
        let byteCount = try Checked.multiply(count, type.byteCount)
        let tensor = try withBytes(array.data) { (bytes) throws(OsteonError) in
            guard bytes.count == byteCount else {
                throw OsteonError(.malformed, "An array of shape \(array.shape) and \(bytes.count) bytes of \(type.rawValue).")
            }
            try charge(byteCount)
            let tensor = try Tensor(uninitialized: type, array.shape)
            if array.isColumnMajor, array.shape.count > 1 {
                var strides: [Int] = []
                var step = 1
                for extent in array.shape {
                    strides.append(step)
                    step *= extent
                }
                try gather(0, array.shape, strides, type.byteCount, bytes, into: tensor)
            } else {
                tensor.write(bytes)
            }
            return tensor
        }
        try checkBooleans(tensor)
        return ordered(tensor, isBigEndian: array.elements.isBigEndian)
    }

    private func withBytes(
        _ data: PickleBytes, _ body: (SharedBytes) throws(OsteonError) -> Tensor
    ) throws(OsteonError) -> Tensor {
        let bytes: [UInt8]
        switch data {
        case .raw(let range):
            return try body(contents.pickle.extracting(range))
        case .text(let text): bytes = Array(text.utf8)
        case .latin1Text(let text): bytes = try Self.latin1(text)
        case .latin1(let range):
            guard let text = String(validating: contents.pickle[range], as: UTF8.self) else {
                throw OsteonError(.malformed, "An array's bytes are written as text that isn't valid.")
            }
            try charge(range.count)
            bytes = try Self.latin1(text)
        }
        return try body(TensorStorage(copying: bytes).bytes)
    }

    private static func latin1(_ text: String) throws(OsteonError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard scalar.value < 256 else {
                throw OsteonError(.malformed, "An array's bytes are written as text with a character beyond 255.")
            }
            bytes.append(UInt8(scalar.value))
        }
        return bytes
    }

    private func charge(_ count: Int) throws(OsteonError) {
        copied = try Checked.add(copied, count)
        guard copied <= contents.copyLimit else {
            throw OsteonError(
                .limitExceeded, "The file's tensors take more than \(contents.copyLimit) bytes once they're laid out: a bomb or damage.")
        }
    }

    private func short(_ shape: [Int], _ count: Int) -> OsteonError {
        OsteonError(.malformed, "A tensor of shape \(shape) doesn't fit its storage of \(count) bytes.")
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

    private func gather(
        _ start: Int, _ shape: [Int], _ strides: [Int], _ size: Int, _ bytes: SharedBytes, into tensor: Tensor
    ) throws(OsteonError) {
        let source = bytes.span
        var target = tensor.mutableBytes
        var place = [Int](repeating: 0, count: shape.count)
        var element = start
        var written = 0
        while written < target.count {
            let from = try Checked.multiply(element, size)
            guard try Checked.add(from, size) <= bytes.count else { throw short(shape, bytes.count) }
            for byte in 0..<size { target[written + byte] = source[from + byte] }
            written += size
            // An axis of one place may have any stride: what wraps around is taken back.
            for axis in shape.indices.reversed() {
                place[axis] += 1
                element &+= strides[axis]
                if place[axis] < shape[axis] { break }
                element &-= place[axis] &* strides[axis]
                place[axis] = 0
            }
        }
    }

    /// A tensor of our own, its elements in this machine's byte order.
    private func ordered(_ tensor: Tensor, isBigEndian: Bool) -> Tensor {
        let size = tensor.elementType.byteCount
        guard isBigEndian, size > 1 else { return tensor }
        var bytes = tensor.mutableBytes
        for start in stride(from: 0, to: bytes.count, by: size) {
            for place in 0..<size / 2 { bytes.swapAt(start + place, start + size - 1 - place) }
        }
        return tensor
    }

    private func checkBooleans(_ tensor: Tensor) throws(OsteonError) {
        guard tensor.elementType == .bool, tensor.bytes.contains(where: { $0 > 1 }) else { return }
        throw OsteonError(.malformed, "A tensor of booleans holds a byte that is neither 0 nor 1.")
    }
}
