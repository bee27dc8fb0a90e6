import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox

extension ScenarioFile {
    package static let maximumBytes = 8 << 20
    private static let maximumSteps = 100_000

    /// Reads and checks a scenario.
    /// - Throws: ``ScenarioError`` with all flaws found.
    package init(json bytes: [UInt8]) throws(ScenarioError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, as: .interoperable)
        } catch {
            let line = bytes[..<error.offset].count { $0 == UInt8(ascii: "\n") } + 1
            throw ScenarioError(flaws: [
                ScenarioFlaw(place: "line \(line)", message: "not valid JSON: \(error.flaw.message)")
            ])
        }
        let root = ScenarioField(value: value, path: "", flaws: ScenarioField.Flaws())
        self.init(root)
        if root.flaws.all.isEmpty { ScenarioCheck(self).run(root.flaws) }
        guard root.flaws.all.isEmpty else { throw ScenarioError(flaws: root.flaws.all) }
    }

    private init(_ root: ScenarioField) {
        self.init(name: root["name"].read(.identifier, \.string) ?? "scenario")
        let names = [
            "name", "summary", "seed", "timeout_seconds", "system", "restaurants", "guests", "faults", "steps",
            "expect", "explored",
        ]
        guard root.checkObject(of: names) else { return }
        summary = root["summary"].read(.text, \.string) ?? ""
        seed = root["seed"].read(.whole(0...Int.max), \.whole).map { UInt64($0) } ?? seed
        timeoutSeconds = root["timeout_seconds"].read(.seconds) { $0.double } ?? timeoutSeconds
        system = SystemSettings(root["system"])
        for (name, field) in root["restaurants"].object() {
            if !Identifier.isValid(name) { field.flaw("'\(name)' must be \(FieldForm.identifier.words)") }
            restaurants[name] = Restaurant(field)
        }
        for (name, field) in root["guests"].object() {
            if !Identifier.isValid(name) { field.flaw("'\(name)' must be \(FieldForm.identifier.words)") }
            _ = field.checkObject(of: ["card"])
            guests[name] = Guest(cards: field["card"].read(.cards, \.strings) ?? [])
        }
        faults = root["faults"].list().compactMap { $0.fault(named: StepKind.fault.fields.map(\.name)) }
        var left = Self.maximumSteps
        steps = ScenarioStep.list(root["steps"].list(), &left)
        if root["steps"].value == nil { root["steps"].flaw("missing: a scenario needs steps") }
        expect = FinalExpectation(root["expect"])
        explored = root["explored"].value?.object
        if root["explored"].value != nil, explored == nil { root["explored"].flaw("must be an object") }
    }
}

extension ScenarioField {
    func object() -> [(name: String, field: ScenarioField)] {
        guard value != nil else { return [] }
        guard value?.object != nil else {
            flaw("must be an object")
            return []
        }
        return members
    }

    func list() -> [ScenarioField] {
        guard value != nil else { return [] }
        guard value?.elements != nil else {
            flaw("must be a list")
            return []
        }
        return elements
    }

    /// The fault rule here.
    func fault(named names: [String]) -> FaultRule? {
        guard checkObject(of: names), let value else { return nil }
        do {
            let rule = try JSON.message(FaultRule.self, from: Array(value.line.utf8))
            try rule.check()
            return rule
        } catch {
            flaw("invalid fault: \(error)")
            return nil
        }
    }

    func counts() -> [String: Int] {
        var counts: [String: Int] = [:]
        for (name, field) in object() { counts[name] = field.read(.whole(0...1_000_000), \.whole) }
        return counts
    }
}

extension ScenarioFile.Restaurant {
    init(_ field: ScenarioField) {
        self.init()
        guard field.checkObject(of: ["name", "cashback"]) else { return }
        name = field["name"].read(.text, \.string)
        if let text = field["cashback"].read(.decimal, \.decimal) {
            do { cashback = try Percent(text) } catch { field["cashback"].flaw(error.message) }
        }
    }
}

extension SystemSettings {
    init(_ field: ScenarioField) {
        self.init()
        guard field.checkObject(of: Self.names) else { return }
        workers = field["workers"].read(.whole(0...256), \.whole) ?? workers
        hasCallbacks = field["callbacks"].read(.flag, \.flag) ?? hasCallbacks
        for (name, path) in Self.seconds {
            if let seconds = field[name].read(.seconds, { $0.double }) { self[keyPath: path] = seconds }
        }
    }

    private static let names = ["workers", "callbacks"] + seconds.map(\.name)

    static let seconds: [(name: String, path: any WritableKeyPath<SystemSettings, Double> & Sendable)] = [
        ("receipt_delay_seconds", \.receiptDelaySeconds), ("slow_card_seconds", \.slowCardSeconds),
        ("hold_timeout_seconds", \.holdTimeoutSeconds), ("order_ttl_seconds", \.orderTTLSeconds),
        ("partner_timeout_seconds", \.partnerTimeoutSeconds), ("retry_seconds", \.retrySeconds),
    ]
}

extension FinalExpectation {
    init(_ field: ScenarioField) {
        self.init()
        guard field.checkObject(of: ["orders", "statuses", "outcomes", "taken", "refunded"]) else { return }
        for (name, order) in field["orders"].object() { orders[name] = Order(order) }
        for (name, count) in field["statuses"].counts() {
            guard let status = OrderStatus(rawValue: name) else {
                field["statuses"].flaw("unknown status '\(name)'")
                continue
            }
            statuses[status] = count
        }
        outcomes = field["outcomes"].counts()
        taken = field["taken"].read(.decimal, \.decimal)
        refunded = field["refunded"].read(.decimal, \.decimal)
    }
}

extension FinalExpectation.Order {
    static let names = ["status", "uid", "taken", "refunded", "cashback", "receipts"]

    init(_ field: ScenarioField) {
        self.init()
        guard field.checkObject(of: Self.names) else { return }
        status = field["status"].read(.word(OrderStatus.allCases.map(\.rawValue))) {
            $0.string.flatMap(OrderStatus.init)
        }
        uid = field["uid"].read(.identifier, \.string)
        taken = field["taken"].read(.decimal, \.decimal)
        refunded = field["refunded"].read(.decimal, \.decimal)
        cashback = field["cashback"].read(.decimal, \.decimal)
        receipts = field["receipts"].read(.whole(0...1000), \.whole)
    }
}
