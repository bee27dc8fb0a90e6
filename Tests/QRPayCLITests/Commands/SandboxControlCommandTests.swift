import Testing

/// Commands that act on a running sandbox.
@Suite struct SandboxControlCommandTests {
    private static let fault = ["sandbox", "fault", "add", "--partner", "eda", "--kind"]

    @Test func faultsAreAddedListedAndCleared() async throws {
        try await Stage.run { stage async throws in
            let added = try await stage.qrpay(Self.fault + ["status", "--first", "2", "--status", "500", "--json"])
                .succeeded().json()
            #expect(added["id"] == 1 && added["kind"] == "status" && added["first"] == 2 && added["status"] == 500)
            try await stage.qrpay(Self.fault + ["latency", "--latency", "20ms", "--route", "/v1/orders"]).succeeded()

            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve").succeeded()
            let listed = try await stage.qrpay("sandbox", "fault", "list", "--json").succeeded().json()
            #expect(listed[0]["hit"] == 2 && listed[1]["milliseconds"] == 20 && listed[1]["route"] == "/v1/orders")
            #expect(await stage.qrpay("sandbox", "fault", "list").rows.map(\.count) == [7, 7])

            #expect(try await stage.qrpay("sandbox", "fault", "clear", "1", "--json").json()["cleared"] == .array([1]))
            await stage.expectFailure(["sandbox", "fault", "clear", "1"], 3, "unknown_fault")
            #expect(try await stage.qrpay("sandbox", "fault", "clear").succeeded().value("cleared") == "2")
            #expect(try await stage.qrpay("sandbox", "fault", "list", "--json").json() == .array([]))
        }
    }

    @Test func stateIsWhatThePartnersKnow() async throws {
        try await Stage.run { stage async throws in
            #expect(try await stage.qrpay("sandbox", "state").succeeded().stdout.isEmpty)
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            try await stage.qrpay("work", "--drain").succeeded()
            let state = try await stage.qrpay("sandbox", "state", "--json").succeeded().json()
            #expect(state["invoices"][0]["captured"] == "120.50" && state["invoices"][0]["order_id"] == .string(id))
            #expect(state["cashback_entries"].elements.count == 1 && state["objects"].elements.count == 1)
            let text = await stage.qrpay("sandbox", "state")
            let words = text.rows.map { $0[0] }
            #expect(words == ["order", "invoice", "operation", "operation", "entry", "document", "object"], "\(text)")
        }
    }

    @Test(arguments: [
        (["latency"], "needs --latency"), (["explode"], "must be one of latency"),
        (["reset", "--first", "0"], "--first '0'"),
        (["reset", "--probability", "2"], "--probability '2'"), (["reset", "--seed", "1"], "--seed is for"),
        (["reset", "--first", "1", "--probability", "1"], "cannot be given together"),
        (["status", "--status", "200"], "--status '200'"), (["reset", "--status", "500"], "--status is for"),
        (["reset", "--route", "v1"], "must begin with a slash"), (["reset", "--route", "/eda/v1"], "without '/eda'"),
        (["reset", "--method", "P T"], "--method 'P T'"), (["latency", "--latency", "11m"], "at most 10m"),
    ])
    func wishesThatCannotBeMet(_ words: [String], _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(Self.fault + words, 2, "usage", phrase)
            #expect(try await stage.qrpay("sandbox", "fault", "list", "--json").json() == .array([]))
        }
    }

    @Test func noSandboxThere() async throws {
        try await Stage.run { stage async throws in
            let commands = [Self.fault + ["reset"], ["sandbox", "fault", "list"], ["sandbox", "state"]]
            for command in commands + [["sandbox", "fault", "clear"]] {
                await stage.expectFailure(
                    command, 5, "sandbox_unreachable", "http://127.0.0.1:1",
                    environment: ["QRPAY_PARTNERS_URL": "http://127.0.0.1:1"])
            }
        }
    }
}
