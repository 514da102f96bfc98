/// A plane of a volume as radiologists look at it: the patient's right on the left, anterior above (axial) or on the left
/// (sagittal), superior above.
package struct SlicePlane: Sendable, Hashable {
    package let name: String
    /// What's where, for below a picture.
    package let caption: String
    /// The world's axes (0 right, 1 anterior, 2 superior) across a picture and down it, each from its positive end, and the one the
    /// slices follow one another along.
    package let across: Int, down: Int, along: Int

    package static let all = [
        SlicePlane(name: "axial", caption: "axial: right on the left, anterior above", across: 0, down: 1, along: 2),
        SlicePlane(name: "coronal", caption: "coronal: right on the left, superior above", across: 0, down: 2, along: 1),
        SlicePlane(name: "sagittal", caption: "sagittal: anterior on the left, superior above", across: 1, down: 2, along: 0),
    ]
}
