import Bytes
import Foundation
import Imaging
import TestSupport
import Testing

/// Lists as Windows, macOS, Python and nnU-Net 1 leave them.
@Suite struct DataListPathTests {
    private static func touch(_ names: String..., in folder: String) throws {
        for name in names {
            try FileManager.default.createDirectory(
                atPath: ("\(folder)/\(name)" as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try AtomicFile.write([0], to: "\(folder)/\(name)")
        }
    }

    @Test func nnUNet1LeavesChannelNumbersOut() throws {
        try withTemporaryFolder { folder in
            try Self.touch(
                "imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz", "labelsTr/a.nii.gz", "imagesTr/b_0000.nii.gz", "imagesTs/c_0000.nii.gz",
                "imagesTs/c_0001.nii.gz", in: folder)
            func list(_ entry: String) throws -> DataList {
                try AtomicFile.write(
                    text:
                        #"{"modality": {"0": "T1", "1": "T2"}, "labels": {"0": "background", "1": "x"}, "training": [\#(entry)], "test": ["./imagesTs/c.nii.gz"]}"#,
                    to: folder + "/dataset.json")
                return try DataList.read(folder)
            }
            let found = try list(#"{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}"#)
            #expect(
                try found.cases("training") == [
                    .init(
                        name: "a", images: ["\(folder)/imagesTr/a_0000.nii.gz", "\(folder)/imagesTr/a_0001.nii.gz"],
                        reference: .file("\(folder)/labelsTr/a.nii.gz"))
                ])
            #expect(try found.cases("test")[0].images.count == 2)
            #expect(errorCode { _ = try list(#"{"image": "./imagesTr/b.nii.gz"}"#) } == .malformed)
            // What the list names is there: then it's that.
            try Self.touch("imagesTr/b.nii.gz", in: folder)
            #expect(try list(#"{"image": "./imagesTr/b.nii.gz"}"#).cases("training")[0].images == ["\(folder)/imagesTr/b.nii.gz"])
        }
    }

    @Test func marksNaNAndBackslashesAreRead() throws {
        try withTemporaryFolder { folder in
            try Self.touch("imagesTr/a.nii", "labelsTr/a.nii", "imagesTr/b\\c.nii", in: folder)
            let text =
                #"{"spacing": [NaN, Infinity, -Infinity], "training": [{"image": "imagesTr\\a.nii", "label": ".\\labelsTr\\a.nii"}, {"image": "imagesTr/b\\c.nii", "label": NaN}]}"#
            try AtomicFile.write([0xEF, 0xBB, 0xBF] + Array(text.utf8), to: folder + "/d.json")
            let cases = try DataList.read(folder + "/d.json").cases()
            #expect(cases[0] == .init(name: "a", images: [folder + "/imagesTr/a.nii"], reference: .file(folder + "/labelsTr/a.nii")))
            #expect(cases[1].images == [folder + "/imagesTr/b\\c.nii"])
            // A file's name, not a folder's: it's there as it's written.
            #expect(cases[1].name == "b\\c")
            try AtomicFile.write(text: #"{"training": [{"image": "..\\..\\a.nii"}]}"#, to: folder + "/d.json")
            #expect(errorCode { _ = try DataList.read(folder + "/d.json") } == .unsafeReference)
        }
    }

    @Test func pathsThatStayInTheFolderAreFine() throws {
        try withTemporaryFolder { folder in
            try Self.touch("data/a/x.nii", in: folder)
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "data")
            for path in [
                "\(folder)/data/a/x.nii", "\(folder)/link/a/x.nii", "\(folder)/data/a/not_there_yet.nii", "a/../a/x.nii", "./a//x.nii",
            ] {
                try AtomicFile.write(text: #"{"validation": [{"image": "\#(path)"}]}"#, to: folder + "/data/d.json")
                let name = path.hasSuffix("yet.nii") ? "not_there_yet" : "x"
                #expect(try DataList.read(folder + "/data/d.json").cases()[0].images == ["\(folder)/data/a/\(name).nii"], "\(path)")
            }
            for path in ["\(folder)/d.json", "\(folder)/data/../x.nii", "\(folder)/database/x.nii", "a/../../x.nii"] {
                try AtomicFile.write(text: #"{"validation": [{"image": "\#(path)"}]}"#, to: folder + "/data/d.json")
                #expect(errorCode { _ = try DataList.read(folder + "/data/d.json") } == .unsafeReference, "\(path)")
            }
        }
    }

    @Test func aCaseCountsOnce() throws {
        try withTemporaryFolder { folder in
            try Self.touch("x.nii", "y.nii", "l.nii", "m.nii", in: folder)
            try FileManager.default.linkItem(atPath: folder + "/x.nii", toPath: folder + "/z.nii")
            func read(_ entries: String) throws -> DataList {
                try AtomicFile.write(text: #"{"validation": [\#(entries)]}"#, to: folder + "/d.json")
                return try DataList.read(folder + "/d.json")
            }
            let first = #"{"image": "x.nii", "label": "l.nii"}"#
            for again in [first, #"{"image": "./x.nii", "label": "./l.nii"}"#, #"{"image": "z.nii", "label": "l.nii"}"#] {
                let error = try #require(throws: OsteonError.self) { try read("\(first), \(again)") }
                #expect(error.code == .malformed && error.message.contains("listed twice"))
            }
            let other = try read(#"\#(first), {"image": "x.nii", "label": "m.nii"}"#)
            #expect(try other.cases().map(\.name) == ["x", "x_1"] && other.notes.count == 1)
            #expect(try read(#"\#(first), {"image": "y.nii", "label": "l.nii"}"#).notes.isEmpty)
        }
    }

    /// The same name, composed and decomposed.
    @Test func unicodeFormsAreTheSameName() throws {
        let composed = "M\u{FC}ller"
        let decomposed = "Mu\u{308}ller"
        try withTemporaryFolder { folder in
            for (onDisk, listed) in [(composed, decomposed), (decomposed, composed)] {
                let root = "\(folder)/\(onDisk.utf8.count)"
                try Self.touch("\(onDisk)/\(onDisk).nii", "\(onDisk)/l.nii", in: root)
                try AtomicFile.write(
                    text: #"{"validation": [{"image": "\#(listed)/\#(listed).nii", "label": "\#(listed)/l.nii"}]}"#, to: root + "/d.json")
                let found = try DataList.read(root + "/d.json").cases()[0]
                #expect(FileManager.default.fileExists(atPath: found.images[0]))
                #expect(found.images[0].utf8.elementsEqual("\(root)/\(onDisk)/\(onDisk).nii".utf8))
                #expect(found.name.utf8.elementsEqual(composed.utf8))
            }
            // nnU-Net's folders: the image's name in one form, the label's in the other.
            try Self.touch("nn/imagesTr/\(composed)_0000.nii.gz", "nn/labelsTr/\(decomposed).nii.gz", in: folder)
            try AtomicFile.write(
                text: #"{"channel_names": {"0": "a"}, "labels": {"background": 0, "x": 1}, "file_ending": ".nii.gz"}"#,
                to: folder + "/nn/dataset.json")
            let found = try DataList.read(folder + "/nn").cases()
            #expect(found.count == 1 && found[0].reference != nil)
        }
    }
}

@Suite struct DataListLabelTests {
    private static func list(_ members: String) throws -> DataList {
        try withTemporaryFolder { folder in
            try AtomicFile.write(text: #"{\#(members), "validation": [{"image": "x.nii"}]}"#, to: folder + "/d.json")
            return try DataList.read(folder + "/d.json")
        }
    }

    @Test func regionsAndIgnoreAreReadAsNNUNetReadsThem() throws {
        let list = try Self.list(
            #""labels": {"background": 0, "whole tumor": [1, 2, 3], "core": [2, 3], "rim": 3, "ignore": 4}, "regions_class_order": [1, 2, 3]"#
        )
        #expect(list.regions.map(\.name) == ["whole tumor", "core", "rim"] && list.regions.map(\.key) == ["(1, 2, 3)", "(2, 3)", "3"])
        #expect(list.ignored == 4 && list.classOrder == [1, 2, 3] && list.knownValues == [0, 1, 2, 3, 4])
        let plain = try Self.list(#""labels": {"0": "background", "1": "liver", "2": "ignore"}"#)
        #expect(
            plain.labels == [0: "background", 1: "liver"] && plain.ignored == 2 && plain.regions.isEmpty && plain.knownValues == [0, 1, 2])
        let single = try Self.list(#""labels": {"background": "0", "a": [1], "b": 2.0}"#)
        #expect(single.labels == [0: "background", 1: "a", 2: "b"] && single.regions.isEmpty)
        #expect(try Self.list(#""name": "x""#).knownValues.isEmpty)
    }

    @Test(arguments: [
        #""labels": {"a": 1.5}"#, #""labels": {"a": -1}"#, #""labels": {"a": []}"#, #""labels": {"a": 1, "ignore": 1}"#,
        #""labels": {"a": 1, "ignore": [2, 3]}"#,
        #""labels": {"a": [1, 2], "b": [2]}, "regions_class_order": [1]"#, #""labels": {"a": "b"}"#, #""labels": {"a": 70000}"#,
    ])
    func labelsThatContradictThemselvesAreRefused(_ members: String) throws {
        #expect(errorCode { _ = try Self.list(members) } == .malformed)
    }
}
