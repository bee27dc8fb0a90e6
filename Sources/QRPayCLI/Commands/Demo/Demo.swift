import CommandLineKit
import DrawingKit
import FoundationEssentials
import PaymentCore
import Payments
import WorldKit

enum Demo {
    private static let directory = Option(
        "dir", "DIR", .directory,
        summary: "Keep the stores and receipts in this directory; without it they are removed")

    static let command = Command(
        CommandSpec(
            path: ["demo"], summary: "Run the whole flow on a temporary store and sandbox partners",
            discussion: """
                Bills, deeplinks, guests paying concurrently, cashback, a refund, receipts, iiko's poll and the \
                cashback audit: over real HTTP, on a real store, with every result checked. With --store, on an empty \
                store of a database server, which keeps the orders.
                """,
            options: [directory],
            examples: [
                ExampleSpec(command: "qrpay demo", summary: "See the whole flow"),
                ExampleSpec(command: "qrpay demo --dir /tmp/qrpay-demo", summary: "Keep the files for inspection"),
                ExampleSpec(
                    command: "qrpay demo --store postgres://qrpay@db.example/demo", summary: "Run it on a server"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "A step had an unexpected result")]),
        libraries: [.http, .signing, .codes]
    ) { options, context in
        let kept = options[directory]
        let directory =
            kept ?? "\(HomeDirectory.temporary(context.environment))/qrpay-demo-\(context.world.newID())"
        try LocalFile.makeDirectory(directory)
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: directory) } }
        if kept != nil { try refuseOldDemo(in: directory) }

        let server = try server(options, context)
        let story = Story(context, isSilent: options.isJSON)
        let (result, signal) = await context.untilStopped {
            let stage = try await DemoStage.open(directory: directory, server: server, context)
            let result = await Result { try await DemoRun(stage: stage, story: story).run() }
            await stage.close()
            return try result.get()
        }
        if let signal { return ExitStatus(signal: signal) }
        let summary = try result.get()
        if options.isJSON {
            try context.output.write(try JSONText.render(summary.json))
        } else {
            try summary.show(context)
            if let kept {
                let own = server == nil ? "qrpay.db, " : ""
                try context.output.write("\nKept in \(kept): \(own)sandbox.db, receipts/\n")
            }
        }
        return .done
    }

    /// The settings of a store on a server. Only the command line counts, so that a leftover environment variable never
    /// points the demo at a real store.
    private static func server(_ options: ParsedOptions, _ context: Context) throws -> Configuration? {
        guard let store = options[GlobalOptions.store],
            case .server = try StoreToolbox.place(store, option: GlobalOptions.store.label)
        else { return nil }
        return try Configuration(options, environment: context.environment)
    }

    /// A second demo in the same directory would find its bills already paid.
    private static func refuseOldDemo(in directory: String) throws {
        for name in ["qrpay.db", "sandbox.db"] where FileManager.default.fileExists(atPath: "\(directory)/\(name)") {
            throw Problem(
                .invalid, "directory_in_use", "\(directory): \(name) already exists",
                hint: "name an empty directory, or remove that file")
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// Narrates the demo step by step, and stops at an unexpected result.
struct Story: Sendable {
    private let context: Context
    private let isSilent: Bool

    init(_ context: Context, isSilent: Bool) {
        self.context = context
        self.isSilent = isSilent
    }

    var qrStyle: QRCode.TerminalStyle { .init(context.terminal, environment: context.environment) }

    func chapter(_ number: Int, _ title: String) throws {
        try picture("\n\(context.terminal.style.bold("\(number)  \(title)"))\n")
    }

    /// A checked result.
    func check(_ isTrue: Bool, _ text: String) throws {
        guard isTrue else { throw Problem(.negative, "demo_failed", "check failed: \(text)") }
        try picture("   \(context.terminal.style.green("✓")) \(text)\n")
    }

    func tell(_ text: String) throws { try picture("     \(text)\n") }

    /// Preformatted text.
    func picture(_ text: TerminalText) throws {
        if !isSilent { try context.output.write(text) }
    }
}
