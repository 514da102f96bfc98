import Bytes
import Imaging
import Metrics
import Tensors

extension Volume {
    /// One structure's mask: the voxels of a label map that hold `index`, or those of channel `index` above 0.5 where
    /// regions may overlap.
    func mask(of index: Int) throws(OsteonError) -> Mask {
        if channels == 1 { return try Mask(tensor.reshaped(extents), label: index) }
        return try Mask(channel(index).tensor.reshaped(extents), above: 0.5)
    }
}
