import CueTestSupport
@preconcurrency import Glibc

// Plays random shows, each from a seed, and holds all checkers against each.
//
//     simulate [--from N] [--seeds N]      plays so many, from that seed on
//     simulate --seed N                    plays one and prints its log
//
// Exits with 1 where a show broke a rule; its seed is printed and replays it alone.

func number(_ name: String) -> UInt64? {
    guard let index = CommandLine.arguments.firstIndex(of: name),
        index + 1 < CommandLine.arguments.count
    else { return nil }
    return UInt64(CommandLine.arguments[index + 1])
}

if let seed = number("--seed") {
    let trace = Simulation(Scenario(seed: seed)).run()
    print(String(decoding: trace.log, as: UTF8.self), terminator: "")
    for (time, event) in trace.scenario.events { print("# \(time) \(event)") }
    let problems = Checker.allCases.flatMap { $0.violations(of: trace) }
    for problem in problems { print("! \(problem)") }
    exit(problems.isEmpty ? 0 : 1)
}

let first = number("--from") ?? 1
let count = number("--seeds") ?? 10_000
var broken: UInt64 = 0
var attempts = 0
var resumed = 0
var lost = 0
for seed in first..<first + count {
    let trace = Simulation(Scenario(seed: seed)).run()
    attempts += trace.attempts.count
    resumed += trace.acknowledgedBefore.count
    lost += trace.isLost ? 1 : 0
    let problems = Checker.allCases.flatMap { $0.violations(of: trace) }
    if problems.isEmpty { continue }
    broken += 1
    print("seed \(seed) breaks: " + problems.prefix(3).joined(separator: "; "))
    if broken >= 20 { break }
}
print(
    "\(count) shows, \(attempts) attempts, \(resumed) resumed, \(lost) whose log was lost: "
        + "\(broken) broken")
exit(broken == 0 ? 0 : 1)
