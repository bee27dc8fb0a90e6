import PaymentCore

/// The bills of the demo, one in each form; the files of `Examples/bills`, built into the program.
struct DemoBill: Sendable {
    var form: String
    var restaurantName: String
    /// Percent.
    var cashback: String
    private var bytes: [UInt8]
    private var restaurant: String?
    private var billID: String?

    static let dinner = DemoBill(
        form: "an iikoCloud order", restaurantName: "Ресторан «Север»", cashback: "7.5",
        bytes: PackageResources.restaurant_iikocloud_json)
    static let coffee = DemoBill(
        form: "iiko's bill", restaurantName: "Кафе «Розмарин»", cashback: "30", bytes: PackageResources.cafe_seed_json)
    static let drinks = DemoBill(
        form: "lines from a script", restaurantName: coffee.restaurantName, cashback: coffee.cashback,
        bytes: PackageResources.bar_lines_csv, restaurant: "cafe-rosemary", billID: "bar-1042")

    func read() throws -> Bill {
        try BillReader.read(
            bytes, format: nil, restaurant: restaurant, billID: billID, currency: nil, isStrict: false
        ).bill
    }
}
