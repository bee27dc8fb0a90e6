import CommandLineKit
import QRPayDomain

/// One line on a terminal that is written over as work goes on; nothing where there is no terminal, or with `NO_COLOR`.
struct ProgressLine: Sendable {
    private let context: Context
    private var shownAt: Instant?

    init(_ context: Context) { self.context = context }

    /// Shows a text in place of the last one, at most ten times a second.
    mutating func show(_ text: String) {
        guard context.errorTerminal.isColorEnabled else { return }
        let now = context.world.now()
        if let shownAt, now < shownAt.advanced(bySeconds: 0.1) { return }
        shownAt = now
        // A terminal that has gone away is nobody's loss.
        try? context.errors.write("\r\(TerminalText.escaped(text))\u{1B}[K")
    }

    mutating func clear() {
        if shownAt != nil { try? context.errors.write("\r\u{1B}[K") }
        shownAt = nil
    }
}

extension ProgressLine {
    private static let pauseSeconds = 0.1

    /// Runs `body`, and shows again and again what `text` says meanwhile.
    func follow<Value: Sendable>(
        _ text: @escaping @Sendable () -> String, during body: () async throws -> Value
    ) async throws -> Value {
        let (line, sleep) = (self, context.world.sleep)
        let watch = Task {
            var line = line
            while (try? await sleep(Self.pauseSeconds)) != nil { line.show(text()) }
            line.clear()
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        watch.cancel()
        await watch.value
        return try result.get()
    }
}
