import Bytes
import TestSupport
import Testing

@Suite struct EquivalentNamesTests {
    @Test func namesThatLookAlikeAreRefused() {
        for pair in [["\u{E9}", "e\u{301}"], ["x", "K", "\u{212A}"], ["a\u{323}\u{302}", "b", "\u{1EAD}"]] {
            let error = failure { try EquivalentNames.refuse(pair) }
            #expect(error?.code == .unsupported)
        }
        #expect(failure { try EquivalentNames.refuse(["\u{E9}", "e\u{301}"]) }?.message.contains("c3 a9") == true)
    }

    @Test func sameAndDifferentNamesPass() {
        #expect(failure { try EquivalentNames.refuse(["a", "b", "a", "\u{E9}", "e", "\u{E9}", "", ""]) } == nil)
    }
}
