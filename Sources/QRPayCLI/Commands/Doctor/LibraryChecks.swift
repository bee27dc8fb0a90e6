import DrawingKit
import FiscalReceipts
import HTTPKit
import LibraryKit
import SigningKit

/// Checks that the shared libraries and fonts are installed. They are loaded on first use.
enum LibraryChecks {
    static func findings() -> [DoctorFinding] {
        [
            finding("libcurl") { try CurlTransport.libraryVersion() },
            finding("cairo, pango") {
                let versions = try DrawingLibraries.versions()
                return "\(versions.cairo), \(versions.pango)"
            },
            finding("libqrencode") { try QRCode.libraryVersion() },
            finding("libcrypto") { try CryptoLibrary.version() },
            finding("fonts") {
                let typeface = ReceiptRenderer.typeface
                guard try typeface.isInstalled() else {
                    throw DocumentError.fontMissing(family: typeface.family, debianPackage: typeface.debianPackage)
                }
                return typeface.family
            },
        ]
    }

    private static func finding(_ check: String, _ version: () throws -> String) -> DoctorFinding {
        func failed(_ message: String, _ package: String?) -> DoctorFinding {
            .failed(check, message, package.map { "install the Debian package \($0)" } ?? "install it")
        }
        do {
            return .ok(check, try version())
        } catch let error as SharedLibraryError {
            return failed(error.description, error.package)
        } catch let error as DocumentError {
            switch error {
            case .libraryMissing(let missing): return failed(error.description, missing.package)
            case .fontMissing(_, let package): return failed(error.description, package)
            case .notEncodable, .imageTooLarge, .pageTooLarge, .drawingFailed: return failed(error.description, nil)
            }
        } catch {
            return failed("\(error)", nil)
        }
    }
}
