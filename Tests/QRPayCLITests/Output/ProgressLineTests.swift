import CommandLineKit
import PaymentCore
import Synchronization
import Testing
import WorldKit

@testable import QRPayCLI

/// The progress line.
@Suite struct ProgressLineTests {
    /// A context whose clock lets a line be drawn once, and what it writes, one by one.
    private func context(_ terminal: Terminal) -> (Context, AsyncStream<String>) {
        let (writes, continuation) = AsyncStream<String>.makeStream()
        var context = Context.live()
        context.errorTerminal = terminal
        context.errors = OutputSink { continuation.yield(String(decoding: $0, as: UTF8.self)) }
        let isDrawn = Mutex(false)
        context.world.sleep = { _ in
            let isFirst = isDrawn.withLock { drawn in
                defer { drawn = true }
                return !drawn
            }
            guard !isFirst else { return }
            let (never, _) = AsyncStream<Void>.makeStream()
            for await _ in never {}
            throw CancellationError()
        }
        return (context, writes)
    }

    @Test func `a note is printed above the line`() async throws {
        let (context, writes) = context(Terminal(isTerminal: true, columns: 12, isColorEnabled: true))
        let line = ProgressLine(context)
        let written = try await line.show {
            "1 done, 2 postponed"
        } during: {
            var written: [String] = []
            for await text in writes {
                written.append(text)
                if written.count == 1 { line.note("receipt.fetch failed") } else { break }
            }
            return written
        }
        let clear = "\r\u{1B}[K"
        #expect(written == ["\(clear)1 done, 2 …", "\(clear)receipt.fetch failed\n1 done, 2 …"])
    }

    @Test(arguments: [Terminal.pipe, Terminal(isTerminal: true, columns: 80)])
    func `nothing is drawn without control sequences`(terminal: Terminal) async throws {
        let (context, writes) = context(terminal)
        let line = ProgressLine(context)
        try await line.show {
            "text"
        } during: {
            line.note("a note")
        }
        for await text in writes {
            #expect(text == "a note\n")
            break
        }
    }
}
