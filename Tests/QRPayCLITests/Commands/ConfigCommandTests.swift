import Explorer
import JSONKit
import TestSupport
import Testing

/// `config`: effective settings and their sources, without secrets.
@Suite struct ConfigCommandTests {
    /// Value and source of a setting, as one text.
    private static func shown(_ settings: JSON, _ name: String) -> String? {
        settings.elements.first { $0["name"] == .string(name) }.map {
            "\($0["value"].text ?? "-") \($0["source"].text ?? "-") \($0["place"].text ?? "-")"
        }
    }

    @Test func `every setting shows its source`() async throws {
        let config = """
            {"store": "/file.db", "order_ttl_seconds": 60, "hold_timeout_seconds": 90.5,
             "partners": {"url": "http://file", "eda": {"url": "http://eda", "timeout_seconds": 7},
                          "s3": {"bucket": "b", "region": "r"}},
             "tasks": {"receipt_fetch": {"polls": 3, "jitter": 0.5}},
             "profiles": {"p": {"order_ttl_seconds": 61, "partners": {"eda": {"timeout_seconds": 8},
                                                                        "s3": {"region": "q"}},
                                "tasks": {"receipt_fetch": {"polls": 4}}}}}
            """
        try await Stage.run(config: config) { stage async throws in
            let run = await stage.qrpay(
                ["config", "--json", "--profile", "p", "--partners", "http://flag"],
                environment: ["QRPAY_STORE": "/variable.db", "QRPAY_PARTNERS_URL": "http://variable"])
            let settings = try run.succeeded().json()
            let file = stage.directory.file("config.json")
            let profile = "\(file) (profile p)"
            let expected = [
                "config": "\(file) environment QRPAY_CONFIG", "profile": "p flag --profile",
                "store": "/variable.db environment QRPAY_STORE",
                "deeplink_keys_file": "/deeplink-keys.json default store",
                "order_ttl_seconds": "61 file \(profile)", "hold_timeout_seconds": "90.5 file \(file)",
                "link_ttl_seconds": "3600 default -", "callback_url": "- default -",
                "partners.url": "http://flag flag --partners", "partners.eda.url": "http://eda file \(file)",
                "partners.eda.timeout_seconds": "8 file \(profile)",
                "partners.check.url": "http://flag/check default partners.url",
                "partners.check.timeout_seconds": "5 default -", "partners.s3.bucket": "b file \(file)",
                "partners.s3.region": "q file \(profile)", "tasks.receipt_fetch.polls": "4 file \(profile)",
                "tasks.receipt_fetch.jitter": "0.5 file \(file)",
                "tasks.receipt_fetch.max_attempts": "90 default -",
                "partners.s3.secret_access_key": "- default -",
            ]
            for (name, value) in expected { #expect(Self.shown(settings, name) == value, "\(name)") }
        }
    }

    /// `config` shows every setting of the file, under the same name.
    @Test func `the names are those of the file`() async throws {
        let policy = """
            {"polls": 1, "period_seconds": 1, "base_seconds": 1, "cap_seconds": 1, "jitter": 1, "max_attempts": 1}
            """
        let endpoint = #"{"url": "http://x", "timeout_seconds": 1}"#
        let config = """
            {"store": {"path": "s", "password_file": "w", "schema": "x", "pooler": true},
             "deeplink_base": "https://d", "deeplink_keys_file": "k", "gateway_key_file": "g",
             "server": "http://x", "api_key_file": "a", "broker": "amqp://h", "broker_password_file": "p",
             "ordering": {"stores": "o", "secret_file": "f", "style": "events", "server": "http://x", "token_file": "t",
              "services": {"identity": "http://x", "billing": "http://x", "order": "http://x",
                           "notification": "http://x", "push": "http://x"}},
             "order_ttl_seconds": 1, "hold_timeout_seconds": 1, "link_ttl_seconds": 1, "callback_url": "http://x",
             "availability": {"experiments": {}}, "alerts": {"task_attempts": 1, "task_age_seconds": 1},
             "partners": {"url": "http://x", "eda": \(endpoint), "transactions": \(endpoint),
                          "cardstorage": \(endpoint),
                          "cashback": \(endpoint), "check": \(endpoint),
                          "s3": {"url": "http://x", "bucket": "b", "region": "r", "access_key_id": "i",
                                 "secret_access_key_file": "f"}},
             "tasks": {"payment_settle": \(policy), "cashback_accrue": \(policy), "receipt_fetch": \(policy),
                       "order_expire": \(policy), "retention_seconds": 1}}
            """
        try await Stage.run(config: config) { stage async throws in
            let run = await stage.qrpay(
                ["config", "--json"], environment: ["QRPAY_STORE": "", "QRPAY_PARTNERS_URL": ""])
            let settings = try run.succeeded().json().elements
            let fromFile = settings.filter { $0["source"] == "file" }.compactMap { $0["name"].text }
            let secret = [
                "partners.s3.secret_access_key", "gateway_key", "api_key", "broker_password", "ordering.token",
            ]
            // The store's value may also appear alone instead of the object.
            let leaves = Self.leaves(of: try JSON(config)).map { $0 == "store.path" ? "store" : $0 }
            #expect(Set(fromFile) == Set(leaves + secret))
            let others = Set(settings.compactMap { $0["name"].text }).subtracting(fromFile)
            #expect(others == ["config", "profile"])
        }
    }

    private static func leaves(of json: JSON, at path: String = "") -> [String] {
        guard !json.members.isEmpty else { return [path] }
        return json.members.flatMap { leaves(of: $1, at: path.isEmpty ? $0 : "\(path).\($0)") }
    }

    @Test func `secrets are never printed`() async throws {
        try await Stage.run { stage async throws in
            let secret = try stage.file("secret", "s3cr3t-of-the-file")
            let config = try stage.file(
                "own.json",
                """
                {"callback_url": "https://user:s3cr3t@host/callback?token=s3cr3t",
                 "partners": {"s3": {"access_key_id": "id", "secret_access_key_file": "\(secret)"}}}
                """)
            let environment = ["QRPAY_S3_SECRET_ACCESS_KEY": "s3cr3t-of-the-environment", "QRPAY_PARTNERS_URL": ""]
            for options in [["--config", config], ["--config", config, "--json"], []] {
                let run = try await stage.qrpay(["config"] + options, environment: environment).succeeded()
                #expect(!run.stdout.contains("s3cr3t") && run.stdout.contains("(secret)"), "\(run)")
            }
            let run = await stage.qrpay(["config", "--json", "--config", config], environment: environment)
            let settings = try run.json()
            let file = "file \(config)"
            #expect(Self.shown(settings, "partners.s3.secret_access_key") == "(secret) file \(secret)")
            #expect(Self.shown(settings, "callback_url") == "https://…@host/callback?… \(file)")
        }
    }

    @Test func `a profile leaves the rest of the file alone`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let config = try stage.file(
                "own.json",
                """
                {"partners": {"cardstorage": {"url": "\(stage.partnersURL)/cardstorage"}},
                 "profiles": {"p": {"partners": {"eda": {"timeout_seconds": 1}}}}}
                """)
            let run = await stage.qrpay(
                ["preorder", "show", id, "--uid", "u", "--config", config, "--profile", "p"],
                environment: ["QRPAY_PARTNERS_URL": "http://127.0.0.1:1"])
            try run.succeeded()
        }
    }

    @Test func `as text`() async throws {
        try await Stage.run { stage async throws in
            let rows = try await stage.qrpay("config", "--partners", "http://flag").succeeded().rows
            #expect(rows.contains(["partners.url", "http://flag", "--partners"]))
            #expect(rows.contains(["partners.eda.url", "http://flag/eda", "default, from partners.url"]))
            #expect(rows.contains(["callback_url", "-", "default"]))
        }
    }
}
