import Bytes
import Tensors

/// The ZIP files that `torch.save` writes since PyTorch 1.6: `NAME/data.pkl`, and each storage as `NAME/data/KEY`.
enum TorchArchive {
    /// The most bytes a pickle may have that's compressed to less than them; one that's stored plain, arrays of numbers in it, is only
    /// mapped.
    private static let longestPickle = 1 << 26

    /// Whether `bytes` are a ZIP archive with a `data.pkl` in its one folder.
    static func recognizes(_ bytes: SharedBytes) -> Bool {
        guard bytes.count > 4, bytes.load(UInt32.self).littleEndian == 0x0403_4B50 else { return false }
        guard let archive = try? ZipArchive(bytes) else { return false }
        return archive.members.contains { $0.name.hasSuffix("/data.pkl") && $0.name.split(separator: "/").count == 2 }
    }

    static func read(_ file: SharedBytes) throws(OsteonError) -> TorchContents {
        let archive = try ZipArchive(file)
        var members: [UTF8Name: ZipArchive.Member] = [:]
        for member in archive.members { members[UTF8Name(member.name)] = member }
        let pickles = archive.members.filter { $0.name.hasSuffix("/data.pkl") && $0.name.split(separator: "/").count == 2 }
        guard pickles.count == 1, let pickle = pickles.first else {
            throw OsteonError(.malformed, "The archive has \(pickles.count) files data.pkl instead of one.")
        }
        let folder = String(pickle.name.dropLast("data.pkl".count))
        guard members[UTF8Name(folder + "constants.pkl")] == nil, !archive.members.contains(where: { $0.name.hasPrefix(folder + "code/") })
        else {
            throw OsteonError(
                .unsupported,
                """
                This is a TorchScript archive: code and weights together. Osteon runs no foreign code. Write its weights, in \
                Python: torch.save(torch.jit.load(\"model.ts\").state_dict(), \"weights.pt\"), then give the network with \
                \(Parameter.architecture); or export it to ONNX.
                """
            )
        }
        var isBigEndian = false
        if let member = members[UTF8Name(folder + "byteorder")] {
            let bytes = try archive.read(member)
            guard bytes.elementsEqual("little".utf8) || bytes.elementsEqual("big".utf8) else {
                throw OsteonError(.malformed, "The archive's byte order is neither little nor big.")
            }
            isBigEndian = bytes.elementsEqual("big".utf8)
        }
        guard pickle.size <= max(longestPickle, file.count) else {
            throw OsteonError(.limitExceeded, "A pickle of \(pickle.size) bytes once it's inflated; \(longestPickle) at most are read.")
        }
        let bytes = try archive.read(pickle)
        var machine = Unpickler(bytes)
        let root = try locating(pickle.name) { () throws(OsteonError) in try machine.load() }
        guard machine.position == bytes.count else {
            throw OsteonError(.malformed, "Something follows the pickle in \(pickle.name).", offset: machine.position)
        }
        let storages = ArchiveStorages(archive: archive, members: members, folder: folder)
        return TorchContents(
            root: root, objects: machine.objects, threat: machine.threat, pickle: bytes, isBigEndian: isBigEndian,
            bytes: { (storage) throws(OsteonError) in try storages.bytes(storage) },
            copyLimit: try Checked.add(Checked.multiply(file.count, 2), 1 << 26))
    }
}

/// The storages of an archive, each checked once.
private final class ArchiveStorages {
    private let archive: ZipArchive
    private let members: [UTF8Name: ZipArchive.Member]
    private let folder: String
    private var known: [UTF8Name: SharedBytes] = [:]

    init(archive: ZipArchive, members: [UTF8Name: ZipArchive.Member], folder: String) {
        self.archive = archive
        self.members = members
        self.folder = folder
    }

    func bytes(_ storage: TorchStorage) throws(OsteonError) -> SharedBytes {
        let name = UTF8Name("\(folder)data/\(storage.key)")
        guard let member = members[name] else {
            throw OsteonError(.malformed, "The archive has no \(name.text), which a tensor refers to.")
        }
        let size = try Checked.multiply(storage.count, storage.elementByteCount)
        guard member.size == size else {
            throw OsteonError(.malformed, "\(name.text) has \(member.size) bytes; the pickle says \(size).")
        }
        if let found = known[name] { return found }
        let result = try archive.read(member)
        known[name] = result
        return result
    }
}
