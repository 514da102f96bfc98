import Foundation
import TestSupport
import Testing

@Suite struct NPYTests {
    @Test(arguments: ElementType.allCases)
    func everyTypeAndRankSurvivesAFile(_ type: ElementType) throws {
        try withTemporaryFolder { folder in
            for shape in [[], [0], [5], [2, 3], [3, 0, 2], [2, 1, 3, 2]] {
                let tensor = try Tensor((0..<shape.reduce(1, *)).map { Double($0 % 2) }, shape: shape).converted(to: type)
                try NPY.write(tensor, to: "\(folder)/a.npy")
                #expect(try NPY.read("\(folder)/a.npy").isIdentical(to: tensor))
            }
        }
    }

    @Test func readsBigEndianAndFortranOrder() throws {
        let bytes = file("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 1, 0])
        let tensor = try NPY.read(bytes)
        #expect(tensor.shape == [2, 3])
        #expect(try tensor.array(Int16.self) == [1, 3, 5, 2, 4, 256])
    }

    @Test func readsWhatPython2AndOtherVersionsWrote() throws {
        let text = "{\"shape\": (2L,), 'fortran_order': False, 'descr': '|u1'}   \n"
        #expect(try NPY.read(file(text, [7, 8])).array(UInt8.self) == [7, 8])
        #expect(try NPY.read(file(text, [7, 8], version: 2)).array(UInt8.self) == [7, 8])
        #expect(try NPY.read(file(text, [7, 8], version: 3)).array(UInt8.self) == [7, 8])
    }

    @Test func anyNonZeroByteIsTrue() throws {
        let tensor = try NPY.read(file("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", [0, 1, 200]))
        #expect(try tensor.array(Bool.self) == [false, true, true])
    }

    @Test(arguments: [
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", OsteonError.Code.unsafeReference),
        ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': 'f4', 'fortran_order': False, 'shape': (1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': 1}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 'y'}", .malformed),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + x", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", .limitExceeded),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", .limitExceeded),
        ("", .malformed), ("{", .malformed), ("{'", .malformed),
    ])
    func refusesHeaders(_ text: String, _ code: OsteonError.Code) {
        let result = errorCode { _ = try NPY.read(file(text, [0, 0, 128, 63])) }
        #expect(result == code)
    }

    @Test func everyTruncationIsRefused() throws {
        let whole = file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", [UInt8](repeating: 1, count: 12))
        for count in 0..<whole.count {
            let onMalformed = errorCode { _ = try NPY.read(Array(whole.prefix(count))) }
            #expect(onMalformed == .malformed)
        }
        let onMalformed = errorCode { _ = try NPY.read(whole + [0]) }
        #expect(onMalformed == .malformed)
        let onUnsupported = errorCode { _ = try NPY.read(file("{}", [], version: 4)) }
        #expect(onUnsupported == .unsupported)
    }

    private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let count = header.utf8.count
        let length = [UInt8(count & 0xFF), UInt8(count >> 8)] + (version == 1 ? [] : [0, 0])
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + data
    }
}
