import Bytes
import Foundation
import Testing

@Suite struct SharedBytesTests {
    private final class Owner {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 16)
        let atEnd: () -> Void

        init(_ atEnd: @escaping () -> Void) {
            self.atEnd = atEnd
            memory.copyBytes(from: 0..<16)
        }

        deinit {
            memory.deallocate()
            atEnd()
        }
    }

    @Test func partsCountFromTheirOwnStart() {
        let bytes = SharedBytes(Array(0..<16))
        let part = bytes.extracting(4..<12).extracting(1...)
        #expect(Array(part) == Array(5..<12))
        #expect(part[0] == 5 && part.span[6] == 11 && part.first == 5 && part.firstIndex(of: 7) == 2)
        #expect(part.load(UInt16.self, at: 1).littleEndian == 0x0706)
        #expect(part.offset(in: bytes) == 5 && bytes.offset(in: part) == nil)
        #expect(part.extracting(7...).isEmpty)
        #expect(part.isIdentical(to: SharedBytes(Array(5..<12))) && !part.isIdentical(to: bytes))
        #expect(bytes.isAligned(to: 8) && !part.isAligned(to: 2))
        #expect(SharedBytes([]).isEmpty && SharedBytes(Data()).data.isEmpty)
        #expect([UInt8](SharedBytes(Data(repeating: 3, count: 100))) == [UInt8](repeating: 3, count: 100))
    }

    /// Whoever holds a part, or `Data` or a reader made of one, holds the memory.
    @Test func aPartKeepsTheMemory() throws {
        var isGone = false
        var part: SharedBytes?
        do {
            let owner = Owner { isGone = true }
            part = SharedBytes(unsafe: UnsafeRawBufferPointer(owner.memory), owner: owner).extracting(3..<5)
        }
        #expect(!isGone)
        var data = part?.data
        var reader = part.map { ByteReader($0) }
        part = nil
        #expect(data == Data([3, 4]) && !isGone)
        data = nil
        #expect(try reader?.integer(UInt16.self).littleEndian == 0x0403 && !isGone)
        reader = nil
        #expect(isGone)
    }

    @Test func nothingIsReadBeyondTheEnd() async {
        await #expect(processExitsWith: .failure) { _ = SharedBytes([1, 2, 3])[3] }
        await #expect(processExitsWith: .failure) { _ = SharedBytes([1, 2, 3]).load(UInt32.self) }
        await #expect(processExitsWith: .failure) { _ = SharedBytes([1, 2, 3]).extracting(2..<4) }
        await #expect(processExitsWith: .success) { _ = SharedBytes([1, 2, 3, 4]).load(UInt32.self) }
    }
}
