import CommandLineKit
import Explorer
import PaymentSandbox
import TestSupport
import Testing

@testable import QRPayCLI

/// A missing shared library is reported before anything is begun.
@Suite struct MissingLibraryTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// The files that shadow the real ones.
        var files: [String]
        var arguments: [String]
        var packages: [String]
        var testDescription: String { "\(arguments.joined(separator: " ")) without \(files)" }
    }

    static let cases = [
        Case(
            files: ["libcurl.so.4"], arguments: ["pay", "ORDER", "--uid", "u", "--method", "m"],
            packages: ["libcurl4"]),
        Case(
            files: ["libcurl.so.4", "libcrypto.so.3"], arguments: ["pay", "ORDER", "--uid", "u", "--method", "m"],
            packages: ["libcurl4", "libssl3"]),
        Case(
            files: ["libqrencode.so.4", "libcrypto.so.3"], arguments: ["preorder", "create", "BILL"],
            packages: ["libssl3", "libqrencode4"]),
        Case(files: ["libcurl.so.4"], arguments: ["order", "refund", "ORDER"], packages: ["libcurl4"]),
        Case(files: ["libcurl.so.4"], arguments: ["work", "--drain"], packages: ["libcurl4"]),
        Case(files: ["libcrypto.so.3"], arguments: ["serve", "--listen", "127.0.0.1:0"], packages: ["libssl3"]),
        Case(files: ["libcurl.so.4"], arguments: ["sandbox", "--listen", "127.0.0.1:0"], packages: ["libcurl4"]),
        Case(
            files: ["librabbitmq.so.4"], arguments: ["ordering", "broker", "check", "amqp://127.0.0.1:1/"],
            packages: ["librabbitmq4"]),
        Case(
            files: ["librabbitmq.so.4"],
            arguments: ["ordering", "topology", "apply", "--broker", "amqp://127.0.0.1:1/"],
            packages: ["librabbitmq4"]),
        Case(
            files: ["librabbitmq.so.4"],
            arguments: ["ordering", "serve", "--listen", "127.0.0.1:0", "--broker", "amqp://127.0.0.1:1/"],
            packages: ["librabbitmq4"]),
        Case(
            files: ["librabbitmq.so.4", "libcrypto.so.3"],
            arguments: ["ordering", "compare", "--broker", "amqp://127.0.0.1:1/"],
            packages: ["librabbitmq4", "libssl3"]),
        Case(
            files: ["librabbitmq.so.4"],
            arguments: ["ordering", "user", "add", "Pavel", "--broker", "amqp://127.0.0.1:1/"],
            packages: ["librabbitmq4"]),
        Case(files: ["libcrypto.so.3"], arguments: ["ordering", "demo"], packages: ["libssl3"]),
        Case(files: ["libcurl.so.4"], arguments: ["ordering", "user", "add", "Pavel"], packages: ["libcurl4"]),
    ]

    /// The libraries that an ordering command needs follow from its options; 'doctor' reports missing ones itself.
    @Test func `each ordering command names the libraries of its options`() {
        for command in CommandRegistry.commands where command.spec.path.first == "ordering" {
            let options = Set(command.spec.options.map(\.name))
            let (path, libraries) = (command.spec.path.joined(separator: " "), Set(command.libraries))
            guard path != "ordering doctor" else { continue }
            let usesBroker = libraries.contains(.broker) || libraries.contains(.localBroker)
            #expect(options.contains("broker") == usesBroker, "\(path)")
            if options.contains("server") {
                #expect(libraries.isSuperset(of: [.http, .signing, .localBroker]), "\(path)")
            }
        }
    }

    @Test(arguments: cases)
    func `one error names all that is missing, and nothing has changed`(_ missing: Case) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let bill = try stage.file("bill.json", Stage.bill("other"))
            let before = try await stage.qrpay("order", "list", "--json").succeeded().stdout
            for file in missing.files { _ = try stage.file(file, "") }
            let arguments = missing.arguments.map { $0 == "ORDER" ? id : $0 == "BILL" ? bill : $0 } + ["--json"]
            let run = try await stage.run(arguments, environment: ["LD_LIBRARY_PATH": stage.directory.path])
            run.failed(6, "library_missing", missing.files[0])
            for package in missing.packages { #expect(run.stderr.contains(package), "\(run)") }
            #expect(try await stage.qrpay("order", "list", "--json").succeeded().stdout == before)
            #expect(try await stage.partners().invoices.isEmpty)
        }
    }

    @Test func `the library of a broker is needed only where that broker is used`() async throws {
        try await Stage.run { stage async throws in
            _ = try stage.file("librabbitmq.so.4", "")
            let run = try await stage.run(
                ["ordering", "topology", "apply", "--json"], environment: ["LD_LIBRARY_PATH": stage.directory.path])
            try run.succeeded()
            #expect(run.stdout.contains("ordering.billing"))
            // A server uses its own broker.
            let remote = try await stage.run(
                ["ordering", "user", "add", "Pavel", "--server", "http://127.0.0.1:1"],
                environment: ["LD_LIBRARY_PATH": stage.directory.path, "QRPAY_BROKER": "amqp://127.0.0.1:1/"])
            remote.failed(5, "server_unreachable")
        }
    }
}
