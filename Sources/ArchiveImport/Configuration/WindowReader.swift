import Bytes
import Contracts

extension ImagingWindow {
    private static let largestExtent = 65_536

    /// The window that an inferer describes.
    init?(inferer: ImagingTransform) {
        let name = inferer.name.lowercased()
        guard name.contains("infer") else { return nil }
        let isScanning = name.contains("scan") || name.contains("sliding") || inferer["roi_size"] != nil
        self.init(mode: isScanning ? .scanning : .simple, inferer: inferer)
        read(inferer)
    }

    /// The window that the server's `inference` describes; nil where it describes none.
    /// - Parameter settings: the members that give it, whatever their level.
    init?(settings: ImagingTransform) {
        let scans = settings.flag("scanning_window")
        guard scans != nil || settings["roi"] != nil || settings["roi_size"] != nil else { return nil }
        self.init(mode: scans ?? true ? .scanning : .simple, inferer: settings)
        read(settings)
    }

    private mutating func read(_ settings: ImagingTransform) {
        if let extents = settings.numbers("roi_size") ?? settings.numbers("roi"), !extents.isEmpty, extents.count <= 3 {
            let whole = extents.compactMap { Int(exactly: $0) }.filter { (1...Self.largestExtent).contains($0) }
            if whole.count == extents.count { region = whole }
        }
        for name in ["batch_size", "sw_batch_size"] where batch == nil {
            batch = settings.number(name).flatMap { Int(exactly: $0) }.flatMap { (1...Self.largestExtent).contains($0) ? $0 : nil }
        }
        overlap = settings.number("overlap").flatMap { (0..<1).contains($0) ? $0 : nil }
    }
}
