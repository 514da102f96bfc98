import Bytes
import Testing

@Suite struct TextTests {
    /// A double is rounded by its own value, which may lie beside the number it's written as: 1.115 is a little less.
    @Test(arguments: [
        (0.125, 2, "0.12"), (0.375, 2, "0.38"), (2.5, 0, "2"), (1.115, 2, "1.11"), (-0.04, 1, "-0.0"), (1e16, 1, "10000000000000000.0"),
        (.nan, 3, "nan"), (-.nan, 3, "nan"), (.infinity, 3, "inf"),
    ])
    func digits(value: Double, digits: Int, text: String) {
        #expect(String(value, digits: digits) == text)
    }

    @Test(arguments: [("a/b c.d", "a_b_c_d"), ("Käse\r\n", "K_se_"), ("\u{212A}_-9", "__-9"), ("", "")])
    func fileNames(text: String, name: String) {
        #expect(FileName.plain(text) == name)
        #expect(FileName.plain("." + text, allowing: ".").first == ".")
    }
}
