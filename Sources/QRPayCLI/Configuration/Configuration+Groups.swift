import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit

extension Settings {
    init(_ sources: inout SettingSources) throws {
        self.init()
        deeplinkBase = sources.text("deeplink_base", default: deeplinkBase) { $0.deeplinkBase }
        try sources.checkURL(
            deeplinkBase, forbidding: [.credentials, .fragment], isForApps: true, such: Deeplink.defaultBase)
        orderTTLSeconds = sources.number("order_ttl_seconds", default: orderTTLSeconds) { $0.orderTtlSeconds }
        holdTimeoutSeconds = sources.number("hold_timeout_seconds", default: holdTimeoutSeconds) {
            $0.holdTimeoutSeconds
        }
        linkTTLSeconds = sources.number("link_ttl_seconds", default: linkTTLSeconds) { $0.linkTtlSeconds }
        callbackURL = sources.optionalText("callback_url") { $0.callbackUrl }
        try callbackURL.map {
            try sources.checkURL($0, forbidding: .fragment, such: "https://qrpay.example\(API.callbackPath)")
        }
        taskRetentionSeconds = sources.number("tasks.retention_seconds", default: taskRetentionSeconds) {
            $0.tasks?.retentionSeconds
        }
        for kind in TaskKind.payments { retry[kind] = retryPolicy(kind).overlaid(&sources, of: kind) }
    }
}

extension RetryPolicy {
    /// This policy with the overrides of a kind of task.
    fileprivate func overlaid(_ sources: inout SettingSources, of kind: TaskKind) -> RetryPolicy {
        let group = "tasks.\(kind.rawValue.replacing(".", with: "_"))"
        func own(_ file: ConfigFile) -> ConfigFile.Retry? { file.tasks?[kind] }
        var policy = self
        policy.polls = sources.number("\(group).polls", default: polls) { own($0)?.polls }
        policy.periodSeconds = sources.number("\(group).period_seconds", default: periodSeconds) {
            own($0)?.periodSeconds
        }
        policy.baseSeconds = sources.number("\(group).base_seconds", default: baseSeconds) { own($0)?.baseSeconds }
        policy.capSeconds = sources.number("\(group).cap_seconds", default: capSeconds) { own($0)?.capSeconds }
        policy.jitter = sources.number("\(group).jitter", default: jitter) { own($0)?.jitter }
        policy.maxAttempts = sources.number("\(group).max_attempts", default: maxAttempts) { own($0)?.maxAttempts }
        return policy
    }
}

extension Configuration.Storage {
    init(_ sources: inout SettingSources, isOwn: Bool) {
        self.isOwn = isOwn
        bucket = sources.optionalText("partners.s3.bucket", default: isOwn ? nil : SandboxCredentials.bucket) {
            $0.partners?.s3?.bucket
        }
        region = sources.optionalText("partners.s3.region", default: isOwn ? nil : SandboxCredentials.region) {
            $0.partners?.s3?.region
        }
        accessKeyID = sources.optionalText("partners.s3.access_key_id") { $0.partners?.s3?.accessKeyId }
        secret = Secret(
            "partners.s3.secret_access_key",
            file: sources.optionalText("partners.s3.secret_access_key_file") { $0.partners?.s3?.secretAccessKeyFile },
            variable: "QRPAY_S3_SECRET_ACCESS_KEY", &sources)
    }
}

extension ConfigFile.Partners {
    subscript(partner: Partner) -> ConfigFile.Endpoint? {
        switch partner {
        case .eda: eda
        case .transactions: transactions
        case .cardstorage: cardstorage
        case .cashback: cashback
        case .check: check
        case .s3: s3.map { ConfigFile.Endpoint(url: $0.url) }
        }
    }
}

extension ConfigFile.Tasks {
    subscript(kind: TaskKind) -> ConfigFile.Retry? {
        switch kind {
        case .paymentSettle: paymentSettle
        case .cashbackAccrue: cashbackAccrue
        case .receiptFetch: receiptFetch
        case .orderExpire: orderExpire
        default: nil
        }
    }
}
