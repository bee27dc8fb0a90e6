package import HTTPKit
import JSONKit
package import PaymentCore
package import WorldKit

/// The cashback service over HTTP.
///
/// - ``post(_:)``: `PUT /v1/entries/{key}`: ``CashbackEntryWire``, answered by ``CashbackRowWire``
/// - ``ledgerPages(orderID:since:until:_:)``: `GET /v1/entries?order_id=&since=&until=&cursor=`: ``CashbackPageWire``
///
/// `since` is inclusive, `until` is not; both are RFC 3339 with milliseconds.
package struct HTTPCashbackClient: CashbackClient {
    private let call: PartnerCall
    private let path = ["v1", "entries"]
    /// A ledger with more pages than this is refused: it might never end.
    private let maximumPages: Int

    package init(endpoint: PartnerEndpoint, transport: any HTTPTransport, maximumPages: Int = 10_000) {
        call = PartnerCall(partner: .cashback, endpoint: endpoint, transport: transport)
        self.maximumPages = maximumPages
    }

    package func post(_ entry: CashbackEntry) async throws {
        let path = self.path + [entry.key]
        let action = "PUT \(URLPath.encode(path))"
        let answer = try await call.perform(
            "PUT", path, sending: CashbackEntryWire(entry), key: entry.key, answer: CashbackRowWire.self)
        let row = try call.convert(action) { () throws(FieldError) in try answer.row() }
        try call.confirm(row.entry.key == entry.key, action)
        try call.agree(
            row.entry == entry, action,
            "\(entry.kind.rawValue) of \(entry.amount) to \(entry.uid) was answered with \(row.entry.kind.rawValue) of "
                + "\(row.entry.amount) to \(row.entry.uid)")
    }

    package func ledgerPages(
        orderID: String?, since: Instant?, until: Instant?,
        _ receive: ([CashbackLedgerRow]) async throws -> Void
    ) async throws {
        var filter: [URLQuery.Item] = []
        if let orderID { filter.append(("order_id", orderID)) }
        if let since { filter.append(("since", since.rfc3339)) }
        if let until { filter.append(("until", until.rfc3339)) }

        var cursor: String?
        for _ in 0..<maximumPages {
            let page = try await self.page(filter + (cursor.map { [("cursor", $0)] } ?? []))
            try await receive(
                try page.entries.map { wire in
                    let row = try call.convert(action) { () throws(FieldError) in try wire.row() }
                    try call.confirm(orderID == nil || row.entry.orderID == orderID, action)
                    return row
                })
            guard let next = page.nextCursor else { return }
            guard next != cursor else { throw endless("the cursor does not move") }
            cursor = next
        }
        throw endless("more than \(maximumPages) pages")
    }

    private var action: String { "GET \(URLPath.encode(path))" }

    /// The service answers an empty page for an unknown order; a 404 means that there is no ledger.
    private func page(_ query: [URLQuery.Item]) async throws -> CashbackPageWire {
        guard let page = try await call.fetch(CashbackPageWire.self, path, query: query) else {
            throw PartnerError(
                partner: .cashback, code: .rejected(status: 404, code: "http_404"), action: action,
                message: "there is no ledger here")
        }
        return page
    }

    private func endless(_ message: String) -> PartnerError {
        PartnerError(partner: .cashback, code: .malformed, action: action, message: message)
    }
}
