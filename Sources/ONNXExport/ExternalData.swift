import Bytes
import FoundationEssentials
import Glibc
import Tensors

/// The weights of an ONNX model in a file of their own.
///
/// Its name holds the digest of what's in it: `unet.onnx` has its weights in `unet.0a1b2c3d4e5f6071.data`. Two files can't be
/// published at one moment; with a fixed name, whoever reads between the two would find new weights under the old model, of the
/// right sizes and so without an error. A file of an earlier export stays: a copy of the old model may still read it.
package struct ExternalData: Sendable {
    /// Smaller constants (shapes, axes) stay in the model, where readers look for them.
    private static let smallest = 1024
    /// Where a tensor begins: at pages, so that it can be mapped.
    private static let alignment = 4096
    private static let digits = 16, suffix = ".data"

    let pieces: [FilePiece]
    /// Where each tensor begins; nil for one that stays in the model.
    let offsets: [Int?]

    init(_ tensors: [Tensor]) throws(OsteonError) {
        var pieces: [FilePiece] = []
        var offsets: [Int?] = []
        var end = 0
        for tensor in tensors {
            guard tensor.byteCount >= Self.smallest else {
                offsets.append(nil)
                continue
            }
            let start = try Checked.roundUp(end, to: Self.alignment)
            if start > end { pieces.append(.bytes([UInt8](repeating: 0, count: start - end))) }
            pieces.append(.tensor(tensor))
            offsets.append(start)
            end = try Checked.add(start, tensor.byteCount)
        }
        (self.pieces, self.offsets) = (pieces, offsets)
    }

    /// The file's name for the model at `path`.
    func name(beside path: String) -> String {
        "\(Paths.stem(of: path)).\(pieces.digest().hexadecimal.prefix(Self.digits))\(Self.suffix)"
    }

    /// The files that earlier exports to `path` left beside it, but for `current`.
    package static func earlier(beside path: String, than current: [String]) -> [String] {
        let folder = Paths.folder(of: path)
        let start = Paths.stem(of: path) + "."
        let known = Set(current.map { UTF8Name(Paths.name(of: $0)) })
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            guard name.utf8.starts(with: start.utf8), Paths.ends(name, in: suffix), !known.contains(UTF8Name(name)) else { return false }
            let middle = name.utf8.dropFirst(start.utf8.count).dropLast(suffix.utf8.count)
            return middle.count == digits && middle.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        }.sorted { $0.precedesInUTF8($1) }.map { Paths.join(folder, $0) }
    }
}
