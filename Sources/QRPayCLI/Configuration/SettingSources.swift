import CommandLineKit
import HTTPKit
import Payments

/// The sources of settings: flag, environment, profile, file and default, in order of precedence. Each setting read is
/// kept with its source.
struct SettingSources {
    /// A configuration file, or a profile in it.
    struct Layer {
        var file: ConfigFile
        var source: Setting.Source
    }

    private let options: ParsedOptions?
    private let environment: [String: String]
    /// Highest precedence first.
    var layers: [Layer] = []
    /// Every setting read, in order.
    private(set) var settings: [Setting] = []

    init(_ options: ParsedOptions?, environment: [String: String]) {
        self.options = options
        self.environment = environment
    }

    /// A text that a flag, a variable and the file can set.
    mutating func text(
        _ name: String, flag: String? = nil, variable: String? = nil, default standard: String,
        following: String? = nil, inFile: (ConfigFile) -> String? = { _ in nil }
    ) -> String {
        let found = find(flag, variable, inFile) ?? (standard, .standard(following: following))
        record(name, found.value, found.source)
        return found.value
    }

    /// A text that may be left unset.
    mutating func optionalText(
        _ name: String, flag: String? = nil, variable: String? = nil, default standard: String? = nil,
        following: String? = nil, inFile: (ConfigFile) -> String? = { _ in nil }
    ) -> String? {
        let found = find(flag, variable, inFile)
        record(name, found?.value ?? standard, found?.source ?? .standard(following: following))
        return found?.value ?? standard
    }

    /// A number that only the file can set.
    mutating func number<Number: Numeric & CustomStringConvertible>(
        _ name: String, default standard: Number, inFile: (ConfigFile) -> Number?
    ) -> Number {
        let found = inLayers(inFile) ?? (standard, .standard())
        let text = found.value.description
        record(name, text.hasSuffix(".0") ? String(text.dropLast(2)) : text, found.source)
        return found.value
    }

    /// Records a setting that was determined elsewhere.
    mutating func record(_ name: String, _ value: String?, _ source: Setting.Source) {
        settings.append(Setting(name: name, value: value.map { Setting.redacted(url: $0) }, source: source))
    }

    /// Refuses the last URL read when no request can be sent there; its value may hold a password,
    /// and is not shown.
    /// - Parameters:
    ///   - parts: parts that the URL must not have.
    ///   - isForApps: whether it may have an app's scheme, because guests' phones open it.
    ///   - example: a valid URL, for the message.
    /// - Throws: ``Problem`` that names the flag, variable or file with the URL.
    func checkURL(
        _ url: String, forbidding parts: BaseURL.Parts = .all, isForApps: Bool = false, such example: String
    ) throws {
        guard let flaw = BaseURL.flaw(url, forbidding: parts, isForApps: isForApps), let setting = settings.last else {
            return
        }
        let place =
            switch setting.source {
            case .flag(let name), .environment(let name): name
            case .file(let path, _): "\(path): \(setting.name)"
            case .standard: setting.name
            }
        throw Problem(.invalid, "usage", "\(place): \(flaw), such as \(example)")
    }

    /// Whether the last setting read has its default value.
    var isLastDefault: Bool { if case .standard = settings.last?.source { true } else { false } }

    /// A variable's value; nil when it is not set, or empty.
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private func find(
        _ flag: String?, _ variable: String?, _ inFile: (ConfigFile) -> String?
    ) -> (value: String, source: Setting.Source)? {
        if let flag, let options, options.declares(flag), let value = options.value(flag) {
            return (value, .flag("--\(flag)"))
        }
        if let variable, let value = self.variable(variable) { return (value, .environment(variable)) }
        return inLayers(inFile)
    }

    private func inLayers<Value>(_ inFile: (ConfigFile) -> Value?) -> (value: Value, source: Setting.Source)? {
        for layer in layers {
            if let value = inFile(layer.file) { return (value, layer.source) }
        }
        return nil
    }
}
