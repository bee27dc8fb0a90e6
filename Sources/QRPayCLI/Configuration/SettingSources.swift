import CommandLineKit
import HTTPKit
import PaymentPartners
import Payments

/// The sources of settings: flag, environment, profile, file and default, in order of precedence. Each setting
/// resolved is kept with its value and source.
struct SettingSources {
    /// A configuration file, or a profile in it.
    struct Layer {
        var values: ConfigFile.Values
        var source: EffectiveSetting.Source
    }

    private typealias Found = (value: SettingValue, source: EffectiveSetting.Source)

    private let options: ParsedOptions?
    let environment: [String: String]
    /// Highest precedence first.
    var layers: [Layer] = []
    /// By key; only what has a value.
    private(set) var values: [String: SettingValue] = [:]
    private var secrets: [String: Secret] = [:]
    /// Every setting resolved, in order.
    private(set) var inForce: [EffectiveSetting] = []

    init(_ options: ParsedOptions?, environment: [String: String]) {
        self.options = options
        self.environment = environment
    }

    /// The value of a setting that is resolved.
    subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let value = setting.read(values[setting.key]) else {
            preconditionFailure("\(setting.key) has no default and is not resolved")
        }
        return value
    }

    func secret(_ setting: Setting<String?>) -> Secret { secrets[setting.key] ?? Secret() }

    func source(of key: String) -> EffectiveSetting.Source { inForce.last { $0.name == key }?.source ?? .standard() }

    /// Sets what no flag, variable or file sets.
    mutating func preset(_ setting: Setting<String?>, to text: String) {
        let source = EffectiveSetting.Source.standard()
        layers.append(Layer(values: [setting.key: .text(text)], source: source))
    }

    /// Finds the value of a setting.
    /// - Throws: ``Problem`` `usage` that names the flag, variable or file with a value that cannot be used. The value
    ///   may hold a password and is not shown.
    mutating func resolve(_ spec: SettingSpec) throws {
        switch spec.kind {
        case .secret(let file): resolveSecret(spec, file: file)
        case .names: resolveNames(spec)
        default: if !spec.isPattern { try resolvePlain(spec) }
        }
    }

    private mutating func resolvePlain(_ spec: SettingSpec) throws {
        let found = try find(spec)
        let value = found?.value ?? standard(spec)
        values[spec.key] = value
        var source = found?.source ?? .standard()
        if found == nil, case .derived(_, let other?, _) = spec.standard { source = .standard(following: other) }
        record(spec.key, shown(value, spec), source)
        if case .file = source, let text = value?.text {
            // Of the file only the addresses in force are checked; those below a profile's may be anything.
            do throws(SettingSpec.Flaw) { _ = try spec.value(of: text) } catch { throw refusal(spec, source, error) }
        }
    }

    private func shown(_ value: SettingValue?, _ spec: SettingSpec) -> String? {
        guard case .store = spec.kind, let text = value?.text else {
            return value.map { EffectiveSetting.redacted(url: $0.shown) }
        }
        return StorePlace(text).shown
    }

    private func find(_ spec: SettingSpec) throws -> Found? {
        if let (text, source) = givenText(spec) {
            do throws(SettingSpec.Flaw) {
                return (try spec.value(of: text), source)
            } catch {
                throw refusal(spec, source, error)
            }
        }
        return layers.lazy.compactMap { layer in layer.values[spec.key].map { ($0, layer.source) } }.first
    }

    /// What a flag or a variable says; an empty variable counts as not set.
    private func givenText(_ spec: SettingSpec) -> (text: String, source: EffectiveSetting.Source)? {
        if let flag = spec.flag, let text = options?.text(flag) { return (text, .flag(flag.label)) }
        return spec.environment.flatMap { name in variable(name).map { ($0, .environment(name)) } }
    }

    private func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private func standard(_ spec: SettingSpec) -> SettingValue? {
        switch spec.standard {
        case .unset: nil
        case .value(let value): value
        case .derived(_, _, let derive): derive(self).map { .text($0) }
        }
    }

    private func refusal(
        _ spec: SettingSpec, _ source: EffectiveSetting.Source, _ flaw: SettingSpec.Flaw
    ) -> Problem {
        let place =
            switch source {
            case .flag(let name), .environment(let name): name
            case .file(let path, _): "\(path): \(spec.key)"
            case .standard: spec.key
            }
        return Problem(.invalid, flaw.code ?? "usage", "\(place): \(flaw.reason)", hint: flaw.hint)
    }

    private mutating func record(_ name: String, _ value: String?, _ source: EffectiveSetting.Source) {
        inForce.append(EffectiveSetting(name: name, value: value, source: source))
    }
}

// MARK: - Secrets and names

extension SettingSources {
    private mutating func resolveSecret(_ spec: SettingSpec, file key: String) {
        let isFileGiven = if case .standard = source(of: key) { false } else { true }
        let secret = Secret(
            file: isFileGiven ? values[key]?.text : nil, inEnvironment: spec.environment.flatMap(variable))
        secrets[spec.key] = secret
        let source: EffectiveSetting.Source? =
            secret.file.map { .file($0, profile: nil) }
            ?? secret.inEnvironment.flatMap { _ in spec.environment.map { .environment($0) } }
        record(spec.key, source.map { _ in "(secret)" }, source ?? .standard())
    }

    /// Takes all names and their settings from the first layer that has any.
    private mutating func resolveNames(_ spec: SettingSpec) {
        guard let layer = layers.first(where: { $0.values[spec.key] != nil }),
            case .texts(let names) = layer.values[spec.key]
        else { return record(spec.key, nil, .standard()) }
        values[spec.key] = .texts(names)
        record(spec.key, names.joined(separator: ", "), layer.source)
        for name in names {
            for pattern in SettingTable.all where pattern.key.hasPrefix("\(spec.key).*.") {
                let key = pattern.key.replacing("*", with: name)
                guard let value = layer.values[key] else { continue }
                values[key] = value
                record(key, value.shown, layer.source)
            }
        }
    }

    /// The value of a setting of one name.
    subscript<Value>(_ setting: Setting<Value?>, of name: String) -> Value? {
        setting.read(values[setting.key.replacing("*", with: name)]) ?? nil
    }

    /// Whether a partner has an address of its own.
    func hasOwnURL(_ partner: Partner) -> Bool {
        let common = PartnerSettings.url(of: partner, below: self[SettingTable.partnersURL])
        return SettingTable.partners.first { $0.partner == partner }.map { self[$0.url] != common } ?? false
    }
}
