/// The volume of a structure.
package enum StructureVolume {
    /// Of `voxels` voxels with edges of `spacing` millimetres, in millilitres.
    package static func millilitres(voxels: Int, spacing: [Double]) -> Double {
        Double(voxels) * spacing.reduce(1, *) / 1000
    }
}
