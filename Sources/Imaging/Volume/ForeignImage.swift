import Bytes

/// Kinds of images Osteon doesn't read, recognised so that it can be said what they are and what to do.
package struct ForeignImage: Sendable {
    package var name: String
    package var advice: String

    var error: OsteonError { OsteonError(.unsupported, "This is \(name), which isn't read. \(advice)") }

    private static let series = "Convert the series to NIfTI, for example with dcm2niix, and give that."
    private static let slicer = "Save it as NIfTI (.nii.gz), for example with 3D Slicer or SimpleITK, and give that."

    /// By their first bytes.
    private static let magics: [(bytes: [UInt8], name: String, advice: String)] = [
        (Array("NRRD000".utf8), "an NRRD volume", slicer),
        (Array("ObjectType".utf8), "a MetaImage header", slicer),
        (Array("NDims".utf8), "a MetaImage header", slicer),
        (Array("CDF\u{1}".utf8), "a MINC or netCDF volume", "Convert it to NIfTI, for example with mnc2nii, and give that."),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file, as MINC 2 volumes are", "Convert it to NIfTI, for example with mnc2nii, and give that."),
        ([0xFF, 0xD8, 0xFF], "a JPEG picture", "Save it as PNG and give that."),
        (Array("GIF8".utf8), "a GIF picture", "Save it as PNG and give that."),
        (Array("BM".utf8), "a bitmap picture", "Save it as PNG and give that."),
        ([0x49, 0x49, 0x2A, 0x00], "a TIFF picture", "Save it as PNG, a stack of slices as NIfTI, and give that."),
        ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF picture", "Save it as PNG, a stack of slices as NIfTI, and give that."),
        ([0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50], "a JPEG 2000 picture", "Save it as PNG and give that."),
        (
            [0x93] + Array("NUMPY".utf8), "a NumPy array, which doesn't say where its voxels lie",
            "Save it as NIfTI with its affine and give that."
        ),
        (Array("PK\u{3}\u{4}".utf8), "a ZIP archive", "Unpack it and give the image in it."),
        (Array("<?xml".utf8), "an XML file, as GIFTI surfaces are", "Osteon reads volumes: NIfTI, or PNG."),
    ]

    /// - Returns: nil for what isn't known.
    static func recognize(_ file: MappedFile) throws(OsteonError) -> ForeignImage? {
        if isDICOM(file.bytes) { return ForeignImage(name: "a DICOM file", advice: series) }
        for magic in magics where file.bytes.starts(with: magic.bytes) { return ForeignImage(name: magic.name, advice: magic.advice) }
        var bytes = [UInt8](repeating: 0, count: 28)
        let stream = try VolumeStream(file)
        let count = try bytes.withRawMutableBytes { (buffer) throws(OsteonError) in try stream.read(into: buffer) }
        guard count == bytes.count, isMGH(bytes) else { return nil }
        return ForeignImage(
            name: "a FreeSurfer volume (.mgh, .mgz)",
            advice: "Convert it with mri_convert IN.mgz OUT.nii.gz, or with nibabel, and give that.")
    }

    /// Whether a file is a volume of medical imaging that isn't read; false for what can't be opened.
    package static func isVolume(_ path: String) -> Bool {
        guard FileStatus.isRegular(path), let file = try? MappedFile(path: path), let kind = try? recognize(file) else { return false }
        return ["DICOM", "NRRD", "MetaImage", "FreeSurfer"].contains { kind.name.contains($0) }
    }

    /// Whether a file is DICOM by its content; false for what can't be opened.
    package static func isDICOM(_ path: String) -> Bool {
        guard FileStatus.isRegular(path), let file = try? MappedFile(path: path) else { return false }
        return isDICOM(file.bytes)
    }

    /// By the magic behind a preamble of 128 bytes; or, as old files and bare data sets begin, by an element of group 0002 or 0008 with a
    /// type of two letters, or a length that the file holds.
    private static func isDICOM(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.count >= 132, bytes[128..<132].elementsEqual("DICM".utf8) { return true }
        guard bytes.count >= 16 else { return false }
        func isElement(_ group: UInt16, _ element: UInt16) -> Bool { (group == 2 || group == 8) && element <= 0x0100 }
        let (group, element) = (bytes.loadUnaligned(as: UInt16.self), bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        let type = bytes[4..<6]
        let isTyped = type.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        if isTyped { return isElement(group.littleEndian, element.littleEndian) || isElement(group.bigEndian, element.bigEndian) }
        let length = Int(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self).littleEndian)
        return isElement(group.littleEndian, element.littleEndian) && length > 0 && length % 2 == 0 && length <= bytes.count - 8
    }

    /// Big-endian: version 1, four extents, and one of FreeSurfer's types.
    private static func isMGH(_ bytes: [UInt8]) -> Bool {
        let words = stride(from: 0, to: 24, by: 4).map { place in bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        return words[0] == 1 && words[1...4].allSatisfy { (1...1 << 24).contains($0) } && (0...10).contains(words[5])
    }
}
