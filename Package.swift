// swift-tools-version: 6.2
import PackageDescription

/// Settings every Swift target shares; applied in one loop at the end.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

/// A test target beside its sources: `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies)
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
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        // 0: C
        .target(
            name: "CKernels", cSettings: [.define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("pthread"), .linkedLibrary("dl"), .linkedLibrary("m")]),
        .target(name: "CSystem", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
        // 1-3: bytes, tensors, graph
        .target(name: "Bytes", dependencies: ["CSystem", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "Tensors", dependencies: ["Bytes", "CKernels", "CZlib"]),
        .target(name: "GraphIR", dependencies: ["Tensors"]),
        .target(name: "Metrics", dependencies: ["Tensors", "CKernels"]),
        .target(name: "HDF5", dependencies: ["Tensors", "CZlib"]),
        .target(name: "Reporting", dependencies: ["Bytes"]),
        // 4: operators
        .target(name: "Operators", dependencies: ["GraphIR"]),
        // 5: what reads, writes and rewrites graphs
        .target(name: "WireFormats", dependencies: [protobuf]),
        .target(name: "Container", dependencies: ["Operators"]),
        .target(name: "ONNXImport", dependencies: ["Operators", "WireFormats", protobuf]),
        .target(name: "ONNXExport", dependencies: ["Operators", "WireFormats", protobuf]),
        .target(name: "TensorFlowImport", dependencies: ["ImportSupport", "WireFormats", protobuf]),
        .target(name: "ImportSupport", dependencies: ["Operators"]),
        .target(name: "KerasImport", dependencies: ["ImportSupport", "HDF5"]),
        .target(name: "TorchImport", dependencies: ["ImportSupport"]),
        .target(
            name: "ArchiveImport", dependencies: ["Container", "KerasImport", "ONNXImport", "TensorFlowImport", "TorchImport"],
            resources: [.embedInCode("Resources/catalog.json")]),
        .target(name: "Optimizer", dependencies: ["Operators"]),
        .target(name: "Inspection", dependencies: ["Operators"]),
        // 6-9: what computes, proves and speaks
        .target(name: "Engine", dependencies: ["Operators", "CKernels"]),
        .target(name: "Verification", dependencies: ["Engine"]),
        .target(name: "Imaging", dependencies: ["Container", "CKernels", "CPNG", "CZlib"]),
        .target(name: "Quantization", dependencies: ["Metrics", "Optimizer", "Verification", "CKernels"]),
        .target(
            name: "Osteon",
            dependencies: [
                "Container", "ArchiveImport", "Optimizer", "Inspection", "Engine", "Verification",
                "Quantization",
                "Imaging",
                "Metrics",
                "ONNXExport",
                "Reporting",
            ]),
        .executableTarget(
            name: "OsteonCommand", dependencies: ["Osteon", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        // tests
        .target(name: "TestSupport", dependencies: ["Operators"], path: "Tests/TestSupport"),
        tests("Metrics"),
        tests("Bytes"), tests("Tensors"), tests("GraphIR"), tests("Operators"), tests("Container"),
        tests("HDF5"), tests("KerasImport"), tests("TorchImport"), tests("ArchiveImport"),
        tests("ONNXImport"), tests("TensorFlowImport"), tests("Optimizer"), tests("Inspection"), tests("Engine"), tests("Verification"),
        tests("Quantization"),
        tests("Reporting"),
        tests("Imaging"),
        tests("ONNXExport", ["ONNXImport", "WireFormats", protobuf]),
        .testTarget(name: "OsteonTests", dependencies: ["Osteon", "OsteonCommand", "TestSupport"]),
        .testTarget(name: "OperatorConformanceTests", dependencies: ["Container", "Engine", "Optimizer", "TestSupport"]),
    ]
)

for target in package.targets
where target.type != .system && !["CKernels", "CPNG", "CSystem"].contains(target.name) && target.name != "WireFormats" {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
