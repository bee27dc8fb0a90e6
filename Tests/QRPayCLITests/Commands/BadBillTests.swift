import Explorer
import JSONKit
import TestSupport
import Testing

/// Invalid bills: each is refused, with its place and reason.
@Suite struct BadBillTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var options: [String] = []
        var phrase: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "empty", text: "", phrase: "standard input"),
        Case(name: "not JSON", text: "hello", phrase: "line 1"),
        Case(name: "truncated JSON", text: #"{"client_id": "cafe", "bill": {"#, phrase: "unexpected end of text"),
        Case(name: "binary", text: "{\u{0}\u{1}", phrase: "unexpected"),
        Case(name: "another JSON", text: #"{"hello": "world"}"#, phrase: "not a known bill format"),
        Case(name: "a list", text: "[]", phrase: "standard input"),
        Case(
            name: "negative", text: Stage.bill(amount: "-1.00"),
            phrase: "bill.amount: the total is below zero: -1.00 RUB"),
        Case(name: "over-precise", text: Stage.bill(amount: "1.234"), phrase: #""1.234" has more than 2 decimals"#),
        Case(name: "over-precise yen", text: Stage.bill(amount: "1.5", currency: "JPY"), phrase: "more than 0"),
        Case(name: "overflow", text: Stage.bill(amount: "99999999999999999999"), phrase: "too large"),
        Case(
            name: "overflowing sum",
            text: Stage.bill(
                amount: "1.00", lines: [("A", "90000000000000000.00"), ("B", "90000000000000000.00")]),
            phrase: "too large"),
        Case(name: "an exponent", text: Stage.bill(amount: "1e3"), phrase: "not a decimal number"),
        Case(name: "zero", text: Stage.bill(amount: "0.00"), phrase: "nothing to pay"),
        Case(name: "unknown currency", text: Stage.bill(currency: "XXQ"), phrase: "not an active ISO 4217 currency"),
        Case(name: "no lines", text: Stage.bill(lines: []), phrase: "the bill has no lines"),
        Case(
            name: "10,001 lines", text: Stage.bill(lines: Array(repeating: ("Soup", "0.01"), count: 10_001)),
            phrase: "10001 lines are too many (at most 10000)"),
        Case(
            name: "a name of 1,001 characters",
            text: Stage.bill(lines: [(String(repeating: "x", count: 1001), "1.00")]),
            phrase: "1001 characters are too many"),
        Case(name: "a blank name", text: Stage.bill(lines: [("  ", "120.50")]), phrase: "blank; shown as (unnamed)"),
        Case(
            name: "mixed separators", text: "name;amount\nSoup;1,50\nTea,1.50\n",
            options: ["--restaurant", "bar", "--bill-id", "1"],
            phrase: #"line 3, column 4: mixed separators: "," where the others are ";""#),
        Case(
            name: "a restaurant that is no identifier", text: Stage.bill(restaurant: "a:b"), phrase: "not an identifier"
        ),
        Case(
            name: "a control character, shown escaped", text: Stage.bill(restaurant: #"a\u001b[31m"#),
            phrase: #"a\u{1B}[31m"#),
        Case(name: "lines without a restaurant", text: "name,amount\nSoup,1.00\n", phrase: "specify it"),
        Case(
            name: "lines with an open quote", text: "name,amount\n\"Soup,1.00\n",
            options: ["--restaurant", "bar", "--bill-id", "1"],
            phrase: "quote"),
        Case(
            name: "another restaurant than asked for", text: Stage.bill(), options: ["--restaurant", "bar"],
            phrase: #""cafe" where "bar" was requested"#),
        Case(name: "another form than asked for", text: Stage.bill(), options: ["--format", "iikocloud"], phrase: ""),
    ]

    @Test(arguments: cases)
    func `is refused`(_ bill: Case) async throws {
        try await Stage.run { stage async throws in
            let arguments = ["preorder", "create", "-", "--strict"] + bill.options
            await stage.expectFailure(arguments, 2, "bad_bill", bill.phrase, input: bill.text)
            #expect(try await stage.qrpay("order", "list").succeeded().stdout.isEmpty)
        }
    }

    @Test func `files that cannot be read`() async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(
                ["preorder", "create", stage.directory.file("no.json")], 3, "file_not_found",
                "no.json: file not found")
            await stage.expectFailure(
                ["preorder", "create", stage.directory.path], 2, "file_unreadable", "Is a directory")
            let large = try stage.file("large.json", String(repeating: " ", count: 4 << 20) + "{}")
            await stage.expectFailure(["preorder", "create", large], 2, "file_too_large", "larger than 4194304 bytes")
            await stage.expectFailure(["preorder", "create", "/dev/zero"], 2, "file_too_large", "/dev/zero")
        }
    }

    @Test func `ten thousand lines are a bill`() async throws {
        try await Stage.run { stage async throws in
            let bill = Stage.bill(amount: "100.00", lines: Array(repeating: ("Soup", "0.01"), count: 10_000))
            let id = try await stage.order(bill)
            let view = await stage.qrpay("preorder", "show", id, "--uid", "guest")
            #expect(view.rows.count { $0.first == "Soup" } == 10_000)
        }
    }
}
