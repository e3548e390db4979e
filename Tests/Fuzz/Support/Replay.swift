import Foundation

/// Without libFuzzer: runs every file of a folder, and then, for so many seconds, what becomes of
/// them by chance. What was run last is left in a file, so that a finding can be run again.
///
///     fuzz-stage SECONDS LAST FOLDER
package func replay(_ test: (UnsafePointer<UInt8>?, Int) -> CInt) throws {
    let words = CommandLine.arguments
    guard words.count == 4, let seconds = Double(words[1]) else {
        print("usage: \(words[0]) SECONDS LAST FOLDER")
        exit(64)
    }
    let folder = URL(filePath: words[3])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let seeds = try names.map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
    let last = URL(filePath: words[2])
    var count = 0
    func run(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: last)
        _ = bytes.withUnsafeBufferPointer { test($0.baseAddress, $0.count) }
        count += 1
    }
    for seed in seeds { try run(seed) }
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end { try run(changed(seeds)) }
    try? FileManager.default.removeItem(at: last)
    print("\(count) inputs from \(seeds.count) seeds, nothing found")
}

/// One of the seeds with up to six changes.
private func changed(_ seeds: [[UInt8]]) -> [UInt8] {
    var bytes = seeds.randomElement() ?? []
    for _ in 0..<Int.random(in: 1...6) where !bytes.isEmpty {
        let start = Int.random(in: 0..<bytes.count)
        let end = min(bytes.count, start + Int.random(in: 1...16))
        switch Int.random(in: 0..<5) {
        case 0: bytes[start] = UInt8.random(in: 0...255)
        case 1: bytes.removeSubrange(start..<end)
        case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 3:
            bytes.replaceSubrange(
                start..<end,
                with: ["0", "-1", "9223372036854775807", "1e999"]
                    .randomElement()?.utf8.map(\.self) ?? [])
        default:
            let other = seeds.randomElement() ?? []
            let from = Int.random(in: 0...other.count)
            bytes.replaceSubrange(start..., with: other[from...])
        }
    }
    return bytes
}
