import CommandLineKit
import PaymentCore
import Synchronization
import WorldKit

/// A progress line on standard error, below other messages; shown only
/// on a terminal.
final class ProgressLine: Sendable {
    /// The minimum interval between redraws.
    static let pauseSeconds = 0.1

    private let context: Context
    /// The current text of the line.
    private let drawn = Mutex("")

    init(_ context: Context) { self.context = context }

    /// With NO_COLOR or a dumb terminal, no control sequences are written.
    var isShown: Bool { context.errorTerminal.isTerminal && context.errorTerminal.isColorEnabled }

    /// Runs `body` while showing `text`; the line is removed afterwards.
    func show<Value: Sendable>(
        _ text: @escaping @Sendable () -> String, during body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard isShown else { return try await body() }
        let drawing = Task { [self] in
            while (try? await context.world.sleep(Self.pauseSeconds)) != nil { write(text()) }
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        drawing.cancel()
        await drawing.value
        clear()
        return try result.get()
    }

    /// Sets the text of the line.
    func write(_ text: String) {
        guard isShown else { return }
        let width = max(context.errorTerminal.columns - 1, 1)
        let line = TerminalText.truncated(TerminalText.escaped(text), to: width)
        drawn.withLock { drawn in
            guard line != drawn else { return }
            drawn = line
            send("\(Self.back)\(line)")
        }
    }

    /// Removes the line.
    func clear() { write("") }

    /// Prints a permanent line above the progress line.
    func note(_ text: TerminalText) {
        drawn.withLock { drawn in
            send(drawn.isEmpty ? "\(text)\n" : "\(Self.back)\(text)\n\(drawn)")
        }
    }

    /// Returns to the start of the line and erases it (ECMA-48, EL).
    private static let back: TerminalText = "\r\u{1B}[K"

    private func send(_ text: TerminalText) {
        // The work continues if standard error has no reader.
        try? context.errors.write(text)
    }
}
