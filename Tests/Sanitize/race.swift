import Synchronization

// Shows that the thread sanitizer sees a race, and none where a Mutex is: `Tests/run sanitize` runs
// it first, once either way.

final class Shared: Sendable {
    let guarded = Mutex(0)
    nonisolated(unsafe) var bare = 0
}

@main enum Race {
    static func main() async {
        let shared = Shared()
        let isGuarded = CommandLine.arguments.count > 1
        await withTaskGroup { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    for _ in 0..<(isGuarded ? 300_000 : 4_000_000) {
                        if isGuarded {
                            shared.guarded.withLock { $0 += 1 }
                        } else {
                            shared.bare += 1
                        }
                    }
                }
            }
        }
        print(isGuarded ? shared.guarded.withLock { $0 } : shared.bare)
    }
}
