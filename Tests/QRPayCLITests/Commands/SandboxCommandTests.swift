import HTTPKit
import QRPayCLI
import TestSupport
import Testing

/// `sandbox`, started within this process; its signals are tried on the built program.
@Suite struct SandboxCommandTests {
    @Test func addressesThatCannotBeListenedOn() async throws {
        try await Stage.run { stage async throws in
            let taken = String(stage.partnersURL.dropFirst("http://".count))
            await stage.expectFailure(["sandbox", "--listen", taken], 4, "address_in_use", taken)
            await stage.expectFailure(["sandbox", "--listen", "192.0.2.1:1"], 2, "cannot_listen", "192.0.2.1:1")
            for address in ["x", "127.0.0.1", "127.0.0.1:99999", ":80:", ""] {
                await stage.expectFailure(["sandbox", "--listen", address], 2, "usage", "--listen '\(address)'")
            }
        }
    }

    @Test func settingsThatCannotBeUsed() async throws {
        try await Stage.run { stage async throws in
            let free = ["sandbox", "--listen", "127.0.0.1:0"]
            for text in ["", "{", #"{"slow_card_seconds": -1}"#, #"{"faults": [{"kind": "reset"}]}"#] {
                let path = try stage.file("settings.json", text)
                await stage.expectFailure(free + ["--settings", path], 2, "bad_settings", path)
            }
            await stage.expectFailure(free + ["--settings", "/no/such"], 3, "file_not_found", "/no/such")
            await stage.expectFailure(free + ["--port-file", "/proc/x/port"], 2, "cannot_write", "/proc/x/port")
            let garbage = try stage.file("state.db", String(repeating: "garbage ", count: 1000))
            await stage.expectFailure(free + ["--state", garbage], 6, "store_not_a_database")
            _ = try await stage.order()
            let run = await stage.qrpay(free + ["--state", stage.store])
            #expect(run.status == 6, "a store is no state of the partners\n\(run)")
        }
    }

    @Test func itSaysWhereItListens() async throws {
        try await Stage.run { stage async throws in
            let port = stage.directory.file("port")
            let free = ["sandbox", "--listen", "127.0.0.1:0", "--port-file", port]
            let text = await stage.qrpay(free, adjust: { $0.stopSignal = { 15 } })
            try text.succeeded()
            #expect(text.stdout.hasPrefix("the partners listen on http://127.0.0.1:"), "\(text)")
            let json = await stage.qrpay(free + ["--json"], adjust: { $0.stopSignal = { 15 } })
            let url = try json.succeeded().json()["url"].text
            let number = try json.json()["port"].number.map { Int($0) } ?? 0
            #expect(number > 0 && url == "http://127.0.0.1:\(number)", "\(json)")
        }
    }
}
