import Bytes
import Contracts

// What a configuration says of its window, held to what's known before anything is loaded.
extension ImagingWindow {
    /// Arguments of inferers that are followed here, or that change no value: where it's computed, what's printed.
    private static let known: Set<String> = [
        "roi_size", "roi", "batch_size", "sw_batch_size", "overlap", "mode", "padding_mode", "cval", "padding", "sigma", "scanning_window",
        "sigma_scale", "sw_device", "device", "progress", "cache_roi_weight_map", "cpu_thresh", "buffer_steps", "buffer_dim",
        "image_format", "additional_info", "node_mapping", "is_channels_first", "channel_first",
    ]

    /// - Throws: `.unsupported` for an argument that would change the result and isn't followed.
    func check() throws(OsteonError) {
        guard let inferer else { return }
        let name = inferer.originalName ?? inferer.name
        // A server's settings have members of many kinds; an inferer's are its arguments.
        if name.lowercased().contains("inferer") {
            for member in inferer.arguments where !Self.known.contains(member.name) && member.value != .null {
                throw OsteonError(.unsupported, "\(name): its argument \(member.name) isn't supported.")
            }
        }
        func wrong(_ argument: String, _ expected: String) -> OsteonError {
            OsteonError(
                .unsupported, "\(name): its argument \(argument) is \(inferer[argument]?.text().prefix(60) ?? "missing"), not \(expected).")
        }
        if let given = inferer["overlap"], given != .null, overlap == nil { throw wrong("overlap", "a number from 0 to below 1") }
        if let given = inferer["sigma_scale"], given != .null, inferer.number("sigma_scale") != 0.125 {
            throw wrong("sigma_scale", "0.125")
        }
        if let mode = inferer["mode"], mode != .null,
            inferer.text("mode").flatMap({ SlidingWindow.Blend(rawValue: $0.lowercased()) }) == nil
        {
            throw wrong("mode", "constant or gaussian")
        }
        if inferer["padding"] != nil { _ = try padding() }
    }

    /// Millimetres around the points of an annotation; nil where it isn't said.
    func padding() throws(OsteonError) -> Double? {
        guard let given = inferer?["padding"], given != .null else { return nil }
        guard let value = inferer?.number("padding"), (0...10_000).contains(value) else {
            throw OsteonError(.unsupported, "The configuration's padding is \(given.text().prefix(60)), not millimetres from 0 to 10,000.")
        }
        return value
    }
}
