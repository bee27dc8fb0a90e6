import EncodingKit
import FoundationEssentials
import Glibc
import PaymentCore
import Payments

/// Checks that the files with secrets can be read by this user only.
enum SecretFileChecks {
    static func findings(_ configuration: Configuration) -> [DoctorFinding] {
        var findings = [
            finding("deeplink keys", madeAtFirstUse: configuration.deeplinkKeysPath) { path in
                try DeeplinkKeys.load(path)?.count
            },
            finding("gateway key", madeAtFirstUse: configuration.gatewayKeyPath) { path in
                try GatewayKeys.load(path)?.count
            },
        ]
        for (check, secret) in [("s3 secret", configuration.storage.secret), ("api key", configuration.apiKey)] {
            guard let path = secret.file else { continue }
            findings.append(
                finding(check, path) {
                    _ = try secret.read(what: "the \(check)")
                    return path
                })
        }
        return findings
    }

    /// - Parameter count: how many keys are in the file.
    private static func finding(
        _ check: String, madeAtFirstUse path: String?, _ count: (String) throws -> Int?
    ) -> DoctorFinding {
        guard let path else { return .warning(check, "no path for it", "set HOME, or give its path") }
        guard FileManager.default.fileExists(atPath: path) else {
            return .ok(check, "\(path): does not exist yet; created on first use")
        }
        return finding(check, path) {
            let count = try count(path) ?? 0
            return "\(path): \(count.counted("key"))"
        }
    }

    /// - Parameter read: reads the file and describes its content without the secret.
    private static func finding(_ check: String, _ path: String, _ read: () throws -> String) -> DoctorFinding {
        do {
            let content = try read()
            var status = stat()
            guard stat(path, &status) == 0 else { return .failed(check, "\(path): no longer exists", "run it again") }
            let mode = status.st_mode & 0o7777
            guard mode & 0o077 == 0 else {
                let digits = "0" + String(mode, radix: 8)
                return .failed(check, "\(path): accessible to other users (mode \(digits))", "chmod 600 '\(path)'")
            }
            return .ok(check, content)
        } catch {
            let problem = Problem(error)
            return .failed(check, problem.message, problem.suggestion ?? "restore it from a backup")
        }
    }
}
