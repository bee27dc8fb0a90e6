import Explorer
import PaymentCore
import QRPayCLI
import TestSupport
import Testing
import WorldKit

/// Times on the command line: every command accepts the same forms.
@Suite struct TimeOptionTests {
    private static let commands = [
        ["order", "list", "--since"], ["order", "list", "--until"], ["task", "list", "--since"],
        ["task", "requeue", "--until"], ["cashback", "audit", "--since"],
        ["cashback", "rules", "add", "5", "--from"], ["cashback", "rules", "add", "5", "--until"],
        ["cashback", "rules", "end", "rule", "--at"],
        ["restaurant", "set", "cafe-42", "--cashback", "5", "--from"],
    ]

    @Test(arguments: commands)
    func `a number alone and a day that does not exist are refused`(command: [String]) async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            for (text, phrase) in [
                ("1764500000", "a bare number is ambiguous"), ("30", "a bare number is ambiguous"),
                ("2026-02-30", "this day does not exist"), ("2026-02-30T00:00:00Z", "this day does not exist"),
                ("2026-11-30 24:00", "this time of day does not exist"), ("soon", "must be a time"),
            ] {
                await stage.expectFailure(command + [text], 2, "usage", "'\(text)': \(phrase)")
            }
        }
    }

    @Test func `a date is the user's own`() async throws {
        try await Stage.run { stage async throws in
            let ahead = Zone(name: "ahead") { _ in 3 * 3600 }
            func begins(_ text: String, _ zone: Zone) async throws -> String? {
                try await stage.qrpay(
                    ["cashback", "rules", "add", "5", "--from", text, "--json"], adjust: { $0.zone = zone }
                ).succeeded().json()["valid_from"].text
            }
            #expect(try await begins("2099-01-01", .utc) == "2099-01-01T00:00:00.000Z")
            #expect(try await begins("2099-02-01", ahead) == "2099-01-31T21:00:00.000Z")
            #expect(try await begins("2099-03-01 02:00", ahead) == "2099-02-28T23:00:00.000Z")
            #expect(try await begins("2099-04-01T00:00:00Z", ahead) == "2099-04-01T00:00:00.000Z")
        }
    }

    @Test(arguments: [
        ("Europe/Berlin", "2099-07-01", "2099-06-30T22:00:00.000Z"),
        ("Europe/Berlin", "2099-01-01", "2098-12-31T23:00:00.000Z"),
        ("Asia/Kolkata", "2099-01-01 05:30", "2099-01-01T00:00:00.000Z"),
        ("<+03>-3", "2099-01-01", "2098-12-31T21:00:00.000Z"), ("UTC", "2099-01-01", "2099-01-01T00:00:00.000Z"),
        ("", "2099-01-01", "2099-01-01T00:00:00.000Z"),
    ])
    func `the program's zone is TZ`(zone: String, text: String, expected: String) async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.run(
                ["cashback", "rules", "add", "5", "--from", text, "--json"], environment: ["TZ": zone])
            #expect(try run.succeeded().json()["valid_from"].text == expected)
        }
    }

    @Test func `a zone that is not known, and an hour that its clocks skip, are refused`() async throws {
        try await Stage.run { stage async throws in
            try await stage.run(["order", "list", "--since", "today"], environment: ["TZ": "Europe/Berln"])
                .failed(2, "usage", "the time zone 'Europe/Berln' in TZ is unknown")
            try await stage.run(
                ["order", "list", "--since", "2026-03-29 02:30"], environment: ["TZ": "Europe/Berlin"]
            ).failed(2, "usage", "2026-03-29 02:30:00 does not exist in the time zone Europe/Berlin")
        }
    }

    @Test(arguments: [
        ("30", true), ("30s", true), ("1m30s", true), ("500ms", true), ("1h30", false), ("30m1h", false),
        ("-1s", false),
    ])
    func `lengths of time`(text: String, isRead: Bool) async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay("task", "list", "--age", text)
            #expect((run.status == 0) == isRead, "\(run)")
        }
    }
}
