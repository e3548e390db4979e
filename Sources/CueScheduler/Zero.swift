package import CueText

/// The moment that the show's clock starts, on both clocks, and where it was found.
package struct Zero: Hashable, Sendable {
    package enum Source: String, CaseIterable, Sendable {
        case stream
        case now
        case manual
        case instant
    }

    package var wall: WallTime
    package var boot: BootTime
    package var source: Source

    /// Places a civil moment on the boot clock by what both clocks say now. Cut to whole
    /// microseconds, so that the log can state it exactly.
    package init(wall: WallTime, source: Source, nowWall: WallTime, nowBoot: BootTime) {
        let cut = WallTime(nanoseconds: wall.nanoseconds - wall.nanoseconds % 1_000)
        self.wall = cut
        boot = nowBoot - (nowWall - cut)
        self.source = source
    }

    /// A zero as it was placed before, on both clocks.
    package init(wall: WallTime, source: Source, boot: BootTime) {
        self.wall = wall
        self.boot = boot
        self.source = source
    }

    /// That boot moment in civil time, by the offset that held when zero was placed.
    package func wall(at boot: BootTime) -> WallTime {
        wall + (boot - self.boot)
    }
}
