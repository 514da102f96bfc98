import Container
import TestSupport
import Testing

@Suite struct DamageTests {
    @Test func everyBitFlipIsRefused() throws {
        let good = try NativeWriter.encoded(Samples.tiny())
        var survivors: [Int] = []
        for bit in 0..<good.count * 8 {
            let code = errorCode { _ = try NativeReader.read(good.flipping(bit: bit)) }
            if code == nil { survivors.append(bit / 8) }
        }
        #expect(survivors == [])
    }

    @Test func everyTruncationAndAppendedByteIsRefused() throws {
        let good = try NativeWriter.encoded(Samples.model())
        for count in 0..<good.count {
            let code = errorCode { _ = try NativeReader.read(Array(good.prefix(count))) }
            #expect(code == .malformed)
        }
        let code = errorCode { _ = try NativeReader.read(good + [0]) }
        #expect(code == .malformed)
    }

    @Test func withoutTheChecksumsOnlyDataMayDiffer() throws {
        var bytes = try NativeWriter.encoded(Samples.tiny())
        bytes[bytes.count - 1] ^= 1
        let code = errorCode { _ = try NativeReader.read(bytes) }
        #expect(code == .malformed)
        _ = try NativeReader.read(bytes, checkingData: false)
    }
}
