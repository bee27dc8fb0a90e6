// swift-tools-version: 6.2
import PackageDescription

#if arch(arm64)
    let debianArchitecture = "aarch64"
#else
    let debianArchitecture = "x86_64"
#endif

/// Where Debian keeps the headers of pango and what they include.
///
/// `pkgConfig:` would also link the libraries, and so load them at every start; they are opened on first use.
let drawingHeaders: [SwiftSetting] = [
    .unsafeFlags(
        [
            "/usr/include/pango-1.0", "/usr/include/cairo", "/usr/include/harfbuzz", "/usr/include/glib-2.0",
            "/usr/lib/\(debianArchitecture)-linux-gnu/glib-2.0/include",
        ].flatMap { ["-Xcc", "-I\($0)"] })
]

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A target and its tests, `Tests/<name>Tests`.
struct Module {
    var name: String
    /// The targets it may import; its tests may import them too.
    var imports: [String] = []
    /// C libraries: module maps and shims.
    var libraries: [String] = []
    var isTested = true
    /// What only the tests import, from further down this file.
    var testImports: [String] = []
    var resources: [Resource] = []
    /// Folders of golden files and fixtures beside the tests, read from the source tree.
    var fixtures: [String] = []
    /// The program that the tests start, built before they run.
    var program: String?

    func targets(in group: String) -> [Target] {
        let source = Target.target(
            name: name, dependencies: (imports + libraries).map { .byName(name: $0) }, path: "Sources/\(group)\(name)",
            resources: resources, swiftSettings: settings(importing: [name]))
        guard isTested else { return [source] }
        let test = Target.testTarget(
            name: "\(name)Tests",
            dependencies: ([name, "TestSupport"] + imports + testImports + (program.map { [$0] } ?? []))
                .map { .byName(name: $0) },
            exclude: fixtures, swiftSettings: settings(importing: [name] + testImports))
        return [source, test]
    }
}

/// Know nothing of payments.
let kits: [Module] = [
    Module(name: "EncodingKit"),
    Module(name: "JSONKit", imports: ["EncodingKit"]),
    Module(name: "WorldKit"),
    Module(name: "LibraryKit"),
    Module(name: "SQLKit", imports: ["EncodingKit", "JSONKit", "WorldKit"]),
    Module(name: "SQLiteEngine", imports: ["LibraryKit", "SQLKit"], libraries: ["CSQLite"]),
    Module(
        name: "PostgresEngine", imports: ["EncodingKit", "LibraryKit", "WorldKit", "SQLKit"],
        libraries: ["CPQ", "CEpoll"]),
    Module(
        name: "QueueKit", imports: ["EncodingKit", "JSONKit", "WorldKit", "SQLKit"], testImports: ["SQLiteEngine"]),
    Module(
        name: "MessagingKit", imports: ["EncodingKit", "JSONKit", "WorldKit", "LibraryKit", "SQLKit", "QueueKit"],
        libraries: ["CRabbitMQ", "CEpoll"], testImports: ["SQLiteEngine"]),
    Module(name: "SigningKit", imports: ["LibraryKit", "EncodingKit"], libraries: ["CCrypto"]),
    Module(
        name: "HTTPKit", imports: ["LibraryKit", "EncodingKit", "JSONKit", "WorldKit"], libraries: ["CCurl", "CEpoll"]),
    Module(name: "DrawingKit", imports: ["LibraryKit"], libraries: ["CPangoCairo", "CQREncode"]),
    Module(name: "CommandLineKit", imports: ["WorldKit"], fixtures: ["Golden"]),
]

let fiscal: [Module] = [
    Module(
        name: "FiscalReceipts", imports: ["EncodingKit", "JSONKit", "DrawingKit", "CommandLineKit"],
        fixtures: ["Page/Golden"])
]

let payments: [Module] = [
    Module(name: "PaymentCore", imports: ["EncodingKit", "JSONKit", "WorldKit"]),
    Module(
        name: "PaymentPartners",
        imports: ["EncodingKit", "JSONKit", "WorldKit", "SigningKit", "HTTPKit", "PaymentCore"]),
    Module(
        name: "Payments",
        imports: [
            "EncodingKit", "JSONKit", "WorldKit", "SQLKit", "SQLiteEngine", "QueueKit", "MessagingKit", "SigningKit",
            "FiscalReceipts", "PaymentCore", "PaymentPartners",
        ],
        testImports: ["HTTPKit", "DrawingKit", "CommandLineKit", "PaymentSandbox", "QRPayCLI"],
        fixtures: ["Events/Golden"]),
    Module(
        name: "PaymentSandbox",
        imports: [
            "EncodingKit", "JSONKit", "WorldKit", "SQLKit", "SQLiteEngine", "QueueKit", "SigningKit", "HTTPKit",
            "DrawingKit", "FiscalReceipts", "PaymentCore", "PaymentPartners",
        ]),
    Module(
        name: "PaymentAPI",
        imports: [
            "EncodingKit", "JSONKit", "WorldKit", "QueueKit", "SigningKit", "HTTPKit", "PaymentCore", "PaymentPartners",
            "Payments",
        ],
        testImports: ["SQLKit", "SQLiteEngine", "CommandLineKit", "PaymentSandbox", "QRPayCLI"]),
]

