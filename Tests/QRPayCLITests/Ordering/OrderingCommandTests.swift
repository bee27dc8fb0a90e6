import Glibc
import OrderingCore
import TestSupport
import Testing

@testable import QRPayCLI

/// The commands for people and scripts, on stores.
@Suite(.timeLimit(.minutes(10))) struct OrderingCommandTests {
    /// The order is shown, and the verdict told.
    private func expectUnpaid(_ run: CommandRun) {
        #expect(run.status == 1 && run.value("status") == "failed", "\(run)")
        #expect(run.stderr.contains("failed: not enough money; nothing was charged (not_enough_money)"), "\(run)")
    }

    @Test(arguments: StyleName.allCases)
    func `a user deposits, orders, and is told, with exit statuses for scripts`(_ style: StyleName) async throws {
        try await Stage.run { stage async throws in
            let base = ["--user", "Pavel", "--style", style.rawValue]
            func ordering(_ words: [String]) async -> CommandRun { await stage.qrpay(["ordering"] + words + base) }
            try await stage.qrpay("ordering", "user", "add", "Pavel", "--style", style.rawValue).succeeded()
            let deposit = try await ordering(["account", "deposit", "100.50", "--key", "monday", "--json"])
                .succeeded().json()
            #expect(deposit["balance"] == "100.50")
            try await ordering(["account", "deposit", "100.50", "--key", "monday"]).succeeded()
            try await ordering(["account", "withdraw", "0.50"]).succeeded()
            #expect(try await ordering(["account", "show", "--json"]).succeeded().json()["balance"] == "100.00")
            await ordering(["account", "withdraw", "100.01"]).failed(1, "not_enough_money", "not enough money")

            let basket = try await ordering(["basket"]).succeeded().stdout.filter { $0 != "\n" }
            let order = ["order", "create", "60", "--basket", basket, "--json"]
            let paid = try await ordering(order).succeeded().json()
            #expect(paid["status"] == "succeeded" && paid["price"] == "60.00")
            let again = try await ordering(order).succeeded().json()
            #expect(again["order_id"] == paid["order_id"])
            await ordering(["order", "create", "61", "--basket", basket]).failed(4, "other_sum", "another sum")
            let refused = await ordering(["order", "create", "60"])
            expectUnpaid(refused)
            let list = try await ordering(["order", "list", "--json"]).succeeded().json().elements
            #expect(list.map { $0["status"] } == ["succeeded", "failed"], "\(list)")
            let id = try #require(paid["order_id"].text)
            #expect(try await ordering(["order", "show", id, "--json"]).succeeded().json()["status"] == "succeeded")
            let told = try await ordering(["notification", "list", "--json"]).succeeded().json().elements
            #expect(told.count == 2 && told[0]["message"].text?.contains("for 60.00 is paid") == true, "\(told)")
        }
    }

    @Test func `the same key is the same order, and another price is refused`() async throws {
        try await Stage.run { stage async throws in
            try await stage.qrpay("ordering", "user", "add", "Pavel").succeeded()
            let user = ["--user", "Pavel"]
            try await stage.qrpay(["ordering", "account", "deposit", "10"] + user).succeeded()
            let order = ["ordering", "order", "create", "4", "--key", "k", "--json"] + user
            let first = try await stage.qrpay(order).succeeded().json()
            #expect(try await stage.qrpay(order).succeeded().json()["order_id"] == first["order_id"])
            await stage.expectFailure(
                ["ordering", "order", "create", "5", "--key", "k"] + user, 4, "key_reused", "another content")
            let account = try await stage.qrpay(["ordering", "account", "show", "--json"] + user).succeeded().json()
            #expect(account["balance"] == "6.00")
        }
    }

    @Test func `a user with an email address has a password, which is in no argument`() async throws {
        try await Stage.run { stage async throws in
            let password = try stage.file("password", "correct horse\n")
            let add = ["ordering", "user", "add", "pavel@example.com"]
            let user = try await stage.qrpay(add + ["--password-file", password, "--first-name", "Pavel", "--json"])
                .succeeded().json()
            #expect(user["email"] == "pavel@example.com" && user["first_name"] == "Pavel")
            try await stage.qrpay(add + ["--first-name", "Pavel"], input: "correct horse").succeeded()
            await stage.expectFailure(add, 4, "user_exists", "other details", input: "another horse")
            await stage.expectFailure(
                ["ordering", "user", "add", "b@example.com"], 2, "weak_password", "8 characters", input: "short")
            await stage.expectFailure(
                ["ordering", "user", "add", "Pavel", "--password-file", password], 2, "usage", "email address")
            let token = stage.directory.file("token")
            let login = ["ordering", "user", "login", "pavel@example.com"]
            try await stage.qrpay(login + ["--token-file", token], input: "correct horse\n").succeeded()
            var status = stat()
            #expect(stat(token, &status) == 0 && status.st_mode & 0o777 == 0o600)
            await stage.expectFailure(login, 7, "wrong_credentials", "wrong email or password", input: "wrong horse")
        }
    }

    @Test func `bad input is refused with its status and code`() async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(
                ["ordering", "order", "list", "--user", "Pavel"], 3, "stores_not_found", "no stores")
            try await stage.qrpay("ordering", "user", "add", "Pavel").succeeded()
            let create = ["ordering", "order", "create"]
            for price in ["0", "0.99", "1.001", "1e16", "x", ""] {
                await stage.expectFailure(create + [price, "--user", "Pavel"], 2, "usage", "must be an amount")
            }
            await stage.qrpay(create + ["--user", "Pavel", "--", "-1"]).failed(2, "usage", "must be an amount")
            await stage.expectFailure(create + ["5"], 2, "usage", "--user is missing")
            await stage.expectFailure(create + ["5", "--user", "Eve"], 3, "user_not_found", "user Eve not found")
            await stage.expectFailure(
                create + ["5", "--user", "Pavel", "--basket", "b"], 3, "basket_not_found", "basket not found")
            await stage.expectFailure(
                ["ordering", "order", "show", "x", "--user", "Pavel"], 3, "order_not_found", "order not found")
            await stage.expectFailure(
                create + ["5", "--server", "http://127.0.0.1:1", "--user", "Pavel"], 2, "usage",
                "--user cannot be used with --server")
            await stage.expectFailure(
                create + ["5", "--server", "http://127.0.0.1:1"], 7, "token_missing", "no login token")
            let token = try stage.file("token", String(repeating: "0", count: 64))
            await stage.expectFailure(
                create + ["5", "--server", "http://127.0.0.1:1"], 5, "server_unreachable", "",
                environment: ["QRPAY_ORDERING_TOKEN_FILE": token])
        }
    }

    @Test func `a trace makes no store, and reads those that are there`() async throws {
        try await Stage.run { stage async throws in
            let folder = stage.directory.file("ordering")
            await stage.expectFailure(
                ["ordering", "trace", "x"], 3, "stores_not_found", "the service gateway has no store")
            #expect(access(folder, F_OK) != 0)
            try await stage.qrpay("ordering", "user", "add", "Pavel").succeeded()
            let user = ["--user", "Pavel"]
            try await stage.qrpay(["ordering", "account", "deposit", "10"] + user).succeeded()
            let order = try await stage.qrpay(["ordering", "order", "create", "4", "--json"] + user).succeeded().json()
            let id = try #require(order["order_id"].text)
            unlink("\(folder)/push.db")
            // Commands that need neither the secret nor a broker ignore their settings.
            let trace = try await stage.qrpay(
                ["ordering", "trace", id, "--json"], environment: ["QRPAY_BROKER": "amqp://me@127.0.0.1:1"]
            ).succeeded().json()
            #expect(trace["status"] == "succeeded")
            #expect(access("\(folder)/push.db", F_OK) != 0)
            await stage.expectFailure(["ordering", "trace", "x"], 3, "order_not_found", "order x not found")
        }
    }

    @Test func `the same commands work with a server, for the user of a token`() async throws {
        try await Stage.run { stage async throws in
            let port = stage.directory.file("port")
            let process = try stage.start([
                "ordering", "serve", "--listen", "127.0.0.1:0", "--port-file", port, "--quiet",
            ])
            #expect(await process.hasPrinted("\n", timeoutSeconds: 120))
            let server = ["--server", "http://127.0.0.1:\(try GoldenFile(port).text().dropLast())"]
            let tokenFile = stage.directory.file("token")
            let environment = ["QRPAY_ORDERING_TOKEN_FILE": tokenFile]
            func ordering(_ words: [String], input: String = "") async -> CommandRun {
                await stage.qrpay(["ordering"] + words + server, input: input, environment: environment)
            }
            let email = "pavel@example.com"
            try await ordering(["user", "add", email, "--first-name", "Pavel"], input: "correct horse").succeeded()
            try await ordering(["user", "login", email, "--token-file", tokenFile], input: "correct horse")
                .succeeded()
            #expect(try await ordering(["user", "show", "--json"]).succeeded().json()["email"].text == email)
            // The account is opened by a message.
            while await ordering(["account", "deposit", "100", "--key", "k"]).status != 0 {}
            let basket = try await ordering(["basket", "--json"]).succeeded().json()["basket_id"].text
            let paid = try await ordering(["order", "create", "60", "--basket", try #require(basket), "--json"])
                .succeeded().json()
            #expect(paid["status"] == "succeeded")
            expectUnpaid(await ordering(["order", "create", "60"]))
            #expect(try await ordering(["order", "list", "--json"]).succeeded().json().elements.count == 2)
            let id = try #require(paid["order_id"].text)
            #expect(try await ordering(["order", "show", id, "--json"]).succeeded().json()["price"] == "60.00")
            await ordering(["order", "show", "other"]).failed(3, "order_not_found", "order not found")
            #expect(try await ordering(["account", "show", "--json"]).succeeded().json()["balance"] == "40.00")
            while try await ordering(["notification", "list", "--json"]).succeeded().json().elements.count < 2 {}
            try await ordering(["user", "add", "Named"]).succeeded()
            process.send(SIGTERM)
            #expect(await process.exit(timeoutSeconds: 120).status == 0)
        }
    }
}
