import CommandLineKit
import Explorer
import FoundationEssentials
import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QRPayCLI
import Synchronization
import TestSupport
import Testing
import WorldKit

/// A directory with a store of its own, all partners on loopback, and the program, run within this process or as one of
/// its own.
struct Stage: Sendable {
    let directory: TemporaryDirectory
    let clock = ShiftedClock()
    let transport: CurlTransport
    private let sandbox: Sandbox

    /// Runs `body` on a fresh stage, and ends everything afterwards.
    /// - Parameter config: the configuration file; by default failed attempts are retried soon.
    static func run(config: String = quickRetries, _ body: (Stage) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        try Data(config.utf8).write(to: URL(filePath: directory.file("config.json")))
        var settings = SandboxSettings()
        settings.receiptDelaySeconds = 0.05
        settings.slowCardSeconds = 0.1
        let transport = CurlTransport()
        let sandbox = try await Sandbox(
            listen: SocketAddress(host: "127.0.0.1", port: 0), state: .memory, settings: settings,
            world: Context.live().world, transport: transport)
        try await sandbox.start()
        let stage = Stage(directory: directory, transport: transport, sandbox: sandbox)
        let result: Result<Void, any Error>
        do { result = .success(try await body(stage)) } catch { result = .failure(error) }
        await sandbox.stop()
        transport.close()
        try result.get()
    }

    static let quickRetries = """
        { // Tests do not wait.
          "tasks": {
            "payment_settle": {"period_seconds": 0.02, "base_seconds": 0.02, "cap_seconds": 0.1},
            "cashback_accrue": {"period_seconds": 0.02, "base_seconds": 0.02, "cap_seconds": 0.1},
            "receipt_fetch": {"period_seconds": 0.02, "base_seconds": 0.02, "cap_seconds": 0.1}
          },
          "partners": {"transactions": {"timeout_seconds": 60}, "eda": {"timeout_seconds": 60}}
        }
        """

    var partnersURL: String { "http://127.0.0.1:\(sandbox.port)" }

    var store: String { directory.file("qrpay.db") }

    var environment: [String: String] {
        [
            "HOME": directory.path, "TMPDIR": directory.path, "QRPAY_STORE": store,
            "QRPAY_CONFIG": directory.file("config.json"),
            "QRPAY_PARTNERS_URL": partnersURL,
        ]
    }

    /// Writes a file of that name into the directory.
    /// - Returns: its path.
    func file(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: directory.file(name)))
        return directory.file(name)
    }
}

// MARK: - Running the program

extension Stage {
    /// Runs the program within this process.
    /// - Parameters:
    ///   - input: the content of standard input.
    ///   - environment: variables added to the stage's; an empty one counts as not set.
    ///   - adjust: changes the context further.
    func qrpay(
        _ arguments: [String], input: String = "", environment extra: [String: String] = [:],
        terminal: Terminal = .pipe, adjust: (inout Context) -> Void = { _ in }
    ) async -> CommandRun {
        let (stdout, stderr) = (Recorder(), Recorder())
        var context = Context.live()
        context.output = stdout.sink
        context.errors = stderr.sink
        context.terminal = terminal
        context.errorTerminal = terminal
        context.readInput = { maximum in
            guard input.utf8.count <= maximum else { throw Problem(.invalid, "file_too_large", "too long") }
            return Array(input.utf8)
        }
        context.environment = environment.merging(extra) { $1 }
        context.world.now = { [clock] in clock.now }
        context.makeTransport = { [transport] in transport }
        context.stopSignal = {
            await untilCancelled()
            return 0
        }
        adjust(&context)
        let status = await Program.run(arguments, context)
        return CommandRun(arguments, status: status, stdout: stdout.text, stderr: stderr.text)
    }

    func qrpay(_ arguments: String...) async -> CommandRun { await qrpay(arguments) }

    /// Runs the program twice, for its error as text and as JSON.
    func expectFailure(
        _ arguments: [String], _ status: Int32, _ code: String, _ phrase: String = "", input: String = "",
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        for words in [arguments, arguments + ["--json"]] {
            await qrpay(words, input: input, environment: environment)
                .failed(status, code, phrase, sourceLocation: sourceLocation)
        }
    }

    /// Starts the built program.
    func start(
        _ arguments: [String], environment extra: [String: String] = [:], stdout: ChildProcess.Stream = .captured,
        stderr: ChildProcess.Stream = .captured
    ) throws -> ChildProcess {
        try ChildProcess(
            Self.program, arguments, environment: environment.merging(extra) { $1 }, stdout: stdout, stderr: stderr)
    }

    /// Starts the built program and waits for its end.
    func run(
        _ arguments: [String], environment: [String: String] = [:], stdout: ChildProcess.Stream = .captured,
        stderr: ChildProcess.Stream = .captured
    ) async throws -> CommandRun {
        let process = try start(arguments, environment: environment, stdout: stdout, stderr: stderr)
        return CommandRun(arguments, await process.exit())
    }

    /// Starts the built program with a limit of open files.
    func start(_ arguments: [String], openFiles: Int) throws -> ChildProcess {
        let words = ["-c", "ulimit -n \(openFiles) && exec \"$0\" \"$@\"", Self.program] + arguments
        return try ChildProcess("/bin/sh", words, environment: environment)
    }

    /// Runs the built program with a file size limit in blocks of 512 bytes.
    func run(_ arguments: [String], fileBlocks: Int) async throws -> CommandRun {
        let words = ["-c", "ulimit -f \(fileBlocks) && exec \"$0\" \"$@\"", Self.program] + arguments
        let process = try ChildProcess("/bin/sh", words, environment: environment)
        return CommandRun(arguments, await process.exit())
    }

    /// The program is next to the running test bundle.
    private static let program: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: "qrpay").path
    }()
}

// MARK: - Direct changes of the partners' state

extension Stage {
    func send(_ method: String, _ path: String, _ body: [UInt8] = []) async throws -> HTTPResponse {
        try await transport.send(
            HTTPRequest(
                method: method, url: partnersURL + path, headers: HTTPHeaders([("Content-Type", "application/json")]),
                body: body, timeoutSeconds: 60))
    }

    /// The partners' state.
    func partners() async throws -> SandboxSnapshot {
        try JSONKit.JSON.message(SandboxSnapshot.self, from: try await send("GET", "/sandbox/state").body)
    }

    /// Adds a fault of a partner.
    func inject(_ rule: FaultRule) async throws {
        let answer = try await send("POST", "/sandbox/faults", try JSONKit.JSON.message(rule))
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
    }

    func endFaults() async throws {
        try #require(try await send("DELETE", "/sandbox/faults").status == 204)
    }

    /// Polls the partners until their state satisfies `condition`.
    func untilPartners(
        timeoutSeconds: Double = 20, sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: (SandboxSnapshot) -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        while try await !condition(partners()) {
            try #require(ContinuousClock.now < deadline, "the partners never saw it", sourceLocation: sourceLocation)
        }
    }
}

/// The machine's clock plus an offset set by the test.
final class ShiftedClock: Sendable {
    private let shift = Mutex(0.0)

    var now: Instant { Instant(Date()).advanced(bySeconds: shift.withLock { $0 }) }

    func advance(bySeconds seconds: Double) { shift.withLock { $0 += seconds } }
}
