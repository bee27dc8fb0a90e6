import Explorer
import JSONKit
import TestSupport
import Testing

@Suite struct RestaurantTests {
    @Test func `add and list`() async throws {
        try await Stage.run { stage async throws in
            let added = await stage.qrpay(
                "restaurant", "add", "cafe-42", "--name", "Кафе «Пирог»", "--cashback", "7.5%", "--zone", "moscow",
                "--json")
            let json = try added.succeeded().json()
            #expect(json["client_id"] == "cafe-42" && json["name"] == "Кафе «Пирог»" && json["zone"] == "moscow")
            #expect(json["cashback"] == "7.5", "\(added)")
            try await stage.qrpay("restaurant", "add", "bar", "--name", "Bar").succeeded()
            try await stage.qrpay("restaurant", "add", "cafe-42", "--name", "New", "--cashback", "30").succeeded()
            let list = await stage.qrpay("restaurant", "list")
            #expect(
                Set(list.rows) == [["cafe-42", "New", "-", "30%"], ["bar", "Bar", "-", "-"]], "\(list)")
        }
    }

    @Test(arguments: [
        (["a/b", "--name", "x"], "usage", "CLIENT_ID 'a/b'"), (["..", "--name", "x"], "usage", "CLIENT_ID"),
        ([String(repeating: "x", count: 65), "--name", "x"], "usage", "1 to 64"),
        (["a", "--name", ""], "usage", "--name"), (["a", "--name", " "], "usage", "--name"),
        (["a", "--name", String(repeating: "x", count: 201)], "usage", "1 to 200 characters"),
        (["a", "--name", "x", "--cashback", "101"], "bad_amount", "not between 0 and 100"),
        (["a", "--name", "x", "--cashback=-1"], "bad_amount", "not between 0 and 100"),
        (["a", "--name", "x", "--cashback", "1.1234567"], "bad_amount", "more than 6 decimals"),
        (["a", "--name", "x", "--cashback", "much"], "bad_amount", "not a decimal number"),
        (["a", "--name", "x", "--zone", "a b"], "usage", "--zone 'a b'"),
    ])
    func `is refused`(_ arguments: [String], _ code: String, _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            await stage.expectFailure(["restaurant", "add"] + arguments, 2, code, phrase)
            #expect(try await stage.qrpay("restaurant", "list", "--json").json().elements.count == 1)
        }
    }

    @Test func `settings not given are unchanged`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            func set(_ options: String...) async throws -> JSON {
                try await stage.qrpay(["restaurant", "set", "cafe", "--json"] + options).succeeded().json()
            }
            var shown = try await set("--zone", "moscow")
            #expect(shown["name"] == "Кафе «Пирог»" && shown["zone"] == "moscow" && shown["cashback"] == "10")
            shown = try await set("--name", "Сад")
            #expect(shown["name"] == "Сад" && shown["zone"] == "moscow")
            shown = try await set("--everywhere", "--cashback", "7.5%", "--minimum-bill", "500", "--cap", "99.90")
            #expect(shown["zone"] == nil && shown["cashback"] == "7.5" && shown["rules"].elements.count == 2)
            let rule = shown["rules"][1]
            #expect(rule["minimum_bill"] == "500.00" && rule["cap"] == "99.90" && rule["standing"] == "in_force")
            #expect(shown["rules"][0]["standing"] == "superseded")
            #expect(try await stage.qrpay("restaurant", "show", "cafe", "--json").json() == shown)
            #expect(
                try await set("--cashback", "7.5", "--minimum-bill", "500", "--cap", "99.9") == shown, "the same rule")
        }
    }

    @Test(arguments: [
        (["cafe"], 2, "usage", "nothing to change"), (["cafe", "--name", " "], 2, "usage", "--name"),
        (["cafe", "--zone", "a", "--everywhere"], 2, "usage", "--everywhere"),
        (["cafe", "--cap", "5"], 2, "usage", "--cap is for --cashback"),
        (["cafe", "--cashback", "5", "--cap", "0"], 2, "bad_rule", "must be positive"),
        (["cafe", "--cashback", "5", "--cap", "1.234"], 2, "bad_amount", "1.234"),
        (["cafe", "--cashback", "5", "--currency", "USD"], 2, "usage", "--currency is for"),
        (["cafe", "--cashback", "5", "--until", "2020-01-01"], 2, "bad_rule", "cannot end at 2020-01-01"),
        (["nobody", "--name", "x"], 3, "restaurant_not_found", "nobody"),
    ])
    func `cannot be set`(_ arguments: [String], _ status: Int32, _ code: String, _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let before = try await stage.qrpay("restaurant", "show", "cafe", "--json").json()
            await stage.expectFailure(["restaurant", "set"] + arguments, status, code, phrase)
            #expect(try await stage.qrpay("restaurant", "show", "cafe", "--json").json() == before)
        }
    }
}

@Suite struct RestaurantKeyTests {
    @Test func `keys are created, rotated and revoked`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let first = await stage.qrpay("restaurant", "key", "cafe")
            #expect(first.status == 0 && first.stderr.contains("shown only this once"), "\(first)")
            await stage.expectFailure(["restaurant", "key", "cafe"], 4, "key_exists", "restaurant cafe")
            func valid(_ options: [String]) async throws -> JSON {
                try await stage.qrpay(["restaurant", "key", "cafe", "--json"] + options).succeeded().json()
            }
            let second = try await valid(["--rotate"])
            #expect(second["valid"] == .array([2, 1]) && second["key"].text != first.value("key"))
            #expect(try await valid(["--revoke"]).members == ["client_id": "cafe", "key": nil, "valid": .array([2])])
            #expect(try await valid(["--rotate", "--revoke"])["valid"] == .array([3]))
        }
    }

    @Test func `a restaurant is required, and a key to revoke`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            await stage.expectFailure(["restaurant", "key", "nobody"], 3, "restaurant_not_found", "nobody")
            await stage.expectFailure(
                ["restaurant", "key", "cafe", "--revoke"], 3, "key_not_found", "restaurant cafe has no key")
        }
    }
}