/// Know nothing of the payments of bills.
let ordering: [Module] = [
    Module(
        name: "OrderingCore",
        imports: ["EncodingKit", "JSONKit", "WorldKit", "SigningKit", "HTTPKit", "MessagingKit"]),
    Module(
        name: "Ordering",
        imports: [
            "EncodingKit", "JSONKit", "WorldKit", "SQLKit", "SQLiteEngine", "QueueKit", "MessagingKit", "SigningKit",
            "HTTPKit", "OrderingCore",
        ]),
    Module(
        name: "OrderingAPI",
        imports: [
            "EncodingKit", "JSONKit", "WorldKit", "SQLKit", "QueueKit", "SigningKit", "HTTPKit", "OrderingCore",
            "Ordering",
        ],
        testImports: ["SQLiteEngine", "MessagingKit"]),
]

let verification: [Module] = [
    Module(
        name: "Simulator",
        imports: [
            "EncodingKit", "JSONKit", "WorldKit", "SQLKit", "SQLiteEngine", "QueueKit", "SigningKit", "HTTPKit",
            "PaymentCore", "PaymentPartners", "Payments", "PaymentSandbox", "PaymentAPI",
        ],
        resources: [.embedInCode("Scenarios")]),
    Module(
        name: "Explorer",
        imports: [
            "EncodingKit", "JSONKit", "WorldKit", "SQLKit", "SQLiteEngine", "QueueKit", "SigningKit", "HTTPKit",
            "PaymentCore", "PaymentPartners", "Payments", "PaymentSandbox", "MessagingKit", "OrderingCore", "Ordering",
            "Simulator",
        ],
        libraries: ["CSQLite"]),
]

let commandLine: [Module] = [
    Module(
        name: "QRPayCLI", imports: (kits + fiscal + payments + ordering + verification).map(\.name),
        libraries: ["CBuild"], resources: [.embedInCode("Bills")], fixtures: ["Golden"], program: "qrpay")
]

/// Each group imports only those before it.
let groups = [
    ("Kits/", kits), ("Fiscal/", fiscal), ("Payments/", payments), ("Ordering/", ordering),
    ("Verification/", verification), ("", commandLine),
]

/// The modules that see pango's headers: the one with its C module, and all that import one of them.
let drawing = groups.flatMap(\.1).reduce(into: Set<String>()) { drawing, module in
    if module.libraries.contains("CPangoCairo") || !drawing.isDisjoint(with: module.imports) {
        drawing.insert(module.name)
    }
}

func settings(importing imports: [String]) -> [SwiftSetting] {
    strict + (drawing.isDisjoint(with: imports) ? [] : drawingHeaders)
}

let package = Package(
    name: "qrpay",
    products: [.executable(name: "qrpay", targets: ["qrpay"])],
    targets: ["CSQLite", "CCurl", "CEpoll", "CRabbitMQ", "CPQ", "CQREncode", "CPangoCairo", "CCrypto"]
        .map { .systemLibrary(name: $0, path: "Sources/Kits/\($0)") }
        + groups.flatMap { group in group.1.flatMap { $0.targets(in: group.0) } }
        + [
            // What the Makefile knows of the build.
            .target(
                name: "CBuild",
                cSettings: [.define("QRPAY_COMMIT", to: "\"\(Context.environment["QRPAY_COMMIT"] ?? "")\"")]),
            .target(
                name: "TestSupport", dependencies: ["JSONKit", "SQLKit", "SQLiteEngine", "PostgresEngine"],
                path: "Tests/TestSupport", swiftSettings: strict),
            .executableTarget(
                name: "qrpay", dependencies: ["QRPayCLI"], swiftSettings: settings(importing: ["QRPayCLI"])),
            // Measures the queue; not installed.
            .executableTarget(
                name: "queue-benchmark",
                dependencies: [
                    "EncodingKit", "JSONKit", "WorldKit", "SQLKit", "SQLiteEngine", "QueueKit", "HTTPKit", "SigningKit",
                    "PaymentCore", "PaymentPartners", "Payments",
                ],
                path: "Benchmarks/queue/Sources", swiftSettings: settings(importing: ["Payments"])),
            // Measures the ordering system; not installed.
            .executableTarget(
                name: "ordering-benchmark",
                dependencies: [
                    "WorldKit", "SQLKit", "SQLiteEngine", "QueueKit", "MessagingKit", "SigningKit", "OrderingCore",
                    "Ordering", "TestSupport",
                ],
                path: "Benchmarks/ordering/Sources", swiftSettings: strict),
            // Measures the store on PostgreSQL; not installed.
            .executableTarget(
                name: "postgres-benchmark",
                dependencies: [
                    "WorldKit", "SQLKit", "SQLiteEngine", "PostgresEngine", "QueueKit", "PaymentCore",
                    "PaymentPartners", "Payments", "PaymentSandbox",
                ],
                path: "Benchmarks/postgres/Sources", swiftSettings: settings(importing: ["PaymentSandbox"])),
        ]
)
