import CueReport
import Testing

@Suite struct PageScriptTests {
    @Test func givesEachModuleAScopeOfItsOwn() {
        let first = """
            // Signs.

            export const $ = 1;
            const own = 2;
            export function sum(a) { return a + own; }
            """
        let second = """
            import { $, sum } from "./first.js";
            import {
              other,
            } from "./first.js";
            const own = sum($);
            """
        #expect(
            PageScript.joined([.init("first.js", first), .init("second.js", second)]) == """
                "use strict";
                const modules = {};
                modules["./first.js"] = (() => {
                // Signs.

                const $ = 1;
                const own = 2;
                function sum(a) { return a + own; }
                return { $, sum };
                })();
                modules["./second.js"] = (() => {
                const { $, sum } = modules["./first.js"];
                const {
                  other,
                } = modules["./first.js"];
                const own = sum($);
                return {  };
                })();

                """)
    }

    /// What is imported too early or by a wrong name would be undefined on the page.
    @Test func importsWhatAnEarlierModuleExports() throws {
        var exported: [String: Set<Substring>] = [:]
        var imported: [String: Set<Substring>] = [:]
        for module in PageScript.modules {
            for found in module.text.matches(of: #/import \{([^}]*)\} from "\./([a-z]+\.js)";/#) {
                let names = found.1.split { " ,\n".contains($0) }
                let known = try #require(exported[String(found.2)], "\(module.name): \(found.2)")
                #expect(known.isSuperset(of: names), "\(module.name): \(names)")
                imported[String(found.2), default: []].formUnion(names)
            }
            exported[module.name] = Set(
                module.text.matches(of: #/(?m)^export (?:const|function|class) ([\w$]+)/#).map(\.1))
            #expect(module.text.ranges(of: "export ").count == exported[module.name]?.count)
        }
        #expect(exported.filter { !$0.value.isEmpty } == imported)
    }
}
