import Explorer
import FoundationEssentials
import JSONKit
import QRPayCLI
import TestSupport
import Testing

/// The sources of settings, and the messages for wrong ones.
@Suite struct ConfigurationTests {
    @Test func `flag beats environment beats file beats default`() async throws {
        try await Stage.run { stage async throws in
            let stores = ["flag", "variable", "file", "data/qrpay/qrpay"].map { stage.directory.file("\($0).db") }
            let config = try stage.file("own.json", #"{"store": "\#(stores[2])"}"#)
            let unset = ["QRPAY_STORE": "", "QRPAY_CONFIG": ""]
            let data = ["XDG_DATA_HOME": stage.directory.file("data")]
            let cases: [([String], [String: String])] = [
                (["--store", stores[0], "--config", config], ["QRPAY_STORE": stores[1]]),
                (["--config", config], ["QRPAY_STORE": stores[1]]), (["--config", config], unset),
                ([], unset.merging(data) { $1 }),
            ]
            for (number, (options, environment)) in cases.enumerated() {
                let run = await stage.qrpay(
                    ["preorder", "create", "-", "--json"] + options, input: Stage.bill(amount: "\(number + 1).00"),
                    environment: environment)
                try run.succeeded()
                let listed = try await stage.qrpay("order", "list", "--json", "--store", stores[number]).json()
                #expect(listed.elements.map { $0["amount"] } == [.string("\(number + 1).00")], "\(stores[number])")
            }
        }
    }

    @Test(
        arguments: [
            ("not set", nil, nil, "HOME is not set"), ("empty", "", nil, "HOME is empty"),
            ("relative", "home", nil, "HOME is not an absolute path"),
            ("a relative data directory", nil, "data", "HOME is not set"),
            ("a relative data directory beside an empty home", "", "data", "HOME is empty"),
        ] as [(String, String?, String?, String)])
    func `without a home directory there is no default store`(name: String, home: String?, data: String?, words: String)
        async throws
    {
        try await Stage.run { stage async throws in
            func qrpay(_ arguments: [String]) async -> CommandRun {
                await stage.qrpay(
                    arguments,
                    adjust: { context in
                        context.environment = ["HOME": home, "XDG_DATA_HOME": data, "XDG_CONFIG_HOME": data]
                            .compactMapValues(\.self)
                    })
            }
            for arguments in [["order", "list"], ["work", "--drain"], ["serve", "--listen", "127.0.0.1:0"]] {
                await qrpay(arguments).failed(6, "home_not_set", words)
                await qrpay(arguments + ["--json"]).failed(6, "home_not_set", words)
            }
            let receipt = Repository.file("Examples/receipts/dinner.json")
            for arguments in [
                ["config"], ["version"], ["receipt", "check", receipt],
                ["restaurant", "add", "cafe", "--name", "x", "--store", stage.directory.file("own/qrpay.db")],
            ] { try await qrpay(arguments).succeeded() }
            let config = try await qrpay(["config", "--json"]).succeeded().json().elements
            #expect(config.first { $0["name"] == "store" }?["value"] == .null)
            let doctor = await qrpay(["doctor"])
            #expect(
                doctor.status == 6 && doctor.rows.contains { $0[0] == "failed" && $0[2].contains(words) }, "\(doctor)")
        }
    }

    @Test func `an absolute data directory is a place without a home`() async throws {
        try await Stage.run { stage async throws in
            let data = stage.directory.file("data")
            let run = await stage.qrpay(
                ["restaurant", "add", "cafe", "--name", "x"], adjust: { $0.environment = ["XDG_DATA_HOME": data] })
            try run.succeeded()
            #expect(FileManager.default.fileExists(atPath: "\(data)/qrpay/qrpay.db"))
        }
    }

    @Test func `the other variables and flags`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let show = ["preorder", "show", id, "--uid", "u"]
            let nowhere = ["QRPAY_PARTNERS_URL": "http://127.0.0.1:1"]
            #expect(await stage.qrpay(show, environment: nowhere).status == 5)
            #expect(await stage.qrpay(show + ["--partners", stage.partnersURL], environment: nowhere).status == 0)

            let own = try stage.file("own.json", #"{"partners": {"cardstorage": {"url": "http://127.0.0.1:1"}}}"#)
            #expect(await stage.qrpay(show + ["--config", own]).status == 5, "a partner's own address wins")

            let profiles = try stage.file(
                "profiles.json", #"{"deeplink_base": "a://b", "profiles": {"other": {"deeplink_base": "c://d"}}}"#)
            func link(_ options: [String], _ environment: [String: String] = [:]) async throws -> String? {
                try await stage.qrpay(["order", "show", id, "--json"] + options, environment: environment)
                    .succeeded().json()["deeplink"].text
            }
            #expect(try await link(["--config", profiles])?.hasPrefix("a://b?order_id=") == true)
            #expect(try await link(["--config", profiles, "--profile", "other"])?.hasPrefix("c://d?") == true)
            let variables = ["QRPAY_CONFIG": profiles, "QRPAY_PROFILE": "other"]
            #expect(try await link([], variables)?.hasPrefix("c://d?") == true)

            let keys = stage.directory.file("own-keys.json")
            let before = try await link([])
            #expect(try await link([], ["QRPAY_DEEPLINK_KEYS_FILE": keys]) != before, "other keys sign otherwise")
        }
    }

