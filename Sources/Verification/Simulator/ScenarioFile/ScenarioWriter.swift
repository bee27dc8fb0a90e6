package import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
package import PaymentSandbox

extension ScenarioFile {
    /// The scenario as file content, with a final newline; defaults are omitted.
    package var json: String { value.text + "\n" }

    private var value: JSONValue {
        var object = JSONObject()
        object.add("name", .string(name))
        object.add("summary", summary.isEmpty ? nil : .string(summary))
        object.add("seed", .number("\(seed)"))
        object.add("timeout_seconds", timeoutSeconds == 60 ? nil : .seconds(timeoutSeconds))
        object.add("system", system.value)
        object.add("restaurants", .named(restaurants) { $0.value })
        object.add(
            "guests",
            .named(guests) { guest in
                var object = JSONObject()
                object.add("card", guest.cards.isEmpty ? nil : .texts(guest.cards))
                return .object(object)
            })
        object.add("faults", faults.isEmpty ? nil : .array(faults.map(\.value)))
        object.add("steps", .array(steps.map(\.value)))
        object.add("expect", expect.value)
        object.add("explored", explored.map(JSONValue.object))
        return .object(object)
    }
}

extension ScenarioStep {
    fileprivate var value: JSONValue {
        var object = JSONObject()
        object.add("id", id.map { .string($0) })
        object.add("do", .string(kind.rawValue))
        object.members += fields.members
        if let after {
            let bounds = [after.lowerBound, after.upperBound].map(JSONValue.seconds)
            object.add("after_seconds", after.lowerBound == after.upperBound ? bounds[0] : .array(bounds))
        }
        switch expect {
        case .outcome(let words)?: object.add("expect", .texts(words))
        case .counts(let counts)?: object.add("expect", .named(counts) { .number("\($0)") })
        case nil: break
        }
        if !branches.isEmpty {
            object.add(
                "branches", .array(branches.map { $0.count == 1 ? $0[0].value : .array($0.map(\.value)) }))
        }
        return .object(object)
    }
}

extension SystemSettings {
    fileprivate var value: JSONValue? {
        let standard = SystemSettings()
        var object = JSONObject()
        object.add("workers", workers == standard.workers ? nil : .number("\(workers)"))
        object.add("callbacks", hasCallbacks == standard.hasCallbacks ? nil : .bool(hasCallbacks))
        for (name, path) in Self.seconds where self[keyPath: path] != standard[keyPath: path] {
            object.add(name, .seconds(self[keyPath: path]))
        }
        return object.members.isEmpty ? nil : .object(object)
    }
}

extension ScenarioFile.Restaurant {
    fileprivate var value: JSONValue {
        var object = JSONObject()
        object.add("name", name.map { .string($0) })
        object.add("cashback", cashback.map { .string($0.description) })
        return .object(object)
    }
}

extension FinalExpectation {
    fileprivate var value: JSONValue? {
        var object = JSONObject()
        object.add("orders", .named(orders) { $0.value })
        let counts = Dictionary(uniqueKeysWithValues: statuses.map { ($0.key.rawValue, $0.value) })
        object.add("statuses", .named(counts) { .number("\($0)") })
        object.add("outcomes", .named(outcomes) { .number("\($0)") })
        object.add("taken", taken.map { .string($0) })
        object.add("refunded", refunded.map { .string($0) })
        return object.members.isEmpty ? nil : .object(object)
    }
}

extension FinalExpectation.Order {
    fileprivate var value: JSONValue {
        var object = JSONObject()
        object.add("status", status.map { .string($0.rawValue) })
        object.add("uid", uid.map { .string($0) })
        object.add("taken", taken.map { .string($0) })
        object.add("refunded", refunded.map { .string($0) })
        object.add("cashback", cashback.map { .string($0) })
        object.add("receipts", receipts.map { .number("\($0)") })
        return .object(object)
    }
}

extension FaultRule {
    /// The form of the sandbox's control API.
    package var value: JSONValue {
        var object = JSONObject()
        object.add("partner", .string(partner.rawValue))
        object.add("method", method.map { .string($0) })
        object.add("route", route.map { .string($0) })
        object.add("kind", .string(kind.rawValue))
        object.add("probability", probability.map { .number("\($0)") })
        object.add("first", first.map { .number("\($0)") })
        object.add("milliseconds", milliseconds.map { .number("\($0)") })
        object.add("status", status.map { .number("\($0)") })
        object.add("seed", seed.map { .number("\($0)") })
        return .object(object)
    }
}

extension JSONValue {
    fileprivate static func seconds(_ seconds: Double) -> JSONValue {
        .number(seconds == seconds.rounded() && seconds < 1e15 ? "\(Int64(seconds))" : "\(seconds)")
    }

    fileprivate static func texts(_ texts: [String]) -> JSONValue {
        texts.count == 1 ? .string(texts[0]) : .array(texts.map { .string($0) })
    }

    /// Sorted by name; nil if empty.
    fileprivate static func named<Value>(_ values: [String: Value], _ convert: (Value) -> JSONValue) -> JSONValue? {
        let members = values.sorted { $0.key < $1.key }.map {
            JSONObject.Member(name: $0.key, value: convert($0.value))
        }
        return members.isEmpty ? nil : .object(JSONObject(members))
    }
}
