/// The clip that a stage loops, taken apart once into what starts a stream and its fragments.
///
/// It is fragmented MP4, each fragment 0.2 s long, a key frame every second, and its length a whole
/// number of frames of both tracks, so that it follows on itself without a seam: only sequence
/// number and decode times of each fragment are written anew. ISO/IEC 14496-12, 8.8.
struct Clip: Sendable {
    /// Nanoseconds that a fragment, a frame of video and a segment of the playlist last.
    static let fragmentNanoseconds: Int64 = 200_000_000
    static let frameNanoseconds: Int64 = 40_000_000
    static let segmentNanoseconds: Int64 = 1_000_000_000
    static let fragmentsPerSegment = segmentNanoseconds / fragmentNanoseconds

    private struct Fragment {
        var bytes: [UInt8]
        /// Where the sequence number stands, and each track's decode time.
        var sequence: Int
        var times: [(offset: Int, base: UInt64, loop: UInt64)]
    }

    /// The boxes `ftyp` and `moov`, without which no player knows what follows.
    let initialization: [UInt8]
    private let fragments: [Fragment]

    /// Reads a clip made by `make-clip.sh`.
    init(_ bytes: [UInt8]) throws(StageProblem) {
        var initialization: [UInt8] = []
        var timescales: [UInt32: UInt32] = [:]
        var found: [(moof: Box, mdat: Box)] = []
        var moof: Box?
        for box in Box.all(in: bytes, bytes.indices) {
            switch box.type {
            case "ftyp": initialization += bytes[box.range]
            case "moov":
                initialization += bytes[box.range]
                timescales = Self.timescales(bytes, box)
            case "moof": moof = box
            case "mdat":
                if let head = moof { found.append((head, box)) }
                moof = nil
            default: break
            }
        }
        let seconds = UInt64(Int64(found.count) * Self.fragmentNanoseconds / 1_000_000_000)
        guard !initialization.isEmpty, !found.isEmpty, timescales.count == 2,
            Int64(found.count) % Self.fragmentsPerSegment == 0
        else { throw StageProblem(message: "the stage's clip is not whole") }
        self.initialization = initialization
        fragments = found.map { moof, mdat in
            Self.fragment(bytes, moof, mdat, timescales: timescales, seconds: seconds)
        }
    }

    /// The fragment at that place of the endless stream.
    func fragment(_ index: Int64) -> [UInt8] {
        let (loop, place) = index.quotientAndRemainder(dividingBy: Int64(fragments.count))
        let fragment = fragments[Int(place)]
        var bytes = fragment.bytes
        bytes.put(UInt32(truncatingIfNeeded: index + 1), at: fragment.sequence)
        for time in fragment.times {
            bytes.put(time.base + UInt64(loop) * time.loop, at: time.offset)
        }
        return bytes
    }

    private static func timescales(_ bytes: [UInt8], _ moov: Box) -> [UInt32: UInt32] {
        var timescales: [UInt32: UInt32] = [:]
        for track in moov.children(in: bytes) where track.type == "trak" {
            guard let header = track.child("tkhd", in: bytes),
                let media = track.child("mdia", in: bytes)?.child("mdhd", in: bytes)
            else { continue }
            // Both boxes have two times in front of what is sought, wider in version 1.
            let wide = (bytes[header.content], bytes[media.content])
            let track = bytes.uint32(at: header.content + (wide.0 == 1 ? 20 : 12))
            timescales[track] = bytes.uint32(at: media.content + (wide.1 == 1 ? 20 : 12))
        }
        return timescales
    }

    private static func fragment(
        _ bytes: [UInt8], _ moof: Box, _ mdat: Box, timescales: [UInt32: UInt32], seconds: UInt64
    ) -> Fragment {
        let start = moof.range.lowerBound
        var fragment = Fragment(
            bytes: Array(bytes[start..<mdat.range.upperBound]), sequence: 0, times: [])
        for box in moof.children(in: bytes) {
            if box.type == "mfhd" { fragment.sequence = box.content + 4 - start }
            guard box.type == "traf", let header = box.child("tfhd", in: bytes),
                let time = box.child("tfdt", in: bytes)
            else { continue }
            let timescale = timescales[bytes.uint32(at: header.content + 4)] ?? 1
            fragment.times.append(
                (
                    offset: time.content + 4 - start, base: bytes.uint64(at: time.content + 4),
                    loop: UInt64(timescale) * seconds
                ))
        }
        return fragment
    }
}

/// One box of an MP4 file: where it lies, and where its content begins.
private struct Box {
    var type: String
    var range: Range<Int>
    var content: Int { range.lowerBound + 8 }

    static func all(in bytes: [UInt8], _ range: Range<Int>) -> [Box] {
        var boxes: [Box] = []
        var position = range.lowerBound
        while position + 8 <= range.upperBound {
            let size = Int(bytes.uint32(at: position))
            guard size >= 8, position + size <= range.upperBound else { break }
            let type = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
            boxes.append(Box(type: type, range: position..<position + size))
            position += size
        }
        return boxes
    }

    func children(in bytes: [UInt8]) -> [Box] { Box.all(in: bytes, content..<range.upperBound) }

    func child(_ type: String, in bytes: [UInt8]) -> Box? {
        children(in: bytes).first { $0.type == type }
    }
}

extension [UInt8] {
    fileprivate func uint32(at offset: Int) -> UInt32 {
        self[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    fileprivate func uint64(at offset: Int) -> UInt64 {
        self[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Writes a number over what is there, the highest byte first.
    fileprivate mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
        Swift.withUnsafeBytes(of: value.bigEndian) { source in
            for (index, byte) in source.enumerated() { self[offset + index] = byte }
        }
    }

    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
