import EncodingKit
package import SQLKit

/// The content of a ``RewindableDatabase`` as a value: copies share their common rows.
package struct DatabaseContent: Sendable {
    /// One row of a table.
    package struct Row: Sendable {
        package let rowID: Int64
        package let values: [SQLValue]
        /// Of the table, the row's id and its values.
        let digest: UInt64
    }

    /// A table's number and the id of a row in it.
    package struct RowName: Hashable, Sendable {
        package let table: Int
        package let rowID: Int64
    }

    /// One table's rows by their ids.
    package struct Table: Sendable {
        package fileprivate(set) var rows: [Row] = []
        /// The sum of the rows' digests.
        package fileprivate(set) var digest: UInt64 = 0

        package func row(_ rowID: Int64) -> Row? {
            let place = place(of: rowID)
            return place < rows.endIndex && rows[place].rowID == rowID ? rows[place] : nil
        }

        private func place(of rowID: Int64) -> Int {
            // New rows nearly always go to the end.
            if let last = rows.last, last.rowID < rowID { return rows.endIndex }
            return rows.firstIndex { $0.rowID >= rowID } ?? rows.endIndex
        }

        fileprivate mutating func set(_ rowID: Int64, to row: Row?) {
            let place = place(of: rowID)
            if place < rows.endIndex, rows[place].rowID == rowID {
                digest &-= rows[place].digest
                if let row { rows[place] = row } else { rows.remove(at: place) }
            } else if let row {
                rows.insert(row, at: place)
            }
            if let row { digest &+= row.digest }
        }
    }

    /// Indexed by table number.
    package private(set) var tables: [Table]

    init(tableCount: Int) { tables = Array(repeating: Table(), count: tableCount) }

    /// Contents with the same digest are equal, except with a probability of 2⁻⁶⁴.
    package var digest: UInt64 { digest { _ in true } }

    /// The digest of some tables only, chosen by number.
    package func digest(of isWanted: (Int) -> Bool) -> UInt64 {
        tables.indices.reduce(0) { isWanted($1) ? $0 &+ tables[$1].digest : $0 }
    }

    mutating func set(_ rowID: Int64, of table: Int, to values: [SQLValue]?) {
        tables[table].set(
            rowID, to: values.map { Row(rowID: rowID, values: $0, digest: Self.digest(table, rowID, $0)) })
    }

    /// Of all of the row, mixed so that sums of digests distinguish contents.
    private static func digest(_ table: Int, _ rowID: Int64, _ values: [SQLValue]) -> UInt64 {
        var hash = StableHash()
        hash.combine(word: UInt64(table))
        hash.combine(word: UInt64(bitPattern: rowID))
        for value in values {
            switch value {
            case .null: hash.combine(word: 1)
            case .integer(let number):
                hash.combine(word: 2)
                hash.combine(word: UInt64(bitPattern: number))
            case .real(let number):
                hash.combine(word: 3)
                hash.combine(word: number.bitPattern)
            case .text(let text):
                hash.combine(word: 4)
                hash.combine(text.utf8)
            case .blob(let bytes):
                hash.combine(word: 5)
                hash.combine(bytes)
            }
            hash.combine(word: 0xff)
        }
        return hash.mixed
    }
}
