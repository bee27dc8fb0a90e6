import DrawingKit
import FiscalReceipts
import HTTPKit
import PaymentCore
import PaymentPartners

extension SandboxRouter {
    /// Check, as used by ``HTTPCheckClient``: our own renderer.
    mutating func addCheck() {
        on("POST", "/check/pdf") { call in
            let body = try call.boundedBody()
            let receipt: Receipt
            do throws(ReceiptError) { receipt = try ReceiptParser.receipt(from: body) } catch {
                throw PartnerRefusal(422, "bad_receipt", error.message)
            }
            let pdf: [UInt8]
            do { pdf = try ReceiptRenderer().pdf(of: receipt) } catch {
                if case .pageTooLarge = error as? DocumentError {
                    throw PartnerRefusal(422, "page_too_large", "\(error)")
                }
                throw PartnerRefusal(500, "cannot_render", "\(error)")
            }
            return .response(
                HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Type", "application/pdf")]), body: pdf))
        }
    }
}
