import Glibc
import MessagingKit
import Payments
import TestSupport
import Testing

@testable import QRPayCLI

/// Where an installation of the ordering system is, and how it reaches its broker.
@Suite struct InstallationTests {
    private struct URLCase: Sendable {
        var text: String
        var address: AMQPAddress?
        var password: String?
    }

    @Test func `a broker's URL may hold a password, which is not part of its address`() throws {
        let v = AMQPAddress(user: "u", host: "h", port: 1, virtualHost: "v")
        for one in [
            URLCase(text: "embedded"), URLCase(text: "amqp://u@h:1/v", address: v),
            URLCase(text: "amqp://u:secret@h:1/v", address: v, password: "secret"),
            URLCase(text: "amqp://u:a%20b%40@h:1/v", address: v, password: "a b@"),
            URLCase(text: "amqp://u:a@b:c@h:1/v", address: v, password: "a@b:c"),
            URLCase(text: "amqp://u:@h:1/v", address: v, password: ""),
        ] {
            let (address, password) = try BrokerSettings.address(one.text)
            #expect(address == one.address && password == one.password, "\(one.text)")
            #expect(address.map { !$0.description.contains("secret") } ?? true)
        }
    }

    @Test(
        arguments: [
            "amqp://u:hunter2@", "amqps://u:hunter2@h", "kafka://u:hunter2@h", "amqp://u:hunter2%zz@h", "hunter2",
            "amqp://u:hunter2@h:0/v", "amqp://u:hunter2@h/v?x=1",
        ])
    func `a broker that cannot be used is refused without its text`(_ text: String) async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay(["config"], environment: ["QRPAY_BROKER": text])
            run.failed(2, "usage", "QRPAY_BROKER: must be embedded or the URL of a RabbitMQ")
            #expect(!run.stderr.contains("hunter2"))
        }
    }

    @Test func `the secret is created once, readable only by its owner`() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.file("a/b")
        let world = Context.live().world
        let secret = try OrderingSecret.load(folder: folder, world)
        #expect(secret.count == 32)
        #expect(try OrderingSecret.load(folder: folder, world) == secret)
        var status = stat()
        #expect(stat("\(folder)/secret", &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test(arguments: ["", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 66)])
    func `a damaged secret is refused, and not replaced`(_ text: String) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("secret")
        try LocalFile.write(Array(text.utf8), to: path)
        let error = #expect(throws: Problem.self) {
            _ = try OrderingSecret.load(folder: directory.path, Context.live().world)
        }
        #expect(error?.code == "bad_ordering_secret")
        #expect(try LocalFile.readText(path, maximumBytes: 100, what: "it") == text)
    }

    @Test func `a password file keeps its blanks, but not the line end of an editor`() throws {
        let directory = try TemporaryDirectory()
        for (text, password) in [("a b \n", "a b "), ("a\r\n", "a"), ("a", "a"), ("a\n\n", "a\n")] {
            let path = directory.file("password")
            try LocalFile.write(Array(text.utf8), to: path)
            #expect(try Secret(file: path).readPassword(what: "it") == password)
        }
    }
}
