import Bytes
import Tensors

/// One case on its way through a pipeline: the files and volumes its fields (`image`, `label`, `pred`, …) stand for.
///
/// A case owns its tensors: a transform may change one in place, so nothing else may hold them.
package struct ImagingCase: Sendable {
    /// A field that is a part of another one, made only when somebody asks for it.
    package enum Part: Sendable, Hashable {
        case channel(Int)
        /// 1 where the label map has this value.
        case label(Int)
    }

    /// Files still to be loaded.
    package var files: [String: [String]]
    package internal(set) var volumes: [String: Volume] = [:]
    package internal(set) var parts: [String: (field: String, part: Part)] = [:]
    /// Points a person set on the border of what's to be segmented, in voxels of the file.
    package var extremePoints: [[Int]] = []
    /// Things worth telling.
    package internal(set) var notes: [String] = []
    package var limits = VolumeLimits()
    /// The field whose scan is kept as it's stored, for pictures of it; nil for none.
    var keptField: String?
    /// The first channel of that field's files as they're stored, in memory of its own.
    private var scan: Volume?

    package init(files: [String: [String]] = [:], volumes: [String: Volume] = [:]) {
        self.files = files
        self.volumes = volumes
    }

    /// A field's volume.
    /// - Throws: `.invalidGraph` where there's none.
    package func volume(_ field: String) throws(OsteonError) -> Volume {
        if let volume = volumes[field] { return volume }
        guard let (source, part) = parts[field] else {
            throw OsteonError(
                .invalidGraph,
                "There's no field \(field); there are \((Array(volumes.keys) + Array(parts.keys)).sorted().joined(separator: ", ")).")
        }
        let whole = try volume(source)
        switch part {
        case .channel(let index): return try whole.channel(index)
        case .label(let value): return try whole.with(whole.tensor.equalling(Float(value)))
        }
    }

    /// Reads a field's files.
    mutating func read(_ field: String, _ paths: [String]) throws(OsteonError) -> Volume {
        let volume = try VolumeFile.read(paths, limits: limits)
        if field == keptField {
            let first = try volume.channel(0)
            scan = try first.with(first.tensor.copied())
        }
        return volume
    }

    mutating func takeScan() -> Volume? {
        defer { scan = nil }
        return scan
    }

    package mutating func set(_ field: String, _ volume: Volume) {
        parts[field] = nil
        volumes[field] = volume
    }

    /// Takes a volume out, so that what's made of it needn't lie beside it.
    mutating func take(_ field: String) throws(OsteonError) -> Volume {
        let volume = try volume(field)
        volumes[field] = nil
        parts[field] = nil
        return volume
    }

    package mutating func remove(_ field: String) {
        volumes[field] = nil
        parts[field] = nil
    }

    func has(_ field: String) -> Bool { volumes[field] != nil || parts[field] != nil }
}

extension Tensor {
    /// 1 where an element has this value, else 0; `u8`.
    func equalling(_ value: Float) throws(OsteonError) -> Tensor {
        let source = elementType == .u8 ? self : try converted(to: .f32)
        return try Tensor(shape) { (to: inout MutableSpan<UInt8>) in
            if source.elementType == .u8 {
                let from = source.elements(UInt8.self)
                for i in from.indices { to[i] = Float(from[i]) == value ? 1 : 0 }
            } else {
                let from = source.elements(Float.self)
                for i in from.indices { to[i] = from[i] == value ? 1 : 0 }
            }
        }
    }
}
