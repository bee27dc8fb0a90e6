import Explorer
import FoundationEssentials
import Glibc
import PaymentAPI
import PaymentCore
import QRPayCLI
import TestSupport
import Testing

/// `simulate`, its list and its files.
@Suite struct SimulateTests {
    @Test func `a scenario is reported and kept`() async throws {
        try await Stage.run { stage async throws in
            let (folder, xml) = (stage.directory.file("kept"), stage.directory.file("junit.xml"))
            let run = await stage.qrpay(
                "simulate", "two-guests", "--seed", "7", "--dir", folder, "--junit", xml, "--json")
            #expect(run.status == 0, "\(run)")
            let json = try run.json()
            #expect(json["scenario"] == "two-guests" && json["seed"] == 7 && json["steps"] == 7, "\(run)")
            #expect(json["invariants_broken"].elements.isEmpty && json["invariants_checked"].elements.count == 17)
            #expect(json["latency_ms"]["payment"]["p99"].number ?? 0 > 0, "\(run)")
            let order = try #require(json["ids"]["dinner"]["order_id"].text)
            let shown = try await stage.qrpay("order", "show", order, "--store", "\(folder)/qrpay.db", "--json").json()
            #expect(shown["status"] == "CLEARED", "\(shown)")
            #expect(try String(contentsOf: URL(filePath: xml), encoding: .utf8).contains("name=\"one_clear\""))
            await stage.expectFailure(["simulate", "two-guests", "--dir", folder], 2, "directory_in_use", folder)
        }
    }

    @Test func `the answer can be no`() async throws {
        try await Stage.run { stage async throws in
            let file = try stage.file(
                "no.json",
                #"{"steps": [{"id": "x", "do": "bill", "amount": "1"}], "expect": {"statuses": {"CLEARED": 1}}}"#)
            let run = await stage.qrpay("simulate", file)
            #expect(run.status == 1 && run.stderr.isEmpty, "\(run)")
            #expect(run.stdout.contains("missed expect.statuses.CLEARED: expected 1, found 0\n"), "\(run)")
            let late = try stage.file("late.json", #"{"steps": [{"id": "x", "do": "pause", "seconds": 90}]}"#)
            let over = await stage.qrpay("simulate", late, "--timeout", "100ms")
            #expect(over.status == 8 && over.stdout.contains("pending step x\n"), "\(over)")
        }
    }

    @Test func `bad scenarios are refused`() async throws {
        try await Stage.run { stage async throws in
            let file = try stage.file("bad.json", #"{"steps": [{"do": "bil"}], "sed": 1}"#)
            for words in [["simulate", file], ["simulate", file, "--validate"]] {
                await stage.expectFailure(words, 2, "bad_scenario", "did you mean 'bill'")
                await stage.expectFailure(words, 2, "bad_scenario", "sed: unknown field")
            }
            await stage.expectFailure(["simulate", "-"], 2, "bad_scenario", "standard input: line 1", input: "{")
            await stage.expectFailure(["simulate", "lunch"], 3, "scenario_not_found", "lunch")
            await stage.expectFailure(["simulate", "show", "lunch"], 3, "scenario_not_found", "lunch")
            await stage.expectFailure(["simulate", "\(file).not"], 3, "file_not_found")
            await stage.expectFailure(["simulate", "--seed", "x"], 2, "usage", "--seed 'x'")
            await stage.expectFailure(["simulate", "--store", "x"], 2, "usage", "--store is for --server")
            await stage.expectFailure(["simulate", "--server", "x"], 2, "usage", "--server: must begin with http")
            let valid = await stage.qrpay("simulate", "lunch-rush", "--validate", "--json")
            #expect(try valid.succeeded().json()["valid"] == true)
        }
    }

    @Test func `a printed scenario can be run`() async throws {
        try await Stage.run { stage async throws in
            let listed = try await stage.qrpay("simulate", "list", "--json").succeeded().json()
            #expect(listed.elements.contains { $0["name"] == "lunch-rush" })
            let shown = try await stage.qrpay("simulate", "show", "concurrent-refunds").succeeded()
            let run = await stage.qrpay(["simulate", "-", "--json"], input: shown.stdout)
            #expect(try run.succeeded().json()["scenario"] == "concurrent-refunds")
        }
    }

    @Test func `a staging system can be simulated on`() async throws {
        try await Stage.run { stage async throws in
            let port = stage.directory.file("port")
            let server = try stage.start(["serve", "--listen", "127.0.0.1:0", "--port-file", port, "--quiet"])
            #expect(await server.hasPrinted("\n"))
            let number = try String(contentsOf: URL(filePath: port), encoding: .utf8).prefix { $0 != "\n" }
            let url = "http://127.0.0.1:\(number)"
            let words = ["simulate", "two-guests", "--server", url, "--partners", stage.partnersURL, "--json"]
            await stage.expectFailure(
                Array(words.dropLast()), 2, "bad_scenario", "restaurants.cafe: no API key for this restaurant")
            let whole = await stage.qrpay(words + ["--store", stage.store])
            #expect(try whole.succeeded().json()["invariants_unchecked"].elements.isEmpty, "\(whole)")
            let key = try await stage.qrpay("restaurant", "key", "cafe", "--rotate", "--json").json()["key"].text ?? ""
            let outside = await stage.qrpay(words, environment: ["QRPAY_API_KEY": key])
            let json = try outside.json()
            #expect(outside.status == 0 && json["invariants_broken"].elements.isEmpty, "\(outside)")
            #expect(json["expectations_unchecked"].elements.contains("expect.orders.dinner.status"), "\(outside)")
            #expect(json["invariants_unchecked"].elements.contains { $0["invariant"] == "payer_kept" }, "\(outside)")
            server.send(SIGTERM)
            _ = await server.exit()
            await stage.expectFailure(
                Array(words.dropLast()) + ["--store", stage.store], 5, "server_unreachable")
        }
    }
}
