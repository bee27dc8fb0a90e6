import CommandLineKit
import HTTPKit
import PaymentCore

/// One setting: everything that reading, checking, showing and describing it needs. ``SettingTable`` lists them all.
struct SettingSpec: Sendable {
    /// What a value is, with its bounds.
    enum Kind: Sendable {
        case text
        /// A file's path.
        case file
        /// A folder's path.
        case folder
        /// A SQLite store, as the path of a file or of a folder of files, or the URL of a PostgreSQL database.
        case store(isFolder: Bool)
        /// One of a closed set.
        case word([String])
        /// `embedded`, or the URL of a RabbitMQ, which may hold a password.
        case broker
        case address(AddressRules)
        case whole(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        /// `true` or `false`.
        case truth
        /// A percentage in decimal text.
        case percent
        case texts
        /// Objects by a name of their own, whose settings have `*` in its place.
        case names
        /// Never in the file, where only the setting `file` names the file that holds it.
        case secret(file: String)
    }

    /// The parts that a URL must not have.
    struct AddressRules: Sendable {
        var forbidden: BaseURL.Parts = .all
        /// Whether it may have an app's scheme, because guests' phones open it.
        var isForApps = false
        /// A valid one, for messages.
        var example: String
    }

    /// The value where no source has one.
    enum Standard: Sendable {
        /// - Parameter words: what this means, for descriptions.
        case unset(words: String? = nil)
        case value(SettingValue)
        /// From settings before it in the table, or the environment.
        /// - Parameter following: the setting that it comes from, for `qrpay config`.
        case derived(words: String, following: String? = nil, @Sendable (SettingSources) -> String?)
    }

    /// The path of names in the configuration file: `partners.eda.url`.
    var key: String
    var kind: Kind
    var standard: Standard
    var flag: OptionSpec?
    var environment: String?
    /// Whether the configuration file can set it.
    var isInFile: Bool
    /// One line without a final period.
    var summary: String
}

/// The value of a setting.
enum SettingValue: Hashable, Sendable {
    case text(String)
    case whole(Int)
    case number(Double)
    case texts([String])

    /// As `qrpay config` and descriptions show it.
    var shown: String {
        switch self {
        case .text(let text): text
        case .whole(let number): "\(number)"
        case .number(let number): Self.decimal(number)
        case .texts(let texts): texts.joined(separator: ", ")
        }
    }

