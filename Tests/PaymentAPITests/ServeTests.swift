import CommandLineKit
import FoundationEssentials
import Glibc
import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentSandbox
import Payments
import QRPayCLI
import QueueKit
import Synchronization
import TestSupport
import Testing

/// `qrpay serve` as a whole: configuration, keys, workers, log, end.
@Suite struct ServeTests {
    /// The program with a store of its own, captured output, and a stop controlled by the test.
    private final class Shell: Sendable {
        let directory: TemporaryDirectory
        let transport = CurlTransport()
        let (stop, stopper) = AsyncStream.makeStream(of: Int32.self)
        private let partners: String
        /// Whether `serve` was run, and is over.
        private let hasServed = Atomic(false)
        private let written = Mutex<(output: String, errors: String)>(("", ""))

        init(partners: String) throws {
            self.partners = partners
            directory = try TemporaryDirectory()
        }

        var output: String { written.withLock { $0.output } }
        var errors: String { written.withLock { $0.errors } }

        func run(_ arguments: String...) async -> Int32 {
            let context = Context(
                output: OutputSink { bytes in
                    self.written.withLock { $0.output += String(decoding: bytes, as: UTF8.self) }
                },
                errors: OutputSink { bytes in
                    self.written.withLock { $0.errors += String(decoding: bytes, as: UTF8.self) }
                },
                terminal: Terminal(isTerminal: false, windowColumns: nil, environment: { _ in nil }),
                errorTerminal: Terminal(isTerminal: false, windowColumns: nil, environment: { _ in nil }),
                readInput: { _ in [] },
                environment: ["QRPAY_STORE": directory.file("qrpay.db"), "HOME": directory.path],
                world: APIFixture.world, processes: Processes(own: "test", isAlive: { _ in true }),
                makeTransport: { [transport] in transport },
                stopSignal: { [stop] in await stop.first { _ in true } ?? 0 })
            let status = await Program.run(arguments + ["--partners", partners], context)
            if arguments.first == "serve" { hasServed.store(true, ordering: .releasing) }
            return status
        }

        func get(_ port: UInt16, _ target: String, _ headers: [(String, String)] = []) async throws -> HTTPResponse {
            try await transport.send(
                HTTPRequest(url: "http://127.0.0.1:\(port)\(target)", headers: HTTPHeaders(headers)))
        }

        func post(_ port: UInt16, _ target: String, _ headers: [(String, String)], _ body: String) async throws
            -> HTTPResponse
        {
            try await transport.send(
                HTTPRequest(
                    method: "POST", url: "http://127.0.0.1:\(port)\(target)", headers: HTTPHeaders(headers),
                    body: Array(body.utf8)))
        }

        /// The port in the file, once it is written.
        /// - Throws: ``Ended`` when the command ended before that.
        func port() async throws -> UInt16 {
            while true {
                let isLast = hasServed.load(ordering: .acquiring)
                if let text = try? String(contentsOfFile: directory.file("port"), encoding: .utf8),
                    let port = UInt16(text.filter(\.isNumber))
                {
                    return port
                }
                if isLast { throw Ended(errors: errors) }
                await Task.yield()
            }
        }
    }

    private struct Ended: Error { var errors: String }

    private func withShell(_ body: (Shell) async throws -> Void) async throws {
        let transport = CurlTransport()
        let sandbox = try await Sandbox(
            listen: SocketAddress(host: "127.0.0.1", port: 0), state: .memory, world: APIFixture.world,
            transport: transport)
        try await sandbox.start()
        let shell = try Shell(partners: "http://127.0.0.1:\(sandbox.port)")
        let result: Result<Void, any Error>
        do { result = .success(try await body(shell)) } catch { result = .failure(error) }
        await sandbox.stop()
        try result.get()
    }

