import Bytes

/// Kinds of images Osteon doesn't read, recognised so that it can be said what they are and what to do.
package struct ForeignImage: Sendable {
    package var name: String
    package var advice: String
    /// Whether it holds a volume of medical imaging; else it's a picture, or something that may hold anything.
    var isVolume = false

    var error: OsteonError { OsteonError(.unsupported, "This is \(name), which isn't read. \(advice)") }

    private static let series = "Convert the series to NIfTI, for example with dcm2niix, and give that."
    private static let slicer = "Save it as NIfTI (.nii.gz), for example with 3D Slicer or SimpleITK, and give that."

    private static let dicom = ForeignImage(name: "a DICOM file", advice: series, isVolume: true)
    private static let metaImage = ForeignImage(name: "a MetaImage header", advice: slicer, isVolume: true)
    private static let tiff = ForeignImage(
        name: "a TIFF picture", advice: "Save it as PNG, a stack of slices as NIfTI, and give that.")
    private static let freeSurfer = ForeignImage(
        name: "a FreeSurfer volume (.mgh, .mgz)",
        advice: "Convert it with mri_convert IN.mgz OUT.nii.gz, or with nibabel, and give that.", isVolume: true)

    private static func picture(_ name: String) -> ForeignImage { ForeignImage(name: name, advice: "Save it as PNG and give that.") }

    private static func minc(_ name: String) -> ForeignImage {
        ForeignImage(name: name, advice: "Convert it to NIfTI, for example with mnc2nii, and give that.")
    }

    /// By their first bytes.
    private static let magics: [(bytes: [UInt8], kind: ForeignImage)] = [
        (Array("NRRD000".utf8), ForeignImage(name: "an NRRD volume", advice: slicer, isVolume: true)),
        (Array("ObjectType".utf8), metaImage),
        (Array("NDims".utf8), metaImage),
        (Array("CDF\u{1}".utf8), minc("a MINC or netCDF volume")),
        ([0x89, 0x48, 0x44, 0x46], minc("an HDF5 file, as MINC 2 volumes are")),
        ([0xFF, 0xD8, 0xFF], picture("a JPEG picture")),
        (Array("GIF8".utf8), picture("a GIF picture")),
        (Array("BM".utf8), picture("a bitmap picture")),
        ([0x49, 0x49, 0x2A, 0x00], tiff),
        ([0x4D, 0x4D, 0x00, 0x2A], tiff),
        ([0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50], picture("a JPEG 2000 picture")),
        (
            [0x93] + Array("NUMPY".utf8),
            ForeignImage(
                name: "a NumPy array, which doesn't say where its voxels lie", advice: "Save it as NIfTI with its affine and give that.")
        ),
        (Array("PK\u{3}\u{4}".utf8), ForeignImage(name: "a ZIP archive", advice: "Unpack it and give the image in it.")),
        (
            Array("<?xml".utf8),
            ForeignImage(name: "an XML file, as GIFTI surfaces are", advice: "Osteon reads volumes: NIfTI, or PNG.")
        ),
    ]

    /// - Returns: nil for what isn't known.
    static func recognize(_ file: MappedFile) throws(OsteonError) -> ForeignImage? {
        if isDICOM(file.bytes) { return dicom }
        for magic in magics where file.bytes.starts(with: magic.bytes) { return magic.kind }
        var bytes = [UInt8](repeating: 0, count: 28)
        let stream = try VolumeStream(file)
        var room = bytes.mutableSpan
        let count = try stream.read(into: &room)
        return count == bytes.count && isMGH(bytes) ? freeSurfer : nil
    }

    /// Whether a file is a volume of medical imaging that isn't read.
    package static func isVolume(_ file: MappedFile) -> Bool { (try? recognize(file))?.isVolume ?? false }

    /// Whether a file is DICOM by its content; false for what can't be opened.
    package static func isDICOM(_ path: String) -> Bool {
        guard FileStatus.isRegular(path), let file = try? MappedFile(path: path) else { return false }
        return isDICOM(file.bytes)
    }

    /// By the magic behind a preamble of 128 bytes; or, as old files and bare data sets begin, by an element of group 0002 or 0008 with a
    /// type of two letters, or a length that the file holds.
    private static func isDICOM(_ bytes: SharedBytes) -> Bool {
        if bytes.count >= 132, bytes[128..<132].elementsEqual("DICM".utf8) { return true }
        guard bytes.count >= 16 else { return false }
        func isElement(_ group: UInt16, _ element: UInt16) -> Bool { (group == 2 || group == 8) && element <= 0x0100 }
        let (group, element) = (bytes.load(UInt16.self), bytes.load(UInt16.self, at: 2))
        let type = bytes[4..<6]
        let isTyped = type.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        if isTyped { return isElement(group.littleEndian, element.littleEndian) || isElement(group.bigEndian, element.bigEndian) }
        let length = Int(bytes.load(UInt32.self, at: 4).littleEndian)
        return isElement(group.littleEndian, element.littleEndian) && length > 0 && length % 2 == 0 && length <= bytes.count - 8
    }

    /// Big-endian: version 1, four extents, and one of FreeSurfer's types.
    private static func isMGH(_ bytes: [UInt8]) -> Bool {
        let words = stride(from: 0, to: 24, by: 4).map { place in bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        return words[0] == 1 && words[1...4].allSatisfy { (1...1 << 24).contains($0) } && (0...10).contains(words[5])
    }
}
