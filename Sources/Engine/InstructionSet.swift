import Bytes
import CKernels
import FoundationEssentials
import Glibc

/// The tiers of processor features kernels are written for, each including those before it.
package enum InstructionSet: String, Sendable, CaseIterable, Comparable {
    /// Whatever the compiler's baseline has (SSE2 on x86-64).
    case scalar
    /// AVX2 with FMA.
    case avx2
    /// AVX-512 F, BW, DQ, VL.
    case avx512
    /// AVX-512 with int8 dot products.
    case vnni
    /// AMX tiles for int8 and bf16.
    case amx

    /// The highest tier this processor has and its operating system allows.
    package static let detected: InstructionSet = fromC(osteon_detect_isa())

    /// The tiers that run here, lowest first.
    package static var available: [InstructionSet] { allCases.filter { $0 <= detected } }

    /// The tier to use: `pinned`, else the environment's `OSTEON_ISA`, else the highest there is.
    /// - Throws: `.usage` where the name isn't known or this processor doesn't have the tier.
    package static func resolve(_ pinned: InstructionSet?) throws(OsteonError) -> InstructionSet {
        var chosen = pinned
        if chosen == nil, let name = ProcessInfo.processInfo.environment["OSTEON_ISA"], !name.isEmpty {
            guard let tier = InstructionSet(rawValue: name) else {
                let known = allCases.map { $0.rawValue }.joined(separator: ", ")
                throw OsteonError(.usage, "OSTEON_ISA is \"\(name)\"; it must be one of \(known).")
            }
            chosen = tier
        }
        guard let chosen else { return detected }
        guard chosen <= detected else {
            throw OsteonError(.usage, "This processor has no \(chosen.rawValue); the highest tier here is \(detected.rawValue).")
        }
        return chosen
    }

    package static func < (a: InstructionSet, b: InstructionSet) -> Bool { a.order < b.order }

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    private static func fromC(_ tier: osteon_isa) -> InstructionSet {
        switch tier {
        case OSTEON_ISA_AVX2: .avx2
        case OSTEON_ISA_AVX512: .avx512
        case OSTEON_ISA_VNNI: .vnni
        case OSTEON_ISA_AMX: .amx
        default: .scalar
        }
    }

    var inC: osteon_isa {
        switch self {
        case .scalar: OSTEON_ISA_SCALAR
        case .avx2: OSTEON_ISA_AVX2
        case .avx512: OSTEON_ISA_AVX512
        case .vnni: OSTEON_ISA_VNNI
        case .amx: OSTEON_ISA_AMX
        }
    }
}
