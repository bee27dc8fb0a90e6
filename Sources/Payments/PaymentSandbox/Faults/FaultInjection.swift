import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import WorldKit

extension FaultPlan.Trouble {
    /// Not JSON, PDF, XML or UTF-8.
    private static let garbage: [UInt8] = [0x00, 0xff, 0xfe, 0x3c, 0x7b, 0x80, 0x0a, 0xc3, 0x28]

    /// Answers a request with this fault applied.
    func surround(_ world: World, _ answer: () async -> HTTPServerAnswer) async -> HTTPServerAnswer {
        await Self.wait(delayMilliseconds, world)
        guard let rule else { return await answer() }
        switch rule.kind {
        case .latency: return await answer()
        case .status:
            let failure = HTTPFailure(
                status: rule.status ?? 503, code: "injected_fault", message: "the sandbox was configured to fail")
            return .response(failure.response)
        case .reset: return .reset
        case .garbage: return .response(HTTPResponse(status: 200, body: Self.garbage))
        case .truncated:
            guard case .response(let response) = await answer(), response.body.count > 1 else { return .reset }
            return .truncated(response, sentBytes: response.body.count / 2)
        case .effectThenReset:
            _ = await answer()
            return .reset
        case .effectThenTimeout:
            _ = await answer()
            await Self.wait(rule.milliseconds ?? FaultRule.silenceMilliseconds, world)
            return .reset
        }
    }

    /// Ends early when the server stops: then the response is no longer awaited.
    private static func wait(_ milliseconds: Int, _ world: World) async {
        guard milliseconds > 0 else { return }
        try? await world.sleep(Double(milliseconds) / 1000)
    }
}
