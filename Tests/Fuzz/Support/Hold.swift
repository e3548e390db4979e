@preconcurrency import Glibc

/// Ends the process, and so makes a finding of its input, where something does not hold that has
/// to hold for any input. What is printed says which rule it was.
package func hold(_ condition: Bool, _ rule: @autoclosure () -> String) {
    if condition { return }
    print("does not hold: \(rule())")
    fflush(stdout)
    abort()
}

/// The bytes that libFuzzer hands in.
package func input(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: start, count: count))
}

extension [UInt8] {
    /// A number that follows from the bytes, to choose one of several ways by.
    package var choice: UInt64 {
        reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
