import CommandLineKit
import QRPayDomain

/// One line on standard error that tells how far something long is; only where a person looks at a terminal.
struct ProgressLine: Sendable {
    private static let pauseSeconds = 0.1

    private let context: Context

    init(_ context: Context) { self.context = context }

    /// Runs `body` and shows what `text` says meanwhile; the line is gone afterwards.
    func show<Value: Sendable>(
        _ text: @escaping @Sendable () -> String, during body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard isShown else { return try await body() }
        let line = Task {
            while (try? await context.world.sleep(Self.pauseSeconds)) != nil {
                write(text())
            }
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        line.cancel()
        await line.value
        clear()
        return try result.get()
    }

    /// Lets the line say `text` from now on.
    func write(_ text: String) {
        guard isShown else { return }
        let width = max(10, context.errorTerminal.columns - 1)
        try? context.errors.write("\r\u{1B}[K" + String(TerminalText.escaped(text).prefix(width)))
    }

    /// Takes the line away.
    func clear() {
        if isShown { try? context.errors.write("\r\u{1B}[K") }
    }

    /// NO_COLOR and a dumb terminal want no control sequences at all.
    private var isShown: Bool { context.errorTerminal.isTerminal && context.errorTerminal.isColorEnabled }
}
