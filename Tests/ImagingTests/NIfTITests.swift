import Bytes
import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct NIfTITests {
    @Test(arguments: ["a.nii", "a.nii.gz"])
    func volumesSurviveAFile(_ name: String) throws {
        try withTemporaryFolder { folder in
            for affine in [Samples.lps, Samples.oblique] {
                for channels in [1, 3] {
                    let volume = try Samples.places([5, 4, 19], channels: channels, affine: affine)
                    try NIfTIWriter.write(volume, to: "\(folder)/\(name)")
                    let read = try VolumeFile.read("\(folder)/\(name)")
                    #expect(read.tensor.isIdentical(to: volume.tensor))
                    #expect(read.affine.matches(affine, extents: [5, 4, 19], tolerance: 1e-5))
                }
            }
        }
    }

    @Test func everyElementTypeAndByteOrderIsRead() throws {
        try withTemporaryFolder { folder in
            for type in NIfTIHeader.DataType.allCases where type.components == 1 {
                for isBig in [false, true] {
                    for version in [NIfTIHeader.Version.one, .two] {
                        let file = HandMade(type: type, isBig: isBig, version: version, extents: [2, 3, 2])
                        try AtomicFile.write(file.bytes, to: "\(folder)/x.nii")
                        let volume = try VolumeFile.read("\(folder)/x.nii")
                        #expect(volume.extents == [2, 3, 2])
                        // File order is x first; the tensor's z is last.
                        #expect(try Samples.values(volume) == [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11], "\(type) \(isBig) \(version)")
                    }
                }
            }
        }
    }

    @Test func valuesAreScaled() throws {
        try withTemporaryFolder { folder in
            let file = HandMade(type: .i16, extents: [2, 1, 1], slope: 0.5, intercept: -3)
            try AtomicFile.write(file.bytes, to: "\(folder)/x.nii")
            #expect(try Samples.values(VolumeFile.read("\(folder)/x.nii")) == [-3, -2.5])
        }
    }

    @Test func pairsAreRead() throws {
        try withTemporaryFolder { folder in
            var file = HandMade(type: .u8, extents: [2, 2, 2])
            file.isPair = true
            try AtomicFile.write(Array(file.header), to: "\(folder)/x.hdr")
            try AtomicFile.write(file.voxels, to: "\(folder)/x.img")
            for name in ["x.hdr", "x.img"] {
                #expect(try Samples.values(VolumeFile.read("\(folder)/\(name)")) == [0, 4, 2, 6, 1, 5, 3, 7])
            }
        }
    }

    @Test func masksKeepTheHeaderOfTheirScan() throws {
        try withTemporaryFolder { folder in
            var file = HandMade(type: .i16, extents: [3, 2, 2], slope: 2, intercept: 1)
            file.quaternion = [0.1, 0.2, 0.3]
            try AtomicFile.write(file.bytes, to: "\(folder)/x.nii")
            let scan = try VolumeFile.read("\(folder)/x.nii")
            let mask = try scan.oriented(Orientation("PIR")).resampled(
                [.identity(2), .init(.corners, input: 2, output: 5), .identity(3)], .linear)
            let labels = try Volume(Tensor(zeros: .u8, mask.tensor.shape), on: mask.grid).restored(.nearest)
            try NIfTIWriter.write(labels, to: "\(folder)/m.nii.gz")
            let (a, b) = (try NIfTIReader.header("\(folder)/x.nii"), try NIfTIReader.header("\(folder)/m.nii.gz"))
            #expect(a.quaternion == b.quaternion && a.matrix == b.matrix && a.pixelSizes == b.pixelSizes && a.extents == b.extents)
            #expect(b.dataType == .u8 && b.scaling?.slope == 1)
        }
    }

    /// Metres and micrometres are known; files that say no unit have millimetres, and time's unit doesn't matter.
    @Test(arguments: [(2, 1), (10, 1), (0, 1), (8, 1), (3, 0.001), (11, 0.001), (1, 1000), (17, 1000)] as [(UInt8, Double)])
    func unitsAreMillimetres(_ units: UInt8, _ factor: Double) throws {
        try withTemporaryFolder { folder in
            for version in [NIfTIHeader.Version.one, .two] {
                var file = HandMade(type: .u8, version: version, extents: [3, 2, 2]).bytes
                file[version == .one ? 123 : 500] = units
                try AtomicFile.write(file, to: "\(folder)/x.nii")
                let volume = try VolumeFile.read("\(folder)/x.nii")
                #expect(volume.spacing == [factor, factor, factor])
                // A mask says its grid as the scan does, in the scan's units.
                try NIfTIWriter.write(volume, to: "\(folder)/m.nii")
                let (a, b) = (try NIfTIReader.header("\(folder)/x.nii"), try NIfTIReader.header("\(folder)/m.nii"))
                #expect(a.units == b.units && a.pixelSizes == b.pixelSizes && a.quaternion == b.quaternion)
                #expect(try VolumeFile.read("\(folder)/m.nii").affine == volume.affine)
                // Another grid is written in millimetres.
                try NIfTIWriter.write(volume.windowed(start: [1, 0, 0], extents: [2, 2, 2]), to: "\(folder)/p.nii")
                let part = try VolumeFile.read("\(folder)/p.nii")
                #expect(try NIfTIReader.header("\(folder)/p.nii").units & 7 == 2)
                for axis in 0..<3 { #expect(abs(part.spacing[axis] / factor - 1) < 1e-6) }
            }
        }
    }

    /// What's text in a header may name the patient: none of it is written.
    @Test func wordsOfAHeaderAreNotCarriedOver() throws {
        try withTemporaryFolder { folder in
            for version in [NIfTIHeader.Version.one, .two] {
                var file = HandMade(type: .u8, version: version, extents: [3, 2, 2]).bytes
                // data_type, db_name, descrip, aux_file and intent_name.
                let places = version == .one ? [(4, 10), (14, 18), (148, 80), (228, 24), (328, 16)] : [(240, 80), (320, 24), (508, 16)]
                for (place, count) in places {
                    file.replaceSubrange(
                        place..<place + count,
                        with: Array(
                            "Jane Doe 1970-01-01 Jane Doe 1970-01-01 Jane Doe 1970-01-01 Jane Doe 1970-01-01 ....".utf8.prefix(count)))
                }
                try AtomicFile.write(file, to: "\(folder)/x.nii")
                let scan = try VolumeFile.read("\(folder)/x.nii")
                for volume in [
                    scan, try scan.windowed(start: [1, 0, 0], extents: [2, 2, 2]),
                    try Volume(Tensor(zeros: .u8, [2, 3, 2, 2]), on: scan.grid),
                ] {
                    try NIfTIWriter.write(volume, to: "\(folder)/m.nii")
                    let written = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/m.nii"))
                    #expect(written.range(of: Data("Doe".utf8)) == nil && written.range(of: Data("Jan".utf8)) == nil)
                }
            }
        }
    }

    /// FreeSurfer's surfaces: 163,842 vertices as 27307 × 1 × 6, others as −1 × 1 × 1 with their number in `glmin` (as nibabel has it).
    @Test(
        arguments: [(163_842, [3, 27307, 1, 6]), (163_842, [4, 27307, 1, 6, 1]), (40_000, [3, -1, 1, 1]), (40_000, [4, -1, 1, 1, 1])]
            as [(Int, [Int])])
    func surfacesHaveTheirVertices(_ vertices: Int, _ dimensions: [Int]) throws {
        try withTemporaryFolder { folder in
            var file = HandMade(type: .u8, extents: [1, 1, 1])
            file.extents = [vertices, 1, 1]
            var header = HandMade(type: .u8, extents: [1, 1, 1]).header
            for (place, value) in (dimensions + [Int](repeating: 1, count: 8 - dimensions.count)).enumerated() {
                withUnsafeBytes(of: Int16(value).littleEndian) { header.replaceSubrange(40 + 2 * place..<42 + 2 * place, with: $0) }
            }
            withUnsafeBytes(of: Int32(dimensions[1] < 0 ? vertices : 0).littleEndian) { header.replaceSubrange(144..<148, with: $0) }
            let voxels = (0..<vertices).map { UInt8($0 % 251) }
            try AtomicFile.write(header + [0, 0, 0, 0] + voxels, to: "\(folder)/x.nii")
            let volume = try VolumeFile.read("\(folder)/x.nii")
            #expect(volume.extents == [vertices, 1, 1] && volume.channels == 1)
            #expect(try Samples.values(volume)[40 - 1] == 39)
            // A mask has the form of its scan.
            let mask = try Volume(Tensor(zeros: .u8, [1, vertices, 1, 1]), on: volume.grid)
            try NIfTIWriter.write(mask, to: "\(folder)/m.nii")
            #expect(try VolumeFile.read("\(folder)/m.nii").extents == [vertices, 1, 1])
            let written = try Array(Data(contentsOf: URL(fileURLWithPath: "\(folder)/m.nii")))
            #expect(Array(written[42..<48]) == Array(header[42..<48]))
        }
    }

    /// Images are held in single precision; what that can't hold isn't made infinite without a word.
    @Test func valuesBeyondSinglePrecisionAreRefused() throws {
        try withTemporaryFolder { (folder) throws in
            func message(_ values: [Double], slope: Float = 0) throws -> String {
                var file = HandMade(type: .f64, extents: [values.count, 1, 1], slope: slope).header
                file += [0, 0, 0, 0]
                for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { file += $0 } }
                try AtomicFile.write(file, to: "\(folder)/x.nii")
                do {
                    _ = try VolumeFile.read("\(folder)/x.nii")
                    return ""
                } catch { return "\(error)" }
            }
            #expect(try message([1, 1e300, -1e39]).contains("2 of 3 voxels"))
            #expect(try message([1, 1e300]).contains("x.nii") && message([1, 1e300]).contains("1e+300"))
            #expect(try message([3.4e38, -3.4e38, .infinity, .nan]) == "")
            #expect(try message([1e38], slope: 10).contains("1 of 1"))
            #expect(try message([1e39], slope: 0.01) == "")
        }
    }

    /// (field's place, bytes put there, the error).
    @Test(
        arguments: [
            (40, [200, 0], OsteonError.Code.malformed), (40, [0, 0], .malformed), (40, [0xD8, 0xFF], .malformed), (42, [0, 0], .malformed),
            (42, [0xFF, 0xFF], .malformed), (42, [0xFF, 0x7F], .malformed), (70, [99, 0], .unsupported), (70, [32, 0], .unsupported),
            (72, [7, 0], .malformed),
            (108, [0, 0, 0x80, 0x7F], .malformed), (108, [0, 0, 0xC0, 0x7F], .malformed), (108, [0, 0, 0x80, 0xBF], .malformed),
            (108, [0, 0, 0, 0x4F], .malformed), (344, [0, 0, 0, 0], .unsupported), (344, [0x6E, 0x2A, 0x31, 0], .malformed),
            (0, [1, 2, 3, 4], .malformed),
        ] as [(Int, [UInt8], OsteonError.Code)])
    func lyingHeadersAreRefused(_ place: Int, _ bytes: [UInt8], _ code: OsteonError.Code) throws {
        try withTemporaryFolder { folder in
            var file = HandMade(type: .i16, extents: [2, 2, 2]).bytes
            file.replaceSubrange(place..<place + bytes.count, with: bytes)
            try AtomicFile.write(file, to: "\(folder)/x.nii")
            #expect(errorCode { _ = try VolumeFile.read("\(folder)/x.nii") } == code)
        }
    }

    @Test func everyTruncationIsRefusedAndNoFlipTraps() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.nii"
            let whole = HandMade(type: .i16, extents: [3, 3, 2]).bytes
            for count in 0..<whole.count {
                try AtomicFile.write(Array(whole[..<count]), to: path)
                #expect(throws: OsteonError.self, "\(count) bytes") { try VolumeFile.read(path) }
            }
            for bit in stride(from: 0, to: 8 * 352, by: 5) {
                try AtomicFile.write(whole.flipping(bit: bit), to: path)
                _ = try? VolumeFile.read(path)
            }
            let volume = try Samples.places([5, 4, 3])
            try NIfTIWriter.write(volume, to: "\(folder)/x.nii.gz")
            let packed = try Array(Data(contentsOf: URL(fileURLWithPath: "\(folder)/x.nii.gz")))
            for count in 0..<packed.count - 1 {
                try AtomicFile.write(Array(packed[..<count]), to: path)
                #expect(throws: OsteonError.self, "\(count) compressed bytes") { try VolumeFile.read(path) }
            }
        }
    }

    @Test func sizesAFileCannotHoldAreRefusedBeforeMemoryIsTaken() throws {
        try withTemporaryFolder { folder in
            // 30,000 × 30,000 × 30,000 voxels in a few hundred bytes.
            var file = HandMade(type: .i16, extents: [1, 1, 1]).bytes
            for axis in 0..<3 { file.replaceSubrange(42 + 2 * axis..<44 + 2 * axis, with: [0x30, 0x75]) }
            try AtomicFile.write(file, to: "\(folder)/x.nii")
            #expect(errorCode { _ = try VolumeFile.read("\(folder)/x.nii") } == .malformed)
            var limits = VolumeLimits()
            limits.voxels = 10
            try NIfTIWriter.write(Samples.places([3, 2, 2]), to: "\(folder)/y.nii")
            #expect(errorCode { _ = try VolumeFile.read("\(folder)/y.nii", limits: limits) } == .limitExceeded)
        }
    }

    /// A header that says an extent too small by one leaves a slice behind the voxels.
    @Test(arguments: [[2, 3, 4], [3, 2, 4], [3, 3, 3]]) func hiddenSlicesAreTold(_ extents: [Int]) throws {
        try withTemporaryFolder { folder in
            var file = HandMade(type: .i16, extents: [3, 3, 4]).bytes
            for (axis, extent) in extents.enumerated() { file[42 + 2 * axis] = UInt8(extent) }
            try AtomicFile.write(file, to: "\(folder)/x.nii")
            #expect(errorCode { _ = try VolumeFile.read("\(folder)/x.nii") } == .malformed)
            // A little padding hides nothing.
            try AtomicFile.write(HandMade(type: .i16, extents: extents).bytes + [0, 0], to: "\(folder)/x.nii")
            #expect(try VolumeFile.read("\(folder)/x.nii").extents == extents)
        }
    }

    @Test func axesThatSpanNoSpaceAreRefusedWithTheFilesName() throws {
        try withTemporaryFolder { folder in
            var file = HandMade(type: .u8, extents: [3, 3, 4]).bytes
            file[254] = 1  // an sform of zeros
            try AtomicFile.write(file, to: "\(folder)/x.nii")
            #expect(errorCode { _ = try VolumeFile.read("\(folder)/x.nii") } == .malformed)
            do { _ = try VolumeFile.read("\(folder)/x.nii") } catch { #expect("\(error)".contains("x.nii")) }
        }
    }

    @Test func otherKindsAreNamed() throws {
        try withTemporaryFolder { folder in
            #expect(errorCode { _ = try VolumeFile.read(folder) } == .unsupported)
            var mgh: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0]
            mgh += [UInt8](repeating: 0, count: 300)
            let explicit: [UInt8] = [8, 0, 5, 0] + Array("CS".utf8) + [10, 0] + Array("ISO_IR 100".utf8)
            let implicit: [UInt8] = [8, 0, 0, 0, 4, 0, 0, 0] + [UInt8](repeating: 1, count: 20)
            // (name, first bytes, a word of what it is and what to do)
            for (name, bytes, words) in [
                ("a.dcm", [UInt8](repeating: 0, count: 128) + Array("DICM".utf8), ["DICOM", "dcm2niix"]),
                ("b", explicit, ["DICOM", "dcm2niix"]),
                ("c.dcm", implicit, ["DICOM", "dcm2niix"]), ("d.mgh", mgh, ["FreeSurfer", "mri_convert"]),
                ("e.nrrd", Array("NRRD0004\ntype: short\n".utf8), ["NRRD", "NIfTI"]),
                ("f.mha", Array("ObjectType = Image\n".utf8), ["MetaImage"]),
                ("g.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16], ["JPEG", "PNG"]), ("h.tif", [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], ["TIFF"]),
                ("i.npy", [0x93] + Array("NUMPY".utf8), ["NumPy"]),
                // The same, compressed.
                (
                    "j.mgz",
                    [
                        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 99, 96, 96, 96, 100, 96, 96, 96, 129, 98, 38, 6, 8, 159, 153, 97, 20, 144, 4, 0,
                        39, 88, 137, 24, 72, 1, 0, 0,
                    ],
                    ["FreeSurfer"]
                ),
            ] as [(String, [UInt8], [String])] {
                try AtomicFile.write(bytes, to: "\(folder)/\(name)")
                do {
                    _ = try VolumeFile.read("\(folder)/\(name)")
                    Issue.record("\(name) was read")
                } catch {
                    #expect((error as? OsteonError)?.code == .unsupported, "\(name)")
                    for word in words + [name] { #expect("\(error)".contains(word), "\(name): \(error)") }
                }
            }
            for text in ["hello", ""] {
                try AtomicFile.write(text: text, to: "\(folder)/a.nii")
                #expect(errorCode { _ = try VolumeFile.read("\(folder)/a.nii") } == .malformed)
            }
        }
    }

    /// Grids that differ in their origin, or in their axes alone, are told apart.
    @Test func gridsAreToldApart() throws {
        let a = try Samples.places([3, 3, 3])
        let moved = try Samples.places([3, 3, 3], affine: Affine(columns: Affine.identity.columns, origin: [0, 12.5, 0]))
        let turned = try Samples.places([3, 3, 3], affine: Affine(columns: [[1, 1e-4, 0], [-1e-4, 1, 0], [0, 0, 1]], origin: .zero))
        #expect(a.gridText == moved.gridText)
        let texts = moved.gridTexts(beside: a)
        #expect(texts.own != texts.other && texts.own.contains("12.5"))
        let axes = turned.gridTexts(beside: a)
        #expect(axes.own != axes.other && axes.own.contains("0.0001"))
        #expect(
            try Samples.places([3, 3, 3], affine: Affine(columns: [[5e-4, 0, 0], [0, 5e-4, 0], [0, 0, 1]], origin: .zero)).gridText
                .contains("0.0005"))
    }
}

