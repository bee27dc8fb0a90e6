/// What the parts of a page are, for a reader that cannot see it (ISO 32000-1, 14.7).
struct PDFStructure {
    private struct Element {
        var role: Canvas.Role
        var parent: Int?
        var children: [Child] = []
    }

    private enum Child {
        case element(Int)
        /// A marked part of the page.
        case content(Int)
    }

    private var elements: [Element] = []
    private var open: Int?
    private var isMarking = false
    /// The element of each marked part.
    private var owners: [Int] = []

    mutating func begin(_ role: Canvas.Role, _ content: inout PDFContent) {
        endMark(&content)
        elements.append(Element(role: role, parent: open))
        if let open { elements[open].children.append(.element(elements.count - 1)) }
        open = elements.count - 1
    }

    mutating func end(_ content: inout PDFContent) {
        endMark(&content)
        open = open.flatMap { elements[$0].parent }
    }

    /// To be called before anything is drawn.
    mutating func mark(_ content: inout PDFContent) {
        guard let open, !isMarking else { return }
        content.begin(elements[open].role, owners.count)
        elements[open].children.append(.content(owners.count))
        owners.append(open)
        isMarking = true
    }

    private mutating func endMark(_ content: inout PDFContent) {
        if isMarking { content.end() }
        isMarking = false
    }

    /// Adds the tree, and returns its root.
    func add(to file: inout PDFFile, page: Int) -> Int {
        let root = file.reserve()
        let numbers = elements.map { _ in file.reserve() }
        for (element, number) in zip(elements, numbers) {
            let children = element.children.map { child in
                switch child {
                case .element(let index): "\(numbers[index]) 0 R"
                case .content(let mark): "\(mark)"
                }
            }
            let parent = element.parent.map { numbers[$0] } ?? root
            file.set(
                number,
                "<</S/\(element.role.rawValue)/P \(parent) 0 R/Pg \(page) 0 R/K[\(children.joined(separator: " "))]>>")
        }
        let tops = zip(elements, numbers).filter { $0.0.parent == nil }.map { "\($0.1) 0 R" }
        let marks = owners.map { "\(numbers[$0]) 0 R" }
        file.set(
            root,
            "<</Type/StructTreeRoot/K[\(tops.joined(separator: " "))]"
                + "/ParentTree<</Nums[0[\(marks.joined(separator: " "))]]>>>>")
        return root
    }
}
