import Bytes
import GraphIR
import ImportSupport
import Operators

extension ChannelLayout {
    /// Reads the attribute `data_format`; channels are last where it's missing.
    init(_ attributes: NodeAttributes, spatialRank: Int) throws(OsteonError) {
        let format = try attributes.string("data_format", default: "")
        switch format {
        case "", "NHWC", "NDHWC", "NWC": self.init(isChannelsLast: true, spatialRank: spatialRank)
        case "NCHW", "NCDHW", "NCW": self.init(isChannelsLast: false, spatialRank: spatialRank)
        default: throw OsteonError(.unsupported, "data format \(format)")
        }
    }

    /// The spatial part of a list with an entry for each axis, such as `strides`; ones where it's missing.
    /// - Throws: `.malformed` for a list of another length or an entry below 1, `.unsupported` where the batch or
    ///   channel entry isn't 1.
    func spatial(_ list: [Int], _ name: String) throws(OsteonError) -> [Int] {
        guard !list.isEmpty else { return Array(repeating: 1, count: spatialRank) }
        guard list.count == spatialRank + 2, list.allSatisfy({ $0 >= 1 && $0 < 1 << 31 }) else {
            throw OsteonError(.malformed, "\(name) is \(list); \(spatialRank + 2) positive entries are needed.")
        }
        guard list[0] == 1, list[channelAxis] == 1 else {
            throw OsteonError(.unsupported, "\(name) \(list) over batch or channels")
        }
        return Array(list[firstSpatialAxis..<firstSpatialAxis + spatialRank])
    }

    /// The window a node's attributes describe: strides, dilations and padding; the kernel is the caller's.
    func window(_ attributes: NodeAttributes) throws(OsteonError) -> SpatialWindow {
        var window = SpatialWindow()
        window.strides = try steps(attributes.ints("strides"), "strides")
        window.dilations = try steps(attributes.ints("dilations"), "dilations")
        switch try attributes.string("padding", default: "VALID") {
        case "SAME": window.autoPadding = .sameUpper
        case "VALID": break
        case "EXPLICIT": window.pads = try explicitPads(attributes.ints("explicit_paddings"))
        case let other: throw OsteonError(.malformed, "padding is \(other).")
        }
        return window
    }

    /// The spatial part of a list of steps; empty where all are 1.
    func steps(_ list: [Int], _ name: String) throws(OsteonError) -> [Int] {
        let result = try spatial(list, name)
        return result.allSatisfy { $0 == 1 } ? [] : result
    }

    /// `explicit_paddings` (begin and end for each axis) as all begins, then all ends, of the spatial axes.
    func explicitPads(_ list: [Int]) throws(OsteonError) -> [Int] {
        guard list.count == 2 * (spatialRank + 2), list.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }) else {
            throw OsteonError(.malformed, "explicit_paddings is \(list).")
        }
        guard list[0] == 0, list[1] == 0, list[2 * channelAxis] == 0, list[2 * channelAxis + 1] == 0 else {
            throw OsteonError(.unsupported, "explicit_paddings \(list) over batch or channels")
        }
        let axes = firstSpatialAxis..<firstSpatialAxis + spatialRank
        return axes.map { list[2 * $0] } + axes.map { list[2 * $0 + 1] }
    }
}
