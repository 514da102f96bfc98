/// How the range of a value that 8 bits stand for is chosen from what calibration saw.
package enum CalibrationMethod: String, Sendable, CaseIterable {
    /// From the smallest to the largest element of all samples.
    case minmax
    /// From the moving average of the samples' smallest to that of their largest elements, each new sample weighing a tenth.
    case movingAverage = "moving-average"
    /// Without the outermost 0.001 % of the elements on either side.
    case percentile
    /// The range whose quantisation has the least mean squared error.
    case mse
    /// The range whose quantised histogram tells least from the original (Kullback and Leibler's divergence), as
    /// Migacz, "8-bit inference with TensorRT", 2017.
    case entropy

    /// The share of elements `percentile` leaves out on each side.
    static let tail = 1e-5
    /// What `movingAverage` keeps of the average at each new sample.
    static let momentum = 0.9
}
