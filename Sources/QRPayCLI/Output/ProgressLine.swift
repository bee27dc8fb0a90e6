import CommandLineKit
import PaymentCore
import Synchronization
import WorldKit

/// One line on standard error that tells how far something long is, below whatever else is said meanwhile; only where a
/// person looks at a terminal.
final class ProgressLine: Sendable {
    /// Between two redrawings; more often nobody can read.
    static let pauseSeconds = 0.1

    private let context: Context
    /// What stands on the line now.
    private let standing = Mutex("")

    init(_ context: Context) { self.context = context }

    /// NO_COLOR and a dumb terminal want no control sequences at all.
    var isShown: Bool { context.errorTerminal.isTerminal && context.errorTerminal.isColorEnabled }

    /// Runs `body` and shows what `text` says meanwhile; the line is gone afterwards.
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

    /// Lets the line say `text` from now on.
    func write(_ text: String) {
        guard isShown else { return }
        let width = max(context.errorTerminal.columns - 1, 1)
        let line = TerminalText.truncated(TerminalText.escaped(text), to: width)
        standing.withLock { standing in
            guard line != standing else { return }
            standing = line
            send("\(Self.back)\(line)")
        }
    }

    /// Takes the line away.
    func clear() { write("") }

    /// Says something that stays, above the line; ends it with a newline.
    func note(_ text: TerminalText) {
        standing.withLock { standing in
            send(standing.isEmpty ? "\(text)\n" : "\(Self.back)\(text)\n\(standing)")
        }
    }

    /// Back to the beginning of the line, and nothing on it (ECMA-48, EL).
    private static let back: TerminalText = "\r\u{1B}[K"

    private func send(_ text: TerminalText) {
        // The work goes on where nobody reads of it any more.
        try? context.errors.write(text)
    }
}
