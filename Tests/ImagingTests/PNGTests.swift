import Bytes
import Foundation
import Imaging
import TestSupport
import Testing

/// Pictures that Osteon writes, and ones that are damaged; what other programs write is among the oracles' cases.
@Suite struct PNGTests {
    private static func pixels(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) } }

    @Test(arguments: [(1, 1, 1), (1, 1, 3), (7, 5, 1), (5, 7, 3), (300, 2, 3)])
    func whatIsWrittenIsReadBack(width: Int, height: Int, channels: Int) throws {
        try withTemporaryFolder { folder in
            let pixels = Self.pixels(width * height * channels)
            try PNG.write(pixels, width: width, height: height, channels: channels, to: "\(folder)/a.png")
            let volume = try VolumeFile.read("\(folder)/a.png")
            #expect(volume.tensor.shape == [channels, height, width])
            let values = try volume.tensor.array(Float.self)
            for channel in 0..<channels {
                for place in 0..<width * height {
                    #expect(values[channel * width * height + place] == Float(pixels[place * channels + channel]))
                }
            }
            #expect(
                try PNG.encoded(pixels, width: width, height: height, channels: channels)
                    == Array(Data(contentsOf: URL(fileURLWithPath: "\(folder)/a.png"))))
        }
    }

    @Test(arguments: [(0, 1, 1, 0), (1, 0, 1, 0), (2, 2, 2, 8), (2, 2, 1, 3), (65_536, 1, 1, 65_536), (2, 2, 4, 16)])
    func picturesThatArentAreNotWritten(width: Int, height: Int, channels: Int, count: Int) {
        #expect(
            errorCode { _ = try PNG.encoded(Self.pixels(count), width: width, height: height, channels: channels) } == .internalFault)
    }

    /// A file cut anywhere, or with any byte changed, is an error or an image of the same size; never a trap.
    @Test func damagedFilesAreErrors() throws {
        try withTemporaryFolder { folder in
            let whole = try PNG.encoded(Self.pixels(7 * 5 * 3), width: 7, height: 5, channels: 3)
            let path = "\(folder)/damaged.png"
            for count in 0..<whole.count {
                try Data(whole.prefix(count)).write(to: URL(fileURLWithPath: path))
                #expect(errorCode { _ = try VolumeFile.read(path) } == .malformed, "cut after \(count) bytes")
            }
            for place in whole.indices {
                var bytes = whole
                bytes[place] ^= 0x41
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                do {
                    let shape = try VolumeFile.read(path).tensor.shape
                    #expect(shape == [3, 5, 7], "byte \(place)")
                } catch {
                    let code = (error as? OsteonError)?.code
                    #expect(code == .malformed || code == .unsupported || code == .limitExceeded, "byte \(place): \(error)")
                }
            }
        }
    }

    /// A header alone may describe 65,535 × 65,535 pixels.
    @Test func sizesThatTheFileCannotHoldAreRefusedBeforeMemoryIsTaken() throws {
        try withTemporaryFolder { folder in
            var bytes = try PNG.encoded(Self.pixels(4), width: 2, height: 2, channels: 1)
            // IHDR: length, name, width, height, five bytes, CRC.
            for (place, value) in zip(16..<24, [0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF] as [UInt8]) { bytes[place] = value }
            var crc = ~UInt32(0)
            for byte in bytes[12..<29] {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
            }
            for (place, shift) in zip(29..<33, [24, 16, 8, 0] as [UInt32]) { bytes[place] = UInt8(truncatingIfNeeded: ~crc >> shift) }
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/large.png"))
            let code = errorCode { _ = try VolumeFile.read("\(folder)/large.png") }
            #expect(code == .malformed || code == .limitExceeded)
            var limits = VolumeLimits()
            limits.voxels = 1
            try PNG.write(Self.pixels(4), width: 2, height: 2, channels: 1, to: "\(folder)/a.png")
            #expect(errorCode { _ = try VolumeFile.read("\(folder)/a.png", limits: limits) } == .limitExceeded)
        }
    }
}
