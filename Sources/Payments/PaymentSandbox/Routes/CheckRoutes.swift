import DrawingKit
import FiscalReceipts
import HTTPKit
import PaymentCore
import PaymentPartners

/// Check, as used by ``HTTPCheckClient``: our own renderer.
enum CheckRoutes {
    static func all() -> [Route] {
        [
            Route(
                "POST", "/check/pdf", operation: "renderReceipt",
                RouteInput.body(nil, maximumBytes: SandboxRoute.maximumJSONBytes) { try receipt($0) },
                output: .bytes("application/pdf"), failures: [422]
            ) { receipt in Reply(try pdf(of: receipt)) }
        ]
    }

    private static func receipt(_ json: [UInt8]) throws -> Receipt {
        do throws(ReceiptError) { return try ReceiptParser.receipt(from: json) } catch {
            throw PartnerRefusal(422, "bad_receipt", error.message)
        }
    }

    private static func pdf(of receipt: Receipt) throws -> [UInt8] {
        do { return try ReceiptRenderer().pdf(of: receipt) } catch {
            if case .pageTooLarge = error as? DocumentError {
                throw PartnerRefusal(422, "page_too_large", "\(error)")
            }
            throw PartnerRefusal(500, "cannot_render", "\(error)")
        }
    }
}