/// A NIfTI file written field by field, so that the reader isn't tested by the writer alone. Voxels count up from 0.
struct HandMade {
    var type: NIfTIHeader.DataType
    var isBig = false
    var version = NIfTIHeader.Version.one
    var extents: [Int]
    var slope: Float = 0
    var intercept: Float = 0
    var isPair = false
    var quaternion: [Float] = [0, 0, 0]

    init(
        type: NIfTIHeader.DataType, isBig: Bool = false, version: NIfTIHeader.Version = .one, extents: [Int], slope: Float = 0,
        intercept: Float = 0
    ) {
        (self.type, self.isBig, self.version, self.extents, self.slope, self.intercept) = (type, isBig, version, extents, slope, intercept)
    }

    var bytes: [UInt8] { header + [0, 0, 0, 0] + voxels }

    var header: [UInt8] {
        var out = [UInt8](repeating: 0, count: version == .one ? 348 : 540)
        func put<T: FixedWidthInteger>(_ value: T, _ place: Int) {
            withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { out.replaceSubrange(place..<place + $0.count, with: $0) }
        }
        put(Int32(out.count), 0)
        let dim = [extents.count] + extents + [Int](repeating: 1, count: 7 - extents.count)
        let magic: [UInt8] = Array("n\(isPair ? "i" : "+")\(version.rawValue)".utf8) + [0]
        if version == .one {
            for (i, d) in dim.enumerated() { put(Int16(d), 40 + 2 * i) }
            put(Int16(type.rawValue), 70)
            put(Int16(8 * type.byteCount), 72)
            for i in 0..<8 { put(Float(1).bitPattern, 76 + 4 * i) }
            put(Float(isPair ? 0 : 352).bitPattern, 108)
            put(slope.bitPattern, 112)
            put(intercept.bitPattern, 116)
            put(Int16(1), 252)
            for i in 0..<3 { put(quaternion[i].bitPattern, 256 + 4 * i) }
            out.replaceSubrange(344..<348, with: magic)
        } else {
            out.replaceSubrange(4..<12, with: magic + [0x0D, 0x0A, 0x1A, 0x0A])
            put(Int16(type.rawValue), 12)
            put(Int16(8 * type.byteCount), 14)
            for (i, d) in dim.enumerated() { put(Int64(d), 16 + 8 * i) }
            for i in 0..<8 { put(Double(1).bitPattern, 104 + 8 * i) }
            put(Int64(544), 168)
            put(Int32(1), 344)
        }
        return out
    }

    var voxels: [UInt8] {
        (0..<extents.reduce(1, *)).flatMap { value -> [UInt8] in
            func raw<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
                withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { Array($0) }
            }
            switch type {
            case .u8, .i8, .rgb, .rgba: return [UInt8(value)]
            case .u16, .i16: return raw(Int16(value))
            case .u32, .i32: return raw(Int32(value))
            case .u64, .i64: return raw(Int64(value))
            case .f32: return raw(Float(value).bitPattern)
            case .f64: return raw(Double(value).bitPattern)
            }
        }
    }
}
