import Bytes
import Contracts
import Imaging
import Tensors
import TestSupport
import Testing

/// What moved a grid is undone: by steps one by one, in part, and by the transforms that ask for it.
@Suite struct UndoTests {
    /// A volume that knows the file it came from.
    private static func stored(_ extents: [Int], channels: Int = 1) throws -> Volume {
        var volume = try Samples.places(extents, channels: channels, affine: Samples.oblique)
        volume.source = VolumeSource(paths: ["scan.nii"], header: nil, extents: extents, affine: Samples.oblique)
        return volume
    }

    private static func apply(_ name: String, _ arguments: [JSONValue.Member], _ fields: inout ImagingCase) throws {
        try TransformTable.make(ImagingTransform(name: name, arguments: arguments)).apply(to: &fields)
    }

    /// Nearest voxels of a grid twice as fine are the voxels themselves.
    @Test(arguments: [AxisMap.Rule.cells, .places(scale: 0.5, offset: 0)])
    func finerGridsComeBackExactly(rule: AxisMap.Rule) throws {
        let volume = try Self.stored([3, 4, 5], channels: 2)
        let maps = volume.extents.map { AxisMap(rule, input: $0, output: 2 * $0) }
        let fine = try volume.resampled(maps, .nearest)
        #expect(fine.extents == [6, 8, 10] && fine.steps.count == 1)
        let back = try fine.restored(.nearest)
        #expect(back.tensor.isIdentical(to: volume.tensor) && back.affine == volume.affine)
    }

    /// A constant image stays one whatever was done, but for what was cut away.
    @Test func constantsStayConstant() throws {
        var volume = try Self.stored([6, 5, 7])
        volume.tensor = try Tensor([Float](repeating: 3, count: 210), shape: [1, 6, 5, 7])
        let spaced = try volume.oriented(Orientation("ASL")).spaced([1.1, 0.9, 2], .linear)
        let moved = try spaced.resampled(spaced.extents.map { AxisMap(.corners, input: $0, output: $0 + 3) }, .linear)
        for interpolation in [Interpolation.linear, .nearest] {
            let back = try moved.restored(interpolation)
            #expect(back.extents == volume.extents && back.affine == volume.affine)
            let isConstant = try Samples.values(back).allSatisfy { abs($0 - 3) < 1e-5 }
            #expect(isConstant, "\(interpolation)")
        }
    }

    @Test func whatWasCutAwayIsFilled() throws {
        let volume = try Self.stored([4, 3, 2])
        let cut = try volume.windowed(start: [1, 0, 0], extents: [2, 3, 2])
        let back = try Samples.values(cut.restored(.nearest, fill: -7))
        let own = try Samples.values(volume)
        #expect(back == own.enumerated().map { place, value in (1...2).contains(place / 6) ? value : -7 })
        // What was added is cut off again.
        let padded = try volume.windowed(start: [-1, -2, 0], extents: [6, 7, 5], .edge)
        #expect(try padded.restored(.linear).tensor.isIdentical(to: volume.tensor))
    }

    /// The last steps alone; more than there are is all of them.
    @Test func someStepsAreUndone() throws {
        let volume = try Self.stored([4, 3, 2])
        let first = try volume.windowed(start: [1, 0, 0], extents: [2, 3, 2])
        let second = try first.oriented(Orientation("PSR"))
        let one = try second.undoing(1, .nearest)
        #expect(
            one.tensor.isIdentical(to: first.tensor) && one.affine.matches(first.affine, extents: first.extents) && one.steps == first.steps
        )
        #expect(try second.undoing(0, .nearest).tensor.isIdentical(to: second.tensor))
        #expect(try second.undoing(9, .nearest).extents == volume.extents)
        // Steps that change nothing aren't recorded.
        #expect(try volume.oriented(Orientation(of: volume.affine)).steps.isEmpty)
        #expect(try volume.windowed(start: [0, 0, 0], extents: [4, 3, 2]).steps.isEmpty)
    }

    @Test func gridsOfAnotherFileAreAFault() throws {
        var volume = try Self.stored([4, 3, 2])
        volume.source?.extents = [4, 3, 3]
        #expect(errorCode { _ = try volume.restored(.nearest) } == .internalFault)
    }

    // MARK: Transforms

    @Test(arguments: [("RestoreOriginalShape", "fields", "src_field"), ("Invertd", "keys", "orig_keys")])
    func resultsAreBroughtBack(_ name: String, _ key: String, _ origin: String) throws {
        let volume = try Self.stored([4, 3, 2])
        var fields = ImagingCase(volumes: ["image": volume])
        try Self.apply("SpatialPadd", [.init("keys", "image"), .init("spatial_size", 6)], &fields)
        try Self.apply("Orientationd", [.init("keys", "image"), .init("axcodes", "PSR")], &fields)
        try Self.apply(name, [.init(key, "image"), .init(origin, "image")], &fields)
        #expect(try fields.volume("image").tensor.isIdentical(to: volume.tensor))
    }

    @Test func gridsAreScaledByFactors() throws {
        let volume = try Self.stored([4, 3, 2])
        for (factor, extents) in [(JSONValue.number(1.5), [6, 4, 3]), ([0.5, 2, 1], [2, 6, 2]), ([0.01, 1, 1], [1, 3, 2])] {
            var fields = ImagingCase(volumes: ["image": volume])
            try Self.apply("ScaleByFactor", [.init("fields", "image"), .init("factor", factor), .init("is_label", true)], &fields)
            let scaled = try fields.volume("image")
            #expect(scaled.extents == extents)
            // The first voxel stays on the first.
            #expect(try Samples.values(scaled).first == 0 && scaled.affine.origin == volume.affine.origin)
        }
        for factor in [JSONValue.integer(0), .integer(-1), .string("a"), [1, 2]] {
            var fields = ImagingCase(volumes: ["image": volume])
            let code = errorCode { try Self.apply("ScaleByFactor", [.init("fields", "image"), .init("factor", factor)], &fields) }
            #expect(code == .unsupported || code == .invalidGraph, "\(factor)")
        }
    }

    @Test func channelsBecomeFields() throws {
        var fields = ImagingCase(volumes: ["scores": try Self.stored([4, 3, 2], channels: 2)])
        try Self.apply("SplitAcrossChannels", [.init("field", "scores"), .init("channel_names", ["a", "b"])], &fields)
        #expect(try Samples.values(fields.volume("b")).first == 1000 && fields.volume("b").channels == 1)
        #expect(
            errorCode { try Self.apply("SplitAcrossChannels", [.init("field", "scores"), .init("channel_names", ["a"])], &fields) }
                == .invalidGraph)
    }

    /// Values stay `f32` or `u8`; a cast that would cut them is refused.
    @Test(arguments: ["CastToType", "CastToTyped", "EnsureTyped"]) func castsLeaveValues(name: String) throws {
        let volume = try Self.stored([4, 3, 2])
        for type in ["float32", "np.int16", "torch.uint8"] {
            var fields = ImagingCase(volumes: ["image": volume])
            try Self.apply(name, [.init("keys", "image"), .init("dtype", .string(type))], &fields)
            #expect(try fields.volume("image").tensor.isIdentical(to: volume.tensor))
        }
        for value in [Float(0.5), 3000] {
            var fields = ImagingCase(volumes: ["image": try Volume(Tensor([1, value] as [Float], shape: [1, 1, 1, 2]))])
            #expect(errorCode { try Self.apply(name, [.init("keys", "image"), .init("dtype", "int16")], &fields) } == .unsupported)
            try Self.apply(name, [.init("keys", "image"), .init("dtype", "float64")], &fields)
        }
    }
}
