import Bytes
import Tensors

/// Opens an image of any kind Osteon reads, recognised by its content.
package enum VolumeFile {
    package enum Kind: Sendable { case nifti, png }

    /// What kind of file this is.
    /// - Throws: `.unsupported` for DICOM and folders of it, `.malformed` for what isn't an image.
    package static func recognize(_ path: String) throws(OsteonError) -> Kind {
        try locating(path) { () throws(OsteonError) in
            guard !FileStatus.isFolder(path) else {
                throw OsteonError(
                    .unsupported,
                    "This is a folder; a DICOM series isn't read. Convert it to NIfTI, for example with dcm2niix, and give that.")
            }
            return try recognize(MappedFile(path: path))
        }
    }

    /// The same of a file that's open.
    package static func recognize(_ file: MappedFile) throws(OsteonError) -> Kind {
        try locating(file.path) { () throws(OsteonError) in
            if PNG.recognizes(file.bytes) { return .png }
            // Of a pair, the header says it; voxels alone may begin with anything.
            if let pair = PairNames(file.path), pair.isImage, FileStatus.isRegular(pair.partner) { return .nifti }
            if let kind = try ForeignImage.recognize(file) { throw kind.error }
            let stream = try VolumeStream(file)
            var bytes = [UInt8](repeating: 0, count: NIfTIHeader.byteCount(.one))
            var room = bytes.mutableSpan
            let count = try stream.read(into: &room)
            if count == bytes.count, NIfTIHeader.recognizes(SharedBytes(bytes)) { return .nifti }
            throw OsteonError(
                .malformed,
                """
                This is neither a NIfTI volume nor a PNG \
                image\(count == 0 ? ": it's empty" : count < bytes.count ? ": it has \(count) bytes, fewer than a NIfTI header" : "").
                """
            )
        }
    }

    package static func read(_ path: String, limits: VolumeLimits = VolumeLimits()) throws(OsteonError) -> Volume {
        switch try recognize(path) {
        case .nifti: try NIfTIReader.read(path, limits: limits)
        case .png: try PNG.read(path, limits: limits)
        }
    }

    /// Several files of one grid, each a channel or several, in order.
    /// - Throws: `.invalidGraph` where their grids differ.
    package static func read(_ paths: [String], limits: VolumeLimits = VolumeLimits()) throws(OsteonError) -> Volume {
        guard let first = paths.first else { throw OsteonError(.usage, "No image is given.") }
        let volume = try read(first, limits: limits)
        if paths.count == 1 { return volume }
        var parts = [volume]
        for path in paths.dropFirst() {
            let next = try read(path, limits: limits)
            guard next.extents == volume.extents, next.affine.matches(volume.affine, extents: volume.extents) else {
                let texts = next.gridTexts(beside: volume)
                throw OsteonError(
                    .invalidGraph,
                    "\(path) lies on another grid (\(texts.own)) than \(first) (\(texts.other)); channels of one image must share theirs.")
            }
            parts.append(next)
        }
        return try Volume.stacked(parts, limits: limits)
    }

    /// The files that hold an image: itself, or the header and the image of a pair.
    package static func parts(of path: String) -> [String] {
        guard let pair = PairNames(path), FileStatus.isRegular(pair.partner) else { return [path] }
        return pair.isImage ? [pair.partner, path] : [path, pair.partner]
    }

    /// Whether a file's name is one of an image.
    package static func hasImageName(_ name: String) -> Bool {
        [".nii", ".nii.gz", ".png", ".hdr", ".img"].contains { name.lowercased().hasSuffix($0) }
    }
}

extension Volume {
    /// Volumes of one grid as the channels of one; the first's geometry counts.
    static func stacked(_ parts: [Volume], limits: VolumeLimits = VolumeLimits()) throws(OsteonError) -> Volume {
        guard let first = parts.first else { throw OsteonError(.internalFault, "No volumes to stack.") }
        let shape = [parts.reduce(0) { $0 + $1.channels }] + first.extents
        try limits.check(shape)
        let tensor = try Tensor(uninitialized: first.tensor.elementType, shape)
        var offset = 0
        for part in parts {
            guard part.extents == first.extents, part.tensor.elementType == tensor.elementType else {
                throw OsteonError(.invalidGraph, "Images of \(first.gridText) and \(part.gridText) can't be channels of one.")
            }
            tensor.write(part.tensor.bytes, at: offset)
            offset += part.tensor.byteCount
        }
        var result = try first.with(tensor)
        result.source?.paths = parts.flatMap { $0.source?.paths ?? [] }
        return result
    }
}
