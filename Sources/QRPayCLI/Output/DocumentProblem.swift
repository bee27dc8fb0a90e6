import DrawingKit
import Payments

extension Problem {
    /// Why a document or a code cannot be made here.
    init(_ error: DocumentError) {
        switch error {
        case .libraryMissing(let missing): self.init([missing])
        case .fontMissing(_, let package):
            self.init(.invalid, "font_missing", error.description, hint: package.map { "apt-get install \($0)" })
        case .imageTooLarge(_, _, let dpi):
            self.init(
                .invalid, "image_too_large", error.description,
                hint: dpi > 0 ? "with \(dpi) dots an inch it fits; as PDF it may be longer" : "as PDF it may be longer")
        case .pageTooLarge:
            self.init(.invalid, "page_too_large", error.description, hint: "as text it may have any length")
        case .notEncodable, .drawingFailed: self.init(.defect, "internal_error", error.description)
        }
    }
}
