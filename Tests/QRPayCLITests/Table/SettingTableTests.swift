import CommandLineKit
import EncodingKit
import Explorer
import FoundationEssentials
import JSONKit
import TestSupport
import Testing

@testable import QRPayCLI

/// Walks the table of settings: every row is read, bounded, shown and described.
@Suite struct SettingTableTests {
    private static let inFile = SettingTable.all.filter { $0.isInFile && !$0.key.hasPrefix("availability") }

    /// A value that is not the default, as the file writes it, and as `qrpay config` shows it.
    private static func sample(_ spec: SettingSpec) -> (json: String, shown: String) {
        switch spec.kind {
        case .text, .file, .folder, .store, .secret: return ("\"sample\"", "sample")
        case .truth: return ("true", "true")
        case .word(let words): return ("\"\(words[0])\"", words[0])
        case .broker: return ("\"amqp://127.0.0.1:5673/v\"", "amqp://127.0.0.1:5673/v")
        case .percent: return ("\"7.5\"", "7.5")
        case .address(let rules): return ("\"\(rules.example)/own\"", "\(rules.example)/own")
        case .whole(let range): return ("\(range.upperBound)", "\(range.upperBound)")
        case .number(let range):
            let text = SettingValue.decimal(range.upperBound)
            return (text, text)
        case .texts: return (#"["a", "b"]"#, "a, b")
        case .names: return ("{}", "")
        }
    }

    /// The file that sets one key: objects within objects.
    private static func file(_ key: String, _ json: String) -> String {
        key.split(separator: ".").reversed().reduce(json) { "{\"\($1)\": \($0)}" }
    }

    private static func config(_ stage: Stage, _ text: String, _ environment: [String: String] = [:]) async throws
        -> [String: JSON]
    {
        let path = try stage.file("walk.json", text)
        let unset = ["QRPAY_STORE": "", "QRPAY_PARTNERS_URL": ""]
        let run = await stage.qrpay(
            ["config", "--json"],
            environment: unset.merging(["QRPAY_CONFIG": path]) { $1 }.merging(environment) { $1 })
        let settings = try run.succeeded().json().elements
        return Dictionary(uniqueKeysWithValues: settings.map { ($0["name"].text ?? "", $0) })
    }

    @Test func `every setting is read from the file and shown by config`() async throws {
        try await Stage.run { stage async throws in
            for spec in Self.inFile {
                let (json, shown) = Self.sample(spec)
                let settings = try await Self.config(stage, Self.file(spec.key, json))
                let setting = try #require(settings[spec.key], "\(spec.key)")
                #expect(setting["source"] == "file" && setting["value"].text == shown, "\(spec.key): \(setting)")
            }
        }
    }

    @Test func `so are the steps of a rollout`() async throws {
        let experiments = SettingTable.all.filter(\.isPattern)
        #expect(experiments.count == 5)
        let fields = experiments.map { spec in
            "\"\(spec.key.split(separator: ".").last ?? "")\": \(Self.sample(spec).json)"
        }
        let text = #"{"availability": {"experiments": {"step": {\#(fields.joined(separator: ", "))}, "other": {}}}}"#
        try await Stage.run { stage async throws in
            let settings = try await Self.config(stage, text)
            #expect(settings["availability.experiments"]?["value"].text == "other, step")
            for spec in experiments {
                let setting = try #require(settings[spec.key.replacing("*", with: "step")], "\(spec.key)")
                #expect(setting["source"] == "file" && setting["value"].text == Self.sample(spec).shown, "\(spec.key)")
            }
        }
    }

    @Test func `every setting has its default without a file`() async throws {
        try await Stage.run { stage async throws in
            let settings = try await Self.config(stage, "{}")
            for spec in SettingTable.all where !spec.isPattern && spec.environment != "QRPAY_CONFIG" {
                let setting = try #require(settings[spec.key], "\(spec.key)")
                #expect(setting["source"] == "default", "\(spec.key): \(setting)")
                if case .value(let value) = spec.standard {
                    #expect(setting["value"].text == value.shown, "\(spec.key): \(setting)")
                }
            }
        }
    }

    @Test(arguments: SettingTable.all.filter { $0.environment != nil }.map(\.key))
    func `every variable is read`(_ key: String) async throws {
        let spec = try #require(SettingTable.all.first { $0.key == key })
        let name = try #require(spec.environment)
        try await Stage.run { stage async throws in
            var value = stage.directory.file("config.json")
            if case .address(let rules) = spec.kind { value = rules.example }
            if case .word(let words) = spec.kind { value = words[0] }
            if case .broker = spec.kind { value = "embedded" }
            if case .truth = spec.kind { value = "true" }
            let file = #"{"profiles": {"p": {}}}"#
            if key == SettingTable.profile.key { value = "p" }
            let settings = try await Self.config(stage, file, [name: value])
            #expect(settings[key]?["source"] == "environment" && settings[key]?["place"].text == name, "\(key)")
        }
    }

    @Test func `a value just outside its range is refused, one at its bounds is not`() {
        func flaw(_ spec: SettingSpec, _ json: String) -> String? {
            let key = spec.key.replacing("*", with: "step")
            do throws(SettingSpec.Flaw) { _ = try ConfigFile(Array(Self.file(key, json).utf8)) } catch {
                #expect(error.reason.hasPrefix("\(key): "))
                return error.reason
            }
            return nil
        }
        var ranged = 0
        for spec in SettingTable.all where spec.isInFile {
            let (inside, outside): ([String], [String]) =
                switch spec.kind {
                case .whole(let range):
                    (
                        ["\(range.lowerBound)", "\(range.upperBound)"],
                        ["\(range.lowerBound - 1)", "\(range.upperBound + 1)"]
                    )
                case .number(let range):
                    (
                        ["\(range.lowerBound)", "\(range.upperBound)"],
                        ["\(range.lowerBound.nextDown)", "\(range.upperBound.nextUp)"]
                    )
                case .percent: (["\"0\"", "\"100\""], ["\"-1\"", "\"100.5\""])
                case .word(let words): (words.map { "\"\($0)\"" }, ["\"other\"", "\"\""])
                case .broker:
                    (
                        ["\"embedded\"", "\"amqp://u@h:1/v\"", "\"amqp://u:p%20w@h:1/v\""],
                        ["\"kafka\"", "\"amqp://\"", "\"amqps://h\"", "\"amqp://u:%zz@h\""]
                    )
                case .truth: (["true", "false"], ["\"true\"", "1"])
                case .store:
                    (
                        ["\"s.db\"", "\"postgres://u@h:1/d\"", "{\"path\": \"s.db\"}"].filter {
                            spec.key == "store" || !$0.hasPrefix("{")
                        },
                        ["\"postgres://u:p@h/d\"", "\"postgres:u@h\"", "\"postgres://h:x/d\"", "5"]
                    )
                default: ([], [])
                }
            guard !inside.isEmpty else { continue }
            ranged += 1
            for json in inside { #expect(flaw(spec, json) == nil, "\(spec.key): \(json)") }
            for json in outside { #expect(flaw(spec, json) != nil, "\(spec.key): \(json)") }
            #expect(spec.rangeWords != nil, "\(spec.key)")
        }
        #expect(ranged == 41)
    }

    @Test func `a value of another type is refused`() {
        for spec in SettingTable.all where spec.isInFile {
            let key = spec.key.replacing("*", with: "step")
            let isTruth = if case .truth = spec.kind { true } else { false }
            for json in ["true", "[[1]]", "1e400"] where !isTruth || json != "true" {
                #expect(throws: SettingSpec.Flaw.self, "\(key): \(json)") {
                    try ConfigFile(Array(Self.file(key, json).utf8))
                }
            }
        }
    }

    @Test func `what only flags, variables and files of their own hold is not in the file`() {
        for spec in SettingTable.all where !spec.isInFile {
            #expect(throws: SettingSpec.Flaw.self, "\(spec.key)") {
                try ConfigFile(Array(Self.file(spec.key, "\"x\"").utf8))
            }
        }
    }

    @Test func `every setting is in the man page and in the README with its range and default`() throws {
        let readme = try GoldenFile(Repository.file("README.md")).text()
        let man = try GoldenFile(Repository.file("man/qrpay.1")).text().replacing("\\", with: "")
        let lines = readme.split(separator: "\n")
        for spec in SettingTable.all {
            let name = spec.flag?.label ?? spec.environment ?? spec.key
            let row = lines.first { $0.hasPrefix("| ") && $0.contains("`\(name)`") }
            let line = try #require(row, "\(spec.key) is not in the README")
            #expect(man.contains("Ic \(spec.key)"), "\(spec.key) is not in the man page")
            if let range = spec.rangeWords, spec.flag == nil {
                #expect(line.contains(range), "\(line)")
            }
            if let environment = spec.environment {
                #expect(man.contains(".It Ev \(environment)"), "\(environment) is not in the man page")
            }
        }
    }

    @Test func `no key, flag or variable is declared twice`() {
        for names in [
            SettingTable.all.map(\.key), SettingTable.all.compactMap { $0.flag?.label },
            SettingTable.all.compactMap(\.environment),
        ] { #expect(Set(names).count == names.count) }
    }
}
