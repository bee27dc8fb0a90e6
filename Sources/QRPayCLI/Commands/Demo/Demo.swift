import CommandLineKit
import DrawingKit
import FoundationEssentials
import PaymentCore
import Payments
import WorldKit

enum Demo {
    static let command = Command(
        CommandSpec(
            path: ["demo"], summary: "Run the whole flow on a store and partners of its own",
            discussion: """
                Bills, deeplinks, guests who pay at the same instant, cashback, a refund, receipts, iiko's poll and the \
                cashback audit: over real HTTP, on a real store, with every result checked.
                """,
            options: [
                OptionSpec(
                    name: "dir", value: "DIR", completion: .directory,
                    summary: "Keep the stores and receipts in this directory; without it they are removed")
            ],
            examples: [
                ExampleSpec(command: "qrpay demo", summary: "See everything at work"),
                ExampleSpec(command: "qrpay demo --dir /tmp/qrpay-demo", summary: "Keep what it made, to look around"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "A step's result was not what it must be")]),
        libraries: [.http, .signing, .codes]
    ) { options, context in
        let kept = options.value("dir")
        let directory = kept ?? "\(FileManager.default.temporaryDirectory.path)/qrpay-demo-\(context.world.newID())"
        try LocalFile.makeDirectory(directory)
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: directory) } }
        if kept != nil { try refuseOldDemo(in: directory) }

        let story = Story(context, isSilent: options.isJSON)
        let (result, signal) = await context.untilStopped {
            let stage = try await DemoStage.open(directory: directory, context)
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
            if let kept { try context.output.write("\nKept in \(kept): qrpay.db, sandbox.db, receipts/\n") }
        }
        return .done
    }

    /// A second demo in the same place would find its bills paid already.
    private static func refuseOldDemo(in directory: String) throws {
        for name in ["qrpay.db", "sandbox.db"] where FileManager.default.fileExists(atPath: "\(directory)/\(name)") {
            throw Problem(
                .invalid, "directory_in_use", "\(directory): there is a \(name) already",
                hint: "name an empty directory, or remove that one")
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// Tells what happens, step by step, and stops where a result is not what it must be.
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
        guard isTrue else { throw Problem(.negative, "demo_failed", "this did not come true: \(text)") }
        try picture("   \(context.terminal.style.green("✓")) \(text)\n")
    }

    func tell(_ text: String) throws { try picture("     \(text)\n") }

    /// Text that is laid out already.
    func picture(_ text: TerminalText) throws {
        if !isSilent { try context.output.write(text) }
    }
}
