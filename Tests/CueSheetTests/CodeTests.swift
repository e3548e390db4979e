import Foundation
import Testing

/// Every code that the sheet's reader gives is asserted somewhere with its line, column and words.
@Suite struct CodeTests {
    @Test func everyCodeHasATest() throws {
        let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent()
        let sources = try CodeTests.text(in: root.appending(path: "Sources/CueSheet"))
        let asserted = try CodeTests.text(in: tests)
        let codes = Set(sources.matches(of: /"([a-z]+(?:-[a-z]+)*)",\s*at:/).map { String($0.1) })
        #expect(codes.count > 40)
        #expect(codes.filter { !asserted.contains(" [\($0)]") } == [])
    }

    private static func text(in folder: URL) throws -> String {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
            .joined()
    }
}
