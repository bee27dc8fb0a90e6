import Explorer
import HTTPKit
import PaymentPartners
import PaymentSandbox
import QRPayCLI
import TestSupport
import Testing

/// `sandbox`, started within this process; its signals are tried on the built program.
@Suite struct SandboxCommandTests {
    @Test func `addresses that cannot be listened on`() async throws {
        try await Stage.run { stage async throws in
            let taken = String(stage.partnersURL.dropFirst("http://".count))
            await stage.expectFailure(["sandbox", "--listen", taken], 4, "address_in_use", taken)
            await stage.expectFailure(["sandbox", "--listen", "192.0.2.1:1"], 2, "cannot_listen", "192.0.2.1:1")
            for address in ["x", "127.0.0.1", "127.0.0.1:99999", ":80:", ""] {
                await stage.expectFailure(["sandbox", "--listen", address], 2, "usage", "--listen '\(address)'")
            }
        }
    }

    @Test func `settings that cannot be used`() async throws {
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

    @Test func `it starts with faults`() async throws {
        try await Stage.run { stage async throws in
            try await stage.inject(FaultRule(partner: .eda, first: 2, kind: .status, status: 500))
            let list = try await stage.qrpay("sandbox", "fault", "list", "--json").succeeded().stdout
            let file = try stage.file("faults.json", list)
            let port = stage.directory.file("port")
            let words = ["sandbox", "--listen", "127.0.0.1:0", "--port-file", port, "--faults", file]
            let sandbox = try stage.start(words)
            #expect(await sandbox.hasPrinted("\n"))
            let url = "http://127.0.0.1:\(try GoldenFile(port).text().dropLast())"
            let faults = try await stage.qrpay("sandbox", "fault", "list", "--json", "--partners", url).json().elements
            #expect(faults.count == 1 && faults[0]["kind"] == "status" && faults[0]["first"] == 2, "\(faults)")
            sandbox.send(15)
            #expect(await sandbox.exit().status == 0)
            for text in ["", "{}", #"[{"partner": "eda"}]"#, #"[{"partner": "eda", "kind": "status", "status": 200}]"#]
            {
                let bad = try stage.file("faults.json", text)
                await stage.expectFailure(words.dropLast() + [bad], 2, "bad_settings", bad)
            }
        }
    }

    /// A guest confirms or declines a 3-D Secure challenge.
    @Test(arguments: [("approve", "CLEARED", 0), ("decline", "HOLD_FAILED", 1)] as [(String, String, Int32)])
    func `a pending card is decided`(_ decision: String, _ status: String, _ exit: Int32) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let pay = ["pay", id, "--uid", "u", "--method", "card-3ds", "--json"]
            await stage.qrpay(pay + ["--timeout", "0"]).failed(8, "still_pending")
            let invoice = try #require(try await stage.shown(id)["eda_order_id"].text)
            await stage.expectFailure(["sandbox", "decide", invoice, "lapse"], 4, "nothing_to_decide")
            await stage.expectFailure(["sandbox", "decide", invoice, "maybe"], 2, "usage", "DECISION 'maybe'")
            await stage.expectFailure(["sandbox", "decide", "nobody", "approve"], 3, "unknown_invoice", "nobody")
            let decided = try await stage.qrpay("sandbox", "decide", invoice, decision, "--json").succeeded().json()
            #expect(decided["kind"] == "hold" && decided["operation"] == 1, "\(decided)")
            await stage.expectFailure(["sandbox", "decide", id, decision], 4, "nothing_to_decide", decision)
            await stage.expectFailure(
                ["sandbox", "decide", id, "approve", "--operation", "1"], 4, "bad_transition", "cannot become")
            try await stage.qrpay("work", "--drain", "--kind", "payment.settle", "--horizon", "5s").succeeded()
            #expect(try await stage.shown(id)["status"] == .string(status))
        }
    }

    @Test func `it prints its address`() async throws {
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