    @Test func `a payment from the command line until the stop signal`() async throws {
        try await withShell { shell async throws in
            let config = """
                {"availability": {"experiments": {"closed_test": {"uids": ["4001"], "percent": "0"}}},
                 "alerts": {"task_attempts": 7}}
                """
            try config.write(toFile: shell.directory.file("config.json"), atomically: true, encoding: .utf8)
            #expect(await shell.run("restaurant", "add", "cafe-42", "--name", "Кафе", "--cashback", "30") == 0)
            #expect(await shell.run("restaurant", "key", "cafe-42") == 0)
            let key = try #require(shell.output.firstMatch(of: /key\t(.*)\n/)).1
            #expect(await shell.run("restaurant", "key", "cafe-42") == 4)

            let portFile = shell.directory.file("port")
            async let status = shell.run(
                "serve", "--listen", "127.0.0.1:0", "--port-file", portFile, "--workers", "2", "--config",
                shell.directory.file("config.json"))
            let port = try await shell.port()
            let answer = try await shell.post(port, "/orders", [("X-API-Key", String(key))], APIFixture.bill())
            let text = try #require(answer.json["bill_lines"][1]["value"].text)
            let link = try Deeplink(url: text, base: Deeplink.defaultBase)

            let secret = try String(contentsOfFile: shell.directory.file("gateway-key"), encoding: .utf8)
            let gateway = [("X-Gateway-Key", String(secret.filter { !$0.isWhitespace })), ("X-Yandex-UID", "4001")]
            let payment = APIFixture.payment(link)
            #expect(try await shell.post(port, "/4.0/payments/v1/orders", gateway, payment).status == 200)
            let paid = try await shell.get(
                port, "/4.0/payments/v1/orders?order_id=\(link.orderID)&wait=30&seen=WAITING", gateway)
            #expect(paid.json["status"] == "PAYED")
            #expect(try await shell.get(port, "/availability", gateway).json == ["is_available": true])
            let others = [gateway[0], ("X-Yandex-UID", "4002")]
            #expect(try await shell.get(port, "/availability", others).json == ["is_available": false])

            let metrics = String(decoding: try await shell.get(port, "/metrics").body, as: UTF8.self)
            #expect(metrics.contains("qrpay_partner_request_seconds_count{partner=\"transactions\",outcome=\"200\"}"))
            #expect(metrics.contains("more than 7 attempts"))
            // The callback arrived at the address with the token, which does not appear in logs.
            #expect(metrics.contains("route=\"/4.0/payments/v1/callback\",status=\"200\""))
            #expect(!metrics.contains("route=\"/4.0/payments/v1/callback\",status=\"401\""))

            shell.stopper.yield(SIGTERM)
            #expect(await status == 0)
            await #expect(throws: HTTPTransportError.self) { try await shell.get(port, "/healthz") }
            let events = shell.errors.split(separator: "\n").filter { $0.hasPrefix("{") }
            #expect(events.count >= 8)
            for event in events { _ = try JSON(Array(event.utf8)) }
            #expect(!shell.errors.contains("token=") && !shell.errors.contains(key))
        }
    }

    @Test func `the gateway's key is readable by its owner only`() async throws {
        try await withShell { shell async throws in
            async let status = shell.run(
                "serve", "--listen", "127.0.0.1:0", "--port-file", shell.directory.file("port"), "--quiet")
            _ = try await shell.port()
            var information = stat()
            #expect(stat(shell.directory.file("gateway-key"), &information) == 0)
            #expect(information.st_mode & 0o777 == 0o600)
            shell.stopper.yield(SIGINT)
            #expect(await status == 0)
            #expect(shell.errors == "")
        }
    }

    @Test func `serving errors are reported`() async throws {
        try await withShell { shell async throws in
            try "too short".write(toFile: shell.directory.file("gateway-key"), atomically: true, encoding: .utf8)
            #expect(await shell.run("serve", "--listen", "127.0.0.1:0") == 2)
            #expect(shell.errors.contains("bad_gateway_key"))
            #expect(await shell.run("serve", "--listen", "nowhere") == 2)
            #expect(await shell.run("serve", "--workers", "many") == 2)
            #expect(await shell.run("restaurant", "key", "nobody") == 3)
        }
    }
}
