// swift-tools-version: 6.2
import PackageDescription

/// Settings every Swift target shares; applied in one loop at the end.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What the compiler can't prove to stay within memory is marked `unsafe`, or it's an error. The engine's kernels are calls of C throughout.
let checked: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatWarning("StrictMemorySafety", as: .error),
    .enableExperimentalFeature("Lifetimes"),
]
let unchecked: Set = ["Engine", "OsteonCommand", "TestSupport"]

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

/// A test target beside its sources: `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    let common = ["Bytes", "GraphIR", "Operators", "Tensors", "TestSupport"].filter { $0 != name } + [name]
    return .testTarget(name: "\(name)Tests", dependencies: common.map { .target(name: $0) } + dependencies)
}

let package = Package(
    name: "Osteon",
    products: [
        .library(name: "Osteon", targets: ["Osteon"]),
        .executable(name: "osteon", targets: ["OsteonCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // 0: C and generated code
        .target(
            name: "CKernels", cSettings: [.define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("pthread"), .linkedLibrary("dl"), .linkedLibrary("m")]),
        .target(name: "CSystem", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
        .target(name: "WireFormats", dependencies: [protobuf]),
        // 1 to 3: bytes, tensors, graph
        .target(name: "Bytes", dependencies: ["CCrypto", "CSystem"]),
        .target(name: "Tensors", dependencies: ["Bytes", "CKernels", "CZlib"]),
        .target(name: "Reporting", dependencies: ["Bytes"]),
        .target(name: "Contracts", dependencies: ["Bytes"]),
        .target(name: "GraphIR", dependencies: ["Bytes", "Contracts", "Tensors"]),
        .target(name: "Metrics", dependencies: ["Bytes", "CKernels", "Tensors"]),
        .target(name: "HDF5", dependencies: ["Bytes", "Tensors"]),
        // 4: operators
        .target(name: "Operators", dependencies: ["Bytes", "GraphIR", "Tensors"]),
        // 5: what reads, writes, rewrites and runs graphs
        .target(name: "Container", dependencies: ["Bytes", "Contracts", "GraphIR", "Operators", "Tensors"]),
        .target(name: "ImportSupport", dependencies: ["Bytes", "GraphIR", "Operators", "Tensors"]),
        .target(name: "ONNXImport", dependencies: ["Bytes", "GraphIR", "ImportSupport", "Operators", "Tensors", "WireFormats", protobuf]),
        .target(
            name: "TensorFlowImport", dependencies: ["Bytes", "GraphIR", "ImportSupport", "Operators", "Tensors", "WireFormats", protobuf]),
        .target(name: "KerasImport", dependencies: ["Bytes", "GraphIR", "HDF5", "ImportSupport", "Operators", "Tensors"]),
        .target(name: "TorchImport", dependencies: ["Bytes", "GraphIR", "ImportSupport", "Operators", "Tensors"]),
        .target(
            name: "ArchiveImport",
            dependencies: ["Bytes", "Contracts", "GraphIR", "Operators", "Tensors", "TorchImport"],
            resources: [.embedInCode("Resources/catalog.json")]),
        .target(name: "ONNXExport", dependencies: ["Bytes", "GraphIR", "Operators", "Tensors", "WireFormats", protobuf]),
        .target(name: "Optimizer", dependencies: ["Bytes", "GraphIR", "Operators", "Tensors"]),
        .target(name: "Inspection", dependencies: ["Bytes", "GraphIR", "Tensors"]),
        .target(name: "Engine", dependencies: ["Bytes", "CKernels", "GraphIR", "Operators", "Tensors"]),
        // 6: what proves, reduces, and turns scans into masks
        .target(name: "Verification", dependencies: ["Bytes", "Engine", "GraphIR", "Operators", "Tensors"]),
        .target(
            name: "Quantization",
            dependencies: ["Bytes", "CKernels", "Engine", "GraphIR", "Metrics", "Operators", "Tensors", "Verification"]),
        .target(name: "Imaging", dependencies: ["Bytes", "CKernels", "CPNG", "Contracts", "Tensors"]),
        // 7 to 9: use cases, the library's face, the command line
        .target(
            name: "Workflows",
            dependencies: [
                "ArchiveImport", "Bytes", "Container", "Contracts", "Engine", "GraphIR", "Imaging", "Inspection", "KerasImport", "Metrics",
                "ONNXExport", "ONNXImport", "Operators", "Optimizer", "Quantization", "Reporting", "TensorFlowImport", "Tensors",
                "TorchImport",
                "Verification",
            ]),
        .target(
            name: "Osteon",
            dependencies: [
                "Bytes", "Contracts", "Engine", "GraphIR", "Imaging", "Inspection", "Metrics", "Quantization", "Tensors",
                "Verification", "Workflows",
            ]),
        .executableTarget(
            name: "OsteonCommand",
            dependencies: [
                "ArchiveImport", "Bytes", "Container", "Contracts", "Engine", "GraphIR", "Imaging", "Inspection", "Metrics", "ONNXExport",
                "Quantization", "Reporting",
                "Tensors", "Verification", "Workflows", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // tests
        .target(name: "TestSupport", dependencies: ["Bytes", "GraphIR", "Operators", "Tensors"], path: "Tests/TestSupport"),
        .testTarget(name: "CKernelsTests", dependencies: ["Bytes", "CKernels"]),
        tests("Bytes"), tests("Tensors"), tests("GraphIR"), tests("Metrics"), tests("HDF5"), tests("Reporting"), tests("Operators"),
        tests("Contracts"), tests("Container", ["Contracts"]), tests("ImportSupport"), tests("ONNXImport", ["WireFormats", protobuf]),
        tests("TensorFlowImport", ["WireFormats", protobuf]),
        tests("KerasImport"), tests("TorchImport"),
        tests("ArchiveImport", ["Contracts", "ImportSupport", "KerasImport", "ONNXImport", "TensorFlowImport", "TorchImport"]),
        tests("ONNXExport", ["ONNXImport", "WireFormats", protobuf]),
        tests("Optimizer"), tests("Inspection"), tests("Engine"), tests("Verification", ["Engine"]),
        tests("Quantization", ["Engine", "Verification"]), tests("Imaging", ["Contracts"]),
        tests(
            "Workflows",
            ["ArchiveImport", "Container", "Contracts", "Engine", "Imaging", "Inspection", "Metrics", "OsteonCommand", "Reporting"]),
        .testTarget(
            name: "OracleTests",
            dependencies: [
                "ArchiveImport", "Container", "Contracts", "Engine", "Imaging", "Metrics", "ONNXExport", "ONNXImport", "TestSupport",
                "Workflows",
            ]),
        .testTarget(name: "OsteonTests", dependencies: ["Osteon", "TestSupport"]),
        .testTarget(name: "OperatorConformanceTests", dependencies: ["Container", "Engine", "Optimizer", "TestSupport"]),
    ]
)

for target in package.targets
where target.type != .system && !["CKernels", "CPNG", "CSystem"].contains(target.name) && target.name != "WireFormats" {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
    if target.type != .test, !unchecked.contains(target.name) { target.swiftSettings? += checked }
}

// Tests are compiled as they are, what they test is optimised: half the time of a cold build went into optimising tests.
for target in package.targets where target.type == .test || target.name == "TestSupport" {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Onone"], .when(configuration: .release))]
}
