import HTTPKit

extension SandboxRouter {
    /// Check, as ``HTTPCheckClient`` speaks to it.
    /// - Parameter render: receipt JSON in, PDF out; what it throws is the receipt's fault.
    mutating func addCheck(render: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        on("POST", "/check/pdf") { call in
            let pdf: [UInt8]
            let receipt = try call.boundedBody()
            do { pdf = try render(receipt) } catch {
                throw PartnerRefusal(422, "bad_receipt", "\(error)")
            }
            return .response(
                HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Type", "application/pdf")]), body: pdf))
        }
    }
}
