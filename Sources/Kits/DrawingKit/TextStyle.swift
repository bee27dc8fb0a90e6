/// A font family in one weight.
package struct Typeface: Hashable, Sendable {
    package enum Weight: Sendable { case regular, bold }

    package var family: String
    package var weight: Weight
    /// The package that contains the family, for the error if it is not installed.
    package var debianPackage: String?

    package init(family: String, weight: Weight = .regular, debianPackage: String? = nil) {
        self.family = family
        self.weight = weight
        self.debianPackage = debianPackage
    }
}

/// The style of a text.
package struct TextStyle: Hashable, Sendable {
    package enum Alignment: Sendable { case leading, center, trailing }

    package var typeface: Typeface
    /// Points.
    package var size: Double
    package var alignment: Alignment
    /// 0 is black, 1 is white.
    package var gray: Double

    package init(_ typeface: Typeface, size: Double, alignment: Alignment = .leading, gray: Double = 0) {
        self.typeface = typeface
        self.size = size
        self.alignment = alignment
        self.gray = gray
    }
}
