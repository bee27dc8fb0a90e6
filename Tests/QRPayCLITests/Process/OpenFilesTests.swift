import Explorer
import Glibc
import HTTPKit
import PaymentPartners
import PaymentSandbox
import TestSupport
import Testing

/// Few descriptors: every command ends in time with a message, and a server keeps what it needs.
@Suite struct OpenFilesTests {
    @Test(arguments: [
        ["--version"], ["order", "list"],
        ["pay", "ORDER", "--uid", "u", "--method", "card-approve", "--timeout", "5s"],
        ["work", "--drain", "--horizon", "0s"], ["receipt", "list"], ["task", "stats"],
        ["serve", "--listen", "127.0.0.1:0"], ["sandbox", "--listen", "127.0.0.1:0"],
    ])
    func `a command with few open files ends with a result or a clear error`(_ words: [String]) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let arguments = words.map { $0 == "ORDER" ? id : $0 }
            // Below 4 the system cannot load the program; a server needs more than 48.
            for limit in [4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 26, 27, 28, 30, 40] {
                let run = CommandRun(arguments, await (try stage.start(arguments, openFiles: limit)).exit())
                if words[0] != "serve" && words[0] != "sandbox", run.status == 0 { continue }
                #expect(run.status == 6 || run.status == 5, "\(limit): \(run)")
                #expect(run.stderr.hasPrefix("qrpay: ") && !run.stderr.contains("rror: unexpected"), "\(limit): \(run)")
            }
            let shown = try await stage.qrpay("order", "show", id, "--json").succeeded().json()
            #expect(shown["status"] == "PENDING" || words[0] == "pay" || words[0] == "work", "\(shown)")
        }
    }

    @Test func `a server with 64 open files pays during a flood of 120 connections`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let port = stage.directory.file("serve-port")
            let words = ["serve", "--listen", "127.0.0.1:0", "--port-file", port, "--quiet"]
            let server = try stage.start(words, openFiles: 64)
            #expect(await server.hasPrinted("\n"))
            let number = try #require(UInt16(try GoldenFile(port).text().dropLast()))
            let flood = await blocking {
                (0..<120).compactMap { _ in
                    let connection = RawConnection(port: number)
                    connection?.send("G")
                    return connection
                }
            }
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            try await stage.untilPartners(timeoutSeconds: 60) { $0.invoices.contains { $0.captured == "120.50" } }
            let health = try await stage.transport.send(HTTPRequest(url: "http://127.0.0.1:\(number)/healthz"))
            #expect(health.status == 200)
            for connection in flood { connection.close() }
            server.send(SIGTERM)
            let run = CommandRun(words, await server.exit(timeoutSeconds: 60))
            #expect(run.status == 0, "\(run)")
        }
    }
}
