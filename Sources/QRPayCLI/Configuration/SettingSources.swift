import CommandLineKit
import HTTPKit
import Payments

/// Where settings come from: flag, environment, profile, file and default, in this order. What was asked for is kept
/// with the place it came from.
struct SettingSources {
    /// A configuration file, or a profile in it.
    struct Layer {
        var file: ConfigFile
        var source: Setting.Source
    }

    private let options: ParsedOptions?
    private let environment: [String: String]
    /// The strongest first.
    var layers: [Layer] = []
    /// Everything asked for, in the order of asking.
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

    /// Keeps a setting that was found in another way.
    mutating func record(_ name: String, _ value: String?, _ source: Setting.Source) {
        settings.append(Setting(name: name, value: value.map { Setting.redacted(url: $0) }, source: source))
    }

    /// Refuses the address that was asked for last when no request can be sent there; the value may hold a password,
    /// and is not told.
    /// - Parameters:
    ///   - parts: what it must not have.
    ///   - isForApps: whether it may have the scheme of an app, because others open it.
    ///   - example: one that would do.
    /// - Throws: ``Problem`` that names the flag, variable or file with the address.
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

    /// Whether nobody has set what was asked for last.
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
