import Bytes
import Container
import Tensors

/// One step of a pipeline.
public protocol CaseTransform: Sendable {
    func apply(to fields: inout ImagingCase) throws(OsteonError)
}

/// A step that changes each of its fields by itself.
protocol FieldTransform: CaseTransform {
    var fields: [String] { get }
    /// - Parameter index: the field's place among `fields`, for arguments given field by field.
    func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume
}

extension FieldTransform {
    /// Fields a case doesn't have (labels, in inference) are left out.
    public func apply(to fields: inout ImagingCase) throws(OsteonError) {
        for (index, field) in self.fields.enumerated() where fields.has(field) {
            let volume = try fields.take(field)
            fields.set(field, try locating("field \(field)") { () throws(OsteonError) in try apply(volume, field: index) })
        }
    }
}

/// A step whose result at a voxel depends on the channels there alone, so that a volume can go through it slab by slab.
protocol PointwiseTransform: FieldTransform {
    /// [channels, …] to [channels′, …].
    func apply(_ tensor: Tensor) throws(OsteonError) -> Tensor
}

extension PointwiseTransform {
    func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume { try volume.with(apply(volume.tensor)) }
}

/// A step that has nothing to do here.
struct NoTransform: CaseTransform {
    func apply(to fields: inout ImagingCase) throws(OsteonError) {}
}
