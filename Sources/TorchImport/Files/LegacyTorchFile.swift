import Bytes
import Tensors

/// The files that `torch.save` wrote before PyTorch 1.6: four pickles of any protocol, the keys of the storages, then the storages, each an
/// 8-byte count of elements and the elements.
enum LegacyTorchFile {
    /// The first pickle is the magic number 0x1950A86A20F9469CFC6C: as LONG1 in the protocols from 2 on, as a line of digits before.
    private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    private static let openings: [[UInt8]] =
        [2, 3].map { [0x80, $0] + magic } + [4, 5].map { [0x80, $0, 0x95, 0x0D, 0, 0, 0, 0, 0, 0, 0] + magic }
        + [Array("L119547037146038801333356L\n.".utf8)]
    private static let mostStorages = 1 << 20

    static func recognizes(_ bytes: SharedBytes) -> Bool {
        openings.contains { bytes.count > $0.count && bytes.starts(with: $0) }
    }

    static func read(_ file: SharedBytes) throws(OsteonError) -> TorchContents {
        var machine = Unpickler(file)
        _ = try machine.load()
        guard case .integer(1001) = try machine.load() else {
            throw OsteonError(.unsupported, "A torch.save file of another protocol than 1001.", offset: machine.position)
        }
        let isBigEndian = try isBigEndian(machine.load(), machine)
        let root = try locating("the pickled object") { () throws(OsteonError) in try machine.load() }
        let keys = try machine.load()
        guard let keys = machine.sequence(keys), keys.count <= mostStorages else {
            throw OsteonError(.malformed, "The list of storages is missing.", offset: machine.position)
        }
        var storages: [UTF8Name: TorchStorage] = [:]
        for case .storage(let storage, part: _) in machine.objects {
            if let other = storages.updateValue(storage, forKey: UTF8Name(storage.key)), other != storage {
                throw OsteonError(.malformed, "Storage \(storage.key) is described in two ways.")
            }
        }
        var reader = ByteReader(file)
        var found: [UTF8Name: SharedBytes] = [:]
        try reader.seek(to: machine.position)
        for key in keys {
            guard case .text(let text) = key, let storage = storages[UTF8Name(text)], found[UTF8Name(text)] == nil else {
                throw OsteonError(.malformed, "The list of storages names one that no tensor uses, or one twice.", offset: reader.position)
            }
            let offset = reader.position
            let count = try Checked.int(isBigEndian ? reader.integer(UInt64.self).byteSwapped : reader.integer(UInt64.self))
            guard count == storage.count else {
                throw OsteonError(.malformed, "Storage \(text) has \(count) elements; the pickle says \(storage.count).", offset: offset)
            }
            found[UTF8Name(text)] = try reader.read(Checked.multiply(count, storage.elementByteCount))
        }
        guard reader.isAtEnd else {
            throw OsteonError(.malformed, "\(reader.remaining) bytes follow the last storage.", offset: reader.position)
        }
        let places = found
        return TorchContents(
            root: root, objects: machine.objects, threat: machine.threat, pickle: file, isBigEndian: isBigEndian,
            bytes: { (storage) throws(OsteonError) in
                guard let bytes = places[UTF8Name(storage.key)] else {
                    throw OsteonError(.malformed, "The file has no storage \(storage.key), which a tensor refers to.")
                }
                return bytes
            },
            copyLimit: try Checked.add(Checked.multiply(file.count, 2), 1 << 26))
    }

    /// The byte order in `sys_info`, a dict of the machine that wrote the file.
    private static func isBigEndian(_ info: PickleValue, _ machine: Unpickler) throws(OsteonError) -> Bool {
        guard case .object(let place) = info, case .dictionary(let members) = machine.objects[place] else {
            throw OsteonError(.malformed, "The description of the machine that wrote the file is missing.", offset: machine.position)
        }
        for case (.text("little_endian"), .bool(let isLittle)) in members { return !isLittle }
        return false
    }
}
