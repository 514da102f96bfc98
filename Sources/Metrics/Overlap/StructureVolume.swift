/// The volume of a structure.
public enum StructureVolume {
    /// Of `voxels` voxels with edges of `spacing` millimetres, in millilitres.
    public static func millilitres(voxels: Int, spacing: [Double]) -> Double {
        Double(voxels) * spacing.reduce(1, *) / 1000
    }
}
