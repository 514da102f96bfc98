import Bytes
import CPNG
import Glibc
import Tensors

/// PNG images through libpng: 8 and 16 bits, grey and RGB in; 8 bits out. Transparency is left out, palettes are looked up.
package enum PNG {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func recognizes(_ bytes: SharedBytes) -> Bool { bytes.count >= 8 && bytes.prefix(8).elementsEqual(signature) }

    /// The image as [channels, rows, columns], values as stored (0 to 255 or 65535).
    package static func read(_ path: String, limits: VolumeLimits = VolumeLimits()) throws(OsteonError) -> Volume {
        try locating(path) { () throws(OsteonError) in
            let file = try MappedFile(path: path)
            let content = file.bytes
            guard recognizes(content) else { throw OsteonError(.malformed, "This is no PNG file.") }
            let info = try inspect(content.span)
            let shape = [Int(info.channels), Int(info.height), Int(info.width)]
            let bytes = Int(info.bits) / 8
            try limits.check(shape)
            let stored = try Checked.multiply(Checked.product(shape), bytes)
            guard stored / 8 <= Inflate.mostBytes(from: file.count) else {
                throw OsteonError(.malformed, "The header describes \(info.width)×\(info.height) pixels; the file can't hold them.")
            }
            let room = try TensorStorage(byteCount: stored)
            try decode(content.span, info, into: room)
            let tensor = try Tensor(uninitialized: .f32, shape)
            var to = tensor.mutableElements(Float.self)
            let pixels = shape[1] * shape[2]
            let channels = shape[0]
            for channel in 0..<channels {
                if bytes == 1 {
                    let from = room.bytes.span
                    for i in 0..<pixels { to[channel * pixels + i] = Float(from[i * channels + channel]) }
                } else {
                    let from = room.bytes
                    for i in 0..<pixels { to[channel * pixels + i] = Float(from.load(UInt16.self, at: 2 * (i * channels + channel))) }
                }
            }
            try file.check()
            let source = VolumeSource(paths: [path], header: nil, extents: Array(shape.dropFirst()), affine: .identity)
            return try Volume(tensor, source: source)
        }
    }

    /// Writes 8-bit pixels, row by row, `channels` (1 or 3) beside one another.
    package static func write(_ pixels: [UInt8], width: Int, height: Int, channels: Int, to path: String) throws(OsteonError) {
        try AtomicFile.write(encoded(pixels, width: width, height: height, channels: channels), to: path)
    }

    /// The same as the bytes of a file.
    package static func encoded(_ pixels: [UInt8], width: Int, height: Int, channels: Int) throws(OsteonError) -> [UInt8] {
        guard channels == 1 || channels == 3, (1...65_535).contains(width), (1...65_535).contains(height),
            pixels.count == width * height * channels
        else {
            throw OsteonError(.internalFault, "\(pixels.count) bytes are no image of \(width)×\(height) pixels and \(channels) channels.")
        }
        var out: UnsafeMutablePointer<UInt8>?
        var count = 0
        try unsafe call { unsafe osteon_png_write(pixels, UInt32(width), UInt32(height), Int32(channels), &out, &count, $0) }
        defer { unsafe free(out) }
        return unsafe Array(UnsafeBufferPointer(start: out, count: count))
    }

    // MARK: The shim over libpng

    private static func inspect(_ bytes: Span<UInt8>) throws(OsteonError) -> osteon_png_info {
        var info = osteon_png_info()
        try unsafe call { message in
            unsafe bytes.withUnsafeBufferPointer { unsafe osteon_png_inspect($0.baseAddress, $0.count, &info, message) }
        }
        return info
    }

    /// - Parameter room: as many bytes as `info` says.
    private static func decode(_ bytes: Span<UInt8>, _ info: osteon_png_info, into room: TensorStorage) throws(OsteonError) {
        var info = info
        try unsafe call { message in
            unsafe bytes.withUnsafeBufferPointer {
                unsafe osteon_png_read($0.baseAddress, $0.count, &info, room.memory.baseAddress, message)
            }
        }
    }

    /// Runs a function of the shim; its message becomes an error.
    private static func call(_ body: (UnsafeMutablePointer<CChar>) -> Int32) throws(OsteonError) {
        var message = [CChar](repeating: 0, count: Int(OSTEON_PNG_MESSAGE))
        let status = unsafe message.withUnsafeMutableBufferPointer { buffer in unsafe buffer.baseAddress.map { unsafe body($0) } ?? -1 }
        guard status == 0 else {
            let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw OsteonError(.malformed, "The PNG can't be read: \(text).")
        }
    }
}
