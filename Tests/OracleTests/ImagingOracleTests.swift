import ArchiveImport
import Contracts
import Foundation
import Imaging
import TestSupport
import Testing
import Workflows

/// Volumes, transforms and sliding windows as nibabel, MONAI and SciPy have them (`tools/check imaging`).
@Suite struct ImagingOracleTests {
    static let fixture = try! OracleFixture("imaging")

    /// Where the network isn't part of the case: what `osteon prepare` makes.
    @Test(arguments: fixture.cases.filter { $0.json["network"] == nil })
    func volumesAndTransforms(oracle: OracleFixture.Case) throws {
        try withTemporaryFolder { folder in
            let options = try options(oracle, in: folder)
            let pipeline = try #require(options.ownPipeline)
            let contract = ImagingContract(
                name: pipeline.source, task: .other, input: .init(name: "image"), output: .init(name: "output"), pipelines: [pipeline])
            var preprocessor = try ImagePreprocessor(contract, options.pipeline)
            preprocessor.orientation = options.orientation
            var volume = try preprocessor.load(files(oracle, in: folder)).volume
            if let back = oracle.json["back"] { volume = try volume.restored(back.choice()) }
            let tolerance = try oracle.json["tolerance"]?.double() ?? 0
            try Self.fixture.hold(volume.tensor, to: oracle, summary: oracle.name, tolerance: tolerance)
            try holdAffine(volume.affine, to: oracle)
        }
    }

    /// What `osteon segment` makes: the network's blended values, and the mask they give.
    @Test(arguments: fixture.cases.filter { $0.json["network"] != nil })
    func slidingWindows(oracle: OracleFixture.Case) throws {
        try withTemporaryFolder { folder in
            var options = try options(oracle, in: folder)
            options.window = try oracle.json.member("window").integers()
            options.overlap = try oracle.json.member("overlap").double()
            options.blend = try oracle.json.member("blend").choice()
            options.batch = try oracle.json.member("batch").integer()
            options.decision = .argmax
            let model = try Model.open("\(OracleFixture.folder)/\(oracle.json.member("network").string())")
            let result = try ModelSegmentation(model, options).run(files(oracle, in: folder), keepingValues: true)
            guard oracle.json["mask"] != nil else {
                let values = try #require(result.values)
                let tolerance = try oracle.json.member("tolerance").double()
                return try Self.fixture.hold(values.tensor, to: oracle, summary: oracle.name, tolerance: tolerance)
            }
            let wanted = try Self.fixture.bytes(oracle.name)
            let mask = try result.mask.tensor.array(UInt8.self)
            let shape = try oracle.json.member("shape").integers()
            try #require(result.mask.extents == shape)
            // Two channels may be equal but for rounding.
            #expect(zip(mask, wanted).count { $0 != $1 } <= 2)
            try holdAffine(result.mask.affine, to: oracle)
        }
    }

    // MARK: Inputs

    private func options(_ oracle: OracleFixture.Case, in folder: String) throws -> ImagingOptions {
        let path = "\(folder)/steps.json"
        try oracle.json.member("transforms").text().write(toFile: path, atomically: true, encoding: .utf8)
        var options = ImagingOptions()
        options.ownPipeline = try PipelineFile.read(path)
        options.orientation = .asStored
        return options
    }

    /// Writes the case's images: whole files, or a header whose voxels follow from a seed.
    /// - Returns: their paths; of a pair the image's.
    private func files(_ oracle: OracleFixture.Case, in folder: String) throws -> [String] {
        var paths: [String] = []
        for (index, entry) in try oracle.json.member("files").array().enumerated() {
            let names: [String]
            if case .string(let name) = entry { names = [name] } else { names = try entry.strings() }
            for name in names {
                var bytes = try Self.fixture.bytes("file \(name)")
                if let seed = try oracle.json["seed"]?.integers() {
                    OracleFixture.noise(seed[1], seed: seed[0]).withUnsafeBytes { bytes += $0 }
                }
                let path = "\(folder)/image\(index)\(name.drop { $0 != "." })"
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                if name == names.first { paths.append(path) }
            }
        }
        return paths
    }

    /// In millimetres, at most a thousandth off.
    private func holdAffine(_ affine: Affine, to oracle: OracleFixture.Case) throws {
        guard let rows = oracle.json["affine"] else { return }
        let wanted = try rows.array().map { try $0.array().map { try $0.double() } }
        let isSame = zip(affine.rows, wanted).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) <= 1e-3 + 1e-5 * abs($1) } }
        #expect(isSame, "\(oracle.name) lies at \(affine.rows), not \(wanted)")
    }
}
