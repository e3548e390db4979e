import CueText
import Testing

/// The widths are those of Python's wcwidth 0.7.0, a judge that shares no code with us.
@Suite struct CellWidthTests {
    @Test(arguments: [
        (
            0,
            [
                0x0301, 0x0488, 0x05B0, 0x094D, 0x1160, 0x11A8, 0x200B, 0x200D, 0x2060,
                0x20E3, 0x3164, 0xD7B0, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xE_0100,
            ]
        ),
        (
            1,
            [
                0x0041, 0x00E9, 0x03A9, 0x05D0, 0x0915, 0x0E01, 0x2014, 0x2190, 0x2588, 0x2600,
                0x263A,
                0x2640, 0x2660, 0x26A0, 0x2713, 0x2714, 0x2764, 0x27A1, 0x2B06, 0x3248, 0x303F,
                0xFF61,
                0xFFE8, 0xFFFD, 0x1_D400, 0x1_F321, 0x1_F3F3, 0x1_F441,
            ]
        ),
        (
            2,
            [
                0x1100, 0x115F, 0x231A, 0x23E9, 0x23F0, 0x23F3, 0x2614, 0x2630, 0x2648, 0x268A,
                0x26A1,
                0x26BD, 0x26D4, 0x2705, 0x270A, 0x2728, 0x274C, 0x2753, 0x2757, 0x27B0, 0x2B1B,
                0x2B50,
                0x2B55, 0x2E80, 0x3000, 0x3001, 0x3042, 0x30A2, 0x3250, 0x4DC0, 0x7A7A, 0xA000,
                0xAC00,
                0xF900, 0xFE30, 0xFF01, 0xFFE5, 0x1_7000, 0x1_B000, 0x1_D300, 0x1_F004, 0x1_F0CF,
                0x1_F18E, 0x1_F1E9, 0x1_F200, 0x1_F300, 0x1_F389, 0x1_F44D, 0x1_F600, 0x1_F680,
                0x1_F7E2, 0x1_F92A, 0x1_FA70, 0x2_0000, 0x3_0000,
            ]
        ),
    ])
    func followsTheJudgeOfASign(cells: Int, values: [UInt32]) throws {
        for value in values {
            let scalar = try #require(Unicode.Scalar(value))
            #expect(String(scalar).cells == cells, "U+\(String(value, radix: 16))")
        }
    }

    @Test(arguments: [
        ("", 0), ("plain", 5), ("naïve, 空", 9), ("e\u{301}", 1), ("각", 2), ("\u{1100}\u{1161}", 2),
        ("क्ष", 2), ("कि", 2), ("한〮", 3), ("שלום", 4), ("✅ ⭐ 🟢 ⏰", 11), ("\u{2764}\u{FE0F}", 2),
        ("\u{26A0}\u{FE0F}", 2), ("\u{2600}", 1), ("1\u{FE0F}\u{20E3}", 2), ("👍🏽", 2), ("🇩🇪🇫🇷", 4),
        ("👩‍👩‍👧‍👦", 2), ("🏳️‍🌈", 2), ("©\u{FE0F}", 2), ("©", 1),
    ])
    func followsTheJudgeOfAText(text: String, cells: Int) {
        #expect(text.cells == cells)
    }

    @Test func cutsBetweenSigns() {
        #expect("空空空".cut(to: 6) == "空空空")
        #expect("空空空".cut(to: 5) == "空空…")
        #expect("空空空".cut(to: 4) == "空…")
        #expect("🇩🇪🇫🇷!".cut(to: 4) == "🇩🇪…")
        #expect("abc".cut(to: 0) == "")
        #expect("空空".padded(to: 3) == "空…")
        #expect("空".padded(to: 4) == "空  ")
        #expect("空空".filled(to: 3) == "空空")
        #expect("空".filled(to: 4, .right) == "  空")
        #expect("7".filled(to: 3, .right, with: "0") == "007")
    }

    @Test func alignsATable() {
        let rows = [["a", "10", "first"], ["空空", "7", ""], ["✅", "-", "x"]]
        #expect(
            TextTable.lines(rows, right: [1]) == ["a     10  first", "空空   7  ", "✅     -  x"])
        #expect(TextTable.lines([], right: [1]) == [])
        #expect("空空   7  ".trimmingBlanks == "空空   7")
    }
}

@Suite struct ByteTests {
    @Test func knowsDigitsAndLetters() {
        let all = (UInt8.min...UInt8.max).map { Character(Unicode.Scalar($0)) }
        func those(_ test: (UInt8) -> Bool) -> String {
            String(all.filter { test(UInt8($0.unicodeScalars.first?.value ?? 0)) })
        }
        let digits = "0123456789"
        let capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        #expect(those(\.isDigit) == digits)
        #expect(those(\.isLetter) == capitals + capitals.lowercased())
        #expect(those(\.isLetterOrDigit) == digits + capitals + capitals.lowercased())
    }

    @Test func encodesAndDecodes() {
        #expect(PercentEncoding.encode("a-._~Z9 /+é".utf8) == "a-._~Z9%20%2F%2B%C3%A9")
        #expect(PercentEncoding.encode("a/b".utf8, keeps: UInt8(ascii: "/")) == "a/b")
        func decoded(_ text: String) -> String {
            String(decoding: PercentEncoding.decode(text.utf8), as: UTF8.self)
        }
        #expect(decoded("a%20%2f%2F%C3%A9b") == "a //éb")
        #expect(decoded("100%") == "100%")
        #expect(decoded("%2 %zz %+1 %4") == "%2 %zz %+1 %4")
    }

    /// The first words of https://prng.di.unimi.it/splitmix64.c for the seed 1234567.
    @Test func drawsTheSameAgain() {
        var random = SplitMix64(state: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}
