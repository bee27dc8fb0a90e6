import Glibc
import TestSupport
import Testing

@testable import QRPayCLI

/// The secret from which the ids of users, and so of their accounts, are derived.
@Suite(.timeLimit(.minutes(10))) struct OrderingSecretTests {
    private static func run(_ body: @escaping @Sendable (Stage, String) async throws -> Void) async throws {
        try await Stage.run { stage async throws in
            try await stage.qrpay("ordering", "user", "add", "Pavel").succeeded()
            try await stage.qrpay("ordering", "account", "deposit", "105", "--user", "Pavel").succeeded()
            try await body(stage, stage.directory.file("ordering"))
        }
    }

    private static let show = ["ordering", "account", "show", "--user", "Pavel"]

    private static func doctor(_ stage: Stage) async throws -> (status: Int32, finding: JSON?) {
        let run = await stage.qrpay("ordering", "doctor", "--json")
        return (run.status, try run.json().elements.first { $0["check"] == "secret" })
    }

    @Test func `a lost secret is not replaced, and its file makes all well again`() async throws {
        try await Self.run { stage, folder in
            #expect(try await Self.doctor(stage).finding?["verdict"] == "ok")
            #expect(rename("\(folder)/secret", "\(folder)/kept") == 0)
            for words in [Self.show, ["ordering", "user", "add", "Pavel"], ["ordering", "serve"]] {
                await stage.expectFailure(words, 6, "key_file_missing", "secret: the file with")
            }
            // Also when the secret's fingerprint is missing.
            #expect(rename("\(folder)/keys.db", "\(folder)/keys.kept") == 0)
            await stage.expectFailure(Self.show, 6, "key_file_missing")
            let doctor = try await Self.doctor(stage)
            #expect(doctor.status == 6 && doctor.finding?["verdict"] == "failed")
            #expect(access("\(folder)/secret", F_OK) != 0, "nothing is made")
            #expect(rename("\(folder)/kept", "\(folder)/secret") == 0)
            let account = try await stage.qrpay(Self.show + ["--json"]).succeeded().json()
            #expect(account["balance"] == "105.00")
        }
    }

    @Test func `another secret is refused`() async throws {
        try await Self.run { stage, folder in
            _ = try stage.file("ordering/secret", String(repeating: "0", count: 64))
            await stage.expectFailure(Self.show, 6, "store_keys_differ", "are not those of the store")
            let doctor = try await Self.doctor(stage)
            #expect(doctor.status == 6 && doctor.finding?["verdict"] == "failed")
        }
    }

    @Test func `stores from before keep the secret that they have`() async throws {
        try await Self.run { stage, folder in
            for file in ["keys.db", "keys.db-wal", "keys.db-shm"] { unlink("\(folder)/\(file)") }
            let account = try await stage.qrpay(Self.show + ["--json"]).succeeded().json()
            #expect(account["balance"] == "105.00")
            _ = try stage.file("ordering/secret", String(repeating: "0", count: 64))
            await stage.expectFailure(Self.show, 6, "store_keys_differ")
        }
    }

    @Test func `stores cannot be made below a file`() async throws {
        try await Stage.run { stage async throws in
            let path = try stage.file("plain", "")
            for folder in [path, "\(path)/a", "\(path)/a/b"] {
                await stage.expectFailure(
                    ["ordering", "user", "add", "Pavel", "--stores", folder], 6, "store_cannot_open")
            }
        }
    }

    @Test(arguments: ["hybrid", "events", "collaboration"])
    func `a broker that is away is not waited for`(_ style: String) async throws {
        try await Self.run { stage, _ in
            let away = [
                "--user", "Pavel", "--broker", "amqp://guest@127.0.0.1:1/",
            ]
            let password = ["QRPAY_BROKER_PASSWORD": "guest", "QRPAY_ORDERING_STYLE": style]
            let basket = await stage.qrpay(["ordering", "basket"] + away, environment: password)
            #expect(basket.status == 0 && !basket.stderr.contains("outboxes"), "\(basket)")
            // Waiting for the broker would exceed the suite's time limit.
            let order = await stage.qrpay(
                ["ordering", "order", "create", "5", "--timeout", "1h"] + away, environment: password)
            #expect(order.status == 8 && order.stderr.contains("messages wait in the outboxes"), "\(order)")
        }
    }
}
