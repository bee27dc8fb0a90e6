import CommandLineKit
import PaymentSandbox
import Payments

/// Access to a running sandbox, for the commands that act on one.
enum SandboxAccess {
    /// Runs `body` with the sandbox at the partners' URL.
    /// - Throws: ``Problem`` when it is unreachable or refuses.
    static func run<Value>(
        _ options: ParsedOptions, _ context: Context, _ body: (SandboxControl) async throws -> Value
    ) async throws -> Value {
        let url = try Configuration(options, environment: context.environment).partnersURL
        do {
            return try await body(SandboxControl(partnersURL: url, transport: context.makeTransport()))
        } catch let error as SandboxControlError {
            throw Problem(error, url: url)
        }
    }
}

extension Problem {
    fileprivate init(_ error: SandboxControlError, url: String) {
        let place = EffectiveSetting.redacted(url: url)
        switch error.code {
        case .unreachable:
            self.init(
                .partner, "sandbox_unreachable", "the sandbox at \(place) cannot be reached: \(error.message)",
                hint: "start it with 'qrpay sandbox', or name another with --partners")
        case .notASandbox:
            self.init(
                .partner, "not_a_sandbox", "the server at \(place) is not a sandbox: \(error.message)",
                hint: "name the sandbox with --partners")
        case .rejected(status: 404, let code):
            self.init(.notFound, code, "the sandbox at \(place): \(error.message)")
        case .rejected(status: 409, let code):
            self.init(.conflict, code, "the sandbox at \(place): \(error.message)")
        case .rejected(status: 500..., let code):
            self.init(.partner, code, "the sandbox at \(place): \(error.message)")
        case .rejected(_, let code):
            self.init(.invalid, code, "the sandbox at \(place): \(error.message)")
        }
    }
}
