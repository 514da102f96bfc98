import Bytes
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct DataListTests {
    @Test func claraAndDecathlonListsAreRead() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write(
                text: """
                    {"name": "T", "modality": {"0": "FLAIR", "1": "T1"}, "labels": {"0": "background", "1": "edema"},
                     "training": [{"image": ["a/x_t1.nii.gz", "a/x_t2.nii.gz"], "label": "l/x.nii.gz"}],
                     "validation": [{"image": "a/y.nii", "label": "l/y.nii"}, {"image": "b/y.nii", "label": [1, 0]}], "test": ["a/z.nii"]}
                    """, to: "\(folder)/d.json")
            let list = try DataList.read("\(folder)/d.json")
            #expect(list.channels == ["FLAIR", "T1"] && list.labels == [0: "background", 1: "edema"])
            #expect(list.lists.map(\.name) == ["training", "validation", "test"])
            let cases = try list.cases()
            #expect(cases.map(\.name) == ["y", "y_1"])
            #expect(cases[0].reference == .file("\(folder)/l/y.nii") && cases[1].reference == .values([1, 0]))
            #expect(try list.cases("training")[0].images.count == 2)
        }
    }

    @Test func nnUNetFoldersAreRead() throws {
        try withTemporaryFolder { folder in
            // The hidden one is of the kind that archives made on a Mac hold.
            for name in ["imagesTr/c1_0000.nii.gz", "imagesTr/c1_0001.nii.gz", "imagesTr/._c1_0000.nii.gz", "labelsTr/c1.nii.gz"] {
                try FileManager.default.createDirectory(
                    atPath: (("\(folder)/\(name)") as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try AtomicFile.write([0], to: "\(folder)/\(name)")
            }
            try AtomicFile.write(
                text: #"{"channel_names": {"1": "b", "0": "a"}, "labels": {"background": 0, "liver": 1}, "file_ending": ".nii.gz"}"#,
                to: "\(folder)/dataset.json")
            let list = try DataList.read(folder)
            #expect(list.labels == [0: "background", 1: "liver"] && list.channels == ["a", "b"])
            #expect(
                try list.cases()[0]
                    == .init(
                        name: "c1", images: ["\(folder)/imagesTr/c1_0000.nii.gz", "\(folder)/imagesTr/c1_0001.nii.gz"],
                        reference: .file("\(folder)/labelsTr/c1.nii.gz")))
        }
    }

    @Test(arguments: ["../x.nii", "/etc/passwd", "a/../../x.nii", "link/x.nii", ""])
    func pathsStayInTheirFolder(_ path: String) throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/in", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: "\(folder)/out", withIntermediateDirectories: true)
            try AtomicFile.write([0], to: "\(folder)/out/x.nii")
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/in/link", withDestinationPath: "../out")
            try AtomicFile.write(text: #"{"validation": [{"image": "\#(path)"}]}"#, to: "\(folder)/in/d.json")
            #expect(errorCode { _ = try DataList.read("\(folder)/in/d.json") } == .unsafeReference)
        }
    }
}
