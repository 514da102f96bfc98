import GraphIR

/// An operator that slides a window over spatial axes.
package protocol Windowed: Operator {
    var window: SpatialWindow { get set }
    /// How the operator has to be so that the same comes out where places filled with `value` before it become padding of its
    /// window; nil where that can't be.
    func absorbing(padding value: Double, _ context: InferenceContext) -> AbsorbedPadding?
}

/// A windowed operator that takes over a padding.
package struct AbsorbedPadding {
    /// Its window is still the one from before.
    package var op: any Windowed
    /// Whether that's so only where no element is negative and every window holds one.
    package var needsElements: Bool

    package init(_ op: any Windowed, needsElements: Bool = false) {
        self.op = op
        self.needsElements = needsElements
    }
}
