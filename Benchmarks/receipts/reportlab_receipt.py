"""The same receipt by ReportLab: RECEIPT FONT COUNT OUT; prints milliseconds a page, warm, and bytes as JSON."""
import io
import json
import statistics
import sys
import time

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

WIDTH, MARGIN = 226.77, 13
VAT = {1: "НДС 20%", 2: "НДС 10%"}


def money(kopecks):
    return f"{kopecks // 100}.{kopecks % 100:02}"


def lines(receipt):
    """Each line as size, left text, right text, gray."""
    yield 13, receipt["user"], "", 0
    yield 8.5, receipt["retailPlace"], "", 0.35
    yield 8.5, receipt["retailPlaceAddress"], "", 0.35
    yield 8.5, "ИНН " + receipt["userInn"].strip(), "", 0.35
    yield 10.5, "Кассовый чек", "", 0
    yield 8.5, "Дата", receipt["dateTime"], 0
    yield 8.5, "Смена", str(receipt["shiftNumber"]), 0
    yield 8.5, "Чек", str(receipt["requestNumber"]), 0
    yield 8.5, "Кассир", receipt["operator"], 0
    for item in receipt["items"]:
        yield 9.5, item["name"], "", 0
        tax = f"{VAT.get(item.get('nds'), '')}  {money(item.get('ndsSum', 0))}"
        yield 8.5, f"{item['quantity']} × {money(item['price'])}    {tax}", money(item["sum"]), 0.35
    yield 16, "ИТОГ", money(receipt["totalSum"]), 0
    yield 9.5, "Безналичными", money(receipt["ecashTotalSum"]), 0
    for label, key in (("В т. ч. НДС 20%", "nds18"), ("В т. ч. НДС 10%", "nds10")):
        yield 8.5, label, money(receipt.get(key, 0)), 0.35
    for label, key in (
        ("РН ККТ", "kktRegId"), ("ЗН ККТ", "kktNumber"), ("ФН", "fiscalDriveNumber"),
        ("ФД", "fiscalDocumentNumber"), ("ФП", "fiscalSign"), ("Эл. адрес покупателя", "buyerPhoneOrAddress"),
        ("Эл. адрес отправителя", "sellerAddress"), ("Сайт ФНС", "fnsUrl"),
    ):
        yield 8.5, label, str(receipt.get(key, "")), 0


def page(receipt):
    rows = list(lines(receipt))
    height = 40 + sum(size * 1.25 for size, _, _, _ in rows) + 130
    out = io.BytesIO()
    pdf = canvas.Canvas(out, pagesize=(WIDTH, height), pageCompression=1, invariant=1)
    y = height - 20
    for size, left, right, gray in rows:
        y -= size * 1.25
        pdf.setFillGray(gray)
        pdf.setFont("face", size)
        pdf.drawString(MARGIN, y, left)
        if right:
            pdf.drawRightString(WIDTH - MARGIN, y, right)
    code = QrCodeWidget(
        f"t=20240917T1801&s={money(receipt['totalSum'])}&fn={receipt['fiscalDriveNumber']}"
        f"&i={receipt['fiscalDocumentNumber']}&fp={receipt['fiscalSign']}&n=1")
    left, bottom, right, top = code.getBounds()
    side = 112
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])
    drawing.add(code)
    renderPDF.draw(drawing, pdf, (WIDTH - side) / 2, y - side - 10)
    pdf.save()
    return out.getvalue()


def main():
    receipt_path, font, count, out = sys.argv[1:]
    receipt = json.load(open(receipt_path, encoding="utf-8"))
    pdfmetrics.registerFont(TTFont("face", font))
    pdf = page(receipt)
    times = []
    for _ in range(int(count)):
        start = time.perf_counter()
        pdf = page(receipt)
        times.append((time.perf_counter() - start) * 1000)
    with open(out, "wb") as file:
        file.write(pdf)
    print(json.dumps({"milliseconds": statistics.median(times), "bytes": len(pdf)}))


main()
