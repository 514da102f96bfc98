import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// The ways MONAI's `UpSample` block makes a grid twice as fine.
enum UpsampleMode: String, CaseIterable {
    case deconvolution = "deconv"
    case groupedDeconvolution = "deconvgroup"
    case interpolation = "nontrainable"
    case pixelShuffle = "pixelshuffle"

    init(_ arguments: NetworkArguments, _ name: String, _ fallback: UpsampleMode) throws(OsteonError) {
        let text = try arguments.text(name, fallback.rawValue, of: Self.allCases.map(\.rawValue))
        self = Self(rawValue: text) ?? fallback
    }
}

extension NetworkBuilder {
    /// `monai.networks.blocks.UpSample`, by 2 along every spatial axis where `scale` says nothing else, with its default
    /// convolution before an interpolation that changes the channels.
    /// - Parameters:
    ///   - alignsCorners: whether a linear interpolation keeps the corners' places.
    ///   - kernel: that of a transposed convolution; as large as the scale by default.
    func upsampled(
        _ x: ValueID, _ path: String, to channels: Int, mode: UpsampleMode, alignsCorners: Bool, kernel: [Int]? = nil,
        scale: [Int]? = nil, hasBias: Bool = true
    ) throws(OsteonError) -> ValueID {
        let given = try self.channels(x)
        let scale = scale ?? all(2)
        switch mode {
        case .deconvolution, .groupedDeconvolution:
            let isGrouped = mode == .groupedDeconvolution
            let groups = isGrouped && given.isMultiple(of: channels) ? channels : 1
            let padding = kernel.map { $0.map { ($0 - 1) / 2 } }
            let outputPadding = kernel.map { zip($0, scale).map { $1 - 1 - ($0 - 1) % 2 } }
            return try transposedConvolution(
                x, "\(path).\(mode.rawValue)", to: channels, kernel: kernel ?? scale, strides: scale, padding: padding,
                outputPadding: outputPadding ?? [], groups: groups, hasBias: hasBias)
        case .interpolation:
            let y = given == channels ? x : try pointwise(x, "\(path).preconv", to: channels, hasBias: hasBias)
            return try interpolated(y, "\(path).upsample_non_trainable", scale: scale, isLinear: true, alignsCorners: alignsCorners)
        case .pixelShuffle:
            guard scale.allSatisfy({ $0 == 2 }) else {
                throw OsteonError(.unsupported, "A pixel shuffle by \(scale) (\(path)); only the same factor for all axes is read.")
            }
            let wide = try Checked.multiply(channels, 1 << rank)
            let y = try convolution(
                x, "\(path).pixelshuffle.conv_block", to: wide, kernel: all(3), padding: all(1), hasBias: hasBias)
            let shuffled = try pixelShuffled(y, "\(path).pixelshuffle", channels)
            // Zeros before each axis, then means over two places: the padding counts.
            let window = SpatialWindow(kernel: all(2), strides: all(1), pads: all(1) + all(0))
            return try module("\(path).pixelshuffle.pad_pool", AveragePool(window: window, countIncludePadding: true), [shuffled])
        }
    }

    /// `torch.nn.Upsample`, by 2 where `scale` says nothing else.
    func interpolated(_ x: ValueID, _ path: String, scale: [Int]? = nil, isLinear: Bool, alignsCorners: Bool) throws(OsteonError) -> ValueID
    {
        scope = path
        let scales = constant(try Tensor((scale ?? all(2)).map { Float($0) }), "scales")
        return try result(resize(isLinear: isLinear, alignsCorners: alignsCorners), [x, nil, scales])
    }

    /// `torch.nn.functional.interpolate` to the spatial extents of `other`.
    func interpolated(_ x: ValueID, to other: ValueID, _ path: String, isLinear: Bool, alignsCorners: Bool) throws(OsteonError) -> ValueID {
        scope = path
        let shape = try step("shape", ShapeOf(start: 2), [other])
        scope = path
        return try result(resize(isLinear: isLinear, alignsCorners: alignsCorners), [x, nil, nil, shape])
    }

    private func resize(isLinear: Bool, alignsCorners: Bool) -> Resize {
        Resize(
            mode: isLinear ? .linear : .nearest,
            coordinateTransformation: !isLinear ? .asymmetric : alignsCorners ? .alignCorners : .halfPixel,
            nearestMode: .floor, axes: Array(2..<rank + 2))
    }

    /// Channels `c · 2ʳ + i` as place `i` of a block of 2 along each of `r` axes: a transposed convolution whose kernels have a
    /// single one, which needs no extents.
    private func pixelShuffled(_ x: ValueID, _ path: String, _ channels: Int) throws(OsteonError) -> ValueID {
        if rank == 2 { return try module(path, DepthToSpace(blockSize: 2, mode: .crd), [x]) }
        let places = 1 << rank
        scope = path
        let kernel = try Tensor(zeros: .f32, [Checked.multiply(channels, places), 1] + all(2))
        var elements = kernel.mutableElements(Float.self)
        for row in 0..<channels * places { elements[row * places + row % places] = 1 }
        let weight = constant(kernel, "places")
        return try result(TransposedConvolution(window: SpatialWindow(kernel: all(2), strides: all(2)), groups: channels), [x, weight])
    }
}
