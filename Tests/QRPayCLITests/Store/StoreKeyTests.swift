import Explorer
import FoundationEssentials
import Payments
import TestSupport
import Testing

/// Hosts that share a store on a server use the same keys.
@Suite(.only(.postgres)) struct StoreKeyTests {
    private static func keys(_ kids: [(String, Character)]) -> String {
        let keys = kids.map { kid, digit in
            #"{"kid": "\#(kid)", "secret": "\#(String(repeating: digit, count: 64))"}"#
        }
        return #"{"keys": [\#(keys.joined(separator: ", "))]}"#
    }

    @Test func `a host with other keys is refused, and a rotation is not`() async throws {
        let store = try await TestStore(Schema.migrations)
        try await Stage.run { stage async throws in
            func list(_ host: String, _ keys: String) async throws -> CommandRun {
                _ = try stage.file("\(host)-deeplink-keys.json", keys)
                return await stage.qrpay(["order", "list", "--json"], environment: stage.host(store.address, host))
            }
            let (old, new, other) = (("k1", Character("a")), ("k2", Character("b")), ("k3", Character("c")))
            try await list("a", Self.keys([old])).succeeded()
            try await list("b", Self.keys([old])).succeeded()
            try await list("b", Self.keys([other])).failed(6, "store_keys_differ", "not those of the store")
            try await list("b", Self.keys([other])).failed(6, "store_keys_differ", "b-deeplink-keys.json")

            // The new key comes first, and the old one is still accepted.
            try await list("a", Self.keys([new, old])).succeeded()
            try await list("b", Self.keys([old])).failed(6, "store_keys_differ")
            try await list("b", Self.keys([old, new])).failed(6, "store_keys_differ")
            try await list("b", Self.keys([new, old])).succeeded()
            try await list("a", Self.keys([new])).succeeded()
            try await list("b", Self.keys([new, old])).succeeded()

            // The keys were lost.
            _ = try stage.file("b-deeplink-keys.json", Self.keys([other]))
            let accepted = await stage.qrpay(
                ["store", "migrate", "--accept-keys", "--json"], environment: stage.host(store.address, "b"))
            #expect(try accepted.succeeded().json()["keys_accepted"] == .bool(true))
            try await list("b", Self.keys([other])).succeeded()
            try await list("a", Self.keys([new])).failed(6, "store_keys_differ")
        }
    }

    @Test func `a missing file is made for the first host alone`() async throws {
        let store = try await TestStore(Schema.migrations)
        try await Stage.run { stage async throws in
            try await stage.qrpay(["order", "list"], environment: stage.host(store.address, "a")).succeeded()
            #expect(FileManager.default.fileExists(atPath: stage.directory.file("a-deeplink-keys.json")))
            let second = await stage.qrpay(["order", "list", "--json"], environment: stage.host(store.address, "b"))
            second.failed(6, "key_file_missing", "b-deeplink-keys.json")
            #expect(!FileManager.default.fileExists(atPath: stage.directory.file("b-deeplink-keys.json")))
        }
    }

    @Test func `the gateway's key is compared, also from the environment`() async throws {
        let store = try await TestStore(Schema.migrations)
        try await Stage.run { stage async throws in
            let callback = try stage.file("callback.json", #"{"callback_url": "http://127.0.0.1:1/callback"}"#)
            func list(_ key: Character) async -> CommandRun {
                var host = stage.host(store.address)
                host["QRPAY_GATEWAY_KEY_FILE"] = nil
                host["QRPAY_GATEWAY_KEY"] = String(repeating: key, count: 40)
                host["QRPAY_CONFIG"] = callback
                return await stage.qrpay(["order", "list", "--json"], environment: host)
            }
            try await list("g").succeeded()
            await list("h").failed(6, "store_keys_differ", "QRPAY_GATEWAY_KEY: the gateway's keys")
            try await list("g").succeeded()
        }
    }
}
