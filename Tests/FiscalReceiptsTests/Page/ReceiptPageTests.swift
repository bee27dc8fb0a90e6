import FiscalReceipts
import TestSupport
import Testing

struct ReceiptPageTests {
    let renderer = ReceiptRenderer()

    @Test func `a grouped amount is one word of the page's text`() throws {
        var receipt = try Fixture.receipt(items: 1)
        receipt.total = 1_234_567_89
        receipt.payments = [ReceiptPayment(form: .cash, sum: 12_345_00)]
        receipt.modifiers = [ReceiptModifier(name: "Скидка", change: -6_789_00)]
        let words = try RenderedPage.text(of: receipt).split(whereSeparator: \.isWhitespace)
        for word in ["1234567.89", "₽", "12345.00", "−6789.00"] { #expect(words.contains(word[...]), "\(words)") }
    }

    @Test func `groups of an amount are visibly separated`() throws {
        func right(_ total: Kopecks) throws -> Double {
            var receipt = try Fixture.receipt(items: 0)
            receipt.total = nil
            receipt.payments = [ReceiptPayment(form: .cash, sum: total)]
            let amount = "\(total / 100).00"
            let word = try #require(try RenderedPage.words(of: receipt).first { $0.text == amount })
            return word.right - word.left
        }
        // One more digit and one more gap: half a digit's width, which a reader perceives as a space.
        let digit = try right(111_00) - right(11_00)
        #expect(try right(1_111_00) - right(111_00) > digit * 1.35)
    }

    @Test func `modifiers of an item are indented below it`() throws {
        var receipt = try Fixture.receipt(items: 1)
        receipt.items[0].modifiers = [ReceiptModifier(name: "Скидка", change: -1_00)]
        receipt.modifiers = [ReceiptModifier(name: "Наценка", change: 2_00)]
        let boxes = try RenderedPage.words(of: receipt)
        let left = try ["Товар", "Скидка", "Наценка"].map { text in
            try #require(boxes.first { $0.text == text[...] }).left
        }
        #expect(left[1] > left[0] + 6 && abs(left[2] - left[0]) < 1, "\(left)")
        let lines = renderer.text(of: receipt).split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("    Скидка ") } && lines.contains { $0.hasPrefix("Наценка ") })
    }

    @Test(
        arguments: [
            (
                "correction",
                [
                    "Кассовый чек коррекции", "Расход", "Тип коррекции по предписанию",
                    "Основание Предписание ИФНС России № 10 по г. Москве о применении контрольно-кассовой техники",
                    "Документ № 15-27/004381 от 05.03.2025", "В т. ч. НДС 20/120 3100.00",
                ]
            ),
            (
                "agent",
                [
                    "14.02.2026 19:48", "Признак агента агент", "Поставщик ООО «Ресторан «Зимний сад»",
                    "ИНН поставщика 7811111111", "Тел. поставщика +78120000001, +78120000002",
                    "Признак агента банковский платёжный агент, комиссионер", "Поставщик ИП Кузнецова Мария Сергеевна",
                    "ИНН поставщика 781000000012", "ИТОГ 15840.00 ₽", "В т. ч. НДС 22% 241.64",
                ]
            ),
        ])
    func `page and text state the kind of receipt and for whom it is`(name: String, words: [String]) throws {
        let receipt = try Fixture.receipt(name)
        for text in [try RenderedPage.text(of: receipt), renderer.text(of: receipt)] {
            let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for words in words { #expect(text.lowercased().contains(words.lowercased()), "\(words)") }
        }
    }

    @Test func `a supplier of all items is named once`() throws {
        var receipt = try Fixture.receipt(items: 3)
        receipt.agency.roles = [.agent]
        for index in receipt.items.indices {
            receipt.items[index].agency.roles = [.agent]
            receipt.items[index].agency.supplier = "Повар"
        }
        let text = renderer.text(of: receipt)
        #expect(text.matches(of: /Поставщик +Повар/).count == 1 && text.matches(of: /Признак агента/).count == 1)
    }

    @Test(arguments: [
        (false, true, "Кассовый чек коррекции"), (true, true, "БСО коррекции"),
        (true, false, "Бланк строгой отчётности"),
    ])
    func `a document has the title of its kind`(isStrictForm: Bool, isCorrection: Bool, title: String) throws {
        var receipt = Receipt()
        receipt.isStrictForm = isStrictForm
        receipt.correction = isCorrection ? ReceiptCorrection() : nil
        #expect(try RenderedPage.text(of: receipt).contains(title))
    }
}
