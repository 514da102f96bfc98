import Bytes

/// What a network takes instead of an extent it doesn't take.
package struct NearestSizes: Sendable, Equatable {
    /// The free dimension.
    package var dimension: String
    package var wanted: Int
    /// The largest legal extent below, and the smallest above; nil where none was found.
    package var below: Int?
    package var above: Int?

    /// For example "H can't be 100; 96 and 112 are the nearest".
    package var description: String {
        let found = [below, above].compactMap { $0 }.map(String.init)
        switch found.count {
        case 0: return "\(dimension) can't be \(wanted)"
        case 1: return "\(dimension) can't be \(wanted); \(found[0]) is the nearest that can"
        default: return "\(dimension) can't be \(wanted); \(found[0]) and \(found[1]) are the nearest that can"
        }
    }
}

extension LegalSizeSearch {
    /// The dimensions whose extent in `bindings` is illegal by itself, each with its legal neighbours, the other dimensions held
    /// at legal extents. Empty where every extent is legal by itself.
    /// - Parameter reach: how far to look on either side.
    package func nearest(to bindings: [String: Int], reach: Int = 512) -> [NearestSizes] {
        guard var base = smallestBinding(atLeast: 32) ?? smallestBinding() else { return [] }
        for name in batches { base[name] = bindings[name] ?? base[name] }
        if !isLegal(base) { for name in batches { base[name] = 1 } }
        var result: [NearestSizes] = []
        for (name, wanted) in bindings.sorted(by: { $0.key < $1.key }) where base[name] != nil {
            let takes = { (extent: Int) in
                var trial = base
                trial[name] = extent
                return isLegal(trial)
            }
            if takes(wanted) { continue }
            let below = wanted > 1 ? stride(from: wanted - 1, through: max(1, wanted - reach), by: -1).first(where: takes) : nil
            let above = (1...max(1, reach)).lazy.compactMap { try? Checked.add(wanted, $0) }.first(where: takes)
            result.append(NearestSizes(dimension: name, wanted: wanted, below: below, above: above))
        }
        return result
    }
}
