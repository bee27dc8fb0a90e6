import CommandLineKit
import Explorer
import Glibc
import HTTPKit
import Synchronization
import TestSupport
import Testing

@testable import QRPayCLI

/// A log without a reader.
@Suite struct UnreadLogTests {
    @Test func `requests and SIGTERM do not wait for a reader of standard error`() async throws {
        try await Stage.run { stage async throws in
            let log = stage.directory.file("log")
            try #require(mkfifo(log, 0o600) == 0)
            let reader = open(log, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            try #require(reader >= 0)
            defer { close(reader) }
            let port = stage.directory.file("serve-port")
            let words = ["serve", "--listen", "127.0.0.1:0", "--port-file", port]
            let server = try stage.start(words, stderr: .file(log))
            #expect(await server.hasPrinted("\n"))
            let url = "http://127.0.0.1:\(try GoldenFile(port).text().dropLast())"
            // A pipe holds 64 KiB, 512 lines.
            for _ in 0..<1000 {
                let answer = try await stage.transport.send(HTTPRequest(url: url + "/openapi", timeoutSeconds: 60))
                try #require(answer.status == 404)
            }
            server.send(SIGTERM)
            let run = CommandRun(words, await server.exit(timeoutSeconds: 60))
            #expect(run.status == 0, "\(run)")
        }
    }

    @Test func `lines that do not fit are dropped, counted and reported`() async throws {
        let written = Mutex<[UInt8]>([])
        let (turns, turn) = AsyncStream.makeStream(of: Void.self)
        let gate = Mutex(())
        let dropped = Mutex(0)
        let line = String(repeating: "x", count: 1023) + "\n"
        let queue = LogQueue(
            OutputSink { bytes in
                turn.yield()
                gate.withLock { _ in }
                written.withLock { $0 += bytes }
            }, report: { "\($0) dropped" }, dropped: { dropped.withLock { $0 += 1 } })
        await blocking {
            gate.withLock { _ in
                for _ in 0..<2000 { try? queue.entrance.write(TerminalText(drawn: line)) }
            }
        }
        for await _ in turns { break }
        await queue.flush()
        let lines = written.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n")
        let lost = dropped.withLock { $0 }
        #expect(lost >= 2000 - 2 * LogQueue.maximumBytes / 1024, "the queue takes what it says")
        #expect(lines.count { $0.hasPrefix("x") } == 2000 - lost)
        #expect(lost == 0 || lines.contains("\(lost) dropped"))
    }
}
