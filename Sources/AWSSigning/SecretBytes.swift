/// Key material that is overwritten when nobody holds it any more.
struct SecretBytes: ~Copyable, @unchecked Sendable {  // one owner, written only while it is made
    private let storage: UnsafeMutableRawBufferPointer

    init(count: Int) {
        storage = .allocate(byteCount: count, alignment: 1)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// Texts one behind the other, without a text in between that nobody would overwrite.
    init(_ texts: String...) {
        self.init(count: texts.reduce(0) { $0 + $1.utf8.count })
        var offset = 0
        for text in texts {
            for byte in text.utf8 {
                storage[offset] = byte
                offset += 1
            }
        }
    }

    init(_ prefix: String, _ rest: UnsafeRawBufferPointer) {
        let start = prefix.utf8.count
        self.init(count: start + rest.count)
        for (index, byte) in prefix.utf8.enumerated() { storage[index] = byte }
        UnsafeMutableRawBufferPointer(rebasing: storage[start...]).copyMemory(from: rest)
    }

    deinit {
        LibCrypto.cleanse(storage)
        storage.deallocate()
    }

    /// Lends the bytes for one call: kept any longer, the pointer would outlive them.
    borrowing func withBytes<Value: ~Copyable, Problem: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Problem) -> Value
    ) throws(Problem) -> Value {
        try body(UnsafeRawBufferPointer(storage))
    }

    mutating func withMutableBytes<Value>(
        _ body: (UnsafeMutableRawBufferPointer) -> Value
    ) -> Value {
        body(storage)
    }

    borrowing func hexadecimalText() -> String {
        hexadecimal(storage)
    }
}
