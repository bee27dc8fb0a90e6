import CommandLineKit
import Explorer
import FoundationEssentials
import TestSupport
import Testing

/// From a bill's file to an order with a deeplink and a QR code.
@Suite struct PreorderCreateTests {
    @Test func `a bill becomes an order`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let run = await stage.qrpay(["preorder", "create", "-"], input: Stage.bill())
            try run.succeeded()
            #expect(run.stderr.isEmpty)
            #expect(
                run.rows.map { $0[0] }
                    == ["order_id", "restaurant", "bill", "status", "amount", "cashback", "deeplink"], "\(run)")
            #expect(run.value("restaurant") == "Кафе «Пирог»" && run.value("amount") == "120.50 RUB", "\(run)")
            #expect(run.value("cashback") == "10%, 12.05 RUB", "\(run)")
            let id = try #require(run.value("order_id"))
            #expect(run.value("deeplink")?.contains("order_id=\(id)&restaurant_id=cafe&kid=k1&hmac=") == true)
        }
    }

    @Test func `the same bill is the same order and another is its next version`() async throws {
        try await Stage.run { stage async throws in
            let first = try await stage.preorder()
            #expect(first["is_new"] == true && first["bill_version"] == 1)
            let again = try await stage.preorder()
            #expect(again["is_new"] == false && again["order_id"] == first["order_id"] && again["bill_version"] == 1)
            let reprinted = try await stage.preorder(Stage.bill(amount: "99.00"))
            #expect(reprinted["order_id"] == first["order_id"] && reprinted["bill_version"] == 2)
            #expect(reprinted["amount"] == "99.00" && reprinted["deeplink"] == first["deeplink"])
        }
    }

    @Test func `a bill cannot change once it is paid`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            await stage.expectFailure(
                ["preorder", "create", "-"], 4, "bill_conflict", "CLEARED", input: Stage.bill(amount: "99.00"))
            #expect(try await stage.preorder()["order_id"] == .string(id), "the same bill is not another one")
        }
    }

    @Test(
        arguments: [
            ("cafe.seed.json", [], "1240.00", 4),
            ("restaurant.iikocloud.json", [], nil, 20),
            ("bar.lines.csv", ["--restaurant", "bar-7", "--bill-id", "1042"], "4465.50", 6),
        ] as [(String, [String], String?, Int)])
    func `the examples are bills`(_ name: String, _ options: [String], _ amount: String?, _ lines: Int) async throws {
        try await Stage.run { stage async throws in
            let file = Repository.file("Examples/bills/\(name)")
            let created = try await stage.qrpay(["preorder", "create", file, "--json"] + options).succeeded().json()
            if let amount { #expect(created["amount"] == .string(amount)) }
            let id = try #require(created["order_id"].text)
            #expect(try await stage.shown(id)["lines"].elements.count >= lines)
        }
    }

    @Test func `the code is drawn on a terminal and written to a file`() async throws {
        try await Stage.run { stage async throws in
            let terminal = Terminal(isTerminal: true, columns: 100)
            let run = await stage.qrpay(["preorder", "create", "-"], input: Stage.bill(), terminal: terminal)
            #expect(run.stdout.contains("█") && !run.stdout.contains("\u{1B}"), "\(run)")
            let colored = Terminal(isTerminal: true, columns: 100, isColorEnabled: true)
            let drawn = await stage.qrpay(["preorder", "create", "-"], input: Stage.bill(), terminal: colored)
            #expect(drawn.stdout.contains("█") && drawn.stdout.contains("\u{1B}[38;5;16;48;5;231m"), "\(drawn)")
            for (name, beginning) in [("code.png", [0x89, 0x50, 0x4E, 0x47]), ("code.svg", Array("<".utf8))] {
                let path = stage.directory.file(name)
                try await stage.qrpay(["preorder", "create", "-", "--qr", path], input: Stage.bill()).succeeded()
                #expect(try Data(contentsOf: URL(filePath: path)).starts(with: beginning), "\(name)")
            }
            await stage.expectFailure(
                ["preorder", "create", "no.json", "--qr", "code.gif"], 2, "usage", ".png or .svg")
        }
    }

    @Test func `odd bills are taken with a warning or refused`() async throws {
        try await Stage.run { stage async throws in
            let odd = Stage.bill(amount: "100.00", lines: [("Soup", "120.00")])
            await stage.expectFailure(
                ["preorder", "create", "-", "--strict"], 2, "bad_bill", "the lines add up to 120.00 RUB", input: odd)
            #expect(try await stage.qrpay("order", "list").succeeded().stdout.isEmpty)
            let run = await stage.qrpay(["preorder", "create", "-"], input: odd)
            try run.succeeded()
            #expect(run.stderr.contains("qrpay: warning: standard input: bill.amount: the lines add up"), "\(run)")
            #expect(run.stderr.contains("restaurant cafe is not registered"), "\(run)")
            let warnings = try await stage.preorder(odd)["warnings"]
            #expect(warnings.elements.count == 1 && warnings[0].text?.contains("the lines add up") == true)
        }
    }

    @Test func `long and hostile names are kept and shown escaped`() async throws {
        try await Stage.run { stage async throws in
            let long = String(repeating: "щ", count: 300)
            let hostile = "red \\u001b[31m \\u009b31m \\u202e \\u2028 \\u007f \\t end"
            let bill = Stage.bill(amount: "3.00", lines: [(long, "1.00"), (hostile, "2.00")])
            let id = try await stage.order(bill)

            let view = await stage.qrpay("preorder", "show", id, "--uid", "guest")
            try view.succeeded()
            let escaped = #"red \u{1B}[31m \u{9B}31m \u{202E} \u{2028} \u{7F} \t end"#
            #expect(view.rows[0] == [long, "", "1.00"] && view.rows[1] == [escaped, "", "2.00"], "\(view)")

            let shown = await stage.qrpay("order", "show", id, "--json")
            let names = try shown.json()["lines"].elements.map { $0["name"].text }
            #expect(names == [long, "red \u{1B}[31m \u{9B}31m \u{202E} \u{2028} \u{7F} \t end"], "kept as they were")
            #expect(shown.hasNothingUnseen, "\(shown)")
            #expect(try await stage.preorder(bill)["is_new"] == false)
        }
    }
}
