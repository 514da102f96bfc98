import Bytes
import Imaging
import Tensors
import TestSupport
import Testing

/// Phantoms equal those of `tools/fixtures/phantoms.py`, whose sums are here.
@Suite struct PhantomTests {
    @Test(
        arguments: [
            (1, [29, 30, 30], 1132, 2424, 683_485_853),
            (2, [26, 27, 25], 460, 1596, 707_178_021),
            (1001, [32, 27, 32], 890, 2166, 814_322_622),
        ] as [(UInt64, [Int], Int, Int, Int)])
    func theSameBitsAsInPython(seed: UInt64, extents: [Int], core: Int, shell: Int, hash: Int) throws {
        let phantom = try Phantom(seed: seed)
        #expect(phantom.image.extents == extents && phantom.labels.extents == extents)
        let labels = try phantom.labels.tensor.array(UInt8.self)
        let image = try phantom.image.tensor.array(Float.self)
        #expect(labels.count { $0 == 1 } == core && labels.count { $0 == 2 } == shell)
        // Depends on every voxel and its place, z fastest.
        #expect(image.indices.reduce(0) { ($0 * 31 + Int(image[$1]) + 1000 + 7 * Int(labels[$1])) % 1_000_000_007 } == hash)
    }

    /// A folder's own data list isn't replaced by one of phantoms.
    @Test func anothersDataListStays() throws {
        try withTemporaryFolder { folder in
            let set = PhantomSet(validation: 1, training: 0)
            try set.write(to: folder)
            try set.write(to: folder)
            for text in ["{\"name\": \"Liver\"}", "[]", "{"] {
                try AtomicFile.write(text: text, to: folder + "/dataset_0.json")
                #expect(errorCode { try set.write(to: folder) } == .outputFailed)
                let file = try MappedFile(path: folder + "/dataset_0.json")
                #expect(file.bytes.elementsEqual(text.utf8))
            }
        }
    }
}
