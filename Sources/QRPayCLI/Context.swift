package import CommandLineKit
package import HTTPKit
import PaymentCore
import Payments
package import QueueKit
package import WorldKit

/// The environment of a command: everything it uses besides its options.
package struct Context: Sendable {
    package var output: OutputSink
    package var errors: OutputSink
    /// What standard output is.
    package var terminal: Terminal
    /// What standard error is; progress is shown there.
    package var errorTerminal: Terminal
    /// Reads standard input to its end; more than `maximumBytes` is refused.
    package var readInput: @Sendable (_ maximumBytes: Int) throws -> [UInt8]
    package var environment: [String: String]
    package var world: World
    /// The user's time zone.
    package var zone: Zone
    package var processes: Processes
    package var makeTransport: @Sendable () -> any HTTPTransport
    /// From now on a stop signal (SIGINT, SIGTERM) is kept for ``stopSignal``; before, it ends the process.
    package var holdStopSignals: @Sendable () -> Void
    /// Waits until the process is asked to stop and returns the signal's number.
    package var stopSignal: @Sendable () async -> Int32
    /// Opens a file in the desktop's viewer; throws if there is none.
    package var showFile: @Sendable (_ path: String) throws -> Void
    /// What this run has done irrevocably.
    package var deeds = Deeds()

    package init(
        output: OutputSink, errors: OutputSink, terminal: Terminal, errorTerminal: Terminal,
        readInput: @escaping @Sendable (Int) throws -> [UInt8], environment: [String: String], world: World,
        zone: Zone = .utc,
        processes: Processes, makeTransport: @escaping @Sendable () -> any HTTPTransport,
        holdStopSignals: @escaping @Sendable () -> Void = {},
        stopSignal: @escaping @Sendable () async -> Int32,
        showFile: @escaping @Sendable (String) throws -> Void = { _ in throw DesktopViewer.missing }
    ) {
        self.output = output
        self.errors = errors
        self.terminal = terminal
        self.errorTerminal = errorTerminal
        self.readInput = readInput
        self.environment = environment
        self.world = world
        self.zone = zone
        self.processes = processes
        self.makeTransport = makeTransport
        self.holdStopSignals = holdStopSignals
        self.stopSignal = stopSignal
        self.showFile = showFile
    }

    /// Prints a message that is not part of the result; a failure to print it is ignored.
    func note(_ text: TerminalText) throws {
        do { try errors.write(text + "\n") } catch is ClosedPipe {}
    }

    func warn(_ text: String) throws {
        try note("qrpay: \(errorTerminal.style.yellow("warning")): \(text)")
    }
}

/// Where output goes: a stream of the process, or a test's buffer.
package struct OutputSink: Sendable {
    private let body: @Sendable ([UInt8]) throws -> Void

    /// - Parameter body: writes all of the bytes; throws ``ClosedPipe`` when the reader has gone, ``OutputFailure``
    ///   when it cannot be written.
    package init(_ body: @escaping @Sendable ([UInt8]) throws -> Void) { self.body = body }

    package func write(_ text: TerminalText) throws { try body(Array(text.text.utf8)) }

    /// Writes a document unescaped: an image, the manual page, a script.
    func write(bytes: [UInt8]) throws { try body(bytes) }
}

/// The reader of our output has gone.
package struct ClosedPipe: Error {
    package init() {}
}
