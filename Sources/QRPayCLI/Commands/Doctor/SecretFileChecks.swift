import FoundationEssentials
import Glibc
import QRPayServices

/// Whether the files with secrets can be read by us, and by nobody else.
enum SecretFileChecks {
    static func findings(_ configuration: Configuration) -> [DoctorFinding] {
        let keys = configuration.deeplinkKeysPath
        var findings: [DoctorFinding] = []
        if FileManager.default.fileExists(atPath: keys) {
            findings.append(
                finding("deeplink keys", keys) {
                    let count = try DeeplinkKeys.load(keys)?.count ?? 0
                    return "\(keys): \(count == 1 ? "one key" : "\(count) keys")"
                })
        } else {
            findings.append(.ok("deeplink keys", "\(keys): not there yet; made at first use"))
        }
        if let secret = configuration.storage.secretFile {
            findings.append(
                finding("s3 secret", secret) {
                    _ = try configuration.storageSecret()
                    return secret
                })
        }
        return findings
    }

    /// - Parameter read: reads the file and says what is in it, without telling the secret.
    private static func finding(_ check: String, _ path: String, _ read: () throws -> String) -> DoctorFinding {
        do {
            let content = try read()
            var status = stat()
            guard stat(path, &status) == 0 else { return .failed(check, "\(path): is gone", "run it again") }
            let mode = status.st_mode & 0o7777
            guard mode & 0o077 == 0 else {
                let digits = "0" + String(mode, radix: 8)
                return .failed(check, "\(path): others can use it (mode \(digits))", "chmod 600 '\(path)'")
            }
            return .ok(check, content)
        } catch {
            let problem = Problem(error)
            return .failed(check, problem.message, problem.hint ?? "restore it from a backup")
        }
    }
}
