/// An ISO 4217 currency: its three-letter code and how many decimal digits its minor unit has.
package struct Currency: Hashable, Sendable {
    /// The alphabetic code, upper case, `"RUB"`.
    package let code: String
    /// Decimal digits of the minor unit: 2 for RUB, 0 for JPY, 3 for KWD.
    package let exponent: Int

    package static let rub = Currency(code: "RUB", exponent: 2)

    private init(code: String, exponent: Int) {
        self.code = code
        self.exponent = exponent
    }

    /// The currency of an active ISO 4217 code.
    /// - Throws: ``MoneyError/unknownCurrency(_:)`` for anything else, lower case included.
    package init(code: String) throws(MoneyError) {
        guard let exponent = Self.exponents[code] else { throw .unknownCurrency(code) }
        self.init(code: code, exponent: exponent)
    }

    private static let exponents: [String: Int] = {
        let digits: [Int: Substring] = [2: hundredths, 0: whole, 3: thousandths, 4: "CLF UYW"]
        return digits.reduce(into: [:]) { exponents, entry in
            for code in entry.value.split(separator: " ") { exponents[String(code)] = entry.key }
        }
    }()

    /// Ten to the power of the exponent: minor units in one major unit.
    package var minorUnitsPerMajor: Int64 {
        (0..<exponent).reduce(into: Int64(1)) { scale, _ in scale *= 10 }
    }

    private static let hundredths: Substring = """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP \
        CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
        MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE \
        SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR \
        ZMW ZWG
        """
    private static let whole: Substring = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    private static let thousandths: Substring = "BHD IQD JOD KWD LYD OMR TND"
}
