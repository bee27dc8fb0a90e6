/// A partner's records by id; it tracks which of them changed, so that they can be persisted.
///
/// Two tables with the same records are equal, regardless of what was persisted.
package struct RecordTable<Record: Codable & Hashable & Sendable>: Sendable {
    private var records: [String: Record]
    private var changed: Set<String> = []

    package init(_ records: [String: Record] = [:]) { self.records = records }

    /// Setting nil removes the record.
    package subscript(id: String) -> Record? {
        get { records[id] }
        set {
            records[id] = newValue
            changed.insert(id)
        }
    }

    package var ids: some Collection<String> { records.keys }
    package var values: some Collection<Record> { records.values }
    package var count: Int { records.count }

    /// Returns the changes since the last call: the record, or nil for a removed one.
    package mutating func takeChanges() -> [(id: String, record: Record?)] {
        defer { changed.removeAll() }
        return changed.sorted().map { ($0, records[$0]) }
    }
}

extension RecordTable: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.records == right.records }
    package func hash(into hasher: inout Hasher) { hasher.combine(records) }
}

extension RecordTable: Codable {
    package init(from decoder: any Decoder) throws { self.init(try [String: Record](from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try records.encode(to: encoder) }
}
