import DrawingKit
import Payments

extension Problem {
    /// Why a document or a QR code cannot be made.
    init(_ error: DocumentError) {
        switch error {
        case .libraryMissing(let missing): self.init([missing])
        case .fontMissing(_, let package):
            self.init(.invalid, "font_missing", error.description, hint: package.map { "apt-get install \($0)" })
        case .imageTooLarge(_, _, let dpi):
            self.init(
                .invalid, "image_too_large", error.description,
                hint: dpi > 0 ? "it fits with \(dpi) dots per inch; a PDF may be longer" : "a PDF may be longer")
        case .pageTooLarge:
            self.init(.invalid, "page_too_large", error.description, hint: "text may have any length")
        case .notEncodable, .drawingFailed: self.init(.defect, "internal_error", error.description)
        }
    }
}
