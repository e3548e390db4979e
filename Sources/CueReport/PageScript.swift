/// The page's program in one: a page that is opened from a disk may load no modules.
package enum PageScript {
    /// A module of the page, as a browser could load it: `import { a, b } from "./other.js";` and
    /// `export` in front of a constant, function or class.
    package struct Module: Sendable {
        package var name: String
        package var text: String

        package init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    /// Each stands behind all that it imports.
    package static let modules = [
        Module("elements.js", PackageResources.elements_js),
        Module("words.js", PackageResources.words_js),
        Module("runs.js", PackageResources.runs_js),
        Module("view.js", PackageResources.view_js),
        Module("tallies.js", PackageResources.tallies_js),
        Module("table.js", PackageResources.table_js),
        Module("charts.js", PackageResources.charts_js),
        Module("pointing.js", PackageResources.pointing_js),
        Module("timeline.js", PackageResources.timeline_js),
        Module("points.js", PackageResources.points_js),
        Module("head.js", PackageResources.head_js),
        Module("notes.js", PackageResources.notes_js),
        Module("main.js", PackageResources.main_js),
    ]

    static let text = joined(modules)

    /// One script. Each module keeps a scope of its own and hands out what it exports, so that names
    /// can't collide, and none is there that was not imported.
    package static func joined(_ modules: [Module]) -> String {
        var script = "\"use strict\";\nconst modules = {};\n"
        for module in modules {
            var exports: [String] = []
            script += "modules[\"./\(module.name)\"] = (() => {\n"
            for line in module.text.split(separator: "\n", omittingEmptySubsequences: false) {
                script += scoped(line, &exports) + "\n"
            }
            script += "return { \(exports.joined(separator: ", ")) };\n})();\n"
        }
        return script
    }

    /// The line without what only a module may hold.
    private static func scoped(_ line: Substring, _ exports: inout [String]) -> String {
        if line.hasPrefix("export ") {
            let declaration = line.dropFirst("export ".count)
            let name = declaration.split(separator: " ").dropFirst().first ?? ""
            exports.append(String(name.prefix { $0.isLetter || $0.isNumber || $0 == "$" }))
            return String(declaration)
        }
        var line = String(line)
        if line.hasPrefix("import {") { line = "const" + line.dropFirst("import".count) }
        if let from = line.firstRange(of: "} from \"./"), line.hasSuffix("\";") {
            let path = line[from.upperBound...].dropLast()
            line = line[..<from.lowerBound] + "} = modules[\"./" + path + "];"
        }
        return line
    }
}

extension PageScript.Module {
    fileprivate init(_ name: String, _ bytes: [UInt8]) {
        self.init(name, String(decoding: bytes, as: UTF8.self))
    }
}
