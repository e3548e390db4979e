// swift-tools-version:6.2
import PackageDescription

// CUE_CORE=1 leaves out every target that needs a package, so that the pure rooms build and test
// in seconds: `CUE_CORE=1 swift test --scratch-path .build/core`.
let coreOnly = Context.environment["CUE_CORE"] == "1"

// CUE_FUZZ=libfuzzer adds the fuzz targets for Tests/fuzz, CUE_FUZZ=replay the same as ordinary
// programs, which need no build of their own.
let fuzzing = Context.environment["CUE_FUZZ"]

let package = Package(
    name: "cue-runner",
    platforms: [.macOS(.v15)],
    products: coreOnly ? [] : [.executable(name: "cue-runner", targets: ["cue-runner"])],
    targets: [
        .systemLibrary(
            name: "CLibYAML", path: "Sources/CLibYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(
            name: "CLibCrypto", path: "Sources/CLibCrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),

        .systemLibrary(name: "CLinux", path: "Sources/CLinux"),

        // The pure rooms: neither Foundation nor NIO.
        .target(name: "CueText"),
        .target(name: "CueSystem", dependencies: ["CueText"]),
        .target(name: "CueSheet", dependencies: ["CLibYAML", "IVSWire", "CueText"]),
        .target(name: "CueImport", dependencies: ["CueText"]),
        .target(name: "CueTimeline", dependencies: ["CueSheet", "IVSWire", "CueText"]),
        .target(name: "CueScheduler", dependencies: ["CueTimeline", "CueSheet", "CueText"]),
        .target(name: "CueRunLog", dependencies: ["CueScheduler", "CueSystem", "CueText"]),
        .target(
            name: "CueShow",
            dependencies: [
                "CueScheduler", "CueTimeline", "CueSheet", "IVSWire", "CueRunLog", "CueText",
            ]),
        .target(
            name: "CueOperator",
            dependencies: [
                "CueShow", "CueScheduler", "CueTimeline", "CueSheet", "CueRunLog", "CueSystem",
                "CueText",
            ]),
        .target(
            name: "CueReport", dependencies: ["CueRunLog", "CueScheduler", "CueText"],
            // Inside the program, as the stage's page is.
            resources: [
                "charts.js", "elements.js", "head.js", "main.js", "notes.js", "pointing.js",
                "points.js", "report.css", "report.html", "runs.js", "table.js", "tallies.js",
                "timeline.js", "view.js", "words.js",
            ].map { .embedInCode("Page/\($0)") }
        ),
        .target(name: "AWSSigning", dependencies: ["CLibCrypto", "CueText"]),
        .target(name: "IVSWire", dependencies: ["CueText"]),
        .target(name: "CueDoctor", dependencies: ["CueShow", "CueRunLog", "IVSWire", "CueText"]),

        .target(
            name: "CueTestSupport",
            dependencies: [
                "CueShow", "CueScheduler", "CueTimeline", "CueSheet", "IVSWire", "CueRunLog",
                "CueText",
            ],
            path: "Tests/CueTestSupport"),
        .executableTarget(
            name: "simulate", dependencies: ["CueTestSupport"], path: "Tests/Simulate"),
        .testTarget(name: "CueTextTests", dependencies: ["CueText"]),
        .testTarget(name: "CueSystemTests", dependencies: ["CueSystem"]),
        .testTarget(
            name: "CueSheetTests", dependencies: ["CueSheet", "CLibYAML", "IVSWire", "CueText"]),
        .testTarget(
            name: "CueTimelineTests",
            dependencies: ["CueTimeline", "CueSheet", "IVSWire", "CueText", "CueTestSupport"]),
        .testTarget(
            name: "CueSchedulerTests",
            dependencies: [
                "CueScheduler", "CueTimeline", "CueSheet", "CueText", "CueTestSupport",
            ]),
        .testTarget(
            name: "CueRunLogTests", dependencies: ["CueRunLog", "CueScheduler", "CueText"]),
        .testTarget(
            name: "CueShowTests",
            dependencies: [
                "CueShow", "CueScheduler", "CueTimeline", "CueSheet", "CueRunLog", "CueText",
                "CueTestSupport",
            ]),
        .testTarget(
            name: "CueOperatorTests",
            dependencies: [
                "CueOperator", "CueShow", "CueScheduler", "CueTimeline", "CueSheet", "CueRunLog",
                "CueSystem", "CueText", "CueTestSupport",
            ]),
        .testTarget(
            name: "CueImportTests",
            dependencies: ["CueImport", "CueTimeline", "CueSheet", "CueText"]),
        .testTarget(
            name: "CueReportTests",
            dependencies: ["CueReport", "CueRunLog", "CueScheduler", "CueText"]),
        .testTarget(
            name: "AWSSigningTests", dependencies: ["AWSSigning", "CueText"],
            exclude: ["Vectors"]),
        .testTarget(name: "IVSWireTests", dependencies: ["IVSWire", "CueText"]),
        .testTarget(
            name: "CueDoctorTests",
            dependencies: ["CueDoctor", "CueShow", "CueRunLog", "IVSWire", "CueText"]),
    ],
    swiftLanguageModes: [.v6]
)

if !coreOnly {
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.34.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0", traits: []),
        // What viewers answered, kept through a crash: SQLite, the system's library.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ]
    package.targets += [
        .target(
            name: "AWSTransport",
            dependencies: [
                "CueText",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(
            name: "AWSCredentials",
            dependencies: ["AWSSigning", "AWSTransport", "CueSystem", "CueText"]),
        .target(
            name: "CuePublisher",
            dependencies: [
                "CueShow", "CueScheduler", "CueTimeline", "CueSheet", "IVSWire", "AWSSigning",
                "AWSTransport", "AWSCredentials", "CueSystem", "CueText", "CLinux",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .target(
            name: "CueStage",
            dependencies: [
                "IVSWire", "AWSSigning", "CueSystem", "CueText",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Clip/make-clip.sh"],
            // Inside the program, so that it serves them wherever it is installed alone.
            resources: ([
                "answers.js", "card.js", "cues.js", "events.js", "icon.svg", "index.html",
                "main.js", "metadata.js", "player-ivs.js", "player-stage.js", "player.js",
                "style.css",
            ].map { "Page/\($0)" } + ["Clip/stage.mp4"]).map { .embedInCode($0) }),
        .target(
            name: "CueCommands",
            dependencies: [
                "CueSheet", "CueTimeline", "CueScheduler", "CueShow", "CueRunLog", "CuePublisher",
                "CueStage", "CueOperator", "CueReport", "CueImport", "CueDoctor", "AWSTransport",
                "AWSCredentials", "AWSSigning", "IVSWire", "CueSystem", "CueText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: ["cue-sheet.schema.json", "starter.yaml"].map { .embedInCode("Files/\($0)") }
        ),
        .executableTarget(name: "cue-runner", dependencies: ["CueCommands"]),
        .testTarget(
            name: "AWSTransportTests",
            dependencies: [
                "AWSTransport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "AWSCredentialsTests",
            dependencies: ["AWSCredentials", "AWSSigning", "AWSTransport", "CueText"]),
        .testTarget(
            name: "CuePublisherTests",
            dependencies: [
                "CuePublisher", "CueShow", "CueScheduler", "CueTimeline", "CueSheet", "IVSWire",
                "AWSSigning", "AWSTransport", "AWSCredentials", "CueSystem", "CueText",
                "CueTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "CueCommandsTests",
            dependencies: [
                "CueCommands", "CueTimeline", "CueSheet", "CueShow", "CueRunLog", "CueOperator",
                "CueReport", "CueText", "CueTestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(
            name: "CueStageTests",
            dependencies: [
                "CueStage", "IVSWire", "AWSSigning", "CueText",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
    ]
}

// CUE_BENCHMARKS=1 adds the benchmarks of the pure rooms, for `Benchmarks/signing`; a package that
// only they need is not fetched otherwise. Without its traits it needs nothing but Swift.
if Context.environment["CUE_BENCHMARKS"] == "1" {
    package.dependencies.append(
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []))
    package.targets.append(
        .executableTarget(
            name: "rooms",
            dependencies: [
                "AWSSigning", "CueScheduler", "CueTimeline", "CueSheet", "CueText",
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/rooms",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
}

if fuzzing != nil {
    func fuzz(_ name: String, _ folder: String, _ rooms: [Target.Dependency]) -> Target {
        .executableTarget(
            name: "fuzz-\(name)", dependencies: ["FuzzSupport", "CueText"] + rooms,
            path: "Tests/Fuzz/\(folder)")
    }
    package.targets += [
        .target(name: "FuzzSupport", path: "Tests/Fuzz/Support"),
        fuzz(
            "log", "RunLog",
            [
                "CueRunLog", "CueShow", "CueScheduler", "CueSheet", "CueTimeline",
                "CueTestSupport",
            ]),
        fuzz("sheet", "Sheet", ["CueSheet", "CueTimeline", "CueScheduler"]),
    ]
    if !coreOnly {
        package.targets += [
            fuzz("config", "SharedConfig", ["AWSCredentials", "AWSTransport"]),
            fuzz(
                "stage", "Stage",
                [
                    "CueStage", "AWSSigning", "IVSWire",
                    .product(name: "HTTPTypes", package: "swift-http-types"),
                    .product(name: "Hummingbird", package: "hummingbird"),
                    .product(name: "HummingbirdCore", package: "hummingbird"),
                    .product(name: "NIOCore", package: "swift-nio"),
                ]),
        ]
    }
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
    if fuzzing == "libfuzzer" {
        // Of all Swift only our own counts as covered.
        target.swiftSettings? += [
            .define("LIBFUZZER"),
            .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library", "-enable-testing"]),
        ]
    }
}
