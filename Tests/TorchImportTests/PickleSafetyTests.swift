import TestSupport
import Testing
import TorchImport

/// Pickles that would run code, or take memory and time out of nothing, are refused by name and by limit.
@Suite struct PickleSafetyTests {
    private func error(_ pickle: PickleMaker, _ storages: [String: [UInt8]] = [:]) throws -> OsteonError? {
        try Opening.error(FileMaker.torch(pickle, storages))
    }

    @Test func aCallOfAFunctionIsNamed() throws {
        let error = try error(
            .dictionary { maker in
                maker.global("posix", "system")
                maker.raw("(")
                maker.text("touch /tmp/owned")
                maker.raw("tR")
            })
        #expect(error?.code == .unsafeReference)
        #expect(error?.message.contains("posix.system at w") == true)
        #expect(error?.offset == nil)
    }

    @Test func aNameFromTheStackIsNamed() throws {
        let error = try error(
            .dictionary { maker in
                maker.text("os")
                maker.text("system")
                maker.raw(0x93)
                maker.raw("(")
                maker.text("true")
                maker.raw("tR")
            })
        #expect(error?.code == .unsafeReference)
        #expect(error?.message.contains("os.system") == true)
    }

    /// What only an attack mentions makes the file one, wherever it stands: beside the weights, or made and thrown away.
    @Test func anAttackBesideTheWeightsIsRefused() throws {
        let four = ["0": FileMaker.floats([1, 2, 3, 4])]
        for (module, name) in [
            ("os", "system"), ("builtins", "eval"), ("__builtin__", "exec"), ("subprocess", "Popen"), ("torch", "load"), ("nt", "system"),
        ] {
            for discards in [false, true] {
                var maker = PickleMaker()
                maker.raw("}(")
                maker.text("w")
                maker.tensor("0", 4, [4], [1])
                if discards {
                    maker.global(module, name)
                    maker.raw(")R0")
                } else {
                    maker.text("extra")
                    maker.global(module, name)
                    maker.raw(")R")
                }
                maker.raw("u.")
                let error = try error(maker, four)
                #expect(error?.code == .unsafeReference)
                #expect(error?.message.contains("\(module).\(name)\(discards ? "" : " at extra"),") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func aKnownNameInAnotherModuleIsRefused() throws {
        for (module, name) in [
            ("evil", "OrderedDict"), ("torch", "load"), ("torch.storage", "_load_from_bytes"), ("argparse", "Namespace"),
            ("torch._utils", "_rebuild_qtensor"), ("builtins", "eval"), ("torch.", "FloatStorage"),
        ] {
            let error = try error(.dictionary { $0.global(module, name) })
            #expect(error?.code == .unsafeReference, "\(module).\(name)")
            #expect(error?.message.contains("\(module).\(name)") == true)
        }
    }

    @Test func aWholeModelIsToldApart() throws {
        var maker = PickleMaker()
        maker.global("monai.networks.nets.unet", "UNet")
        maker.raw(")")
        maker.raw(0x81)
        maker.raw("}b.")
        let error = try error(maker)
        #expect(error?.code == .unsafeReference)
        #expect(error?.message.contains("monai.networks.nets.unet.UNet") == true)
        #expect(error?.message.contains("torch.save(model.state_dict()") == true)
    }

    @Test func otherWaysToMakeObjectsAreRefused() throws {
        let instance = PickleMaker.dictionary { $0.raw("(ios\nsystem\n") }
        #expect(try error(instance)?.message.contains("os.system") == true)
        for body in [
            { (maker: inout PickleMaker) in maker.raw("(ccollections\nOrderedDict\no") },
            { maker in maker.raw("ccollections\nOrderedDict\n)\u{1}") },
            { maker in
                maker.raw("ccollections\nOrderedDict\n)")
                maker.raw(0x81)
            },
            { maker in maker.raw("]}b") },
            { maker in maker.raw(0x82, 1) }, { maker in maker.raw(0x83, 1, 0) }, { maker in maker.raw(0x84, 1, 0, 0, 0) },
            { maker in
                maker.tensor("0", 1, [1], [1])
                maker.raw("}b")
            },
            { maker in maker.raw("K\u{1})R") },
            { maker in maker.raw("K\u{1}Q") },
            { maker in maker.raw("ctorch\nFloatStorage\n)R") },
        ] as [(inout PickleMaker) -> Void] {
            let code = try error(.dictionary("w", body))?.code
            #expect(code == .unsafeReference || code == .malformed, "\(String(describing: code))")
        }
        let newObject = PickleMaker.dictionary { maker in
            maker.raw("ccollections\nOrderedDict\n)")
            maker.raw(0x81)
        }
        #expect(try error(newObject)?.code == .unsafeReference)
    }

    // MARK: Amplification

    @Test func deepNestingTakesNoStack() throws {
        var maker = PickleMaker()
        maker.raw(")")
        maker.bytes += [UInt8](repeating: 0x85, count: 1_000_000)
        maker.raw(".")
        #expect(try error(maker)?.code == .unsupported)  // a tuple, no dict
    }

    @Test func marksAreLimited() throws {
        var maker = PickleMaker()
        maker.bytes += [UInt8](repeating: UInt8(ascii: "("), count: 100_000)
        #expect(try error(maker)?.code == .limitExceeded)
    }

    @Test func objectsAreLimited() throws {
        var maker = PickleMaker()
        for _ in 0..<2_200_000 { maker.bytes += [UInt8(ascii: "]"), UInt8(ascii: "0")] }
        #expect(try error(maker)?.code == .limitExceeded)
    }

    @Test func copiesBetweenContainersAreLimited() throws {
        var maker = PickleMaker()
        maker.raw("](")
        maker.bytes += [UInt8](repeating: UInt8(ascii: "N"), count: 10_000)
        maker.raw("eq")
        maker.raw(0)
        for _ in 0..<1000 {
            maker.raw("c__builtin__\nset\n(h")
            maker.raw(0)
            maker.raw("tR0")
        }
        #expect(try error(maker)?.code == .limitExceeded)
    }

    @Test func aListInsideItselfIsNoTrouble() throws {
        let error = try error(
            .dictionary { maker in
                maker.raw("]q")
                maker.raw(0)
                maker.raw("h")
                maker.raw(0)
                maker.raw("a")
            })
        #expect(error?.code == .unsupported)
    }

    // MARK: Damage

    @Test func stackMistakesAreErrors() throws {
        for text in [
            ".", "N", "NN.", "(.", "s.", "Na.", "}Ns.", "}(Nu.", "t.", "(N1", "h\u{1}.", "0.", "2.", "R.", "b.", "Q.", "\u{1}", "F1.x\n.",
            "I99999999999999999999\n.", "]Nu.", "c\n", "gx\n.", "T\u{1}", "Vx\n.", "}K\u{1}K\u{1}s.",
        ] {
            var maker = PickleMaker()
            maker.raw(text)
            #expect(try error(maker) != nil, "\(text)")
        }
        var future = PickleMaker(version: 6)
        future.raw("}.")
        #expect(try error(future)?.code == .unsupported)
    }

    @Test func textsAndStoragesThatDontFitAreErrors() throws {
        let four = ["0": FileMaker.floats([1, 2, 3, 4])]
        func code(_ count: Int, offset: Int = 0, _ shape: [Int], _ strides: [Int], key: String = "0") throws -> OsteonError.Code? {
            try error(.dictionary { $0.tensor(key, count, offset: offset, shape, strides) }, four)?.code
        }
        #expect(try code(4, [2, 2], [2, 1]) == nil)
        #expect(try code(4, [2, 2], [3, 1]) == .malformed)
        #expect(try code(4, offset: 1, [2, 2], [2, 1]) == .malformed)
        #expect(try code(4, offset: -1, [1], [1]) == .malformed)
        #expect(try code(4, [-1], [1]) == .malformed)
        #expect(try code(4, [2], [-1]) == .malformed)
        #expect(try code(4, [2, 2], [1]) == .malformed)
        #expect(try code(5, [4], [1]) == .malformed)
        #expect(try code(3, [3], [1]) == .malformed)
        #expect(try code(-1, [0], [1]) == .unsafeReference)
        #expect(try code(4, [4], [1], key: "1") == .malformed)
        #expect(try code(4, [4], [1], key: "../0") == .malformed)
        #expect(try code(.max, [.max, .max], [0, 0]) == .limitExceeded)
        #expect(try code(4, [1, 4], [.max, 1]) == nil)
        #expect(try code(4, [1, 2], [.max, 2]) == nil)
        #expect(try code(4, [2, 1], [1, .max]) == nil)
        #expect(try code(4, [2, 2], [.max, 1]) == .limitExceeded)
    }

    @Test func aTensorLargerThanItsStorageIsLimited() throws {
        let one = ["0": FileMaker.floats([1])]
        #expect(try error(.dictionary { $0.tensor("0", 1, [64], [0]) }, one) == nil)
        #expect(try error(.dictionary { $0.tensor("0", 1, [1 << 20, 1 << 12], [0, 0]) }, one)?.code == .limitExceeded)
        // Many small ones are limited together.
        var many = PickleMaker()
        many.raw("}(")
        for place in 0..<600 {
            many.text("w\(place)")
            many.tensor("0", 1, [1 << 16], [0])
        }
        many.raw("u.")
        #expect(try error(many, one)?.code == .limitExceeded)
    }

    @Test func aStorageToldInTwoWaysIsAnError() throws {
        var maker = PickleMaker()
        maker.raw("}(")
        maker.text("a")
        maker.tensor("0", "Float", 2, [2], [1])
        maker.text("b")
        maker.tensor("0", "Double", 2, [2], [1])
        maker.raw("u.")
        #expect(try error(maker, ["0": [UInt8](repeating: 0, count: 8)])?.code == .malformed)
    }
}
