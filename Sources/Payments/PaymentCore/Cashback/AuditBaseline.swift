import JSONKit
package import WorldKit

/// Accepted findings of the cashback audit, each with a reason.
///
/// Stored as a JSON array of objects with `id` and `reason`, and optionally `difference`, which must still equal the
/// finding's, and `accepted_at`.
package struct AuditBaseline: Hashable, Sendable {
    package struct Acceptance: Hashable, Sendable {
        package var findingID: String
        /// The accepted excess (negative: shortfall), such as `"-12.05 RUB"`; nil accepts any amount.
        package var difference: String?
        package var reason: String
        /// RFC 3339.
        package var acceptedAt: String?

        package init(_ finding: CashbackAudit.Finding, reason: String, at instant: Instant) {
            findingID = finding.id
            difference = finding.difference.description
            self.reason = reason
            acceptedAt = instant.rfc3339
        }

        /// The order of the finding: the second part of its id.
        package var orderID: String {
            let parts = findingID.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            return parts.count > 1 ? String(parts[1]) : ""
        }

        package func accepts(_ finding: CashbackAudit.Finding) -> Bool {
            findingID == finding.id && (difference.map { $0 == finding.difference.description } ?? true)
        }
    }

    /// Why a text is not a baseline.
    package struct Flaw: Error, Hashable, Sendable {
        package var message: String
    }

    /// In file order; each finding once.
    package private(set) var acceptances: [Acceptance] = []

    package init() {}

    /// - Throws: ``Flaw`` when it is not a JSON array of acceptances.
    package init(json: [UInt8]) throws(Flaw) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: json, as: .interoperable)
        } catch {
            throw Flaw(message: "not valid JSON: \(error.flaw.message) (at byte \(error.offset))")
        }
        guard case .array(let elements) = value else { throw Flaw(message: "not a JSON array of accepted findings") }
        var known: Set<String> = []
        for (index, element) in elements.enumerated() {
            do throws(Flaw) {
                let acceptance = try Acceptance(element)
                guard known.insert(acceptance.findingID).inserted else {
                    throw Flaw(message: "\(quoted(acceptance.findingID)) is accepted twice")
                }
                acceptances.append(acceptance)
            } catch {
                throw Flaw(message: "[\(index)]: \(error.message)")
            }
        }
    }

    /// Accepts a finding, replacing an earlier acceptance with its id.
    package mutating func accept(_ acceptance: Acceptance) {
        if let index = acceptances.firstIndex(where: { $0.findingID == acceptance.findingID }) {
            acceptances[index] = acceptance
        } else {
            acceptances.append(acceptance)
        }
    }

    /// The file's content, one line per finding.
    package var json: String { JSONValue.array(acceptances.map(\.json)).text + "\n" }
}

extension AuditBaseline.Acceptance {
    private static let fields: Set<String> = ["id", "difference", "reason", "accepted_at"]

    fileprivate init(_ value: JSONValue) throws(AuditBaseline.Flaw) {
        guard let object = value.object else { throw .init(message: "not an object") }
        if let odd = object.members.first(where: { !Self.fields.contains($0.name) }) {
            throw .init(message: "\(quoted(odd.name)) is not a field of an accepted finding")
        }
        func text(_ name: String) throws(AuditBaseline.Flaw) -> String? {
            switch object[name] {
            case nil, .null: return nil
            case .string(let text) where !text.allSatisfy(\.isWhitespace): return text
            default: throw .init(message: "\(name) must be non-blank text")
            }
        }
        guard let id = try text("id") else { throw .init(message: "id is missing") }
        guard let reason = try text("reason") else { throw .init(message: "reason is missing: why is it accepted?") }
        findingID = id
        self.reason = reason
        difference = try text("difference")
        acceptedAt = try text("accepted_at")
    }

    fileprivate var json: JSONValue {
        var object = JSONObject()
        object.add("id", .string(findingID))
        object.add("difference", difference.map(JSONValue.string))
        object.add("reason", .string(reason))
        object.add("accepted_at", acceptedAt.map(JSONValue.string))
        return .object(object)
    }
}
