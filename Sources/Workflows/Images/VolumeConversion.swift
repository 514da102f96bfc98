import Bytes
import FoundationEssentials
import Glibc
import Imaging
import Tensors

/// Resamples a folder of volumes: what `osteon dataconvert` does, and `tlt-dataconvert`, `nvmidl-dataconvert` and
/// `medl-dataconvert` did.
package struct VolumeConversion: Sendable {
    package var source: String
    package var destination: String
    /// Voxel sizes in millimetres: one for all axes, or three; empty leaves the grid as it is.
    package var resolution: [Double] = []
    /// Endings of the files that are read, and of those that are written.
    package var sourceEnding = ".nii.gz"
    package var destinationEnding = ".nii.gz"
    /// Whether all volumes are labels. Without it those are whose folder's name begins with "label".
    package var areLabels = false

    package init(source: String, destination: String) {
        self.source = source
        self.destination = destination
    }

    /// One file's result.
    package struct Item: Sendable {
        package var file: String
        package var output: String
        package var isLabel: Bool
        package var before: String
        package var after: String
        /// Things worth telling of it.
        package var note = ""
        /// nil where it was converted.
        package var error: OsteonError?
    }

    /// Converts file by file, in the order of their names; one that can't be converted doesn't keep the others.
    /// - Parameter progress: gets each result.
    /// - Throws: `.usage` where a result would be written over a volume that's read, or two over one another.
    package func run(progress: (Item) -> Void = { _ in }) throws(OsteonError) -> [Item] {
        guard [".nii", ".nii.gz"].contains(destinationEnding) else {
            throw OsteonError(.usage, "Volumes are written as .nii or .nii.gz, not \(destinationEnding).")
        }
        guard sourceEnding.hasPrefix("."), sourceEnding.lowercased() != ".dcm" else {
            throw OsteonError(
                .unsupported, "DICOM series aren't read. Convert them to NIfTI, for example with dcm2niix, and resample those.")
        }
        guard resolution.count != 2, resolution.count <= 3, resolution.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw OsteonError(.usage, "A voxel size is one number above 0, or three.")
        }
        guard FileStatus.isFolder(source) else {
            throw OsteonError(.unreadable, "There's no folder \(source).")
        }
        let items = files().map(item)
        guard !items.isEmpty else { throw nothingFound() }
        try OutputPaths.check(items.map(\.output), inputs: items.map(\.file), makingFolders: true)
        var results: [Item] = []
        for item in items {
            results.append(convert(item))
            progress(results[results.count - 1])
        }
        return results
    }

    /// Everything below the source folder, by path from it; nothing where it can't be read.
    private var names: [String] { (try? FileManager.default.subpathsOfDirectory(atPath: source)) ?? [] }

    /// The files to convert, by path from the source folder.
    private func files() -> [String] {
        let visible = names.filter { name in !Paths.components(of: name).contains { $0.utf8.first == UInt8(ascii: ".") } }
        return visible.filter { Paths.ends($0, in: sourceEnding) }.sorted { $0.precedesInUTF8($1) }
    }

    /// Why there's nothing to convert: what's in the folder instead.
    private func nothingFound() -> OsteonError {
        var endings: Set<String> = []
        for name in names.prefix(1000) {
            let path = "\(source)/\(name)"
            if let ending = [".nii.gz", ".nii", ".hdr"].first(where: { name.lowercased().hasSuffix($0) }) {
                endings.insert(String(name.suffix(ending.count)))
            }
            if ForeignImage.isDICOM(path) {
                return OsteonError(
                    .unsupported,
                    """
                    \(source) holds DICOM files (\(name), for one), which aren't read. Convert the series to NIfTI first, for \
                    example with dcm2niix -z y -o FOLDER \(source), and resample those.
                    """
                )
            }
        }
        let others = endings.sorted().joined(separator: ", ")
        return OsteonError(
            .unreadable,
            """
            There's no file ending in \(sourceEnding) in \
            \(source)\(others.isEmpty ? "" : "; there are some ending in \(others), which -s takes").
            """
        )
    }

    /// What's to be done for one file.
    private func item(_ file: String) -> Item {
        let folder = Paths.components(of: file).dropLast().last ?? Paths.name(of: Paths.real(source) ?? source)
        let stem = String(decoding: file.utf8.dropLast(sourceEnding.utf8.count), as: UTF8.self)
        return Item(
            file: Paths.join(source, file), output: Paths.join(destination, stem + destinationEnding),
            isLabel: areLabels || folder.lowercased().hasPrefix("label"), before: "", after: "")
    }

    private func convert(_ planned: Item) -> Item {
        var item = planned
        let isLabel = item.isLabel
        do throws(OsteonError) {
            var volume = try VolumeFile.read(item.file)
            item.before = volume.gridText
            let extents = volume.extents
            if !resolution.isEmpty { volume = try volume.scaled(toResolution: resolution, isLabel ? .nearest : .linear, refusing: true) }
            if volume.extents == extents, volume.unusableCount > 0 {
                item.note = "\(volume.unusableCount) of \(volume.tensor.count) voxels aren't numbers (NaN or infinite) and are kept"
            }
            if isLabel { volume = try volume.labelBytes() }
            item.after = volume.gridText
            try OutputPaths.makeFolder(Paths.folder(of: item.output))
            try NIfTIWriter.write(volume, to: item.output)
        } catch {
            item.error = error
        }
        return item
    }
}