    @Test func `every setting has its name`() async throws {
        let policy = """
            {"polls": 1, "period_seconds": 1, "base_seconds": 0.5, "cap_seconds": 2, "jitter": 0.1, "max_attempts": 3}
            """
        let config = """
            // The whole of it.
            {
              "deeplink_base": "https://example.com/pay", "order_ttl_seconds": 60, "hold_timeout_seconds": 30,
              "link_ttl_seconds": 600, "callback_url": "http://127.0.0.1:1/callback",
              "partners": {
                "url": "http://127.0.0.1:1", "eda": {"url": "http://127.0.0.1:1", "timeout_seconds": 1},
                "transactions": {"timeout_seconds": 1}, "cardstorage": {"timeout_seconds": 1},
                "cashback": {"timeout_seconds": 1}, "check": {"timeout_seconds": 1},
                "s3": {"url": "http://127.0.0.1:1", "bucket": "b", "region": "r", "access_key_id": "k",
                       "secret_access_key_file": "config.json"}
              },
              "tasks": {"payment_settle": \(policy), "cashback_accrue": \(policy), "receipt_fetch": \(policy),
                        "order_expire": \(policy)},
              "profiles": {"other": {"order_ttl_seconds": 90}} /* the end */
            }
            """
        try await Stage.run(config: config) { stage async throws in
            let secret = try stage.file("secret", "s3cr3t\n")
            let path = try stage.file(
                "whole.json", config.replacing("\"config.json\"", with: "\"\(secret)\""))
            for (options, seconds) in [([], 60.0), (["--profile", "other"], 90)] as [([String], Double)] {
                let run = await stage.qrpay(
                    [
                        "preorder", "create", "-", "--json", "--config", path, "--store",
                        stage.directory.file("\(seconds)"),
                    ]
                        + options, input: Stage.bill())
                let created = try run.succeeded().json()
                let times = try ["created_at", "expires_at"].map { name in
                    try Date(
                        #require(created[name].text),
                        strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                }
                #expect(abs(times[1].timeIntervalSince(times[0]) - seconds) < 0.01)
            }
        }
    }

    @Test(arguments: [
        ("a typo", #"{"stroe": "x"}"#, "stroe: unknown setting"),
        ("a typo deep inside", #"{"partners": {"eda": {"uri": "x"}}}"#, "partners.eda.uri: unknown setting"),
        ("a typo in a profile", #"{"profiles": {"p": {"stroe": "x"}}}"#, "profiles.p.stroe"),
        ("another spelling", #"{"orderTtlSeconds": 5}"#, "orderTtlSeconds: unknown setting"),
        ("a wrong type", #"{"store": 5}"#, "store"), ("no JSON", "{", "config.json"), ("a list", "[]", "config.json"),
        ("negative", #"{"order_ttl_seconds": -5}"#, "order_ttl_seconds: must be from"),
        ("no number", #"{"tasks": {"receipt_fetch": {"base_seconds": NaN}}}"#, "line 1, column 46: not valid JSON"),
        ("too long", #"{"link_ttl_seconds": 604801}"#, "link_ttl_seconds: must be from 1 to 604800"),
        ("in a profile", #"{"profiles": {"p": {"tasks": {"order_expire": {"jitter": 2}}}}}"#, "profiles.p.tasks"),
        ("no time", #"{"partners": {"check": {"timeout_seconds": 0}}}"#, "partners.check.timeout_seconds"),
        (
            "a text for a number", #"{"tasks": {"receipt_fetch": {"max_attempts": "x"}}}"#,
            "tasks.receipt_fetch.max_attempts: must be a whole number"
        ),
        ("a fraction", #"{"link_ttl_seconds": 1.5}"#, "link_ttl_seconds: must be a whole number"),
        (
            "a wrong type in a profile", #"{"profiles": {"myOwn": {"order_ttl_seconds": true}}}"#,
            "profiles.myOwn.order_ttl_seconds: must be a number"
        ),
        (
            "a list of texts", #"{"availability": {"experiments": {"e": {"phone_ids": ["1", 2]}}}}"#,
            "e.phone_ids.2: must be"
        ),
        ("no value", "{\n  // comment\n  \"store\": oops\n}", "line 3, column 12: not valid JSON: unexpected \"o\""),
        ("no end", "{\n\"store\": \"x\"\n", "line 3, column 1: not valid JSON: unexpected end of text"),
        ("no end of a text", "{\n\"store\": \"x,\n}", "line 2, column 13: not valid JSON"),
        ("something behind it", "{}\n\nx", "line 3, column 1: not valid JSON"),
        ("a name twice", #"{"store": "x", "store": "y"}"#, "not valid JSON: \"store\" appears twice"),
        ("a trailing comma", #"{"store": "x",}"#, "line 1, column 15: not valid JSON"),
        ("a name without quotes", #"{store: "x"}"#, "line 1, column 2: not valid JSON"),
        ("a comment without an end", "{} /* so", "line 1, column 4: not valid JSON"),
        ("a leading zero", #"{"link_ttl_seconds": 0600}"#, "line 1, column 23: not valid JSON"),
        ("no attempts", #"{"tasks": {"payment_settle": {"max_attempts": 0}}}"#, "max_attempts: must be from 1"),
    ])
    func `wrong files`(_ name: String, _ config: String, _ phrase: String) async throws {
        try await Stage.run(config: config) { stage async throws in
            await stage.expectFailure(["order", "list"], 2, "bad_config", phrase)
        }
    }

    @Test func `partners without a scheme`() async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(
                ["order", "list", "--partners", "nonsense"], 2, "usage", "--partners: must begin with http")
            let own = try stage.file("own.json", #"{"partners": {"eda": {"url": "eda:80"}}}"#)
            await stage.expectFailure(["order", "list", "--config", own], 2, "usage", "partners.eda.url: must be")
        }
    }

    @Test func `missing files`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            await stage.expectFailure(
                ["order", "list", "--config", "/no/such.json"], 3, "file_not_found", "/no/such.json")
            await stage.expectFailure(["order", "list", "--config", "/"], 2, "file_unreadable", "Is a directory")
            await stage.expectFailure(["order", "list", "--profile", "x"], 2, "bad_config", "profile 'x' not found")
            let credentials = try stage.file(
                "s3.json", #"{"partners": {"s3": {"access_key_id": "k"}}}"#)
            await stage.expectFailure(
                ["order", "list", "--config", credentials], 2, "bad_config", "partners.s3 lacks secret_access_key_file")
            let server = try stage.file("server.json", #"{"partners": {"s3": {"url": "https://s3.example"}}}"#)
            await stage.expectFailure(
                ["order", "list", "--config", server], 2, "bad_config",
                "partners.s3 lacks bucket, region, access_key_id, secret_access_key_file")
        }
    }

    @Test func `deeplink keys that cannot be used`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            let key = #"{"kid": "a", "secret": "\#(String(repeating: "0a", count: 32))"}"#
            let files = [
                "", "{}", #"{"keys": []}"#, #"{"keys": [{"kid": "a", "secret": "zz"}]}"#,
                #"{"keys": [\#(key), \#(key), \#(key)]}"#, #"{"keys": [\#(key), \#(key)]}"#,
            ]
            for (number, text) in files.enumerated() {
                let path = try stage.file("keys-\(number).json", text)
                await stage.expectFailure(
                    ["order", "list"], 2, "bad_deeplink_keys", path, environment: ["QRPAY_DEEPLINK_KEYS_FILE": path])
            }
            await stage.expectFailure(
                ["order", "list"], 2, "cannot_write", "", environment: ["QRPAY_DEEPLINK_KEYS_FILE": "/proc/x/keys"])
        }
    }

    /// The newest key signs; a link signed by the previous key is still valid.
    @Test func `keys are rotated`() async throws {
        try await Stage.run { stage async throws in
            func key(_ kid: String, _ byte: String) -> String {
                #"{"kid": "\#(kid)", "secret": "\#(String(repeating: byte, count: 32))"}"#
            }
            let old = try stage.file("old.json", #"{"keys": [\#(key("k1", "0a"))]}"#)
            let both = try stage.file("both.json", #"{"keys": [\#(key("k2", "0b")), \#(key("k1", "0a"))]}"#)
            let new = try stage.file("new.json", #"{"keys": [\#(key("k2", "0b"))]}"#)
            func environment(_ keys: String) -> [String: String] { ["QRPAY_DEEPLINK_KEYS_FILE": keys] }
            let created = await stage.qrpay(
                ["preorder", "create", "-", "--json"], input: Stage.bill(), environment: environment(old))
            let link = try #require(try created.json()["deeplink"].text)
            #expect(link.contains("kid=k1"))
            let shown = await stage.qrpay(["order", "show", link, "--json"], environment: environment(both))
            #expect(try shown.succeeded().json()["deeplink"].text?.contains("kid=k2") == true)
            #expect(await stage.qrpay(["order", "show", link], environment: environment(new)).status == 7)
        }
    }
}
