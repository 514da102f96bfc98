import Bytes
import Contracts
import Tensors

/// Which fields of a case a step works on, by name.
package struct FieldUse: Sendable, Hashable {
    /// Fields it changes or looks at; left out where a case rightly lacks them, as labels in inference.
    package var fields: [String]
    /// Fields it can't do without.
    package var sources: [String] = []
    /// Fields it makes.
    package var made: [String] = []
    /// Fields it reads from files.
    package var loaded: [String] = []

    init(_ fields: [String], sources: [String] = [], made: [String] = [], loaded: [String] = []) {
        (self.fields, self.sources, self.made, self.loaded) = (fields, sources, made, loaded)
    }
}

/// One step of a pipeline.
package protocol CaseTransform: Sendable {
    var use: FieldUse { get }
    func apply(to fields: inout ImagingCase) throws(OsteonError)
}

/// A step that changes each of its fields by itself.
protocol FieldTransform: CaseTransform {
    var fields: [String] { get }
    /// - Parameter index: the field's place among `fields`, for arguments given field by field.
    func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume
}

extension FieldTransform {
    package var use: FieldUse { FieldUse(fields) }

    /// Fields a case doesn't have (labels, in inference) are left out; that a step works on something is seen to by `FieldFlow`.
    package func apply(to fields: inout ImagingCase) throws(OsteonError) {
        for (index, field) in self.fields.enumerated() where fields.has(field) {
            let volume = try fields.take(field)
            fields.set(field, try locating("field \(field)") { () throws(OsteonError) in try apply(volume, field: index) })
        }
    }
}

/// A step whose result at a voxel depends on the channels there alone, so that a volume can go through it slab by slab.
protocol PointwiseTransform: FieldTransform {
    /// [channels, …] to [channels′, …].
    /// - Parameter index: the field's place among `fields`.
    func apply(_ tensor: Tensor, field index: Int) throws(OsteonError) -> Tensor
}

extension PointwiseTransform {
    func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume { try volume.with(apply(volume.tensor, field: index)) }
}

/// A step that has nothing to do here.
struct NoTransform: CaseTransform {
    let use: FieldUse

    func apply(to fields: inout ImagingCase) throws(OsteonError) {}
}