    /// Without a fraction that is zero.
    static func decimal(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

/// A setting whose value has a type of Swift.
struct Setting<Value: Sendable>: Sendable {
    let spec: SettingSpec
    /// Nil where no flag sets it.
    let option: Option<String?>?
    let read: @Sendable (SettingValue?) -> Value?

    var key: String { spec.key }
}

extension Setting {
    /// The placeholder and the completion of the flag that sets it.
    typealias Flag = (name: String, placeholder: String)

    fileprivate init(
        _ key: String, _ kind: SettingSpec.Kind, _ standard: SettingSpec.Standard, flag: Flag?, environment: String?,
        isInFile: Bool, summary: String, read: @escaping @Sendable (SettingValue?) -> Value?
    ) {
        // Values are checked together with those of variables and files; the parser is for completions.
        let parser: ValueParser<String> =
            switch kind {
            case .file, .store(isFolder: false): .file
            case .folder, .store(isFolder: true): .directory
            case .truth: ValueParser(completion: .values(["true", "false"])) { $0 }
            case .word(let words): ValueParser(completion: .values(words)) { $0 }
            case .broker: ValueParser(completion: .values([BrokerSettings.embedded])) { $0 }
            case .text, .address, .whole, .number, .percent, .texts, .names, .secret: .text
            }
        var spec = SettingSpec(
            key: key, kind: kind, standard: standard, environment: environment, isInFile: isInFile, summary: summary)
        option = flag.map { flag in
            Option(
                flag.name, flag.placeholder, parser, shownDefault: spec.standardWords, environment: environment,
                summary: summary)
        }
        spec.flag = option?.spec
        self.spec = spec
        self.read = read
    }
}

extension Setting where Value == String {
    init(
        _ key: String, _ kind: SettingSpec.Kind, default standard: String, flag: Flag? = nil,
        environment: String? = nil, summary: String
    ) {
        self.init(
            key, kind, .value(.text(standard)), flag: flag, environment: environment, isInFile: true,
            summary: summary
        ) { $0?.text }
    }

    /// A text with a derived default that always exists.
    init(_ key: String, _ kind: SettingSpec.Kind, derived: SettingSpec.Standard, summary: String) {
        self.init(key, kind, derived, flag: nil, environment: nil, isInFile: true, summary: summary) { $0?.text }
    }
}

extension Setting where Value == String? {
    init(
        _ key: String, _ kind: SettingSpec.Kind, default standard: SettingSpec.Standard = .unset(), flag: Flag? = nil,
        environment: String? = nil, isInFile: Bool = true, summary: String
    ) {
        self.init(
            key, kind, standard, flag: flag, environment: environment, isInFile: isInFile, summary: summary
        ) { .some($0?.text) }
    }

    /// A secret in the file that the setting `file` names or, weaker, in a variable.
    static func secret(_ key: String, file: Setting<String?>, environment: String, summary: String) -> Self {
        Self(key, .secret(file: file.key), environment: environment, isInFile: false, summary: summary)
    }
}

extension Setting where Value == Int {
    init(_ key: String, in range: ClosedRange<Int>, default standard: Int, summary: String) {
        self.init(
            key, .whole(range), .value(.whole(standard)), flag: nil, environment: nil, isInFile: true,
            summary: summary
        ) { value in if case .whole(let number) = value { number } else { nil } }
    }
}

extension Setting where Value == Double {
    init(_ key: String, in range: ClosedRange<Double>, default standard: Double, summary: String) {
        self.init(
            key, .number(range), .value(.number(standard)), flag: nil, environment: nil, isInFile: true,
            summary: summary
        ) { value in if case .number(let number) = value { number } else { nil } }
    }
}

extension Setting where Value == Bool {
    /// Off by default.
    init(_ key: String, environment: String? = nil, summary: String) {
        self.init(
            key, .truth, .value(.text("false")), flag: nil, environment: environment, isInFile: true,
            summary: summary
        ) { $0?.text == "true" }
    }
}

extension Setting where Value == [String]? {
    init(_ key: String, _ kind: SettingSpec.Kind, words: String, summary: String) {
        self.init(
            key, kind, .unset(words: words), flag: nil, environment: nil, isInFile: true, summary: summary
        ) { value in if case .texts(let texts) = value { .some(texts) } else { .some(nil) } }
    }
}

extension SettingValue {
    var text: String? { if case .text(let text) = self { text } else { nil } }
}

// MARK: - Descriptions

extension SettingSpec {
    /// The default, for descriptions; nil for none.
    var standardWords: String? {
        switch standard {
        case .unset(let words): words
        case .value(let value): value.shown
        case .derived(let words, _, _): words
        }
    }

    /// The range, for descriptions.
    var rangeWords: String? {
        switch kind {
        case .whole(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            "\(SettingValue.decimal(range.lowerBound)) to \(SettingValue.decimal(range.upperBound))"
        case .percent: "0 to 100"
        case .word(let words): words.joined(separator: ", ")
        case .broker: "\(BrokerSettings.embedded) or \(BrokerSettings.form)"
        case .truth: "true or false"
        case .store(let isFolder): "\(isFolder ? "a folder" : "a file") or \(StorePlace.form)"
        case .text, .file, .folder, .address, .texts, .names, .secret: nil
        }
    }

    /// Whether it stands for settings of many names.
    var isPattern: Bool { key.contains("*") }
}

// MARK: - Values from text

extension SettingSpec {
    /// The value that a flag or a variable gives.
    /// - Throws: ``Flaw``.
    func value(of text: String) throws(Flaw) -> SettingValue {
        switch kind {
        case .text, .file, .folder, .secret: return .text(text)
        case .word, .broker, .percent, .store, .truth: return try checked(.text(text))
        case .address(let rules):
            if let flaw = BaseURL.flaw(text, forbidding: rules.forbidden, isForApps: rules.isForApps) {
                throw Flaw(reason: "\(flaw), such as \(rules.example)")
            }
            return .text(text)
        case .whole:
            guard let number = Int(text) else { throw Flaw(reason: "must be a whole number") }
            return try checked(.whole(number))
        case .number:
            guard let number = Double(text), number.isFinite else { throw Flaw(reason: "must be a number") }
            return try checked(.number(number))
        case .texts, .names:
            return .texts(text.split(separator: ",").map(String.init))
        }
    }

    /// Refuses a value out of range. An address is checked where it is used, see ``value(of:)``.
    func checked(_ value: SettingValue) throws(Flaw) -> SettingValue {
        let isInRange =
            switch (kind, value) {
            case (.whole(let range), .whole(let number)): range.contains(number)
            case (.number(let range), .number(let number)): range.contains(number)
            default: true
            }
        guard isInRange else {
            throw Flaw(reason: "must be from \(rangeWords ?? "")")
        }
        guard case .text(let text) = value else { return value }
        switch kind {
        case .percent: do throws(MoneyError) { _ = try Percent(text) } catch { throw Flaw(reason: error.message) }
        case .word(let words):
            guard words.contains(text) else { throw Flaw(reason: "must be one of \(words.joined(separator: ", "))") }
        case .broker: _ = try BrokerSettings.address(text)
        case .store: try StorePlace.check(text)
        case .truth: guard ["true", "false"].contains(text) else { throw Flaw(reason: "must be true or false") }
        default: break
        }
        return value
    }

    /// Why a value is refused; follows the name of the flag, variable or setting.
    struct Flaw: Error {
        var reason: String
        /// The error code and advice, where the default ones do not fit.
        var code: String?
        var hint: String?
    }
}
