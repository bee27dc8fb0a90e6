// swift-tools-version: 6.2
import PackageDescription

#if arch(arm64)
    let debianArchitecture = "aarch64"
#else
    let debianArchitecture = "x86_64"
#endif

/// Where Debian keeps the headers of pango and what it includes.
///
/// `pkgConfig:` would also link the libraries, and with that load them at every start; they are opened on first use.
let drawingHeaders = [
    "/usr/include/pango-1.0", "/usr/include/cairo", "/usr/include/harfbuzz", "/usr/include/glib-2.0",
    "/usr/lib/\(debianArchitecture)-linux-gnu/glib-2.0/include",
]

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(drawingHeaders.flatMap { ["-Xcc", "-I\($0)"] }),
]

/// One room of the house: a target, what it may import, and whether it has tests of its own.
struct Room {
    var name: String
    var imports: [String] = []
    var isTested = true
    /// What only the tests import, from further up the house.
    var testImports: [String] = []
    var resources: [Resource] = []
    /// Folders of golden files and fixtures beside the tests, read from the source tree.
    var fixtures: [String] = []
    /// The program that the tests start, built before they run.
    var program: String?

    var targets: [Target] {
        let source = Target.target(
            name: name, dependencies: imports.map { .byName(name: $0) }, resources: resources, swiftSettings: strict)
        guard isTested else { return [source] }
        let test = Target.testTarget(
            name: "\(name)Tests",
            dependencies: ([name, "TestSupport"] + (program.map { [$0] } ?? []) + testImports
                + imports.filter { !$0.hasPrefix("C") || $0 == "CommandLineKit" })
                .map { .byName(name: $0) },
            exclude: fixtures, swiftSettings: strict)
        return [source, test]
    }
}

/// From the ground up: a room imports only rooms above it in this list.
let rooms: [Room] = [
    // 0: kits, thin wrappers that know no word of payments
    Room(name: "EncodingKit"),
    Room(name: "JSONKit"),
    Room(name: "LibraryKit"),
    Room(name: "SQLKit", imports: ["CSQLite"]),
    Room(name: "HTTPKit", imports: ["LibraryKit", "CCurl", "CEpoll", "EncodingKit", "JSONKit"]),
    Room(name: "CommandLineKit", fixtures: ["Golden"]),
    Room(name: "DocumentKit", imports: ["LibraryKit", "CPangoCairo", "CQREncode"]),
    Room(name: "SigningKit", imports: ["LibraryKit", "CCrypto", "EncodingKit"]),
    // 1: values and rules
    Room(name: "QRPayDomain", imports: ["JSONKit"]),
    // 2: the domain meets SQL, HTTP, paper; use cases
    Room(name: "QRPayStore", imports: ["JSONKit", "SQLKit", "QRPayDomain"]),
    Room(name: "QRPayPartners", imports: ["EncodingKit", "JSONKit", "HTTPKit", "SigningKit", "QRPayDomain"]),
    Room(
        name: "QRPayRendering", imports: ["CommandLineKit", "DocumentKit", "QRPayDomain"], fixtures: ["Golden"]),
    Room(
        name: "QRPayServices",
        imports: [
            "EncodingKit", "SQLKit", "SigningKit", "QRPayDomain", "QRPayStore", "QRPayPartners", "QRPayRendering",
        ],
        testImports: ["HTTPKit", "QRPaySandbox"]),
    // 3: what is served
    Room(
        name: "QRPaySandbox",
        imports: [
            "EncodingKit", "SQLKit", "HTTPKit", "DocumentKit", "SigningKit", "QRPayDomain", "QRPayPartners",
            "QRPayRendering",
        ]),
    Room(
        name: "QRPayAPI",
        imports: [
            "EncodingKit", "JSONKit", "HTTPKit", "SigningKit", "QRPayDomain", "QRPayPartners", "QRPayServices",
        ],
        testImports: ["SQLKit", "CommandLineKit", "QRPayStore", "QRPaySandbox", "QRPayCLI"]),
    Room(
        name: "QRPaySimulation",
        imports: [
            "EncodingKit", "JSONKit", "SQLKit", "HTTPKit", "SigningKit", "QRPayDomain", "QRPayStore",
            "QRPayPartners", "QRPayServices", "QRPaySandbox", "QRPayAPI",
        ], resources: [.embedInCode("Scenarios")]),
    // 4: the command line
    Room(
        name: "QRPayCLI",
        imports: [
            "EncodingKit", "JSONKit", "LibraryKit", "SQLKit", "HTTPKit", "CommandLineKit", "DocumentKit", "SigningKit",
            "QRPayDomain", "QRPayStore", "QRPayPartners", "QRPayRendering", "QRPayServices", "QRPaySandbox", "QRPayAPI",
            "QRPaySimulation",
        ],
        resources: [.embedInCode("Bills")], fixtures: ["Golden"], program: "qrpay"),
]

let package = Package(
    name: "qrpay",
    products: [.executable(name: "qrpay", targets: ["qrpay"])],
    targets: [
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CQREncode"),
        .systemLibrary(name: "CPangoCairo"),
        .systemLibrary(name: "CCrypto"),
    ]
        + rooms.flatMap(\.targets)
        + [
            .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
            .executableTarget(name: "qrpay", dependencies: ["QRPayCLI"], swiftSettings: strict),
            // Measures the queue; not installed.
            .executableTarget(
                name: "queue-benchmark",
                dependencies: [
                    "SQLKit", "HTTPKit", "SigningKit", "QRPayDomain", "QRPayStore", "QRPayPartners", "QRPayServices",
                ],
                path: "Benchmarks/queue/Sources", swiftSettings: strict),
        ]
)
